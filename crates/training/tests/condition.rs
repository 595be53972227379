//! What a network is told of the data: labels and their dropout, numbers, pictures beside pictures; and drawing with it.
use ito_data::{Examples, Images, Points};
use ito_networks::{Clock, Given, Network, NetworkConfig, Preconditioning, UNetConfig};
use ito_noise::Stream;
use ito_schedules::{Prediction, Straight};
use ito_training::condition::{Classes, ConditionDraws, Conditions, Degradation, PictureName, unknown_pixels};
use ito_training::config::{Times, TrainConfig};
use ito_training::{Config, Drawn, Draws, Objective, Plan, TrainError, Trainer, generate};
use std::collections::BTreeSet;
use tch::{Device, Kind, Tensor};

const SEED: u64 = 5;

/// 40 pictures of 4 x 4: class 0 dark, class 1 bright, each with a little of its number in it.
fn shades() -> Examples {
    let shade = |k: usize| (if k.is_multiple_of(2) { 40 } else { 215 } + k % 7) as u8;
    let pixels = (0..40).flat_map(|k| [shade(k); 16]).collect();
    let labels = Some((0..40).map(|k| (k % 2) as u8).collect());
    Images { channels: 1, height: 4, width: 4, pixels, labels }.into()
}

fn pictures(values: Vec<f32>, shape: [i64; 4]) -> Tensor {
    Tensor::from_slice(&values).view(shape)
}

/// Wavy numbers in [-1, 1].
fn waves(count: usize) -> Vec<f32> {
    (0..count).map(|k| (0.7 * k as f32).sin()).collect()
}

fn numbers(x: &Tensor) -> Vec<f64> {
    Vec::try_from(x.to_kind(Kind::Double).contiguous().flatten(0, -1)).unwrap()
}

fn classes(given: &Given) -> Vec<i64> {
    Vec::try_from(given.class.as_ref().unwrap()).unwrap()
}

fn objective(conditions: Conditions) -> Objective {
    let (prediction, preconditioning) = (Prediction::X0, Preconditioning::None);
    let (path, clock, times) = (Box::new(Straight), Clock::Unit, Times::Uniform);
    Objective { path, prediction, preconditioning, clock, conditions, weight: None, times, t_max: 1.0 }
}

/// A network that says one number for each class.
struct Guess([f64; 3]);

impl Network for Guess {
    fn forward(&self, x: &Tensor, _: &Tensor, given: &Given) -> Tensor {
        let of_class: Vec<f32> = classes(given).iter().map(|&class| self.0[class as usize] as f32).collect();
        x.zeros_like() + Tensor::from_slice(&of_class).view([-1, 1, 1, 1])
    }
}

#[test]
fn the_objective_with_classes_is_the_regression_of_each_class() {
    let (data, rows) = (shades(), [3, 8, 5, 0, 1]);
    let conditions = Conditions { classes: 2, ..Conditions::default() };
    let draws = Draws::new(SEED, "train");
    let loss = |guess| {
        let task = objective(conditions.clone()).task(&data, &rows, draws, 7, Device::Cpu);
        task.loss(&Guess(guess)).double_value(&[])
    };
    let value = |k: usize| {
        let mut row = [0f32; 16];
        data.row_into(k, &mut row);
        f64::from(row[0])
    };
    let by_hand = |guess: [f64; 3]| rows.iter().map(|&k| (guess[k % 2] - value(k)).powi(2)).sum::<f64>() / 5.0;
    for guess in [[-0.5, 0.5, 9.0], [0.3, -0.2, 9.0]] {
        assert!((loss(guess) - by_hand(guess)).abs() < 1e-6, "{guess:?}: {} {}", loss(guess), by_hand(guess));
    }
    // Least at the mean of each class.
    let mean = |class: usize| {
        let own: Vec<f64> = rows.iter().filter(|k| **k % 2 == class).map(|&k| value(k)).collect();
        own.iter().sum::<f64>() / own.len() as f64
    };
    let best = [mean(0), mean(1), 9.0];
    for (class, step) in [(0, 0.01), (0, -0.01), (1, 0.01), (1, -0.01)] {
        let mut other = best;
        other[class] += step;
        assert!(loss(other) > loss(best), "class {class}, {step}");
    }
}

