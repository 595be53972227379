/// The largest of some numbers that are not negative, 0 of none; NaN if one is NaN, which `f64::max` would pass over.
pub fn largest(values: impl IntoIterator<Item = f64>) -> f64 {
    values.into_iter().fold(0.0, |worst, value| if worst.is_nan() || value <= worst { worst } else { value })
}
