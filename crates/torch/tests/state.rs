//! Tensors move as ndarray does, and rows keep to themselves.
use ito_noise::{BrownianPath, SampleNoise, Stream};
use ito_state::{Batch, Clamp, Noise, Rows};
use ito_torch::{HostBrownian, HostNoise, State, rows_like};
use ndarray::Array2;
use tch::{Kind, Tensor};

fn pair(rows: usize, columns: usize) -> (Array2<f64>, State) {
    let mut noise = SampleNoise::consecutive(Stream::new(7, "test"), 0, rows);
    let mut values = vec![0f64; rows * columns];
    noise.normal_f64(&mut values);
    let tensor = Tensor::from_slice(&values).view([rows as i64, columns as i64]);
    (Array2::from_shape_vec((rows, columns), values).unwrap(), State(tensor))
}

fn flat(x: &State) -> Vec<f64> {
    Vec::try_from(x.0.flatten(0, -1)).unwrap()
}

fn bits(values: impl IntoIterator<Item = f64>) -> Vec<u64> {
    values.into_iter().map(f64::to_bits).collect()
}

#[test]
fn combinations_in_f64_have_the_bits_of_ndarray() {
    let ((a, ta), (b, tb)) = (pair(3, 5), pair(3, 5));
    let (x, y) = (0.1234567891234, -3.3e-3);
    let arrays = Array2::lincomb(&[(x, &a), (y, &b), (1.0 / 3.0, &a)]);
    let tensors = State::lincomb(&[(x, &ta), (y, &tb), (1.0 / 3.0, &ta)]);
    assert_eq!(bits(arrays), bits(flat(&tensors)));
    let (p, q) = ([0.1, -0.7, 2.3], [1.1, 0.2, -0.9]);
    let arrays = Array2::lincomb_rows(&[(&p, &a), (&q, &b)]);
    let tensors = State::lincomb_rows(&[(&p, &ta), (&q, &tb)]);
    assert_eq!(bits(arrays), bits(flat(&tensors)));
}

#[test]
fn a_combination_leaves_its_terms_alone() {
    let (a, ta) = pair(2, 4);
    let _ = State::lincomb(&[(1.0, &ta), (2.0, &ta)]);
    assert_eq!(bits(a), bits(flat(&ta)));
}

#[test]
fn rows_are_compared_and_chosen_one_by_one() {
    let x = State(Tensor::from_slice(&[3.0f64, 4.0, 1.0, 2.0]).view([2, 2]));
    let poisoned = State(Tensor::from_slice(&[f64::NAN; 4]).view([2, 2]));
    assert_eq!(x.dot_rows(&x), vec![25.0, 5.0]);
    assert_eq!(flat(&State::select_rows(&[false, false], &poisoned, &x)), flat(&x));
    assert_eq!(flat(&State::select_rows(&[true, false], &x.fill_like(9.0), &x)), vec![9.0, 9.0, 1.0, 2.0]);
    assert_eq!(flat(&x.mul(&x)), vec![9.0, 16.0, 1.0, 4.0]);
}

#[test]
fn host_noise_on_tensors_is_the_noise_of_arrays() {
    let noise = || SampleNoise::new(Stream::new(3, "test"), vec![5, 9]);
    let arrays = noise().normal_like(&Array2::<f64>::zeros((2, 6)));
    let tensors = HostNoise(noise()).normal_like(&State(Tensor::zeros([2, 6], (Kind::Double, tch::Device::Cpu))));
    assert_eq!(bits(arrays), bits(flat(&tensors)));
}

#[test]
fn a_brownian_path_on_tensors_is_the_path_of_arrays() {
    let path = || BrownianPath::new(Stream::new(3, "test"), vec![5, 9], 0.0, 4.0).unwrap();
    let (mut of_arrays, mut of_tensors) = (path(), HostBrownian(path()));
    let (a, t) = pair(2, 6);
    for (from, to) in [(0.5, 1.75), (0.5, 1.0), (1.0, 1.75), (3.0, 2.0)] {
        let array: Array2<f64> = of_arrays.increment(from, to, &a);
        assert_eq!(bits(array), bits(flat(&of_tensors.increment(from, to, &t))), "{from} to {to}");
        let arrays: [Array2<f64>; 3] = of_arrays.increment_with_areas(from, to, &a);
        for (array, tensor) in arrays.into_iter().zip(of_tensors.increment_with_areas(from, to, &t)) {
            assert_eq!(bits(array), bits(flat(&tensor)), "{from} to {to}");
        }
        let (w, h): (Array2<f64>, Array2<f64>) = of_arrays.increment_with_area(from, to, &a);
        let (tw, th) = of_tensors.increment_with_area(from, to, &t);
        assert_eq!((bits(w), bits(h)), (bits(flat(&tw)), bits(flat(&th))));
    }
    let array: Array2<f64> = of_arrays.normal_like(&a);
    assert_eq!(bits(array), bits(flat(&of_tensors.normal_like(&t))));
    let array = of_arrays.uniform_rows(&a);
    assert_eq!(bits(array), bits(of_tensors.uniform_rows(&t)));
}

