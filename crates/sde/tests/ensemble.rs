//! Ensembles: the bits do not depend on how the work is cut, and the statistics are those of the known law.

use std::sync::LazyLock;

use ito_noise::{Stream, Vectors};
use ito_sde::ensemble::{Ensemble, EnsembleError, NormalLaw, Report, Start};
use ito_sde::process::{GeometricBrownianMotion, OrnsteinUhlenbeck};
use ito_sde::solver::EulerMaruyama;
use ito_sde::{Sde, Times, solve};
use ito_state::{Noise, Rows};
use ndarray::Array2;

const COUNT: u64 = 2500;

#[test]
fn nothing_depends_on_threads_tiles_or_vectors() {
    let run = |threads: usize, run: &(dyn Fn() -> Report<f64, 2> + Sync)| {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(run)
    };
    let plain = run(1, &|| tiled::<64>(Vectors::PLAIN));
    for threads in 1..=3 {
        assert_eq!(run(threads, &|| tiled::<1>(Vectors::widest())), plain, "{threads} threads, tiles of 1");
        assert_eq!(run(threads, &|| tiled::<64>(Vectors::widest())), plain, "{threads} threads, tiles of 64");
        assert_eq!(run(threads, &|| tiled::<128>(Vectors::widest())), plain, "{threads} threads, tiles of 128");
        assert_eq!(run(threads, &|| tiled::<1024>(Vectors::widest())), plain, "{threads} threads, tiles of 1024");
    }
    for level in Vectors::available() {
        assert_eq!(tiled::<128>(*level), plain, "{level}");
    }
}

fn tiled<const LANES: usize>(level: Vectors) -> Report<f64, 2> {
    let times = Times::uniform(0.0, 1.0, 20).unwrap();
    let law = NormalLaw::new([1.0, -2.0], [[0.5, 0.2], [0.2, 0.3]]).unwrap();
    Ensemble::new(gbm(), EulerMaruyama, &times, Stream::new(1, "tiles"))
        .paths(COUNT)
        .snapshots(&[0, 7, 20])
        .histogram(&[-3.0, -1.0, 0.0, 0.5, 2.0])
        .quantiles(&[0.0, 0.1, 0.5, 1.0])
        .keep_states()
        .run_tiled::<LANES, _, _, _>(level, Start::Normal(law))
        .unwrap()
}

#[test]
fn a_path_is_the_same_alone_and_among_many() {
    let times = Times::uniform(0.0, 1.0, 20).unwrap();
    let run = |samples| {
        let ensemble = Ensemble::new(gbm(), EulerMaruyama, &times, Stream::new(1, "alone")).samples(samples);
        ensemble.keep_states().run(Start::Point([1.0_f32])).unwrap().snapshots.remove(0).states
    };
    let many = run(0..3000);
    for k in [0, 1, 127, 128, 1500, 2999] {
        assert_eq!(run(k..k + 1), many[k as usize..][..1], "path {k}");
    }
    assert_eq!(run(777..2001), many[777..2001]);
}

/// The numbers of `TileNoise`, given to arrays: sample after sample, one normal a step.
struct Fed {
    normals: Vec<Vec<f64>>,
    next: usize,
}

impl Noise<Array2<f64>> for Fed {
    fn normal_like(&mut self, like: &Array2<f64>) -> Array2<f64> {
        let width = like.ncols();
        self.next += width;
        Array2::from_shape_fn(like.raw_dim(), |(row, column)| self.normals[row][self.next - width + column])
    }

    fn uniform_rows(&mut self, _like: &Array2<f64>) -> Vec<f64> {
        panic!("Euler-Maruyama draws no uniforms")
    }
}

#[test]
fn tiles_give_the_bits_of_arrays() {
    let (stream, times) = (Stream::new(6, "arrays"), Times::uniform(0.0, 2.0, 50).unwrap());
    let rows = 300;
    let normals = (0..rows).map(|sample| {
        let mut out = vec![0.0; 3 * times.steps()];
        stream.fill_normal_f64(sample, 0, &mut out);
        out
    });
    let mut noise = Fed { normals: normals.collect(), next: 0 };
    let start = Array2::from_shape_fn((rows as usize, 3), |(_, column)| 1.0 + column as f64);
    let array = solve(&EulerMaruyama, gbm(), &times, start, &mut noise);
    let ensemble = Ensemble::new(gbm(), EulerMaruyama, &times, stream).paths(rows).keep_states();
    let report = ensemble.run(Start::Point([1.0, 2.0, 3.0])).unwrap();
    for (k, state) in report.end().states.iter().enumerate() {
        assert_eq!(array.row(k).as_slice().unwrap(), state, "path {k}");
    }
}

