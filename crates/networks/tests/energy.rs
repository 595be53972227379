//! The energy network: its gradient, its symmetry, and gradients of losses on its gradient, all in f64.
use ito_networks::{ConfigError, Energy, Given, Interface, Network, NetworkConfig, UNet, UNetConfig};
use ito_noise::Stream;
use ito_torch::Weights;
use tch::{Device, Kind, Tensor};

const ROWS: i64 = 4;

fn normal(name: &str, shape: &[i64]) -> Tensor {
    let mut values = vec![0f64; shape.iter().product::<i64>() as usize];
    Stream::new(11, name).fill_normal_f64(0, 0, &mut values);
    Tensor::from_slice(&values).view(shape)
}

/// `V tanh(W x + u t) + c t`, in f64: rows of n numbers, of which the first m are the data.
struct Small {
    inner: Tensor,
    outer: Tensor,
    time: Tensor,
}

impl Small {
    fn new(sees: i64, gives: i64) -> Small {
        let leaf = |name, shape: &[i64]| (normal(name, shape) * 0.4).detach().set_requires_grad(true);
        Small { inner: leaf("inner", &[7, sees]), outer: leaf("outer", &[gives, 7]), time: leaf("time", &[7]) }
    }

    fn weights(&self) -> Vec<Tensor> {
        [&self.inner, &self.outer, &self.time].map(Tensor::shallow_clone).into()
    }
}

impl Network for Small {
    fn forward(&self, x: &Tensor, time: &Tensor, _given: &Given) -> Tensor {
        let h = (x.matmul(&self.inner.tr()) + time.unsqueeze(-1) * &self.time).tanh();
        h.matmul(&self.outer.tr())
    }
}

fn energy_of(sees: i64, gives: i64) -> (Vec<Tensor>, Energy) {
    let small = Small::new(sees, gives);
    (small.weights(), Energy::new(Box::new(small)))
}

fn times() -> Tensor {
    normal("times", &[ROWS])
}

fn numbers(x: &Tensor) -> Vec<f64> {
    Vec::try_from(x.detach().flatten(0, -1)).unwrap()
}

/// Fourth-order central difference: its error is `h^4` times a fifth derivative, some 1e-11, and rounding over h, some 1e-13.
fn difference(f: impl Fn(f64) -> f64) -> f64 {
    let h = 2e-3;
    (f(-2.0 * h) - f(2.0 * h) + 8.0 * (f(h) - f(-h))) / (12.0 * h)
}

#[test]
fn what_it_says_is_the_gradient_of_its_energy() {
    let (_, energy) = energy_of(3, 3);
    let (x, t, given) = (normal("x", &[ROWS, 3]), times(), Given::default());
    let said = numbers(&energy.forward(&x, &t, &given));
    for place in 0..ROWS * 3 {
        let unit = Tensor::zeros([ROWS * 3], (Kind::Double, Device::Cpu));
        let _ = unit.get(place).fill_(1.0);
        let moved = |h: f64| &x + unit.view([ROWS, 3]) * h;
        let row = place / 3;
        let slope = difference(|h| energy.energy(&moved(h), &t, &given).double_value(&[row]));
        assert!((said[place as usize] - slope).abs() < 1e-9, "{} against {slope}", said[place as usize]);
        let bounded = difference(|h| energy.bounded(&moved(h), &t, &given).double_value(&[row]));
        let with_base = said[place as usize] + x.view([-1]).double_value(&[place]);
        assert!((with_base - bounded).abs() < 1e-9, "{with_base} against {bounded}");
    }
}

#[test]
fn its_jacobian_is_symmetric_where_that_of_its_network_is_not() {
    let (_, energy) = energy_of(3, 3);
    let small = Small::new(3, 3);
    let (x, t) = (normal("x", &[ROWS, 3]), times());
    let largest = |network: &dyn Network| {
        let row = |k: i64| {
            let x = x.narrow(0, k, 1).detach().set_requires_grad(true);
            let said = network.forward(&x, &t.narrow(0, k, 1), &Given::default());
            let slopes = |i: i64| Tensor::run_backward(&[said.get(0).get(i)], &[&x], true, false).remove(0).get(0);
            let jacobian = Tensor::stack(&(0..3).map(slopes).collect::<Vec<_>>(), 0);
            (&jacobian - jacobian.tr()).abs().max().double_value(&[])
        };
        (0..ROWS).map(row).fold(0.0, f64::max)
    };
    assert!(largest(&energy) < 1e-14, "{}", largest(&energy));
    assert!(largest(&small) > 0.1, "{}", largest(&small));
}

