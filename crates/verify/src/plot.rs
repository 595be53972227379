use ito_testkit::Slope;

/// A picture of the report. All numbers that are not finite are left out.
#[derive(Clone, Debug, PartialEq)]
pub enum Plot {
    /// Error against step, both logarithmic, each with the fitted slope and theory's.
    Orders {
        /// Above the picture.
        title: String,
        /// One a method.
        errors: Vec<Errors>,
    },
    /// A histogram and the densities it should have.
    Density {
        /// Above the picture.
        title: String,
        /// What was drawn.
        histogram: Histogram,
        /// What should have been.
        curves: Vec<Curve>,
    },
    /// Some paths `(t, x)`.
    Trajectories {
        /// Above the picture.
        title: String,
        /// Of the vertical axis.
        y_label: String,
        /// The paths.
        paths: Vec<Vec<(f64, f64)>>,
    },
    /// Anything else.
    Curves {
        /// Above the picture.
        title: String,
        /// Of the horizontal axis.
        x_label: String,
        /// Of the vertical axis.
        y_label: String,
        /// The curves.
        curves: Vec<Curve>,
        /// Whether the horizontal axis is logarithmic.
        log_x: bool,
        /// Whether the vertical axis is logarithmic.
        log_y: bool,
    },
}

impl Plot {
    /// Error against step.
    pub fn orders(title: impl Into<String>, errors: Vec<Errors>) -> Plot {
        Plot::Orders { title: title.into(), errors }
    }

    /// A histogram with the densities it should have.
    pub fn density(title: impl Into<String>, histogram: Histogram, curves: Vec<Curve>) -> Plot {
        Plot::Density { title: title.into(), histogram, curves }
    }

    /// Paths over time. Some 5 to 20 of at most 1000 points are a good picture.
    pub fn trajectories(title: impl Into<String>, y_label: impl Into<String>, paths: Vec<Vec<(f64, f64)>>) -> Plot {
        Plot::Trajectories { title: title.into(), y_label: y_label.into(), paths }
    }

    /// Curves in one frame.
    pub fn curves(
        title: impl Into<String>,
        x_label: impl Into<String>,
        y_label: impl Into<String>,
        curves: Vec<Curve>,
    ) -> Plot {
        let (title, x_label, y_label) = (title.into(), x_label.into(), y_label.into());
        Plot::Curves { title, x_label, y_label, curves, log_x: false, log_y: false }
    }

    /// With a logarithmic horizontal axis, where it is one of curves.
    pub fn log_x(mut self) -> Plot {
        if let Plot::Curves { log_x, .. } = &mut self {
            *log_x = true;
        }
        self
    }

    /// With a logarithmic vertical axis, where it is one of curves.
    pub fn log_y(mut self) -> Plot {
        if let Plot::Curves { log_y, .. } = &mut self {
            *log_y = true;
        }
        self
    }
}

/// The errors of one method at several steps, and the order that theory gives it.
#[derive(Clone, Debug, PartialEq)]
pub struct Errors {
    /// The method.
    pub label: String,
    /// `(h, error)`, both positive.
    pub points: Vec<(f64, f64)>,
    /// Theory's slope.
    pub theory: f64,
}

impl Errors {
    /// `(h, error)` at several steps, at least two.
    pub fn new(label: impl Into<String>, points: impl Into<Vec<(f64, f64)>>, theory: f64) -> Errors {
        Errors { label: label.into(), points: points.into(), theory }
    }

    /// The errors of a slope that was fitted to numbers of steps, as functions of `1/N`.
    pub fn of(label: impl Into<String>, slope: &Slope, theory: f64) -> Errors {
        Errors::new(label, slope.errors.iter().map(|(n, e)| (1.0 / *n as f64, *e)).collect::<Vec<_>>(), theory)
    }

    /// The least-squares slope of `log error` against `log h`.
    pub fn fitted(&self) -> f64 {
        self.line().0
    }

    /// Slope and intercept of `ln error` as a function of `ln h`.
    pub(crate) fn line(&self) -> (f64, f64) {
        let points = self.points.iter().map(|(h, error)| (h.ln(), error.ln()));
        let count = self.points.len() as f64;
        let (x, y) = points.clone().fold((0.0, 0.0), |sum, (x, y)| (sum.0 + x / count, sum.1 + y / count));
        let (xy, xx) = points.fold((0.0, 0.0), |s, (px, py)| (s.0 + (px - x) * (py - y), s.1 + (px - x).powi(2)));
        (xy / xx, y - xy / xx * x)
    }
}

/// A curve with a name.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// In the legend.
    pub label: String,
    /// `(x, y)`, from left to right.
    pub points: Vec<(f64, f64)>,
}

impl Curve {
    /// Through these points.
    pub fn new(label: impl Into<String>, points: impl Into<Vec<(f64, f64)>>) -> Curve {
        Curve { label: label.into(), points: points.into() }
    }

    /// A function at 201 points.
    pub fn function(label: impl Into<String>, from: f64, to: f64, f: impl Fn(f64) -> f64) -> Curve {
        let at = |i: i32| from + (to - from) * f64::from(i) / 200.0;
        Curve::new(label, (0..=200).map(|i| (at(i), f(at(i)))).collect::<Vec<_>>())
    }
}

/// Bins and the density in each.
#[derive(Clone, Debug, PartialEq)]
pub struct Histogram {
    /// Rising, one more than bins.
    pub edges: Vec<f64>,
    /// Share of all values in a bin, divided by its width.
    pub density: Vec<f64>,
}

impl Histogram {
    /// Of values in equal bins; those outside count to the whole.
    pub fn of(values: &[f64], from: f64, to: f64, bins: usize) -> Histogram {
        let mut counts = vec![0_u64; bins];
        for value in values {
            let bin = ((value - from) / (to - from) * bins as f64).floor();
            if bin >= 0.0 && bin < bins as f64 {
                counts[bin as usize] += 1;
            }
        }
        Histogram::counted(&counts, from, to, values.len() as u64)
    }

    /// Of counts in equal bins, `total` values in all.
    pub fn counted(counts: &[u64], from: f64, to: f64, total: u64) -> Histogram {
        let width = (to - from) / counts.len() as f64;
        let edges = (0..=counts.len()).map(|i| from + width * i as f64).collect();
        Histogram { edges, density: counts.iter().map(|n| *n as f64 / (total as f64 * width)).collect() }
    }
}