#[test]
fn statistics_are_those_of_the_states() {
    let report = tiled::<128>(Vectors::widest());
    for snapshot in &report.snapshots {
        let n = COUNT as f64;
        assert_eq!((snapshot.finite, snapshot.non_finite, snapshot.states.len() as u64), (COUNT, 0, COUNT));
        let mean = |i: usize| snapshot.states.iter().map(|x| x[i]).sum::<f64>() / n;
        for i in 0..2 {
            assert!((snapshot.mean[i] - mean(i)).abs() < 1e-13);
            for j in 0..2 {
                let products = snapshot.states.iter().map(|x| (x[i] - mean(i)) * (x[j] - mean(j)));
                let direct = products.sum::<f64>() / (n - 1.0);
                assert!((snapshot.covariance[i][j] - direct).abs() < 1e-12, "{} {direct}", snapshot.covariance[i][j]);
            }
            let mut sorted: Vec<f64> = snapshot.states.iter().map(|x| x[i]).collect();
            sorted.sort_by(f64::total_cmp);
            let median = (sorted[1249] + sorted[1250]) / 2.0;
            let [low, tenth, middle, high] = snapshot.quantiles[i][..] else { panic!("four quantiles") };
            assert_eq!([low, high], [sorted[0], sorted[2499]]);
            assert!((middle - median).abs() < 1e-15);
            assert!((sorted[249]..=sorted[250]).contains(&tenth), "0.1 * 2499 = 249.9");
            let histogram = &snapshot.histograms[i];
            let within = |from: f64, to: f64| sorted.iter().filter(|x| (from..to).contains(*x)).count() as u64;
            assert_eq!(histogram.below, within(f64::NEG_INFINITY, -3.0));
            assert_eq!(histogram.counts, [within(-3.0, -1.0), within(-1.0, 0.0), within(0.0, 0.5), within(0.5, 2.0)]);
            assert_eq!(histogram.below + histogram.counts.iter().sum::<u64>() + histogram.above, COUNT);
        }
    }
}

#[test]
fn a_mean_far_from_zero_costs_no_digits_of_the_variance() {
    let times = Times::uniform(0.0, 1.0, 1).unwrap();
    let still = OrnsteinUhlenbeck::new(0.0, 0.0).unwrap();
    let far = |k: u64| [1e9 + (k % 2) as f64];
    let report =
        Ensemble::new(&still, EulerMaruyama, &times, Stream::new(1, "far")).paths(10_000).run(Start::Each(&far));
    let variance = report.unwrap().end().covariance[0][0];
    assert!((variance - 0.25 * 10_000.0 / 9_999.0).abs() < 1e-12, "{variance}");
}

#[test]
fn a_snapshot_is_the_end_of_the_same_run_stopped_there() {
    let times = Times::uniform(0.0, 1.0, 30).unwrap();
    let run = |times: &Times, steps: &[usize]| {
        let ensemble = Ensemble::new(gbm(), EulerMaruyama, times, Stream::new(1, "stop")).paths(100);
        ensemble.snapshots(steps).keep_states().run(Start::Point([1.0])).unwrap()
    };
    let all = run(&times, &[30, 0, 11, 11, 12]);
    assert_eq!(all.snapshots.iter().map(|s| s.step).collect::<Vec<_>>(), [0, 11, 12, 30]);
    for snapshot in &all.snapshots[1..] {
        let stopped = Times::new(times.as_slice()[..=snapshot.step].to_vec()).unwrap();
        assert_eq!(run(&stopped, &[snapshot.step]).end(), snapshot);
    }
    assert!(all.snapshots[0].states.iter().all(|x| *x == [1.0]));
}

#[test]
fn each_path_may_start_where_it_likes() {
    let times = Times::uniform(0.0, 1.0, 3).unwrap();
    let start = |sample: u64| [sample as f64, -1.0];
    let ensemble = Ensemble::new(gbm(), EulerMaruyama, &times, Stream::new(1, "each")).samples(5..2000);
    let report = ensemble.snapshots(&[0]).keep_states().run(Start::Each(&start)).unwrap();
    assert!(report.end().states.iter().enumerate().all(|(k, x)| *x == [(k + 5) as f64, -1.0]));
}

