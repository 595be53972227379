//! The deterministic samplers where the score is curved in the plane, against the same flow by very fine Runge-Kutta steps.

use ito_noise::{SampleNoise, Stream};
use ito_samplers::{
    Ddim, Deis, Denoiser, Dpm2, Dpmpp2s, DpmppMultistep, Euler, Heun, Ipndm, Lms, Midpoint, Pndm, Rk4, Sampler, UniPc,
    UniPcVariant, sample,
};
use ito_schedules::{Grid, Level, Path, Straight, VpLinear};
use ito_testkit::{Gaussian, MixtureNd, Slope};
use ndarray::{Array1, Array2, array};

type Plane = Array2<f64>;

#[test]
fn every_order_holds_on_two_modes_in_the_plane_on_the_straight_path() {
    check_path(&Straight);
}

#[test]
fn every_order_holds_on_two_modes_in_the_plane_on_a_variance_preserving_path() {
    check_path(&VpLinear::new(0.1, 20.0).unwrap());
}

fn check_path(path: &dyn Path) {
    let exact = run(path, 4096, &mut Rk4);
    check_order("Euler", path, &exact, || Box::new(Euler));
    check_order("DDIM", path, &exact, || Box::new(Ddim));
    check_order("midpoint", path, &exact, || Box::new(Midpoint));
    check_order("Heun", path, &exact, || Box::new(Heun));
    check_order("RK4", path, &exact, || Box::new(Rk4));
    check_order("DPM2", path, &exact, || Box::new(Dpm2));
    check_order("DPM++ 2S", path, &exact, || Box::new(Dpmpp2s));
    check_order("DPM++ 2M", path, &exact, || Box::new(DpmppMultistep::second()));
    check_order("DPM++ 3M", path, &exact, || Box::new(DpmppMultistep::third()));
    check_order("UniPC 2", path, &exact, || Box::new(UniPc::second(UniPcVariant::Bh2)));
    check_order("UniPC 3", path, &exact, || Box::new(UniPc::third(UniPcVariant::Bh2)));
    check_order("DEIS", path, &exact, || Box::new(Deis::third()));
    check_order("iPNDM", path, &exact, || Box::new(Ipndm::new()));
    check_order("PNDM", path, &exact, || Box::new(Pndm::new()));
    check_order("LMS", path, &exact, || Box::new(Lms::default()));
}

fn check_order(name: &str, path: &dyn Path, exact: &Plane, build: impl Fn() -> Box<dyn Sampler<Plane>>) {
    let order = build().order().order;
    let (counts, bound) = match (name, order) {
        (_, 1) => ([512, 724, 1024], 2e-3),
        (_, 2) => ([512, 724, 1024], 2e-6),
        // Its steps after the first two are of order 4 and weigh more until there are many.
        ("UniPC 3", _) => ([2048, 2896, 4096], 1e-11),
        (_, 3) => ([512, 724, 1024], 1e-8),
        _ => ([128, 181, 256], 2e-10),
    };
    let error = |n| (&run(path, n, build().as_mut()) - exact).iter().map(|d| d * d).sum::<f64>().sqrt();
    let slope = Slope::fit(counts.map(|n| (n, error(n))).to_vec());
    println!("{name}: {slope}");
    slope.assert(name, f64::from(order), 0.1);
    assert!(slope.errors[2].1 < bound, "{name}: {slope}");
}

/// Six points of the flow, from log-SNR -3 to 4.
fn run(path: &dyn Path, steps: usize, sampler: &mut dyn Sampler<Plane>) -> Plane {
    let part =
        |weight, mean: [f64; 2], covariance| (weight, Gaussian { mean: Array1::from(mean.to_vec()), covariance });
    let law = Tweedie(MixtureNd::new(vec![
        part(0.6, [-1.0, 0.3], array![[0.3, 0.1], [0.1, 0.2]]),
        part(0.4, [1.0, -0.2], array![[0.2, -0.1], [-0.1, 0.4]]),
    ]));
    let grid = Grid::uniform_log_snr(path, -3.0, 4.0, steps).unwrap();
    let start = array![[-1.2, 0.4], [-0.3, -0.9], [0.15, 0.5], [0.6, -1.1], [1.1, 0.2], [-0.6, 1.3]];
    let mut none = SampleNoise::consecutive(Stream::new(5, "test"), 0, 6);
    sample(&law, path, &grid, sampler, start, &mut none, &mut |_, _, _| {}).unwrap()
}

/// The estimate by Tweedie's formula, the marginal made once for all rows.
struct Tweedie(MixtureNd);

impl Denoiser<Plane> for Tweedie {
    fn denoise(&self, x: &Plane, at: &[Level]) -> Plane {
        let Level { alpha, sigma, .. } = at[0];
        (x + &(self.0.marginal(at[0]).score_rows(x) * sigma.powi(2))) / alpha
    }
}
