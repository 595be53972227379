//! Nanoseconds a path-step: 100,000 paths of 200 Euler-Maruyama steps on [0, 1], only the end kept, beside the Gaussians alone.
#![allow(missing_docs)]
use criterion::{
    BenchmarkGroup, Criterion, SamplingMode, Throughput, criterion_group, criterion_main, measurement::WallTime,
};
use ito_noise::{Stream, Vectors};
use ito_sde::ensemble::{Ensemble, Start};
use ito_sde::process::{GeometricBrownianMotion, OrnsteinUhlenbeck};
use ito_sde::{Solver, Times, solver::EulerMaruyama};
use ito_state::{Real, Tile};
use rayon::prelude::*;
use std::hint::black_box;
use std::time::Duration;

const PATHS: u64 = 100_000;
const STEPS: usize = 200;
/// The ensemble's own.
const TILE: usize = 128;

fn ensemble(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("ensemble");
    group.throughput(Throughput::Elements(PATHS * STEPS as u64));
    group.sampling_mode(SamplingMode::Flat).sample_size(10).warm_up_time(Duration::from_millis(200));
    group.measurement_time(Duration::from_millis(500));
    let all = std::thread::available_parallelism().map_or(1, usize::from);
    for threads in [1, all] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        for &level in Vectors::available() {
            both::<f32>(&mut group, &pool, level, 1.0, &format!("f32/{level}/{threads}"));
            both::<f64>(&mut group, &pool, level, 1.0, &format!("f64/{level}/{threads}"));
        }
        if all == 1 {
            break;
        }
    }
    group.finish();
}

fn both<A: Real + Send + Sync>(
    group: &mut BenchmarkGroup<WallTime>,
    pool: &rayon::ThreadPool,
    level: Vectors,
    start: A,
    name: &str,
) {
    let ou = OrnsteinUhlenbeck::new(1.0, 0.5).unwrap();
    let gbm = GeometricBrownianMotion::new(0.05, 0.2).unwrap();
    group.bench_function(format!("gaussians/{name}"), |bench| bench.iter(|| pool.install(|| gaussians::<A>(level))));
    group.bench_function(format!("ou/{name}"), |bench| bench.iter(|| pool.install(|| mean(&ou, level, start))));
    group.bench_function(format!("gbm/{name}"), |bench| bench.iter(|| pool.install(|| mean(&gbm, level, start))));
}

fn mean<S: Sync, A: Real + Send + Sync>(sde: &S, level: Vectors, start: A) -> f64
where
    EulerMaruyama: Solver<S, Tile<A, 1, TILE>>,
{
    let times = Times::uniform(0.0, 1.0, STEPS).unwrap();
    let ensemble = Ensemble::new(sde, EulerMaruyama, &times, Stream::new(5, "paths")).paths(PATHS);
    ensemble.run_tiled::<TILE, _, _, Tile<A, 1, TILE>>(level, Start::Point([start])).unwrap().end().mean[0]
}

/// The same normals, a block of four for every four steps of a tile, and nothing else.
fn gaussians<A: Real + Send + Sync>(level: Vectors) {
    let stream = Stream::new(5, "paths");
    (0..PATHS.div_ceil(TILE as u64)).into_par_iter().for_each(|tile| {
        let mut normals = Aligned([[A::default(); TILE]; 4]);
        for block in 0..STEPS as u64 / 4 {
            A::normal_lanes(stream, level, tile * TILE as u64, block, &mut normals.0);
            black_box(&mut normals.0);
        }
    });
}

/// At the start of a cache line, as in a tile.
#[repr(align(64))]
struct Aligned<T>(T);

criterion_group!(benches, ensemble);
criterion_main!(benches);
