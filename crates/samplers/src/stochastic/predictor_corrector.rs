use ito_state::{Batch, Noise};

use super::langevin::Corrector;
use crate::{Failure, Order, Sampler, Step};

/// A sampler's step, then a correction at the level it reached.
///
/// Song et al. 2021, arXiv:2011.13456, algorithms 1 to 5; the order of the two is theirs: a correction before the step, at the
/// level before, would leave the last step's error in the result.
///
/// Declared order 0: as the steps are refined with the corrector as it is, the law does not tend to the exact one but to that
/// which the corrector keeps, which is off by its step size; better with more or smaller corrections, not with more steps.
/// Evaluations are the predictor's and the corrector's. A step to data is the predictor's alone.
#[derive(Clone, Copy, Debug)]
pub struct PredictorCorrector<P, C> {
    predictor: P,
    corrector: C,
}

impl<P, C> PredictorCorrector<P, C> {
    /// Any sampler and any corrector.
    pub fn new(predictor: P, corrector: C) -> Self {
        PredictorCorrector { predictor, corrector }
    }
}

impl<X: Batch, P: Sampler<X>, C: Corrector<X>> Sampler<X> for PredictorCorrector<P, C> {
    fn order(&self) -> Order {
        let evaluations = self.predictor.order().evaluations + self.corrector.evaluations();
        Order { order: 0, evaluations, noise: true }
    }

    fn step(&mut self, at: &Step<X>, x: &X, noise: &mut dyn Noise<X>) -> Result<X, Failure> {
        let predicted = self.predictor.step(at, x, noise)?;
        if at.to.sigma == 0.0 {
            return Ok(predicted);
        }
        Ok(self.corrector.correct(at, &predicted, noise))
    }
}
