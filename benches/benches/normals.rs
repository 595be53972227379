//! Nanoseconds a standard normal.
#![allow(missing_docs)]
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ito_noise::Stream;
use std::hint::black_box;

const COUNT: usize = 4096;

fn normals(criterion: &mut Criterion) {
    let stream = Stream::new(0, "bench");
    let mut group = criterion.benchmark_group("normals");
    group.throughput(Throughput::Elements(COUNT as u64));
    let mut single = vec![0f32; COUNT];
    group.bench_function("f32", |bench| bench.iter(|| stream.fill_normal_f32(black_box(7), 0, &mut single)));
    let mut double = vec![0f64; COUNT];
    group.bench_function("f64", |bench| bench.iter(|| stream.fill_normal_f64(black_box(7), 0, &mut double)));
    group.finish();
}

criterion_group!(benches, normals);
criterion_main!(benches);