#[test]
fn paths_that_are_not_finite_are_counted_and_left_out() {
    let times = Times::uniform(0.0, 1.0, 3).unwrap();
    let start = |sample: u64| if sample.is_multiple_of(7) { [f64::NAN, 0.0] } else { [2.0, 3.0] };
    let still = OrnsteinUhlenbeck::new(0.0, 0.0).unwrap();
    let ensemble = Ensemble::new(&still, EulerMaruyama, &times, Stream::new(1, "nan")).paths(7000);
    let report = ensemble.histogram(&[0.0, 10.0]).quantiles(&[0.5]).keep_states().run(Start::Each(&start)).unwrap();
    let end = report.end();
    assert_eq!((end.finite, end.non_finite, end.states.len()), (6000, 1000, 7000));
    assert_eq!((end.mean, end.covariance), ([2.0, 3.0], [[0.0; 2]; 2]));
    assert_eq!(end.histograms[0].counts, [6000]);
    assert_eq!(end.quantiles, [[2.0], [3.0]]);

    /// Leaves every bound.
    struct Explosion;
    impl<X: Rows> Sde<X> for Explosion {
        fn drift(&self, _t: f64, x: &X) -> X {
            x.mul(x)
        }
        fn diffuse(&self, _t: f64, x: &X, _dw: &X) -> X {
            x.fill_like(0.0)
        }
        fn wiener_like(&self, x: &X) -> X {
            x.clone()
        }
    }
    let times = Times::uniform(0.0, 100.0, 100).unwrap();
    let report = Ensemble::new(&Explosion, EulerMaruyama, &times, Stream::new(1, "explosion")).paths(10);
    let report = report.quantiles(&[0.5]).run(Start::Point([2.0_f32])).unwrap();
    assert_eq!((report.end().finite, report.end().non_finite), (0, 10));
    assert!(report.end().mean[0].is_nan() && report.end().covariance[0][0].is_nan());
    assert!(report.end().quantiles[0][0].is_nan());
}

#[test]
fn bad_input_is_refused_with_its_numbers() {
    let times = Times::uniform(0.0, 1.0, 10).unwrap();
    let base = || Ensemble::new(gbm(), EulerMaruyama, &times, Stream::new(1, "bad")).paths(5);
    let check = |ensemble: Ensemble<_, _>, expected| {
        assert_eq!(ensemble.run(Start::Point([1.0])).map(|_| ()), Err(expected), "{expected}");
    };
    check(base().paths(0), EnsembleError::NoPaths);
    #[allow(clippy::reversed_empty_ranges)]
    check(base().samples(9..3), EnsembleError::NoPaths);
    check(base().snapshots(&[]), EnsembleError::NoSnapshots);
    check(base().snapshots(&[3, 11]), EnsembleError::SnapshotOutOfRange { step: 11, last: 10 });
    check(base().histogram(&[1.0]), EnsembleError::Edges { count: 1, index: 0, value: 1.0 });
    check(base().histogram(&[0.0, 1.0, 1.0]), EnsembleError::Edges { count: 3, index: 2, value: 1.0 });
    check(base().histogram(&[0.0, f64::INFINITY]), EnsembleError::Edges { count: 2, index: 1, value: f64::INFINITY });
    check(base().quantiles(&[0.5, 1.5]), EnsembleError::Quantile { value: 1.5 });
    assert!(matches!(base().quantiles(&[f64::NAN]).run(Start::Point([1.0])), Err(EnsembleError::Quantile { .. })));
    let nan = base().run(Start::Point([1.0, f64::NAN]));
    assert!(matches!(nan, Err(EnsembleError::StartNotFinite { coordinate: 1, .. })));
    let law = |covariance| NormalLaw::new([0.0; 2], covariance).map(|_| ());
    assert_eq!(law([[1.0, 2.0], [2.0, 1.0]]), Err(EnsembleError::NotACovariance { row: 1, value: -3.0 }));
    assert_eq!(law([[1.0, 0.5], [0.4, 1.0]]), Err(EnsembleError::NotACovariance { row: 1, value: 0.4 }));
    assert_eq!(law([[0.0, 0.5], [0.5, 1.0]]), Err(EnsembleError::NotACovariance { row: 1, value: 0.5 }));
    assert_eq!(law([[1.0, 1.0], [1.0, 1.0]]), Ok(()));
    assert!(NormalLaw::new([f64::INFINITY], [[1.0]]).is_err());
}

fn gbm() -> &'static GeometricBrownianMotion {
    static GBM: LazyLock<GeometricBrownianMotion> = LazyLock::new(|| GeometricBrownianMotion::new(0.05, 0.2).unwrap());
    &GBM
}