#[test]
fn labels_are_dropped_at_the_rate_that_was_asked_for_and_never_where_they_are_kept() {
    let (data, count) = (shades(), 20_000usize);
    let rows: Vec<usize> = (0..count).map(|k| k % 40).collect();
    let x0 = Tensor::zeros([count as i64, 1, 4, 4], (Kind::Float, Device::Cpu));
    let rate = |dropout: f64, draws| {
        let conditions = Conditions { classes: 2, dropout, ..Conditions::default() };
        let told = classes(&conditions.given(&data, &rows, &x0, draws, 11));
        assert!(told.iter().zip(&rows).all(|(&class, row)| class == 2 || class == (row % 2) as i64));
        told.iter().filter(|class| **class == 2).count() as f64 / count as f64
    };
    let draws = ConditionDraws::new(SEED, "train");
    for dropout in [0.1, 0.5] {
        // Two-sided, false alarm 1e-6: 4.9 deviations of a binomial share.
        let (found, deviation) = (rate(dropout, draws), (dropout * (1.0 - dropout) / count as f64).sqrt());
        assert!((found - dropout).abs() < 4.9 * deviation, "{dropout}: {found}");
    }
    assert_eq!((rate(0.0, draws), rate(1.0, draws), rate(0.5, draws.keeping())), (0.0, 1.0, 0.0));
}

#[test]
fn what_a_sample_is_told_depends_on_its_seed_and_number_alone() {
    let values: Vec<f64> = (0..40).flat_map(|k| [f64::from(k), f64::from(k * k)]).collect();
    let data = shades().with_vectors(Points { columns: 2, values });
    let standard = ito_data::Standard::of(data.vectors().unwrap()).unwrap();
    let picture = Some(Degradation::Inpainting);
    let conditions = Conditions { classes: 2, vector: Some(standard), picture, dropout: 0.4 };
    let rows: Vec<usize> = (0..12).map(|k| (k * 7) % 40).collect();
    let told = |rows: &[usize], seed: u64, first: u64| {
        let x0 = pictures(waves(rows.len() * 16), [rows.len() as i64, 1, 4, 4]).fill(0.5);
        let given = conditions.given(&data, rows, &x0, ConditionDraws::new(seed, "train"), first);
        [given.class, given.vector, given.picture].map(|told| numbers(&told.unwrap()))
    };
    let whole = told(&rows, SEED, 100);
    let [mut class, mut vector, mut picture] = [(); 3].map(|()| Vec::new());
    for (k, part) in rows.chunks(5).enumerate() {
        let [c, v, p] = told(part, SEED, 100 + 5 * k as u64);
        class.extend(c);
        vector.extend(v);
        picture.extend(p);
    }
    assert_eq!(whole, [class, vector, picture]);
    assert_ne!(whole, told(&rows, SEED + 1, 100));
    assert_ne!(whole, told(&rows, SEED, 101));
    // Class and vector are dropped together; a vector that is told has a 1 behind it.
    for (class, vector) in whole[0].iter().zip(whole[1].chunks_exact(3)) {
        assert_eq!(*class == 2.0, vector == [0.0; 3], "{class} {vector:?}");
        assert!(*class == 2.0 || vector[2] == 1.0);
    }
    assert!(whole[0].contains(&2.0) && whole[0].contains(&0.0) && whole[0].contains(&1.0));
}

#[test]
fn a_low_resolution_has_the_means_of_its_squares() {
    let [f, c, h, w] = [3usize, 2, 6, 9];
    let x = waves(2 * c * h * w);
    let of = Degradation::SuperResolution { factor: f };
    let beside = numbers(&of.of(&pictures(x.clone(), [2, 2, 6, 9]), Stream::new(SEED, "m"), &[0, 1]));
    assert_eq!(beside.len(), 2 * c * h * w);
    for (place, &got) in beside.iter().enumerate() {
        let (plane, y, column) = (place / (h * w), place / w % h, place % w);
        let square = (0..f * f).map(|k| x[(plane * h + y / f * f + k / f) * w + column / f * f + k % f]);
        let mean = square.map(f64::from).sum::<f64>() / (f * f) as f64;
        assert!((got - mean).abs() < 1e-6, "{place}: {got} {mean}");
    }
    // Blown up and averaged again it is what it was: exactly for squares of one value.
    let low = pictures(vec![0.5, -0.25, 1.0, -1.0, 0.125, 0.75], [1, 1, 2, 3]);
    let four = Degradation::SuperResolution { factor: 4 };
    let up = four.blown_up(&low);
    assert_eq!(
        (up.size(), numbers(&up.avg_pool2d([4, 4], [4, 4], [0, 0], false, true, None))),
        (vec![1, 1, 8, 12], numbers(&low))
    );
    assert_eq!(numbers(&four.of(&up, Stream::new(SEED, "m"), &[0])), numbers(&up));
}

