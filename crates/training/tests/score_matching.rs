//! Score matching and contrastive divergence against normal laws, by exact expectations, in f64.
//!
//! The energy network over a linear one, `N = x - B x + b`, has `U = E + |x|^2 / 2 = |B x - b|^2 / 2`: a normal law of precision
//! `B^T B` and mean `B^-1 b`. Its losses are polynomials of degree 2 in the numbers drawn, whose mean is that over the corners `+-1`.
use ito_networks::{Energy, Given, Network};
use ito_noise::{SampleNoise, Stream};
use ito_sde::langevin::FromScore;
use ito_state::Noise;
use ito_torch::{HostNoise, State};
use ito_training::score_matching::{Chains, contrast, negatives, sliced, sliced_with_variance_reduced};
use tch::{Device, Kind, Tensor};

struct Affine {
    b: Tensor,
    shift: Tensor,
}

impl Network for Affine {
    fn forward(&self, x: &Tensor, _time: &Tensor, _given: &Given) -> Tensor {
        x - x.matmul(&self.b.tr()) + &self.shift
    }
}

/// The energy with these B and b, and the two as leaves.
fn energy(b: &Tensor, shift: &Tensor) -> (Vec<Tensor>, Energy) {
    let leaf = |w: &Tensor| w.detach().copy().set_requires_grad(true);
    let affine = Affine { b: leaf(b), shift: leaf(shift) };
    (vec![affine.b.shallow_clone(), affine.shift.shallow_clone()], Energy::new(Box::new(affine)))
}

fn matrix(rows: [[f64; 2]; 2]) -> Tensor {
    Tensor::from_slice2(&rows)
}

/// Every choice of n signs, `[2^n, n]`: mean 0, covariance I.
fn corners(n: usize) -> Tensor {
    let signs = |k: usize| (0..n).map(move |bit| if k >> bit & 1 == 0 { -1.0 } else { 1.0 });
    let all: Vec<f64> = (0..1usize << n).flat_map(signs).collect();
    Tensor::from_slice(&all).view([-1, n as i64])
}

/// A law of data: mean m, covariance `L L^T`.
fn data() -> (Tensor, Tensor) {
    (Tensor::from_slice(&[0.4, -0.7]), matrix([[1.2, 0.0], [0.5, 0.6]]))
}

fn time() -> Tensor {
    Tensor::from_slice(&[0.0])
}

/// `-grad U = -(x + F)`.
fn score(energy: &Energy, x: &Tensor) -> Tensor {
    -(x + energy.forward(x, &time(), &Given::default()))
}

fn gradients(loss: &Tensor, weights: &[Tensor]) -> Vec<Tensor> {
    Tensor::f_run_backward(&[loss], weights, false, false).unwrap()
}

fn largest(gradients: &[Tensor]) -> f64 {
    gradients.iter().map(|g| g.abs().max().double_value(&[])).fold(0.0, f64::max)
}

/// B and b of a normal law of mean m and covariance `L L^T`: `B = L^-1`.
fn truth() -> (Tensor, Tensor) {
    let (mean, root) = data();
    let b = root.inverse();
    let shift = b.matmul(&mean);
    (b, shift)
}

/// Data and slices, every corner with every corner.
fn data_and_slices() -> (Tensor, Tensor) {
    let ((mean, root), all) = (data(), corners(4));
    (all.narrow(1, 0, 2).matmul(&root.tr()) + mean, all.narrow(1, 2, 2))
}

type Sliced = fn(&Energy, &Tensor, &Tensor) -> Tensor;
const BOTH: [Sliced; 2] =
    [|e, x, v| sliced(|x| score(e, x), x, v), |e, x, v| sliced_with_variance_reduced(|x| score(e, x), x, v)];

#[test]
fn sliced_score_matching_has_no_gradient_at_the_truth() {
    let ((b, shift), (x, v)) = (truth(), data_and_slices());
    for loss in BOTH {
        let (weights, there) = energy(&b, &shift);
        let found = largest(&gradients(&loss(&there, &x, &v).mean(Kind::Double), &weights));
        assert!(found < 1e-13, "{found}");
        let (weights, away) = energy(&(&b * 1.1), &shift);
        let found = largest(&gradients(&loss(&away, &x, &v).mean(Kind::Double), &weights));
        assert!(found > 0.1, "{found}");
    }
}

/// Away from the truth too: `-tr P + E |P (x - m)|^2 / 2`, of precision `P = B^T B` and mean m.
#[test]
fn sliced_score_matching_has_the_value_of_its_formula() {
    let (x, v) = data_and_slices();
    let (b, shift) = (matrix([[0.9, 0.3], [-0.2, 1.4]]), Tensor::from_slice(&[0.3, 0.8]));
    let precision = b.tr().matmul(&b);
    let off = (x.matmul(&b.tr()) - &shift).matmul(&b);
    let expected = off.square().sum(Kind::Double) / (2.0 * 16.0) - precision.trace();
    for loss in BOTH {
        let value = loss(&energy(&b, &shift).1, &x, &v).mean(Kind::Double);
        let distance = (value - &expected).abs().double_value(&[]);
        assert!(distance < 1e-13, "{distance}");
    }
}

