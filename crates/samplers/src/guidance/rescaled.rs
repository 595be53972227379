use ito_schedules::Level;
use ito_state::Rows;

use crate::Denoiser;
use crate::guidance::Guided;

/// Guidance whose estimate keeps the spread of the conditional one: `D' = (1 - phi) D + phi (std D_c / std D) D`, row by row, `std`
/// over the entries of a row.
///
/// Against the washed-out pictures of large weights. Lin et al. 2023, arXiv:2305.08891, section 3.4, here on the estimate
/// of the data. `phi = 0` is [`Guided`]; a row without spread is left as it is (one of constant colour: its entries spread by less than a
/// millionth of their size, which is rounding in f32). A change of the estimate, not of a law: no law is
/// named that it samples.
#[derive(Clone, Copy, Debug)]
pub struct Rescaled<C, U> {
    pub(super) guided: Guided<C, U>,
    pub(super) phi: f64,
}

impl<X: Rows, C: Denoiser<X>, U: Denoiser<X>> Denoiser<X> for Rescaled<C, U> {
    fn denoise(&self, x: &X, at: &[Level]) -> X {
        let (conditional, guided) = self.guided.estimates(x, at);
        let Some(guided) = guided else { return conditional };
        let sizes = guided.dot_rows(&guided).into_iter().map(|square| (square / guided.row_len() as f64).sqrt());
        let spreads = deviations(&conditional).into_iter().zip(deviations(&guided).into_iter().zip(sizes)).enumerate();
        let factor = |(row, (wanted, (found, size))): (usize, (f64, (f64, f64)))| {
            let kept = self.guided.weight_at(at[row.min(at.len() - 1)]) == 1.0 || found <= 1e-6 * size;
            if kept { 1.0 } else { 1.0 - self.phi + self.phi * wanted / found }
        };
        X::lincomb_rows(&[(&spreads.map(factor).collect::<Vec<f64>>(), &guided)])
    }
}

/// The standard deviation of each row's entries.
fn deviations<X: Rows>(x: &X) -> Vec<f64> {
    let (ones, entries) = (x.fill_like(1.0), x.row_len() as f64);
    let minus_means: Vec<f64> = x.dot_rows(&ones).into_iter().map(|sum| -sum / entries).collect();
    let centred = X::lincomb_rows(&[(&vec![1.0; minus_means.len()], x), (&minus_means, &ones)]);
    centred.dot_rows(&centred).into_iter().map(|square| (square / entries).sqrt()).collect()
}
