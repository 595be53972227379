use crate::Errors;
use ito_testkit::statistics::{FALSE_ALARM_DEVIATIONS, chi_square_deviations, kolmogorov, mean_and_error};

/// The largest `sqrt(n)` times the Kolmogorov distance at a false-alarm rate of 1e-6: `2 exp(-2 x^2) = 1e-6`.
const KOLMOGOROV: f64 = 2.694;
/// What a measured order may be off.
const ORDER: f64 = 0.1;

/// A number that was measured and what it should be.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    /// What is claimed, in words; unique within its experiment.
    pub name: String,
    /// How measured and expected are to stand to each other.
    pub relation: Relation,
    /// The right value, or the bound.
    pub expected: f64,
    /// What was measured.
    pub measured: f64,
    /// The largest distance of a two-sided claim; 0 for a bound.
    pub tolerance: f64,
    /// The seed of what is random in it.
    pub seed: Option<u64>,
    /// What else there is to say, such as the words of a panic.
    pub note: Option<String>,
}

/// How measured and expected are to stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// `|measured - expected| <= tolerance`.
    Within,
    /// `measured <= expected`.
    AtMost,
    /// `measured >= expected`.
    AtLeast,
}

impl Relation {
    /// As verify.json says it.
    pub fn name(self) -> &'static str {
        match self {
            Relation::Within => "within",
            Relation::AtMost => "at-most",
            Relation::AtLeast => "at-least",
        }
    }
}

impl Claim {
    /// Two-sided, `|measured - expected| <= tolerance`.
    pub fn within(name: impl Into<String>, measured: f64, expected: f64, tolerance: f64) -> Claim {
        Claim { name: name.into(), relation: Relation::Within, expected, measured, tolerance, seed: None, note: None }
    }

    /// `measured <= bound`.
    pub fn at_most(name: impl Into<String>, measured: f64, bound: f64) -> Claim {
        Claim { relation: Relation::AtMost, ..Claim::within(name, measured, bound, 0.0) }
    }

    /// `measured >= bound`.
    pub fn at_least(name: impl Into<String>, measured: f64, bound: f64) -> Claim {
        Claim { relation: Relation::AtLeast, ..Claim::within(name, measured, bound, 0.0) }
    }

    /// The fitted slope is theory's to within 0.1.
    pub fn order(name: impl Into<String>, errors: &Errors) -> Claim {
        Claim::within(name, errors.fitted(), errors.theory, ORDER)
    }

    /// A normal estimate with a standard error; false-alarm rate 1e-6, two-sided.
    pub fn estimate(name: impl Into<String>, measured: f64, expected: f64, standard_error: f64) -> Claim {
        Claim::within(name, measured, expected, FALSE_ALARM_DEVIATIONS * standard_error)
    }

    /// The mean of independent values by their own standard error; wants some 1000. Two-sided, false-alarm rate 1e-6
    /// for values near to normal; for squares of normals 1.2e-5 at 1000 values, 2.8e-6 at 4000: for the variance of normals
    /// [`Claim::normal_variance`].
    pub fn mean(name: impl Into<String>, values: &[f64], expected: f64) -> Claim {
        let (mean, error) = mean_and_error(values);
        Claim::estimate(name, mean, expected, error)
    }

    /// Independent normal values of mean 0 have this variance: their sum of squares as chi-square, as a normal deviate (Wilson &
    /// Hilferty 1931). Two-sided, false-alarm rate 1e-6.
    pub fn normal_variance(name: impl Into<String>, values: &[f64], expected: f64) -> Claim {
        let freedom = values.len() as f64;
        let variance = values.iter().map(|x| x * x).sum::<f64>() / freedom;
        let spread = 2.0 / (9.0 * freedom);
        let deviations = ((variance / expected).cbrt() - (1.0 - spread)) / spread.sqrt();
        let note = format!("{variance:.6} for {expected:.6}");
        Claim::within(name, deviations, 0.0, FALSE_ALARM_DEVIATIONS).note(note)
    }

    /// Counts of independent draws follow these probabilities: chi-square as a normal deviate, two-sided, false-alarm
    /// rate 1e-6.
    pub fn counts(name: impl Into<String>, counts: &[u64], probabilities: &[f64]) -> Claim {
        Claim::within(name, chi_square_deviations(counts, probabilities), 0.0, FALSE_ALARM_DEVIATIONS)
    }

    /// Independent values follow this distribution function: `sqrt(n)` times Kolmogorov's distance, false-alarm rate 1e-6.
    pub fn distribution(name: impl Into<String>, values: &[f64], cdf: impl Fn(f64) -> f64) -> Claim {
        Claim::at_most(name, (values.len() as f64).sqrt() * kolmogorov(values, cdf), KOLMOGOROV)
    }

    /// With the seed of what is random in it.
    pub fn seed(self, seed: u64) -> Claim {
        Claim { seed: Some(seed), ..self }
    }

    /// With a remark.
    pub fn note(self, note: impl Into<String>) -> Claim {
        Claim { note: Some(note.into()), ..self }
    }

    /// Whether it holds. A NaN never does.
    pub fn pass(&self) -> bool {
        match self.relation {
            Relation::Within => (self.measured - self.expected).abs() <= self.tolerance,
            Relation::AtMost => self.measured <= self.expected,
            Relation::AtLeast => self.measured >= self.expected,
        }
    }
}
