//! What a network is told beside time: tables, gradients, and guidance of the exact denoiser of two classes.
use ito_networks::{
    ClassPredictor, Clock, ConditionEmbedding, Given, Interface, Network, Preconditioning, Predictor, UNet, UNetConfig,
};
use ito_samplers::guidance::{ClassConditional, Guided, OfClass};
use ito_samplers::{Denoiser, Heun, sample};
use ito_schedules::{Edm, Grid, Path, Prediction};
use ito_state::Rows;
use ito_torch::{HostNoise, State, Weights};
use tch::{Device, Kind, Tensor};

const WIDTH: usize = 6;

fn told() -> Interface {
    Interface { classes: 3, vector: 2, ..Interface::plain(&[1, 8, 8]) }
}

fn embedding() -> (Weights, ConditionEmbedding) {
    Weights::create(2, Device::Cpu, |scope| ConditionEmbedding::new(scope, &told(), WIDTH))
}

fn given(class: &[i64], vector: &[f64]) -> Given {
    let vector = (!vector.is_empty()).then(|| Tensor::from_slice(vector).view([-1, 2]));
    Given { class: (!class.is_empty()).then(|| Tensor::from_slice(class)), vector, ..Given::default() }
}

fn numbers(x: &Tensor) -> Vec<f64> {
    Vec::try_from(x.to_kind(Kind::Double).contiguous().flatten(0, -1)).unwrap()
}

#[test]
fn class_and_vector_are_terms_of_the_embedding() {
    let (weights, layer) = embedding();
    let [table, map] = weights.tensors().try_into().unwrap();
    assert_eq!(weights.names().collect::<Vec<_>>(), ["class_embedding.weight", "vector_embedding.weight"]);
    assert_eq!((table.size(), map.size()), (vec![4, 6], vec![6, 2]));
    map.shallow_clone().copy_(&(Tensor::arange(12, (Kind::Float, Device::Cpu)) * 0.25 - 1.0).view([6, 2]));
    let start = Tensor::ones([2, 6], (Kind::Float, Device::Cpu));
    let got = numbers(&layer.forward(start, &given(&[2, 0], &[0.5, 1.0, -2.0, 1.0])));
    let (table, map) = (numbers(&table), numbers(&map));
    for (row, (class, vector)) in [(2, [0.5, 1.0]), (0, [-2.0, 1.0])].into_iter().enumerate() {
        for k in 0..WIDTH {
            let expected = 1.0 + table[class * WIDTH + k] + map[2 * k] * vector[0] + map[2 * k + 1] * vector[1];
            assert!((got[row * WIDTH + k] - expected).abs() < 1e-6, "row {row}, entry {k}");
        }
    }
}

#[test]
fn who_is_told_nothing_gets_the_last_row_of_the_table_and_no_vector() {
    let (weights, layer) = embedding();
    let _ = weights.tensors()[1].shallow_clone().fill_(0.7);
    let start = || Tensor::zeros([2, 6], (Kind::Float, Device::Cpu));
    let silent = numbers(&layer.forward(start(), &Given::default()));
    assert_eq!(silent, numbers(&layer.forward(start(), &given(&[3, 3], &[0.0; 4]))));
    assert_eq!(silent[..6], numbers(&weights.tensors()[0])[18..]);
}

#[test]
fn gradients_of_the_layer_are_the_finite_differences() {
    let weights = embedding().0.map(|w| w.to_kind(Kind::Double) + 0.1).leaves();
    let layer = weights.bind(|scope| ConditionEmbedding::new(scope, &told(), WIDTH));
    let start = || Tensor::arange(18, (Kind::Double, Device::Cpu)).view([3, 6]) * 0.1;
    let told = given(&[1, 3, 1], &[0.3, 1.0, 0.0, 0.0, -0.8, 1.0]);
    let value = || layer.forward(start(), &told).sin().square().sum(Kind::Double);
    let leaves = weights.trained();
    let gradients = Tensor::f_run_backward(&[&value()], &leaves, false, false).unwrap();
    let (_no_grad, step) = (tch::no_grad_guard(), 1e-6);
    for (w, gradient) in leaves.iter().zip(&gradients) {
        let (flat, gradient) = (w.detach().view([-1]), numbers(gradient));
        for (k, gradient) in gradient.iter().enumerate() {
            let entry = flat.get(k as i64);
            let at = |shift: f64| {
                let _ = entry.shallow_clone().g_add_scalar_(shift);
                value().double_value(&[])
            };
            let difference = (at(step) - at(-2.0 * step)) / (2.0 * step);
            at(step);
            assert!((difference - gradient).abs() < 1e-8, "entry {k}: {difference}, {gradient}");
        }
    }
}

/// Zero-initialised layers would hide most of the network.
fn network(interface: &Interface) -> UNet {
    let config = UNetConfig { patch: 1, channels: vec![8, 16], groups: 4, head_dim: 8, ..UNetConfig::default() };
    let (weights, network) = Weights::create(3, Device::Cpu, |scope| UNet::new(&config, interface, scope));
    for (name, w) in weights.names().zip(weights.tensors()) {
        if name.ends_with("conv2.weight") || name == "conv_out.weight" {
            let wave = (Tensor::arange(w.numel() as i64, (Kind::Float, Device::Cpu)) * 1.7).sin() * 0.1;
            w.shallow_clone().copy_(&wave.view_as(&w));
        }
    }
    network.unwrap()
}

