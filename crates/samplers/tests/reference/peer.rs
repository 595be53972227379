//! The reference files as values, and their exact model.

use ito_samplers::{Denoiser, Sampler, Step};
use ito_schedules::{Level, Path};
use ito_state::Noise;
use ndarray::{Array2, Axis};
use serde_json::Value;

/// `tests/reference/samplers.json`.
pub fn trajectories() -> (Data, Vec<Trajectory>) {
    // Python writes an infinite setting (`lambda_min_clipped`) as no JSON number.
    let text = include_str!("samplers.json").replace("-Infinity", "null");
    let file: Value = serde_json::from_str(&text).unwrap();
    (Data::read(&file), list(&file["trajectories"]).iter().map(Trajectory::read).collect())
}

/// `tests/reference/edm.json`.
pub fn edm() -> (Data, Vec<Value>) {
    let file: Value = serde_json::from_str(include_str!("edm.json")).unwrap();
    (Data::read(&file), list(&file["runs"]).clone())
}

/// `N(mu, s^2)`, entry by entry.
pub struct Data {
    mu: Vec<f64>,
    s: Vec<f64>,
}

impl Data {
    fn read(file: &Value) -> Data {
        Data { mu: numbers(&file["mu"]), s: numbers(&file["s"]) }
    }

    /// make.py's `eps_model`.
    fn eps(&self, x: &Array2<f64>, alpha_bar: f64) -> Array2<f64> {
        let (alpha, sigma) = (alpha_bar.sqrt(), (1.0 - alpha_bar).sqrt());
        let mut eps = x.clone();
        for mut row in eps.axis_iter_mut(Axis(0)) {
            for (k, x) in row.iter_mut().enumerate() {
                *x = sigma * (*x - alpha * self.mu[k]) / (alpha_bar * self.s[k].powi(2) + sigma * sigma);
            }
        }
        eps
    }
}

/// One trajectory of a scheduler.
pub struct Trajectory {
    pub name: String,
    pub steps: usize,
    /// Decreasing; a timestep that is evaluated twice occurs twice.
    pub timesteps: Vec<f64>,
    pub path: Vec<Array2<f64>>,
    pub noise: Vec<Option<Array2<f64>>>,
    pub cosine: bool,
    beta: (f64, f64),
}

impl Trajectory {
    fn read(value: &Value) -> Trajectory {
        let config = &value["config"];
        let noise = value["noise"].as_array().cloned().unwrap_or_default();
        Trajectory {
            name: value["name"].as_str().unwrap().to_owned(),
            steps: value["steps"].as_u64().unwrap() as usize,
            timesteps: numbers(&value["timesteps"]),
            path: list(&value["path"]).iter().map(array).collect(),
            noise: noise.iter().map(|draw| (!draw.is_null()).then(|| array(draw))).collect(),
            cosine: config["beta_schedule"] == "squaredcos_cap_v2",
            beta: (config["beta_start"].as_f64().unwrap(), config["beta_end"].as_f64().unwrap()),
        }
    }

    /// `alphas_cumprod`, in double precision.
    pub fn table(&self) -> Table {
        let bar = |t: f64| ((t + 0.008) / 1.008 * std::f64::consts::FRAC_PI_2).cos().powi(2);
        let beta = |i: f64| match self.cosine {
            true => (1.0 - bar((i + 1.0) / 1000.0) / bar(i / 1000.0)).min(0.999),
            false => self.beta.0 + i / 999.0 * (self.beta.1 - self.beta.0),
        };
        let product = (0..1000).scan(1.0, |product, i| {
            *product *= 1.0 - beta(f64::from(i));
            Some(*product)
        });
        Table(product.collect())
    }
}

/// `alphas_cumprod`.
pub struct Table(Vec<f64>);

impl Table {
    /// `sigma/alpha` at a timestep, linear between the entries: the grids of Euler and Heun.
    pub fn linear(&self, t: f64) -> f64 {
        let (low, high, w) = self.around(t);
        (1.0 - w) * low + w * high
    }

    /// The same, linear in its logarithm: make.py's `acp_at` for the model.
    pub fn logarithmic(&self, t: f64) -> f64 {
        let (low, high, w) = self.around(t);
        low.powf(1.0 - w) * high.powf(w)
    }

