//! Lines for people. `println!` and `eprintln!` would panic where the reader has gone, as in `ito sample | head -1`.
use std::fmt::Display;
use std::io::Write;
use std::time::Duration;

/// A line on stdout: results.
pub fn say(line: impl Display) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// A line on stderr: everything else.
pub fn tell(line: impl Display) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// A time as people say it: `3.2 s`, `5 min 58 s`, `2 h 5 min`.
pub fn time(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    let whole = seconds.round() as u64;
    match whole {
        0..60 => format!("{seconds:.1} s"),
        60..3600 => format!("{} min {} s", whole / 60, whole % 60),
        _ => format!("{} h {} min", whole / 3600, whole % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::time;
    use std::time::Duration;

    #[test]
    fn times_are_said_in_the_units_that_fit() {
        let said = [3.21, 59.96, 358.0, 7500.0].map(|s| time(Duration::from_secs_f64(s)));
        assert_eq!(said, ["3.2 s", "1 min 0 s", "5 min 58 s", "2 h 5 min"]);
    }
}
