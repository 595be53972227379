//! What it costs to know every sampler's exact output law at 512 steps, one by one and in all.
#![allow(missing_docs)]
use criterion::{Criterion, criterion_group, criterion_main};
use ito_samplers::{Name, sample};
use ito_schedules::{Grid, Straight};
use ito_testkit::{Fresh, Gaussian, GaussianData, LinearForm};

fn exact_law(criterion: &mut Criterion) {
    let names = Name::ALL.into_iter().filter(|name| name.build_linear::<LinearForm>().is_some()).collect::<Vec<_>>();
    for name in [Name::Ddim, Name::Heun, Name::UniPc3, Name::Ancestral, Name::DpmppSde] {
        criterion.bench_function(&format!("exact_law/{name}"), |bench| bench.iter(|| law(name)));
    }
    criterion.bench_function(&format!("exact_law/all {}", names.len()), |bench| {
        bench.iter(|| names.iter().map(|name| law(*name)).collect::<Vec<_>>())
    });
}

fn law(name: Name) -> Gaussian {
    let data = GaussianData::new(&[0.7, -0.3], &[0.8, 0.25], 0.4);
    let grid = Grid::uniform_log_snr(&Straight, -8.0, 8.0, 512).expect("a grid");
    let mut noise = Fresh::default();
    let start = noise.draw(&Gaussian::isotropic(2, grid.levels()[0].sigma));
    let mut sampler = name.build_linear::<LinearForm>().expect("a linear sampler");
    sample(&data, &Straight, &grid, &mut *sampler, start, &mut noise, &mut |_, _, _| ()).expect("steps").law()
}

criterion_group!(benches, exact_law);
criterion_main!(benches);
