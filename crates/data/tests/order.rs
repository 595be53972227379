//! Order and split: permutations that a seed alone decides.

use ito_data::{DataError, Order, Split};

#[test]
fn the_first_indices_are_frozen() {
    let mut order = Order::new(0, 10_000);
    assert_eq!(
        std::array::from_fn(|position| order.index(position as u64)),
        [101, 606, 7250, 4786, 240, 2503, 6124, 562]
    );
    assert_eq!(
        std::array::from_fn(|position| order.index(10_000 + position as u64)),
        [163, 3521, 8889, 3782, 4852, 4657, 4772, 3115]
    );
}

#[test]
fn the_first_held_out_indices_are_frozen() {
    let split = Split::new(10_000, 0.05, 0).unwrap();
    assert_eq!(split.held_out[..8], [9, 12, 20, 32, 45, 60, 63, 69]);
}

#[test]
fn every_epoch_is_a_permutation_of_its_own() {
    let mut order = Order::new(3, 100);
    let mut epoch = |number: u64| (100 * number..100 * (number + 1)).map(|p| order.index(p)).collect::<Vec<_>>();
    for number in [0, 1, 1 << 40] {
        let mut sorted = epoch(number);
        sorted.sort_unstable();
        assert_eq!(sorted, (0..100).collect::<Vec<_>>());
    }
    assert_ne!(epoch(0), epoch(1));
    assert_ne!(epoch(0), (0..100).map(|p| Order::new(4, 100).index(p)).collect::<Vec<_>>());
}

#[test]
fn the_order_is_a_function_of_the_position_alone() {
    let mut forward = Order::new(5, 7);
    let expected: Vec<usize> = (0..50).map(|position| forward.index(position)).collect();
    let mut backward = Order::new(5, 7);
    let mut reversed: Vec<usize> = (0..50).rev().map(|position| backward.index(position)).collect();
    reversed.reverse();
    assert_eq!(reversed, expected);
    assert_eq!(Order::new(5, 7).index(49), expected[49]);
}

/// Each item should stand first about equally often. 20,000 epochs of 10: chi-squared with 9 degrees of freedom lies in
/// (0.1, 48) but for 5e-7 on either side.
#[test]
fn every_item_comes_first_equally_often() {
    let mut order = Order::new(6, 10);
    let mut first = [0.0_f64; 10];
    for epoch in 0..20_000 {
        first[order.index(10 * epoch)] += 1.0;
    }
    let chi2: f64 = first.iter().map(|count| (count - 2000.0).powi(2) / 2000.0).sum();
    assert!((0.1..48.0).contains(&chi2), "chi-squared {chi2}, counts {first:?}");
}

#[test]
fn a_split_is_disjoint_whole_sorted_and_repeatable() {
    for (len, fraction, held_out) in
        [(1000, 0.1, 100), (1000, 0.0, 0), (7, 0.5, 4), (3, 0.999, 2), (1, 0.9, 0), (0, 0.5, 0)]
    {
        let split = Split::new(len, fraction, 1).unwrap();
        assert_eq!(split.held_out.len(), held_out, "{fraction} of {len}");
        assert!(split.train.is_sorted() && split.held_out.is_sorted());
        let mut all = [&split.train[..], &split.held_out].concat();
        all.sort_unstable();
        assert_eq!(all, (0..len as u32).collect::<Vec<_>>());
        assert_eq!(split, Split::new(len, fraction, 1).unwrap());
    }
    assert_ne!(Split::new(1000, 0.1, 1).unwrap(), Split::new(1000, 0.1, 2).unwrap());
}

#[test]
fn a_fraction_that_is_none_is_refused() {
    for fraction in [-0.1, 1.0, 2.0, f64::NAN] {
        let error = Split::new(10, fraction, 0).unwrap_err();
        assert!(matches!(error, DataError::Fraction { .. }));
        assert_eq!(
            error.to_string(),
            format!("the held-out fraction is {fraction}; it should be at least 0 and below 1")
        );
    }
}

#[test]
#[should_panic(expected = "an order needs between 1 and 2^32 - 1 items, not 0")]
fn an_order_of_nothing_is_refused() {
    Order::new(0, 0);
}
