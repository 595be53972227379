//! The network for points: shapes, gradients, independence of rows, and what Fourier features are for.
use ito_networks::{
    ConfigError, FourierFeatures, Given, Interface, Mlp, MlpConfig, Network, NetworkConfig, TimeFeatures,
};
use ito_noise::Stream;
use ito_torch::{AdamWStep, Weights, fused_adamw};
use tch::{Device, Kind, Tensor};

fn tiny() -> MlpConfig {
    let time = TimeFeatures::Sinusoidal;
    MlpConfig { width: 12, blocks: 2, fourier: 5, time, time_features: 8, embedding: 6, ..MlpConfig::default() }
}

fn interface(d: usize) -> Interface {
    Interface { classes: 3, vector: 2, ..Interface::plain(&[d]) }
}

fn numbers(name: &str, shape: &[i64]) -> Tensor {
    let mut values = vec![0.0; shape.iter().product::<i64>() as usize];
    Stream::new(1, name).fill_normal_f64(0, 0, &mut values);
    Tensor::from_slice(&values).view(shape)
}

/// In f64, with every weight moved: those that start as zero would hide most of the network.
fn shaken(config: &MlpConfig, interface: &Interface) -> Weights {
    let (weights, network) = Weights::create(3, Device::Cpu, |scope| Mlp::new(config, interface, scope));
    network.unwrap();
    let place = std::cell::Cell::new(0);
    weights.map(|w| {
        place.set(place.get() + 1);
        w.to_kind(Kind::Double) + numbers(&format!("shake {}", place.get()), &w.size()) * 0.3
    })
}

fn bound(weights: &Weights, config: &MlpConfig, interface: &Interface) -> Mlp {
    weights.bind(|scope| Mlp::new(config, interface, scope)).unwrap()
}

fn told(rows: i64) -> Given {
    let class: Vec<i64> = (0..rows).map(|k| k % 4).collect();
    Given { class: Some(Tensor::from_slice(&class)), vector: Some(numbers("vector", &[rows, 2])), ..Given::default() }
}

fn times(rows: i64) -> Tensor {
    (Tensor::arange(rows, (Kind::Double, Device::Cpu)) + 0.5) / rows as f64
}

fn largest(d: Tensor) -> f64 {
    d.abs().max().double_value(&[])
}

#[test]
fn any_number_of_columns_and_rows_comes_back_as_it_was() {
    for (d, fourier, time) in
        [(1, 0, TimeFeatures::Sinusoidal), (2, 5, TimeFeatures::Fourier), (17, 3, TimeFeatures::Sinusoidal)]
    {
        let config = MlpConfig { fourier, time, ..tiny() };
        let network = bound(&shaken(&config, &interface(d)), &config, &interface(d));
        for rows in [1, 5] {
            let x = numbers("x", &[rows, d as i64]);
            let y = network.forward(&x, &times(rows), &told(rows));
            assert!(y.size() == x.size() && y.kind() == Kind::Double, "{config:?}");
            assert!(y.isfinite().all().int64_value(&[]) == 1 && largest(y.shallow_clone()) > 1e-3);
        }
    }
}

#[test]
fn a_new_network_says_zero_in_the_dtype_of_its_weights() {
    let (_, network) = Weights::create(0, Device::Cpu, |scope| Mlp::new(&tiny(), &interface(2), scope));
    let y = network.unwrap().forward(&numbers("x", &[4, 2]), &times(4), &told(4));
    assert!(largest(y.shallow_clone()) == 0.0 && y.kind() == Kind::Float);
}

/// Central differences in f64 of `sum c F`: every weight at three places, and the input.
#[test]
fn gradients_are_those_of_finite_differences() {
    let (config, interface) = (tiny(), interface(3));
    let leaves = shaken(&config, &interface).leaves();
    let network = bound(&leaves, &config, &interface);
    let x = numbers("x", &[4, 3]).set_requires_grad(true);
    let loss = || (network.forward(&x, &times(4), &told(4)) * numbers("c", &[4, 3])).sum(Kind::Double);
    let mut places = leaves.trained();
    places.push(x.shallow_clone());
    let gradients = Tensor::f_run_backward(&[loss()], &places, false, false).unwrap();
    let _no_grad = tch::no_grad_guard();
    for (w, gradient) in places.iter().zip(&gradients) {
        let flat = w.detach().view(-1);
        for k in [0, flat.numel() as i64 / 2, flat.numel() as i64 - 1] {
            let mut entry = flat.narrow(0, k, 1);
            let step = 1e-5;
            let mut moved = |by: f64| {
                let _ = entry.g_add_scalar_(by);
                loss().double_value(&[])
            };
            let (up, down) = (moved(step), moved(-2.0 * step));
            moved(step);
            let (found, expected) = (gradient.view(-1).double_value(&[k]), (up - down) / (2.0 * step));
            assert!(
                (found - expected).abs() < 1e-8 * (1.0 + expected.abs()),
                "{:?} at {k}: {found}, {expected}",
                w.size()
            );
        }
    }
}

