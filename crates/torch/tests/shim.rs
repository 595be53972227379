//! The shim's functions against the formulas they stand for.
use ito_torch::{AdamWStep, foreach_lerp, fused_adamw};
use tch::Tensor;

#[test]
fn adamw_follows_its_formula_for_fifty_steps() {
    let target = [0.3f64, -1.7, 2.5];
    let (lr, b1, b2, decay, eps) = (0.01, 0.9, 0.99, 0.1, 1e-8);
    let (mut w, mut m, mut v) = ([1.0f64, 1.0, 1.0], [0.0; 3], [0.0; 3]);
    let tensor = Tensor::from_slice(&w);
    let (first, second) = (tensor.zeros_like(), tensor.zeros_like());
    for count in 1..=50u64 {
        let gradient = &tensor - Tensor::from_slice(&target);
        let step = AdamWStep { count, lr, beta1: b1, beta2: b2, weight_decay: decay, eps };
        let lists = [&tensor, &gradient, &first, &second].map(|t| [t.shallow_clone()]);
        fused_adamw(&lists[0], &lists[1], &lists[2], &lists[3], step).unwrap();
        for k in 0..3 {
            let g = w[k] - target[k];
            m[k] = b1 * m[k] + (1.0 - b1) * g;
            v[k] = b2 * v[k] + (1.0 - b2) * g * g;
            let (mh, vh) = (m[k] / (1.0 - b1.powi(count as i32)), v[k] / (1.0 - b2.powi(count as i32)));
            w[k] = (1.0 - lr * decay) * w[k] - lr * mh / (vh.sqrt() + eps);
        }
    }
    let got = Vec::<f64>::try_from(&tensor).unwrap();
    for k in 0..3 {
        assert!((got[k] - w[k]).abs() < 1e-12, "{got:?} against {w:?}");
    }
}

#[test]
fn adamw_takes_gradients_of_any_layout() {
    let values: Vec<f32> = (0..12).map(|k| (k as f32 * 1.3).sin()).collect();
    let plain = Tensor::from_slice(&values).view([3, 4]);
    let transposed = plain.tr().contiguous().tr();
    assert_ne!(plain.stride(), transposed.stride());
    let updated = |gradient: &Tensor| {
        let w = plain.ones_like();
        let lists = [&w, gradient, &w.zeros_like(), &w.zeros_like()].map(|t| [t.shallow_clone()]);
        let step = AdamWStep { count: 1, lr: 0.1, beta1: 0.9, beta2: 0.99, weight_decay: 0.0, eps: 0.5 };
        fused_adamw(&lists[0], &lists[1], &lists[2], &lists[3], step).unwrap();
        Vec::<f32>::try_from(w.flatten(0, -1)).unwrap()
    };
    assert_eq!(updated(&plain), updated(&transposed));
}

#[test]
fn adamw_refuses_lists_that_do_not_go_together() {
    let (w, short) = (Tensor::from_slice(&[1.0f32, 2.0]), Tensor::from_slice(&[1.0f32]));
    let step = AdamWStep { count: 1, lr: 0.1, beta1: 0.9, beta2: 0.99, weight_decay: 0.0, eps: 1e-8 };
    let lists = [&w, &short, &w.zeros_like(), &w.zeros_like()].map(|t| [t.shallow_clone()]);
    let said = fused_adamw(&lists[0], &lists[1], &lists[2], &lists[3], step).unwrap_err().to_string();
    assert!(said.contains("weight 0 has another shape"), "{said}");
}

#[test]
fn lerp_moves_each_tensor_by_its_share() {
    let (a, b) = (Tensor::from_slice(&[0.0f64, 1.0]), Tensor::from_slice(&[1.0f64, 5.0]));
    foreach_lerp(&[a.shallow_clone()], &[b], 0.25).unwrap();
    assert_eq!(Vec::<f64>::try_from(&a).unwrap(), [0.25, 2.0]);
}

#[test]
fn what_libtorch_refuses_becomes_an_error() {
    let (a, b) = (Tensor::from_slice(&[0.0f64, 1.0]), Tensor::from_slice(&[1.0f64, 5.0, 6.0]));
    let said = foreach_lerp(&[a], &[b], 0.5).unwrap_err().to_string();
    assert!(said.starts_with("libtorch: ") && !said.contains('\n'), "{said}");
}