#[test]
fn inpainting_shows_the_mask_and_what_it_leaves_and_puts_the_known_pixels_back() {
    let x = pictures(waves(3 * 2 * 64), [3, 2, 8, 8]);
    let (masks, ids) = (Stream::new(SEED, "m"), [4, 9, 2]);
    let beside = Degradation::Inpainting.of(&x, masks, &ids);
    assert_eq!(beside.size(), [3, 3, 8, 8]);
    let (clean, all) = (numbers(&x), numbers(&beside));
    let drawn = x.fill(7.0);
    let kept = numbers(&Degradation::Inpainting.kept(&drawn, &beside));
    for (row, id) in ids.into_iter().enumerate() {
        let unknown = unknown_pixels(masks, id, 8, 8);
        for (k, &unknown) in unknown.iter().enumerate() {
            assert_eq!(all[row * 192 + k], f64::from(u8::from(unknown)));
            for c in 0..2 {
                let (place, told) = (row * 128 + c * 64 + k, all[row * 192 + (c + 1) * 64 + k]);
                assert_eq!(told, if unknown { 0.0 } else { clean[place] });
                assert_eq!(kept[place], if unknown { 7.0 } else { clean[place] });
            }
        }
    }
}

#[test]
fn masks_have_the_law_that_is_written_down() {
    let (stream, count, side) = (Stream::new(SEED, "m"), 6_000u64, 12usize);
    let masks: Vec<Vec<bool>> = (0..count).map(|id| unknown_pixels(stream, id, side, side)).collect();
    assert_eq!(masks[17], unknown_pixels(stream, 17, side, side));
    assert!(masks.iter().all(|mask| mask.contains(&true) && mask.contains(&false)));
    // A box of 3 to 9 pixels each way is a third of all; strokes and slanted half planes are hardly ever one.
    let found = masks.iter().filter(|mask| is_box(mask, side)).count() as f64 / count as f64;
    assert!((found - 1.0 / 3.0).abs() < 0.05, "{found}");
    // Turned and mirrored pictures are as likely: a pixel's and its mirror's rates agree, at 1e-6 a pair (two-sided, 4.9 deviations).
    let rate = |y: usize, x: usize| masks.iter().filter(|mask| mask[y * side + x]).count() as f64 / count as f64;
    for (y, x) in [(0, 0), (1, 4), (5, 2), (3, 3)] {
        for (v, u) in [(y, side - 1 - x), (side - 1 - y, x), (x, y)] {
            let (a, b) = (rate(y, x), rate(v, u));
            assert!((a - b).abs() < 4.9 * (0.5 / count as f64).sqrt(), "{y} {x}: {a}, {v} {u}: {b}");
        }
    }
    let other: BTreeSet<Vec<bool>> = masks.into_iter().collect();
    assert!(other.len() > 4_000, "{} different masks", other.len());
}

/// Whether the unknown pixels are a whole rectangle of sides from 1/4 to 3/4.
fn is_box(mask: &[bool], side: usize) -> bool {
    let (ys, xs): (Vec<usize>, Vec<usize>) =
        (0..side * side).filter(|&k| mask[k]).map(|k| (k / side, k % side)).unzip();
    let extent = |all: &[usize]| 1 + all.iter().max().unwrap() - all.iter().min().unwrap();
    let (down, right) = (extent(&ys), extent(&xs));
    let fits = |n: usize| (side / 4..=3 * side / 4).contains(&n);
    ys.len() == down * right && fits(down) && fits(right)
}

