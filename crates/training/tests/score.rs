//! The score of pictures against the closed form: a network that has not learned yet is the exact denoiser of N(mean, deviation^2).
use ito_networks::{NetworkConfig, UNetConfig};
use ito_torch::Weights;
use ito_training::{Config, PathName, Score, Scoring, score};
use tch::Device;

const PICTURE: [usize; 3] = [1, 4, 4];
const SIZE: usize = 16;
const MEAN: f64 = -0.3;
const DEVIATION: f64 = 0.6;

fn config(path: PathName) -> Config {
    let mut config = Config::default();
    let unet = UNetConfig { channels: vec![8], attention_levels: vec![], groups: 4, patch: 1, ..UNetConfig::default() };
    config.network = NetworkConfig::Unet(unet);
    config.data.shape = Some(PICTURE.to_vec());
    (config.data.mean, config.data.deviation) = (Some(MEAN), Some(DEVIATION));
    config.path.name = path;
    config.train.prediction = ito_training::config::PredictionName::V;
    config
}

fn pictures() -> Vec<f32> {
    (0..3 * SIZE).map(|k| (k as f32 * 1.7).sin() * 0.9).collect()
}

fn scores(path: PathName, probes: Option<usize>, values: &[f32], bytes: bool) -> Vec<Score> {
    tch::set_num_threads(1);
    let config = config(path);
    let build = |scope: &ito_torch::Scope| config.network.build(&config.interface(), scope).map(drop);
    let (weights, built) = Weights::create(0, Device::Cpu, build);
    built.unwrap();
    let scoring = Scoring::new(&config, Device::Cpu).unwrap().tolerance(1e-6).seed(3);
    let scoring = probes.map_or(Scoring::new(&config, Device::Cpu).unwrap().tolerance(1e-6), |n| scoring.probes(n));
    score(&weights, &scoring, values, bytes, &|_| ()).unwrap()
}

/// Of data with noise of 0.002 in them.
fn exact(picture: &[f32]) -> f64 {
    let variance = DEVIATION * DEVIATION + 0.002 * 0.002;
    let square = |&x: &f32| (f64::from(x) - MEAN).powi(2) / variance + (std::f64::consts::TAU * variance).ln();
    -0.5 * picture.iter().map(square).sum::<f64>()
}

fn check(path: PathName, probes: Option<usize>) {
    let allowed = 1e-4;
    let values = pictures();
    for (score, picture) in scores(path, probes, &values, false).iter().zip(values.chunks_exact(SIZE)) {
        let (got, expected) = (score.density.nats, exact(picture));
        assert!((got - expected).abs() < allowed, "{path:?} {probes:?}: {got} against {expected}");
        // A multiple of the unit matrix has the same divergence under every probe of signs.
        assert!(score.density.error < 1e-9, "{score:?}");
        let bits = -(got + SIZE as f64 * (1f64 / 127.5).ln()) / (SIZE as f64 * 2f64.ln());
        assert!((score.bits.value - bits).abs() < 1e-12, "{score:?}: {bits} bits");
    }
}

#[test]
fn a_new_network_scores_pictures_as_the_normal_law_does() {
    for probes in [None, Some(2)] {
        for path in [PathName::Straight, PathName::VpCosine, PathName::Edm, PathName::VpLogLinear] {
            check(path, probes);
        }
    }
}

#[test]
fn a_picture_is_scored_by_itself() {
    let values = pictures();
    let bits = |scores: &[Score]| scores.iter().map(|s| s.density.nats.to_bits()).collect::<Vec<_>>();
    for bytes in [false, true] {
        let all = scores(PathName::Straight, Some(3), &values, bytes);
        let two = scores(PathName::Straight, Some(3), &values[..2 * SIZE], bytes);
        assert_eq!(bits(&all[..2]), bits(&two), "bytes: {bytes}");
    }
    // Bytes are spread over the width of a pixel value: other numbers, nearly the same density.
    let (plain, spread) =
        (scores(PathName::Straight, Some(3), &values, false), scores(PathName::Straight, Some(3), &values, true));
    let off = (plain[0].density.nats - spread[0].density.nats).abs();
    assert!(off > 1e-6 && off < 0.2, "{off}");
}
