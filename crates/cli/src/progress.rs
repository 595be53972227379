//! How far the work is: a bar on a terminal, a line now and then anywhere else.
use crate::speak::{tell, time};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Time between two lines where there is no terminal.
const BETWEEN_LINES: Duration = Duration::from_secs(10);

/// Progress on stderr.
pub struct Progress {
    bar: ProgressBar,
    plain: Option<Mutex<Instant>>,
    begun: Instant,
    from: u64,
    unit: &'static str,
}

impl Progress {
    /// From `from` to `total`, which may not be known yet.
    pub fn new(unit: &'static str, from: u64, total: Option<u64>) -> Progress {
        let terminal = std::io::stderr().is_terminal();
        let target = if terminal { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(total, target).with_position(from).with_style(style(unit, total));
        bar.reset_eta();
        if terminal {
            bar.enable_steady_tick(Duration::from_millis(500));
        }
        let now = Instant::now();
        Progress { bar, plain: (!terminal).then(|| Mutex::new(now)), begun: now, from, unit }
    }

    /// The total has become known.
    pub fn total(&self, total: u64) {
        self.bar.set_length(total);
        self.bar.set_style(style(self.unit, Some(total)));
    }

    /// So much is done.
    pub fn at(&self, done: u64, message: &str) {
        self.bar.set_position(done);
        self.bar.set_message(message.to_owned());
        let Some(Ok(mut told)) = self.plain.as_ref().map(Mutex::lock) else { return };
        if told.elapsed() >= BETWEEN_LINES {
            *told = Instant::now();
            tell(self.plain_line(done, message));
        }
    }

    /// A line that stays.
    pub fn line(&self, text: &str) {
        self.bar.suspend(|| tell(text));
    }

    /// Takes the bar away.
    pub fn close(&self) {
        self.bar.finish_and_clear();
    }

    fn plain_line(&self, done: u64, message: &str) -> String {
        let message = if message.is_empty() { String::new() } else { format!(", {message}") };
        match self.bar.length() {
            None => format!("{} {done}{message}", self.unit),
            Some(total) => {
                let made = done.saturating_sub(self.from).max(1);
                let left = self.begun.elapsed().mul_f64(total.saturating_sub(done) as f64 / made as f64);
                format!("{} {done} of {total}{message}, {} left", self.unit, time(left))
            }
        }
    }
}

fn style(unit: &str, total: Option<u64>) -> ProgressStyle {
    let template = match total {
        Some(_) => format!("{unit} {{pos}}/{{len}} [{{bar:28}}] {{msg}}  {{eta}} left"),
        None => format!("{{spinner}} {unit} {{pos}}  {{msg}}  (measuring the speed)"),
    };
    let style = ProgressStyle::with_template(&template).unwrap_or_else(|_| ProgressStyle::default_bar());
    style.progress_chars("=> ")
}

/// A mean that forgets, without a bias at its start.
#[derive(Debug, Default)]
pub struct Smooth {
    sum: f64,
    weight: f64,
}

impl Smooth {
    /// Adds a value and returns the mean; one that is not finite is left out.
    pub fn add(&mut self, value: f64) -> f64 {
        const KEEP: f64 = 0.97;
        if value.is_finite() {
            self.sum = KEEP * self.sum + (1.0 - KEEP) * value;
            self.weight = KEEP * self.weight + (1.0 - KEEP);
        }
        self.sum / self.weight
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_smooth_mean_has_no_bias_and_leaves_out_what_is_not_finite() {
        let mut mean = Smooth::default();
        assert!((mean.add(3.0) - 3.0).abs() < 1e-12);
        assert!((mean.add(f64::NAN) - 3.0).abs() < 1e-12);
        assert!((2.9..3.0).contains(&mean.add(2.9)));
    }

    #[test]
    fn a_plain_line_says_step_total_and_time_left() {
        let progress = Progress::new("step", 10, Some(20));
        assert!(progress.plain_line(20, "loss 1").starts_with("step 20 of 20, loss 1, 0.0 s left"));
        assert_eq!(Progress::new("step", 0, None).plain_line(3, ""), "step 3");
    }
}