#[test]
fn the_u_net_hears_its_class_and_a_new_one_no_vector() {
    let x = (Tensor::arange(128, (Kind::Float, Device::Cpu)) * 0.37).sin().view([2, 1, 8, 8]);
    let time = Tensor::from_slice(&[0.2f32, 0.7]);
    let said = |interface: &Interface, given: &Given| numbers(&Network::forward(&network(interface), &x, &time, given));
    let plain = Interface::plain(&[1, 8, 8]);
    let vectors = Interface { vector: 2, ..plain.clone() };
    let alone = said(&plain, &Given::default());
    assert_eq!(alone, said(&vectors, &given(&[], &[0.4, 1.0, 2.0, 1.0])), "a new map of vectors says nothing");
    let classes = Interface { classes: 3, ..plain };
    let two = said(&classes, &given(&[0, 2], &[]));
    let other = said(&classes, &given(&[0, 1], &[]));
    let off = |rows: std::ops::Range<usize>| rows.map(|k| (two[k] - other[k]).abs()).fold(0.0, f64::max);
    assert!(off(0..64) == 0.0 && off(64..128) > 1e-3, "{} {}", off(0..64), off(64..128));
}

/// `E[x0 | x]` of the classes N(1, 0.5^2), number 0, and N(0, 1), "no class", on the path `x = x0 + s eps`, told `ln(s) / 4`.
struct Exact;

impl Network for Exact {
    fn forward(&self, x: &Tensor, time: &Tensor, given: &Given) -> Tensor {
        let variance = (time.to_kind(Kind::Double) * 8.0).exp();
        let none = given.class.as_ref().unwrap().to_kind(Kind::Double);
        let (mean, own): (Tensor, Tensor) = (1.0 - &none, 0.25 + &none * 0.75);
        let share: Tensor = &own / (&own + variance);
        mean.unsqueeze(1) + share.unsqueeze(1) * (x - mean.unsqueeze(1))
    }
}

fn predictor<'a>(given: &'a Given, path: &'a Edm) -> ClassPredictor<'a> {
    let predictor = Predictor {
        network: &Exact,
        dtype: Kind::Double,
        clock: Clock::Edm,
        given,
        preconditioning: Preconditioning::None,
        prediction: Prediction::X0,
        path,
    };
    ClassPredictor { predictor, classes: 1 }
}

/// The flow of a Gaussian field is affine: where 0 and 1 end tells its whole law, mean and deviation.
fn law(model: &dyn Denoiser<State>, path: &Edm) -> (f64, f64) {
    let grid = Grid::karras(path, 0.002, 80.0, 7.0, 256).unwrap();
    let start = State(Tensor::from_slice(&[0.0, grid.levels()[0].sigma]).view([2, 1]));
    let mut noise = HostNoise(ito_noise::SampleNoise::consecutive(ito_noise::Stream::new(0, "test"), 0, 2));
    let end = sample(model, path, &grid, &mut Heun, start, &mut noise, &mut |_, _, _| {}).unwrap();
    let ends = numbers(&end.0);
    (ends[0], ends[1] - ends[0])
}

#[test]
fn guidance_of_two_of_a_network_of_exact_classes_draws_its_exact_law() {
    let (path, given) = (Edm::default(), Given::default());
    let model = predictor(&given, &path);
    // From sigma = 80 by the flow: N(1.374, 0.250^2); the class itself N(1, 0.5^2), whose mean a start around 0 misses by 0.5 / 80.
    for (weight, mean, deviation) in [(2.0, 1.374, 0.250), (1.0, 0.99375, 0.5), (0.0, 0.0, 1.0)] {
        let guided = Guided::to_class(&model, 0, weight).unwrap();
        let (got, spread) = law(&guided, &path);
        // Stated to three digits.
        assert!((got - mean).abs() < 1e-3 && (spread - deviation).abs() < 1e-3, "{weight}: {got} {spread}");
    }
}

#[test]
fn guidance_of_one_is_the_class_itself_bit_for_bit() {
    let (path, given) = (Edm::default(), Given::default());
    let model = predictor(&given, &path);
    let x = State(Tensor::from_slice(&[0.3, -1.2, 4.0]).view([3, 1]));
    let levels = [0.1, 1.0, 30.0].map(|t| path.at(t));
    let alone = OfClass::new(&model, 0).unwrap().denoise(&x, &levels);
    let guided = Guided::to_class(&model, 0, 1.0).unwrap().denoise(&x, &levels);
    assert_eq!(numbers(&alone.0), numbers(&guided.0));
    assert_eq!((model.classes(), x.row_count()), (1, 3));
    let none = model.denoise_class(&x, &levels, None);
    assert_ne!(numbers(&alone.0), numbers(&none.0));
    assert!(OfClass::new(&model, 1).err().unwrap().to_string().contains("there is no class 1"));
}
