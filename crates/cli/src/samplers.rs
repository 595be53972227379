//! The table of samplers.
use crate::speak::say;
use ito_samplers::{Name, Order};

/// Prints every sampler: its name, what it promises, its other names.
pub fn list() {
    for line in lines() {
        say(line);
    }
}

fn lines() -> Vec<String> {
    let width = Name::ALL.iter().map(|name| name.names()[0].len()).max().unwrap_or_default();
    let row = |name: &str, [order, evaluations, noise, about]: [&str; 4]| {
        format!("{name:width$}  {order:5}  {evaluations:11}  {noise:5}  {about}")
    };
    let mut lines = vec![row("name", ["order", "evaluations", "noise", "what it is (and other names)"])];
    for name in Name::ALL {
        let Order { order, evaluations, noise } = name.order();
        let evaluations = if evaluations == 0 { "its choice".to_owned() } else { format!("{evaluations} a step") };
        let noise = if noise { "draws" } else { "none" };
        // Langevin steps have a bias of their own, which more steps do not take away.
        let order = if order == 0 { "-".to_owned() } else { order.to_string() };
        let also = match &name.names()[1..] {
            [] => String::new(),
            also => format!(" ({})", also.join(", ")),
        };
        let about = format!("{}{also}", name.about());
        lines.push(row(name.names()[0], [&order, &evaluations, noise, &about]));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sampler_has_its_line_and_columns_stand_below_each_other() {
        let lines = lines();
        assert_eq!(lines.len(), Name::ALL.len() + 1);
        let column = lines[0].find("order").unwrap();
        for (name, line) in Name::ALL.into_iter().zip(&lines[1..]) {
            assert!(line.starts_with(&format!("{name} ")), "{line}");
            assert!(
                line[column..].starts_with(|c: char| c.is_ascii_digit() || c == '-') && !line.contains('\n'),
                "{line}"
            );
            assert!(name.names()[1..].iter().all(|also| line.contains(also)), "{line}");
        }
    }
}