/// With `z = x / sigma` and the network as the noise, `|F - eps|^2 / 2` and the sliced loss of `-F(sigma z)` differ by half the
/// dimension, wherever the weights are.
#[test]
fn denoising_and_sliced_score_matching_are_one_loss_in_the_mean() {
    let (alpha, sigma) = (0.8, 0.45);
    let ((mean, root), all) = (data(), corners(6));
    let (u, eps, v) = (all.narrow(1, 0, 2), all.narrow(1, 2, 2), all.narrow(1, 4, 2));
    let x = (u.matmul(&root.tr()) + mean) * alpha + &eps * sigma;
    let (b, shift) = (matrix([[0.9, 0.3], [-0.2, 1.4]]), Tensor::from_slice(&[0.3, 0.8]));
    let (_, model) = energy(&b, &shift);
    let noise = |x: &Tensor| model.forward(x, &time(), &Given::default());
    let denoising = (noise(&x) - &eps).square().sum(Kind::Double) / (2.0 * 64.0);
    let whole = sliced(|z| -noise(&(z * sigma)), &(&x / sigma), &v).mean(Kind::Double);
    let reduced = sliced_with_variance_reduced(|z| -noise(&(z * sigma)), &(&x / sigma), &v).mean(Kind::Double);
    for other in [whole, reduced] {
        let difference = (&denoising - other).double_value(&[]);
        assert!((difference - 1.0).abs() < 1e-12, "{difference}");
    }
}

/// The noise of normal data is `sigma S^-1 (x - alpha m)`, `S = alpha^2 L L^T + sigma^2`: a gradient, so the energy can say it.
#[test]
fn denoising_score_matching_of_an_energy_has_no_gradient_at_the_truth() {
    let (alpha, sigma) = (0.8, 0.45);
    let ((mean, root), all) = (data(), corners(4));
    let eps = all.narrow(1, 2, 2);
    let x = (all.narrow(1, 0, 2).matmul(&root.tr()) + &mean) * alpha + &eps * sigma;
    let variance =
        root.matmul(&root.tr()) * (alpha * alpha) + Tensor::eye(2, (Kind::Double, Device::Cpu)) * (sigma * sigma);
    let slope = variance.inverse() * sigma;
    // B^T B = 1 + sigma S^-1 and B^T b = sigma S^-1 alpha m.
    let b = (Tensor::eye(2, (Kind::Double, Device::Cpu)) + &slope).linalg_cholesky(true);
    let shift = b.tr().inverse().matmul(&slope.matmul(&(mean * alpha)));
    let loss = |model: &Energy| (model.forward(&x, &time(), &Given::default()) - &eps).square().mean(Kind::Double);
    let (weights, there) = energy(&b, &shift);
    let found = largest(&gradients(&loss(&there), &weights));
    assert!(found < 1e-13, "{found}");
    let (weights, away) = energy(&(&b * 1.1), &shift);
    assert!(largest(&gradients(&loss(&away), &weights)) > 0.05);
}

/// Draws of the model: `B^-1 (b + z)`.
fn draws(b: &Tensor, shift: &Tensor) -> Tensor {
    (corners(2) + shift).matmul(&b.inverse().tr())
}

#[test]
fn contrastive_divergence_has_no_gradient_where_data_and_draws_have_one_law() {
    let ((mean, root), (b, shift)) = (data(), truth());
    let x = corners(2).matmul(&root.tr()) + mean;
    let (weights, model) = energy(&b, &shift);
    let of = |x: &Tensor| model.bounded(x, &time(), &Given::default());
    let found = largest(&gradients(&contrast(&of(&x), &of(&draws(&b, &shift)), 0.0), &weights));
    assert!(found < 1e-13, "{found}");
}

/// Of data of second moments M and mean m: `dL/dB = B M - b m^T - B^-T`, `dL/db = -(B m - b)`, the gradient of the negative mean
/// log-likelihood.
#[test]
fn contrastive_divergence_has_the_gradient_of_the_likelihood() {
    let (mean, root) = data();
    let (b, shift) = (matrix([[0.9, 0.3], [-0.2, 1.4]]), Tensor::from_slice(&[0.3, 0.8]));
    let x = corners(2).matmul(&root.tr()) + &mean;
    let (weights, model) = energy(&b, &shift);
    let of = |x: &Tensor| model.bounded(x, &time(), &Given::default());
    let found = gradients(&contrast(&of(&x), &of(&draws(&b, &shift)), 0.0), &weights);
    let moments = root.matmul(&root.tr()) + mean.outer(&mean);
    let expected = [b.matmul(&moments) - shift.outer(&mean) - b.inverse().tr(), &shift - b.matmul(&mean)];
    for (found, expected) in found.iter().zip(&expected) {
        let distance = (found - expected).abs().max().double_value(&[]);
        assert!(distance < 1e-13, "{distance}");
        assert!(expected.abs().max().double_value(&[]) > 0.1);
    }
}

