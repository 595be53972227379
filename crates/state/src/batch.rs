/// A batch of states; axis 0 is the batch, a solver never looks inside a row. Linear: all that an exact law needs.
pub trait Batch: Clone {
    /// `sum c_i x_i`; coefficients f64 whatever the type of the state.
    ///
    /// In f64 every product is rounded, then every sum, in the order of the terms and without fused multiply-add: so
    /// all implementations give the same bits.
    ///
    /// # Panics
    /// If there is no term, or the shapes differ: errors of the program, not of its input.
    fn lincomb(terms: &[(f64, &Self)]) -> Self;

    /// The same with one coefficient a row, `(sum c_i x_i)[k] = sum c_i[k] x_i[k]` (in training every sample has its
    /// own time).
    ///
    /// # Panics
    /// If there is no term, the shapes differ, or a list of coefficients has not one a row.
    fn lincomb_rows(terms: &[(&[f64], &Self)]) -> Self;
}

/// What is not linear. Linear forms, which carry exact laws, stop at [`Batch`].
pub trait Rows: Batch {
    /// The inner product of every row with the same row of `other`, summed in f64: norms for error control, corrector
    /// steps, divergences. On a GPU this waits for the device.
    ///
    /// # Panics
    /// If the shapes differ.
    fn dot_rows(&self, other: &Self) -> Vec<f64>;

    /// Row `k` of `yes` where `pick[k]`, else of `no`: accept or reject. The row not picked may hold NaN.
    ///
    /// # Panics
    /// If the shapes differ, or `pick` has not one entry a row.
    fn select_rows(pick: &[bool], yes: &Self, no: &Self) -> Self;

    /// The product entry by entry.
    ///
    /// # Panics
    /// If the shapes differ.
    fn mul(&self, other: &Self) -> Self;

    /// A state of the same shape, every entry `value`.
    fn fill_like(&self, value: f64) -> Self;

    /// How many rows there are.
    fn row_count(&self) -> usize;

    /// How many numbers a row has.
    fn row_len(&self) -> usize;

    /// A state of the same shape: 1 at one entry of every row, 0 elsewhere. The entries of a row are counted in row-major order.
    ///
    /// # Panics
    /// If a row has no such entry.
    fn unit_like(&self, entry: usize) -> Self;

    /// The rows `rows[0]`, `rows[1]`, ... in this order, each as often as it is named: resampling.
    ///
    /// # Panics
    /// If there is no such row; a tile, whose size is its type, also if there are not as many as it has.
    fn take_rows(&self, rows: &[usize]) -> Self;
}

/// States on the host whose entries can be walked one by one: arrays and tiles, not tensors.
///
/// For coefficients that are functions of a number, such as `sin x` or the score of a mixture.
pub trait Pointwise: Rows {
    /// `f` of every entry, in f64 whatever the type of the state.
    fn map_entries(&self, f: impl Fn(f64) -> f64) -> Self;
}