#[test]
fn a_brownian_path_on_tensors_answers_a_part_as_it_did_the_whole() {
    let mut path = HostBrownian(BrownianPath::consecutive(Stream::new(4, "test"), 0, 2, 0.0, 1.0).unwrap());
    let like = State(Tensor::zeros([2, 1, 3, 3], (Kind::Double, tch::Device::Cpu)));
    let whole = path.increment(0.0, 1.0, &like);
    let parts = [path.increment(0.0, 0.3, &like), path.increment(0.3, 1.0, &like)];
    let sum = State::lincomb(&[(1.0, &parts[0]), (1.0, &parts[1])]);
    for (a, b) in flat(&whole).iter().zip(flat(&sum)) {
        assert!((a - b).abs() < 1e-14, "{a} {b}");
    }
    let single = State(Tensor::zeros([2, 1, 3, 3], (Kind::Float, tch::Device::Cpu)));
    let rounded: Vec<f64> = flat(&whole).into_iter().map(|w| f64::from(w as f32)).collect();
    assert_eq!(flat(&path.increment(0.0, 1.0, &single)), rounded, "an f32 state gets the f64 motion, rounded");
}

#[test]
fn rows_know_their_number_and_size_and_are_taken_as_arrays_are() {
    let (a, t) = pair(3, 5);
    assert_eq!((t.row_count(), t.row_len()), (a.row_count(), a.row_len()));
    for rows in [&[2, 0, 0, 1][..], &[1], &[0, 1, 2]] {
        assert_eq!(bits(a.take_rows(rows)), bits(flat(&t.take_rows(rows))), "{rows:?}");
    }
    for entry in 0..5 {
        assert_eq!(bits(a.unit_like(entry)), bits(flat(&t.unit_like(entry))), "{entry}");
    }
    assert!(panics(|| pair(3, 5).1.take_rows(&[3])));
    assert!(panics(|| pair(3, 5).1.unit_like(5)));
}

#[test]
fn entries_of_a_picture_are_counted_as_those_of_an_array() {
    let array = ndarray::Array4::<f64>::zeros((2, 2, 2, 3));
    // Channels last in storage: the count goes by the shape, not by the storage.
    let shuffled = Tensor::zeros([2, 2, 3, 2], (Kind::Double, tch::Device::Cpu)).permute([0, 3, 1, 2]);
    let picture = State(shuffled);
    assert_eq!((picture.row_count(), picture.row_len()), (2, 12));
    for entry in 0..12 {
        let unit = picture.unit_like(entry);
        assert_eq!(unit.0.size(), [2, 2, 2, 3]);
        assert_eq!(bits(array.unit_like(entry)), bits(flat(&unit)), "{entry}");
    }
}

#[test]
fn one_value_a_row_meets_a_picture() {
    let like = Tensor::ones([2, 1, 3, 3], (Kind::Float, tch::Device::Cpu));
    let scaled = &like * rows_like(&[2.0, 3.0], &like);
    assert_eq!(
        Vec::<f64>::try_from(scaled.sum_dim_intlist([1i64, 2, 3].as_slice(), false, Kind::Double)).unwrap(),
        [18.0, 27.0]
    );
}

fn panics(what: impl FnOnce() -> State + std::panic::UnwindSafe) -> bool {
    std::panic::catch_unwind(what).is_err()
}

#[test]
fn shapes_are_never_stretched() {
    let wide = || State(Tensor::ones([2, 3], (Kind::Double, tch::Device::Cpu)));
    let narrow = || State(Tensor::ones([1, 3], (Kind::Double, tch::Device::Cpu)));
    assert!(panics(|| State::lincomb(&[(1.0, &wide()), (1.0, &narrow())])));
    assert!(panics(|| wide().mul(&narrow())));
    assert!(panics(|| State::select_rows(&[true, false], &wide(), &narrow())));
    assert!(std::panic::catch_unwind(|| wide().dot_rows(&narrow())).is_err());
}

#[test]
fn what_is_cut_off_and_where_is_that_of_ndarray() {
    let (a, ta) = pair(3, 7);
    let most = [0.3, 1.0, 0.0];
    assert_eq!(bits(a.clamp_rows(&most)), bits(flat(&ta.clamp_rows(&most))));
    let picture = State(ta.0.view([3, 1, 7, 1]));
    for share in [0.0, 0.5, 0.85, 0.995, 1.0] {
        assert_eq!(bits(a.sizes_at(share)), bits(picture.sizes_at(share)), "{share}");
    }
    let half = State(picture.0.to_kind(Kind::Half));
    assert_eq!((half.clamp_rows(&most).0.kind(), half.sizes_at(0.5).len()), (Kind::Half, 3));
}