#[test]
fn large_energies_cost_what_alpha_says() {
    let loss = contrast(&Tensor::from_slice(&[1.0, 2.0]), &Tensor::from_slice(&[3.0]), 0.5);
    assert_eq!(loss.double_value(&[]), 1.5 - 3.0 + 0.5 * (2.5 + 9.0));
}

fn stream(rows: usize) -> HostNoise {
    HostNoise(SampleNoise::consecutive(Stream::new(3, "langevin"), 0, rows))
}

/// `U = k (y - m)^2 / 2`.
fn well(k: f64, m: f64) -> FromScore<impl Fn(&State) -> State> {
    FromScore(move |y: &State| State((&y.0 - m) * -k))
}

/// `y_K = m + r^K (y_0 - m) + sqrt(2 h) sum_j r^(K - 1 - j) z_j`, `r = 1 - h k`, with the very noise that the chain drew.
#[test]
fn negatives_follow_their_recursion() {
    let (k, m, h, moves) = (1.7, 0.6, 0.05, 9);
    let start = Tensor::from_slice(&[2.0, -1.0, 0.3]).view([3, 1]);
    let end = negatives(&well(k, m), State(start.copy()), h, moves, &mut stream(3)).unwrap().0;
    let (mut noise, mut expected) = (stream(3), start - m);
    for _ in 0..moves {
        expected = expected * (1.0 - h * k) + noise.normal_like(&State(end.shallow_clone())).0 * (2.0 * h).sqrt();
    }
    let distance = (end - (expected + m)).abs().max().double_value(&[]);
    assert!(distance < 1e-13, "{distance}");
}

/// `1 / (k (1 - h k / 2))`, and the model's own `1 / k` is far away. The variance of a sample of n normal numbers has the deviation
/// `s^2 sqrt(2 / n)`; 5.2 of them are passed once in five million.
#[test]
fn negatives_come_to_the_law_of_the_model_but_for_the_bias_of_their_step() {
    let (k, m, h, rows) = (1.7, 0.6, 0.2, 20_000);
    let start = Tensor::zeros([rows as i64, 1], (Kind::Double, Device::Cpu));
    let end = negatives(&well(k, m), State(start), h, 40, &mut stream(rows)).unwrap().0;
    let (mean, variance) = (end.mean(Kind::Double).double_value(&[]), end.var(false).double_value(&[]));
    let expected = 1.0 / (k * (1.0 - h * k / 2.0));
    let n = rows as f64;
    assert!((mean - m).abs() < 5.2 * (expected / n).sqrt(), "{mean}");
    let band = 5.2 * expected * (2.0 / n).sqrt();
    assert!((variance - expected).abs() < band && (variance - 1.0 / k).abs() > 3.0 * band, "{variance}");
}

#[test]
fn chains_go_round_and_are_the_same_in_any_batch() {
    let mut chains = Chains::new(5, 6, &[2]);
    let all = chains.take(0, 6, 0.0);
    assert_eq!(all, Vec::<f32>::try_from(chains.tensor().flatten(0, -1)).unwrap());
    assert!(all.iter().any(|x| x.abs() > 1.0));
    // Chains 4, 5, 0, 1, as samples 10 to 13.
    assert_eq!(chains.take(10, 4, 0.0), [&all[8..], &all[..4]].concat());
    chains.put(10, &[7.0; 8]);
    let now = Vec::<f32>::try_from(chains.tensor().select(1, 0)).unwrap();
    assert_eq!(now.iter().map(|&x| x == 7.0).collect::<Vec<_>>(), [true, true, false, false, true, true]);
    let whole = chains.take(20, 6, 0.5);
    assert_eq!(whole, [chains.take(20, 2, 0.5), chains.take(22, 4, 0.5)].concat());
}

/// A share of 0.05 of 4,000 is 200; by Chernoff's bound a binomial number leaves 120 to 280 less than once in a million.
#[test]
fn a_share_of_the_chains_starts_again() {
    let mut chains = Chains::new(5, 4000, &[2]);
    chains.put(0, &[9.0; 8000]);
    let taken = chains.take(0, 4000, 0.05);
    let fresh = taken.chunks_exact(2).filter(|state| state[0] != 9.0).count();
    assert!((120..=280).contains(&fresh), "{fresh}");
}
