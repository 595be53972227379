//! AdamW with state of its own, the schedule of its step size, and the moving average of the weights.
use crate::TrainError;
use crate::config::TrainConfig;
use ito_torch::{AdamWStep, Weights, foreach_lerp, fused_adamw};
use tch::Tensor;

/// Steps whose speed is measured before `minutes` becomes a number of steps. The cosine begins no earlier, so the rate of a
/// step does not depend on when the number became known.
pub(crate) const MEASURED: u64 = 64;

/// Learning rate at a step counted from 0: linear warm-up, level until step 64 at least, then half a cosine that ends at 0.
pub fn learning_rate(config: &TrainConfig, step: u64) -> f64 {
    if step < config.warmup {
        return config.lr * (step + 1) as f64 / config.warmup as f64;
    }
    let begin = config.warmup.max(MEASURED);
    if step < begin || config.steps <= begin {
        return config.lr;
    }
    let gone = (step - begin) as f64 / (config.steps - begin) as f64;
    config.lr * 0.5 * (1.0 + (std::f64::consts::PI * gone.min(1.0)).cos())
}

/// Loshchilov and Hutter's AdamW; both moments stand under the weights' own names, so that they can be saved.
#[derive(Debug)]
pub struct AdamW {
    /// Average of the gradients.
    pub first: Weights,
    /// Average of their squares.
    pub second: Weights,
    /// Updates made.
    pub count: u64,
}

impl AdamW {
    /// No update made yet.
    pub fn new(weights: &Weights) -> AdamW {
        let zeros = || weights.map(Tensor::zeros_like);
        AdamW { first: zeros(), second: zeros(), count: 0 }
    }

    /// One update in place; `gradients` go with the trained weights in order.
    ///
    /// # Errors
    /// [`TrainError::Shim`] where libtorch refuses.
    pub fn update(
        &mut self,
        weights: &Weights,
        gradients: &[Tensor],
        config: &TrainConfig,
        lr: f64,
    ) -> Result<(), TrainError> {
        self.count += 1;
        let step = AdamWStep {
            count: self.count,
            lr,
            beta1: config.beta1,
            beta2: config.beta2,
            weight_decay: config.weight_decay,
            eps: 1e-8,
        };
        fused_adamw(&weights.trained(), gradients, &self.first.trained(), &self.second.trained(), step)?;
        Ok(())
    }
}

/// Moves the average towards the weights after update `count` (from 1): decay `min(ema, (1 + n) / (10 + n))`.
///
/// # Errors
/// [`TrainError::Shim`] where libtorch refuses.
pub fn follow(average: &Weights, weights: &Weights, config: &TrainConfig, count: u64) -> Result<(), TrainError> {
    let n = count as f64;
    let decay = config.ema.min((1.0 + n) / (10.0 + n));
    foreach_lerp(&average.trained(), &weights.trained(), 1.0 - decay)?;
    Ok(())
}

/// Scales the gradients down to `clip` if they are longer; returns their norm before. Not finite if any of them is not.
pub fn clip_norm(gradients: &mut [Tensor], clip: f64) -> f64 {
    let _no_grad = tch::no_grad_guard();
    let norms: Vec<Tensor> = gradients.iter().map(|g| g.norm().to_kind(tch::Kind::Double)).collect();
    let norm = Tensor::stack(&norms, 0).norm().double_value(&[]);
    if norm.is_finite() && norm > clip {
        for gradient in gradients {
            let _ = gradient.g_mul_scalar_(clip / norm);
        }
    }
    norm
}