#[test]
fn rows_do_not_touch_each_other() {
    let (config, interface) = (tiny(), interface(2));
    let network = bound(&shaken(&config, &interface), &config, &interface);
    let (x, t) = (numbers("x", &[5, 2]), times(5));
    let y = network.forward(&x, &t, &told(5));
    let other = numbers("other", &[5, 2]);
    other.narrow(0, 3, 1).copy_(&x.narrow(0, 3, 1));
    assert!(largest(network.forward(&other, &t, &told(5)).narrow(0, 3, 1) - y.narrow(0, 3, 1)) < 1e-14);
    let alone = Given {
        class: Some(Tensor::from_slice(&[3i64])),
        vector: Some(numbers("vector", &[5, 2]).narrow(0, 3, 1)),
        ..Given::default()
    };
    assert!(largest(network.forward(&x.narrow(0, 3, 1), &t.narrow(0, 3, 1), &alone) - y.narrow(0, 3, 1)) < 1e-14);
}

#[test]
fn time_class_and_vector_matter_and_no_class_is_the_last_row() {
    let (config, interface) = (tiny(), interface(2));
    let network = bound(&shaken(&config, &interface), &config, &interface);
    let (x, t) = (numbers("x", &[2, 2]), times(2));
    let said = |t: &Tensor, class: Option<i64>, vector: Option<Tensor>| {
        let class = class.map(|class| Tensor::from_slice(&[class, class]));
        network.forward(&x, t, &Given { class, vector, ..Given::default() })
    };
    let plain = said(&t, None, None);
    assert_eq!(largest(said(&t, Some(3), None) - &plain), 0.0);
    assert_eq!(largest(said(&t, None, Some(Tensor::zeros([1, 2], (Kind::Float, Device::Cpu)))) - &plain), 0.0);
    for other in
        [said(&(&t * 0.5), None, None), said(&t, Some(1), None), said(&t, None, Some(numbers("vector", &[1, 2])))]
    {
        assert!(largest(other - &plain) > 1e-3);
    }
}

#[test]
fn fourier_features_are_those_of_the_paper() {
    let (weights, features) = Weights::create(5, Device::Cpu, |scope| FourierFeatures::new(scope, 2, 20_000, 3.0));
    let matrix = weights.tensors().remove(0);
    assert!(weights.trained().is_empty() && weights.names().eq(["fourier.weight"]));
    // 40,000 normals of deviation 3: the deviation found is within 4.9 of its standard errors, 3/sqrt(80,000), but for 1e-6.
    let deviation = matrix.to_kind(Kind::Double).std(true).double_value(&[]);
    assert!((deviation - 3.0).abs() < 4.9 * 3.0 / 80_000f64.sqrt(), "{deviation}");
    let x = Tensor::from_slice(&[0.3f32, -0.2]).view([1, 2]);
    let y = features.forward(&x);
    assert_eq!(y.size(), [1, 40_002]);
    for k in [0, 1, 19_999] {
        let angle = std::f64::consts::TAU * (0.3 * matrix.double_value(&[k, 0]) - 0.2 * matrix.double_value(&[k, 1]));
        assert!((y.double_value(&[0, 2 + k]) - angle.sin()).abs() < 2e-5);
        assert!((y.double_value(&[0, 20_002 + k]) - angle.cos()).abs() < 2e-5);
    }
    assert!((y.double_value(&[0, 0]) - 0.3).abs() < 1e-7 && (y.double_value(&[0, 1]) + 0.2).abs() < 1e-7);
}

/// Regression of `sin(2 pi x) + sin(2 pi 12 x)` on [-1, 1] at fresh points: the part of the error along the high frequency.
#[test]
fn fourier_features_learn_the_high_frequency_that_an_mlp_alone_does_not() {
    let without = high_frequency_error(0);
    let with = high_frequency_error(32);
    println!("of the high frequency, {without:.4} is missing without features and {with:.4} with");
    assert!(without > 0.5, "{without}");
    assert!(with < 0.1, "{with}");
}

