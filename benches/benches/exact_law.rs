//! What it costs to know a sampler's exact output law at 512 steps.
#![allow(missing_docs)]
use criterion::{Criterion, criterion_group, criterion_main};
use ito_samplers::{Name, sample};
use ito_schedules::{Grid, Straight};
use ito_testkit::{Fresh, Gaussian, GaussianData, LinearForm};

fn exact_law(criterion: &mut Criterion) {
    let data = GaussianData::new(&[0.7, -0.3], &[0.8, 0.25], 0.4);
    let grid = Grid::uniform_log_snr(&Straight, -8.0, 8.0, 512).expect("a grid");
    for name in Name::ALL {
        criterion.bench_function(&format!("exact_law/{name}"), |bench| {
            bench.iter(|| {
                let mut noise = Fresh::default();
                let start = noise.draw(&Gaussian::isotropic(2, grid.levels()[0].sigma));
                let mut sampler = name.build::<LinearForm>();
                sample(&data, &Straight, &grid, &mut *sampler, start, &mut noise, &mut |_, _, _| ()).expect("steps")
            });
        });
    }
}

criterion_group!(benches, exact_law);
criterion_main!(benches);