    fn around(&self, t: f64) -> (f64, f64, f64) {
        let s = |k: usize| ((1.0 - self.0[k]) / self.0[k]).sqrt();
        let low = t.floor() as usize;
        (s(low), s((low + 1).min(999)), t - t.floor())
    }
}

/// The variance-preserving level with `s = sigma/alpha`, at a time that names it.
pub fn preserving(t: f64, s: f64) -> Level {
    let alpha = (1.0 + s * s).sqrt().recip();
    Level { t, alpha, sigma: s * alpha }
}

/// The denoiser that a scheduler makes of the noise prediction: `D = (x - sigma eps)/alpha`, with the model's own noise
/// level at each time of the grid.
pub struct Model<'a> {
    pub data: &'a Data,
    /// `(t of the level, sigma/alpha that the model is told)`.
    pub told: Vec<(f64, f64)>,
}

impl Denoiser<Array2<f64>> for Model<'_> {
    fn denoise(&self, x: &Array2<f64>, at: &[Level]) -> Array2<f64> {
        let Level { t, alpha, sigma } = at[0];
        let (_, s) = self.told.iter().find(|(time, _)| *time == t).expect("a level of the grid");
        let eps = self.data.eps(&(x / alpha.hypot(sigma)), (1.0 + s * s).recip());
        (x - &(sigma * eps)) / alpha
    }
}

/// The same for the level that it is asked at.
impl Denoiser<Array2<f64>> for Data {
    fn denoise(&self, x: &Array2<f64>, at: &[Level]) -> Array2<f64> {
        let s = at[0].noise_to_signal();
        let told = vec![(at[0].t, s)];
        Model { data: self, told }.denoise(x, at)
    }
}

/// Hands out the listed draw of the step at hand.
pub struct Replay(pub Option<Array2<f64>>);

impl Noise<Array2<f64>> for Replay {
    fn normal_like(&mut self, _like: &Array2<f64>) -> Array2<f64> {
        self.0.take().expect("one draw a step, where one is listed")
    }

    fn uniform_rows(&mut self, _like: &Array2<f64>) -> Vec<f64> {
        panic!("no sampler here asks for uniform numbers")
    }
}

/// The states at every level. A step to the level it starts from stays there.
pub fn drive(
    sampler: &mut dyn Sampler<Array2<f64>>,
    model: &dyn Denoiser<Array2<f64>>,
    path: &dyn Path,
    levels: &[Level],
    start: &Array2<f64>,
    noise: &[Option<Array2<f64>>],
) -> Vec<Array2<f64>> {
    let mut states = vec![start.clone()];
    for (k, pair) in levels.windows(2).enumerate() {
        let (from, to) = (pair[0], pair[1]);
        let x = states.last().unwrap();
        let mut draw = Replay(noise.get(k).cloned().flatten());
        let next =
            if from == to { x.clone() } else { sampler.step(&Step { model, path, from, to }, x, &mut draw).unwrap() };
        states.push(next);
    }
    states
}

/// The largest difference of two lists of states, as a share of `scale`.
pub fn distance<'a>(ours: &[Array2<f64>], theirs: impl IntoIterator<Item = &'a Array2<f64>>, scale: f64) -> f64 {
    let theirs: Vec<_> = theirs.into_iter().collect();
    assert_eq!(ours.len(), theirs.len(), "as many states");
    let all = ours.iter().zip(theirs).flat_map(|(a, b)| a.iter().zip(b).map(|(a, b)| (a - b).abs()));
    ito_testkit::largest(all) / scale
}

/// The largest number of some states.
pub fn largest<'a>(states: impl IntoIterator<Item = &'a Array2<f64>>) -> f64 {
    ito_testkit::largest(states.into_iter().flatten().map(|x| x.abs()))
}

pub fn numbers(value: &Value) -> Vec<f64> {
    list(value).iter().map(|x| x.as_f64().unwrap()).collect()
}

pub fn array(value: &Value) -> Array2<f64> {
    let rows: Vec<Vec<f64>> = list(value).iter().map(numbers).collect();
    Array2::from_shape_fn((rows.len(), rows[0].len()), |(i, j)| rows[i][j])
}

pub fn list(value: &Value) -> &Vec<Value> {
    value.as_array().expect("a list")
}