/// `mean |F(x) - target|^2` over the weights, the loss of denoising score matching: the slope along a direction of all weights.
#[test]
fn a_loss_on_its_gradient_has_the_gradient_of_differences() {
    let (weights, energy) = energy_of(3, 3);
    let (x, t, target) = (normal("x", &[ROWS, 3]), times(), normal("target", &[ROWS, 3]));
    let loss = || (energy.forward(&x, &t, &Given::default()) - &target).square().mean(Kind::Double);
    let gradients = Tensor::f_run_backward(&[loss()], &weights, false, false).unwrap();
    for (k, (weight, gradient)) in weights.iter().zip(&gradients).enumerate() {
        // Of length 1, so that the step of the difference is one in the space of the weights.
        let along = normal(&format!("along {k}"), &weight.size());
        let along = &along / along.norm();
        let slope = difference(|h| {
            let _no_grad = tch::no_grad_guard();
            let mut moved = weight.shallow_clone();
            let _ = moved.g_add_(&(&along * h));
            let value = loss().double_value(&[]);
            let _ = moved.g_sub_(&(&along * h));
            value
        });
        let exact = (gradient * along).sum(Kind::Double).double_value(&[]);
        assert!((exact - slope).abs() < 1e-10, "weight {k}: {exact} against {slope}");
        assert!(exact.abs() > 1e-3, "weight {k} says nothing");
    }
}

/// `<v, J^T u>`, by way of a third derivative's graph: guidance and likelihoods go through it.
#[test]
fn a_product_with_its_jacobian_goes_through_it() {
    let (_, energy) = energy_of(3, 3);
    let (t, u, v) = (times(), normal("u", &[ROWS, 3]), normal("v", &[ROWS, 3]));
    let x = normal("x", &[ROWS, 3]).set_requires_grad(true);
    let said = energy.forward(&(&x * 2.0), &t, &Given::default());
    let back = Tensor::run_backward(&[(said * &u).sum(Kind::Double)], &[&x], false, false).remove(0);
    let exact = (back * &v).sum(Kind::Double).double_value(&[]);
    let along =
        |h: f64| (energy.forward(&((&x + &v * h) * 2.0).detach(), &t, &Given::default()) * &u).sum(Kind::Double);
    let slope = difference(|h| along(h).double_value(&[]));
    assert!((exact - slope).abs() < 1e-8, "{exact} against {slope}");
}

#[test]
fn where_nothing_is_recorded_it_says_the_same_without_a_graph() {
    let (_, energy) = energy_of(3, 3);
    let (x, t) = (normal("x", &[ROWS, 3]), times());
    let recorded = energy.forward(&x, &t, &Given::default());
    let _no_grad = tch::no_grad_guard();
    let said = energy.forward(&x, &t, &Given::default());
    assert!(recorded.requires_grad() && !said.requires_grad() && !x.requires_grad());
    assert!(said.equal(&recorded) && !ito_torch::grad_enabled());
}

#[test]
fn rows_do_not_touch_each_other() {
    let (_, energy) = energy_of(3, 3);
    let (x, t) = (normal("x", &[ROWS, 3]), times());
    let all = energy.forward(&x, &t, &Given::default());
    let changed = Tensor::cat(&[x.narrow(0, 0, 1), x.narrow(0, 1, ROWS - 1) * 3.0], 0);
    let other = energy.forward(&changed, &t, &Given::default());
    assert!(all.get(0).equal(&other.get(0)) && !all.get(1).equal(&other.get(1)));
}