fn config(steps: u64) -> Config {
    let unet = UNetConfig { patch: 1, channels: vec![8, 16], groups: 4, head_dim: 8, ..UNetConfig::default() };
    let mut config = Config { network: NetworkConfig::Unet(unet), ..Config::default() };
    config.train = TrainConfig { steps, batch: 12, micro_batch: 5, warmup: 4, lr: 4e-3, ema: 0.9, ..config.train };
    (config.sample.n, config.sample.steps, config.sample.sampler) = (4, 6, "ddim".to_owned());
    config.condition.class = true;
    config
}

fn trained(config: Config, data: impl Into<Examples>) -> Trainer {
    let mut trainer = Trainer::new(config, data, Device::Cpu).unwrap();
    while !trainer.finished() {
        trainer.step().unwrap();
    }
    trainer
}

fn drawn(trainer: &Trainer, change: impl FnOnce(&mut Config)) -> Result<Drawn, TrainError> {
    let mut config = trainer.config().clone();
    change(&mut config);
    generate(trainer.average(), &Plan::new(&config, Device::Cpu)?, &|_| ())
}

fn mean(values: &[f32]) -> f64 {
    values.iter().map(|&v| f64::from(v)).sum::<f64>() / values.len() as f64
}

#[test]
fn a_tiny_run_learns_what_its_classes_look_like() {
    let trainer = trained(config(150), shades());
    assert_eq!(trainer.config().condition.classes, Some(2));
    let of = |class: &str| {
        let class = class.parse().unwrap();
        mean(&drawn(&trainer, |c| (c.sample.class, c.sample.n) = (Some(class), 8)).unwrap().values)
    };
    // The data's own means are -0.66 and 0.71.
    let (dark, bright) = (of("0"), of("1"));
    assert!((dark + 0.66).abs() < 0.2 && (bright - 0.71).abs() < 0.2, "{dark} {bright}");
    let cycled = drawn(&trainer, |c| c.sample.n = 4).unwrap();
    let rows: Vec<f64> = cycled.values.chunks_exact(16).map(mean).collect();
    assert!(rows[0] < 0.0 && rows[1] > 0.0 && rows[2] < 0.0 && rows[3] > 0.0, "all in turn: {rows:?}");
}

#[test]
fn a_sample_is_the_same_whatever_is_drawn_beside_it_and_guidance_of_one_is_none() {
    let trainer = trained(config(12), shades());
    let some = |n: usize, class: &str, guidance: f64| {
        let class = class.parse().unwrap();
        let change = |c: &mut Config| (c.sample.n, c.sample.class, c.sample.guidance) = (n, Some(class), guidance);
        drawn(&trainer, change).unwrap()
    };
    let all = some(20, "0,1,1", 2.0);
    assert_eq!(some(5, "0,1,1", 2.0).values, all.values[..5 * 16]);
    assert_eq!(some(1, "0", 2.0).values, all.values[..16], "sample 0 is of class 0");
    let (plain, guided) = (some(5, "0,1,1", 1.0), some(5, "0,1,1", 2.0));
    assert_eq!((plain.evaluations, guided.evaluations), (6.0, 12.0));
    assert_ne!(plain.values, guided.values);
    let unguided =
        drawn(&trainer, |c| (c.sample.n, c.sample.class) = (5, Some(Classes::These(vec![0, 1, 1])))).unwrap();
    assert_eq!(plain.values, unguided.values);
    // Weight 0 is the unconditional model: two evaluations would be wasted on it.
    let none = some(5, "none", 1.0);
    assert_eq!((some(5, "0", 0.0).values, some(5, "0", 0.0).evaluations), (none.values, 6.0));
    // An interval guides fewer levels; a rescaled estimate is another.
    let change = |c: &mut Config| {
        (c.sample.n, c.sample.guidance, c.sample.guidance_low, c.sample.guidance_high) = (5, 2.0, Some(0.3), Some(2.0));
    };
    let between = drawn(&trainer, change).unwrap().evaluations;
    assert!((7.0..12.0).contains(&between), "{between}");
    let rescaled = drawn(&trainer, |c| {
        (c.sample.n, c.sample.guidance, c.sample.guidance_rescale) = (5, 2.0, Some(0.7));
        c.sample.class = Some(Classes::These(vec![0, 1, 1]));
    });
    assert_ne!(rescaled.unwrap().values, guided.values);
}