/// `|1 - a|`, a the fitted amplitude of `sin(24 pi x)` after 250 steps.
fn high_frequency_error(fourier: usize) -> f64 {
    tch::set_num_threads(1);
    let config = MlpConfig { width: 64, blocks: 2, fourier, fourier_scale: 6.0, ..MlpConfig::default() };
    let plain = Interface::plain(&[1]);
    let (weights, _) = Weights::create(0, Device::Cpu, |scope| Mlp::new(&config, &plain, scope).map(drop));
    let leaves = weights.leaves();
    let network = bound(&leaves, &config, &plain);
    let zeros = || leaves.trained().iter().map(|w| w.detach().zeros_like()).collect::<Vec<_>>();
    let (first, second) = (zeros(), zeros());
    let high = |x: &Tensor| (x * (12.0 * std::f64::consts::TAU)).sin();
    let said = |x: &Tensor| network.forward(x, &Tensor::zeros([1], (Kind::Float, Device::Cpu)), &Given::default());
    let steps = 250;
    for step in 0..steps {
        let uniform: Vec<f32> = (0..128).map(|k| (2.0 * Stream::new(9, "x").uniform(step, k) - 1.0) as f32).collect();
        let x = Tensor::from_slice(&uniform).view([-1, 1]);
        let target = (&x * std::f64::consts::TAU).sin() + high(&x);
        let loss = (said(&x) - target).square().mean(Kind::Float);
        let gradients = Tensor::f_run_backward(&[loss], &leaves.trained(), false, false).unwrap();
        let lr = 3e-3 * (1.0 - step as f64 / steps as f64);
        let adamw = AdamWStep { count: step + 1, lr, beta1: 0.9, beta2: 0.99, weight_decay: 0.0, eps: 1e-8 };
        let weights: Vec<Tensor> = leaves.trained().iter().map(Tensor::detach).collect();
        fused_adamw(&weights, &gradients, &first, &second, adamw).unwrap();
    }
    // Midpoints over whole periods: the two sines are orthogonal there.
    let x = ((Tensor::arange(4096, (Kind::Float, Device::Cpu)) + 0.5) / 2048.0 - 1.0).view([-1, 1]);
    let amplitude = (said(&x) * high(&x)).mean(Kind::Float).double_value(&[]) * 2.0;
    (1.0 - amplitude).abs()
}

#[test]
fn a_shape_that_makes_no_network_is_refused_with_its_numbers() {
    let refused = |config: MlpConfig| config.check(&Interface::plain(&[2])).unwrap_err();
    assert_eq!(refused(MlpConfig { width: 0, ..tiny() }), ConfigError::Zero("width"));
    assert_eq!(refused(MlpConfig { blocks: 0, ..tiny() }), ConfigError::Zero("blocks"));
    assert_eq!(refused(MlpConfig { fourier: 9000, ..tiny() }), ConfigError::Huge { key: "fourier", value: 9000 });
    assert_eq!(refused(MlpConfig { time_features: 7, ..tiny() }), ConfigError::OddFeatures(7));
    for (scale, said) in [(0.0, "0"), (f64::NAN, "NaN"), (1e9, "1000000000")] {
        let said = format!("network.fourier_scale = {said} must be from 1e-6 to 1000");
        assert_eq!(refused(MlpConfig { fourier_scale: scale, ..tiny() }).to_string(), said);
    }
    let picture = tiny().check(&Interface::plain(&[1, 28, 28])).unwrap_err().to_string();
    assert!(
        picture.contains("is for points") && picture.contains("[1, 28, 28]") && picture.contains("unet"),
        "{picture}"
    );
}

#[test]
fn a_configuration_names_it_and_its_keys() {
    let named: NetworkConfig = toml::from_str("kind = \"mlp\"\nwidth = 7\nfourier_scale = 2").unwrap();
    assert_eq!(named, NetworkConfig::Mlp(MlpConfig { width: 7, fourier_scale: 2.0, ..MlpConfig::default() }));
    let written = toml::to_string(&named).unwrap();
    assert_eq!(toml::from_str::<NetworkConfig>(&written).unwrap(), named);
    let said = toml::from_str::<NetworkConfig>("kind = \"mlp\"\nwidht = 7").unwrap_err().to_string();
    assert!(said.contains("widht"), "{said}");
}