/// What is given beside the data moves the energy, but the gradient is that of the data alone.
#[test]
fn numbers_beside_the_data_have_no_gradient() {
    let (_, energy) = energy_of(5, 3);
    let (x, t) = (normal("x", &[ROWS, 5]), times());
    let said = energy.forward(&x, &t, &Given::default());
    assert_eq!(said.size(), [ROWS, 3]);
    let unit = Tensor::from_slice(&[0.0, 1.0, 0.0, 0.0, 0.0]);
    let slope = difference(|h| energy.energy(&(&x + &unit * h), &t, &Given::default()).double_value(&[2]));
    assert!((said.double_value(&[2, 1]) - slope).abs() < 1e-9);
}

fn tiny() -> UNetConfig {
    UNetConfig {
        patch: 1,
        channels: vec![8],
        groups: 4,
        attention_levels: vec![0],
        head_dim: 4,
        ..UNetConfig::default()
    }
}

fn picture() -> Tensor {
    normal("picture", &[2, 1, 6, 6]).to_kind(Kind::Float)
}

/// A network of a kind and its leaves.
fn built(config: &NetworkConfig, shape: &[usize]) -> (Weights, Box<dyn Network>) {
    let interface = Interface::plain(shape);
    let (weights, _) = Weights::create(3, Device::Cpu, |scope| config.build(&interface, scope).unwrap());
    let leaves = weights.leaves();
    let network = leaves.bind(|scope| config.build(&interface, scope)).unwrap();
    (leaves, network)
}

/// A new network says zero, as all do here, but learns: some weight has a gradient.
fn check_start(config: &NetworkConfig, x: &Tensor) {
    let shape: Vec<usize> = x.size()[1..].iter().map(|&n| n as usize).collect();
    let (leaves, energy) = built(config, &shape);
    assert!(energy.as_energy().is_some());
    let said = energy.forward(x, &Tensor::from_slice(&[0.2f32, 0.7]), &Given::default());
    assert_eq!(said.size(), x.size());
    assert_eq!(said.abs().max().double_value(&[]), 0.0);
    let loss = (said - 1.0).square().mean(Kind::Float);
    let gradients = Tensor::f_run_backward(&[loss], &leaves.trained(), false, false).unwrap();
    let largest = gradients.iter().map(|g| g.abs().max().double_value(&[])).fold(0.0, f64::max);
    assert!(largest > 1e-3, "{largest}");
}

#[test]
fn new_ones_say_zero_and_learn() {
    check_start(&NetworkConfig::EnergyUnet(tiny()), &picture());
    check_start(&NetworkConfig::Energy(Default::default()), &normal("point", &[2, 3]).to_kind(Kind::Float));
}

/// Attention as plain products is the fused one but for rounding, and a loss on the gradient reaches every weight through it.
#[test]
fn attention_is_differentiated_twice() {
    let (leaves, plain) = built(&NetworkConfig::EnergyUnet(tiny()), &[1, 6, 6]);
    {
        let _no_grad = tch::no_grad_guard();
        for w in leaves.tensors() {
            let wave = (Tensor::arange(w.numel() as i64, (Kind::Float, Device::Cpu)) * 1.7).sin() * 0.1;
            let _ = w.shallow_clone().g_add_(&wave.view_as(&w));
        }
    }
    let (t, given) = (Tensor::from_slice(&[0.2f32, 0.7]), Given::default());
    let unet = leaves.bind(|scope| UNet::new(&tiny(), &Interface::plain(&[1, 6, 6]), scope)).unwrap();
    let said = plain.forward(&picture(), &t, &given);
    let fused = Energy::new(Box::new(unet)).forward(&picture(), &t, &given);
    let off = (&said - fused).abs().max().double_value(&[]);
    assert!(off < 1e-5 * said.abs().max().double_value(&[]), "{off}");
    let loss = (said - 1.0).square().mean(Kind::Float);
    let gradients = Tensor::f_run_backward(&[loss], &leaves.trained(), false, false).unwrap();
    assert!(gradients.iter().all(|g| g.abs().max().double_value(&[]) > 0.0));
}

#[test]
fn blocks_computed_twice_are_refused() {
    let config = NetworkConfig::EnergyUnet(UNetConfig { checkpointing: true, ..tiny() });
    assert_eq!(config.check(&Interface::plain(&[1, 6, 6])), Err(ConfigError::CheckpointedEnergy));
}
