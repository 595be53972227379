//! Nanoseconds a standard normal, on one thread, at every level of vectors that the processor has.
#![allow(missing_docs)]
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ito_noise::{Stream, Vectors};
use std::hint::black_box;

const COUNT: usize = 4096;
const LANES: usize = 128;

/// At the start of a cache line, as in a tile.
#[repr(align(64))]
struct Aligned<T>(T);

fn normals(criterion: &mut Criterion) {
    let stream = Stream::new(0, "bench");
    let mut group = criterion.benchmark_group("normals");
    group.throughput(Throughput::Elements(COUNT as u64));
    for &level in Vectors::available() {
        let mut single = vec![0_f32; COUNT];
        group.bench_function(format!("row/f32/{level}"), |bench| {
            bench.iter(|| stream.fill_normal_f32_at(level, black_box(7), 0, &mut single))
        });
        let mut double = vec![0_f64; COUNT];
        group.bench_function(format!("row/f64/{level}"), |bench| {
            bench.iter(|| stream.fill_normal_f64_at(level, black_box(7), 0, &mut double))
        });
        // Samples side by side, as tiles want them: the same numbers, not brought back to rows.
        let blocks = COUNT / (4 * LANES);
        let mut single = Aligned([[0_f32; LANES]; 4]);
        group.bench_function(format!("lanes/f32/{level}"), |bench| {
            bench.iter(|| {
                (0..blocks as u64).for_each(|b| stream.normal_lanes_f32(level, black_box(7), b, &mut single.0))
            })
        });
        let mut double = Aligned([[0_f64; LANES]; 4]);
        group.bench_function(format!("lanes/f64/{level}"), |bench| {
            bench.iter(|| {
                (0..blocks as u64).for_each(|b| stream.normal_lanes_f64(level, black_box(7), b, &mut double.0))
            })
        });
        // The generator alone: one word makes a normal in f32, two in f64.
        let mut words = Aligned([[0; 32]; 4]);
        group.bench_function(format!("words/{level}"), |bench| {
            bench.iter(|| (0..COUNT as u64 / 128).for_each(|b| stream.word_lanes(level, black_box(7), b, &mut words.0)))
        });
    }
    group.finish();
}

criterion_group!(benches, normals);
criterion_main!(benches);