#[test]
fn a_run_that_is_told_everything_goes_on_bit_for_bit() {
    let folder = tempfile::tempdir().unwrap();
    let values = (0..40).map(|k| f64::from(k % 5)).collect();
    let data = || shades().with_vectors(Points { columns: 1, values: Clone::clone(&values) });
    let told = || {
        let mut config = config(8);
        (config.condition.picture, config.condition.dropout) = (PictureName::Inpainting, 0.5);
        config
    };
    let whole = trained(told(), data());
    let mut cut = Trainer::new(told(), data(), Device::Cpu).unwrap();
    (0..3).for_each(|_| assert!(cut.step().unwrap().updated));
    let checkpoint = cut.save(folder.path()).unwrap();
    let mut resumed = Trainer::new(cut.config().clone(), data(), Device::Cpu).unwrap();
    resumed.load(&checkpoint).unwrap();
    while !resumed.finished() {
        resumed.step().unwrap();
    }
    let bits = |trainer: &Trainer| trainer.weights().tensors().iter().map(numbers).collect::<Vec<_>>();
    assert_eq!(bits(&whole), bits(&resumed));
    // It draws from what the held-out rows are told, and puts the known pixels back.
    let drawn = resumed.draw().unwrap();
    let shown = drawn.shown.unwrap();
    assert_eq!(shown.len(), drawn.values.len());
    let put_back = shown.iter().zip(&drawn.values).filter(|(told, drawn)| told == drawn).count();
    assert!(put_back > 10 && put_back < 64, "{put_back} of 64");
}

fn refused(change: impl FnOnce(&mut Config), words: &[&str]) {
    let trainer = Trainer::new(config(1), shades(), Device::Cpu).unwrap();
    let said = drawn(&trainer, change).unwrap_err().to_string();
    assert!(words.iter().all(|word| said.contains(word)), "{words:?} in {said}");
}

#[test]
fn what_a_network_was_not_told_cannot_be_asked_of_it() {
    let class = |text: &str| Some(text.parse::<Classes>().unwrap());
    refused(|c| c.sample.class = class("2"), &["no class 2", "knows 2, numbered 0 to 1"]);
    refused(|c| (c.sample.class, c.condition.dropout) = (class("none"), 0.0), &["condition.dropout is 0"]);
    refused(|c| (c.sample.guidance, c.condition.dropout) = (2.0, 0.0), &["--guidance", "condition.dropout is 0"]);
    refused(|c| (c.sample.guidance, c.sample.class) = (2.0, class("none")), &["nothing to be guided to"]);
    refused(|c| c.sample.guidance = f64::NAN, &["sample.guidance", "finite"]);
    refused(|c| (c.sample.guidance, c.sample.guidance_low) = (2.0, Some(-1.0)), &["0 <= low < high"]);
    refused(|c| (c.sample.guidance, c.sample.guidance_rescale) = (2.0, Some(1.5)), &["phi", "from 0 to 1"]);
    refused(|c| c.sample.guidance_high = Some(2.0), &["1 is no guidance", "guidance_high"]);
    refused(|c| c.condition.dropout = 1.5, &["condition.dropout = 1.5 must be in [0, 1]"]);
}

#[test]
fn data_must_have_what_is_to_be_told() {
    let check = |change: fn(&mut Config), data: Examples, words: &[&str]| {
        let mut config = config(1);
        change(&mut config);
        let said = Trainer::new(config, data, Device::Cpu).err().unwrap().to_string();
        assert!(words.iter().all(|word| said.contains(word)), "{words:?} in {said}");
    };
    let bare = || Images { channels: 1, height: 4, width: 4, pixels: vec![9; 640], labels: None };
    check(|_| (), bare().into(), &["--conditional", "no labels"]);
    check(|c| c.condition.classes = Some(1), shades(), &["condition.classes = 1", "from 2", "0 to 1"]);
    let three = |c: &mut Config| (c.condition.picture, c.condition.factor) = (PictureName::SuperResolution, 3);
    check(three, shades(), &["condition.factor = 3", "4 x 4"]);
    let points = |c: &mut Config| (c.condition.picture, c.condition.class) = (PictureName::Inpainting, false);
    check(points, Examples::points(2, vec![0.0; 80]), &["condition.picture is for pictures", "[2]"]);
    let flat = Points { columns: 1, values: vec![3.0; 40] };
    check(|_| (), shades().with_vectors(flat), &["column 0", "3"]);
}
