//! The C++ shim: libtorch functions that tch does not bind.
#![allow(unsafe_code)]

use std::ffi::{CStr, c_char, c_int};
use tch::Tensor;

pub(crate) type Raw = *const torch_sys::C_tensor;

unsafe extern "C" {
    fn ito_fused_adamw(
        weights: *const Raw,
        gradients: *const Raw,
        first: *const Raw,
        second: *const Raw,
        n: usize,
        count: f64,
        lr: f64,
        beta1: f64,
        beta2: f64,
        weight_decay: f64,
        eps: f64,
        error: *mut c_char,
        capacity: usize,
    ) -> c_int;
    fn ito_foreach_lerp(
        this: *const Raw,
        end: *const Raw,
        n: usize,
        weight: f64,
        error: *mut c_char,
        capacity: usize,
    ) -> c_int;
    fn ito_changes(tensor: Raw) -> i64;
    fn ito_keep_memory();
    fn ito_load_library(name: *const c_char, error: *mut c_char, capacity: usize) -> c_int;
}

/// A libtorch function refused its arguments; the text is libtorch's own.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("libtorch: {0}")]
pub struct ShimError(pub(crate) String);

/// The numbers of one AdamW step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdamWStep {
    /// Which step it is, counted from 1: corrects the moments' bias.
    pub count: u64,
    /// Step size.
    pub lr: f64,
    /// Decay of the first moment's average.
    pub beta1: f64,
    /// Decay of the second moment's average.
    pub beta2: f64,
    /// Decoupled weight decay, multiplied by `lr`.
    pub weight_decay: f64,
    /// Added to the root of the second moment.
    pub eps: f64,
}

/// One AdamW step in place over a list of tensors: `m = b1 m + (1 - b1) g`, `v = b2 v + (1 - b2) g^2`,
/// `w = (1 - lr wd) w - lr m_hat / (sqrt v_hat + eps)`, `m_hat = m / (1 - b1^count)`, `v_hat = v / (1 - b2^count)`.
/// Loshchilov and Hutter 2019, arXiv:1711.05101, Algorithm 2.
///
/// A gradient may have any layout (those of linear maps come transposed).
///
/// # Errors
/// What libtorch says, for instance about tensors of different shapes.
///
/// # Panics
/// If the four lists differ in length.
pub fn fused_adamw(
    weights: &[Tensor],
    gradients: &[Tensor],
    first: &[Tensor],
    second: &[Tensor],
    step: AdamWStep,
) -> Result<(), ShimError> {
    let n = weights.len();
    assert!([gradients, first, second].iter().all(|list| list.len() == n), "lists of different lengths");
    let lists = [weights, gradients, first, second].map(raw);
    let _no_grad = tch::no_grad_guard();
    // SAFETY: each list holds n pointers to live at::Tensor objects (tch keeps one behind each Tensor, and the slices
    // are borrowed for the whole call); C++ copies the handles, changes the storage in place only, and throws nothing.
    checked(|error, capacity| unsafe {
        ito_fused_adamw(
            lists[0].as_ptr(),
            lists[1].as_ptr(),
            lists[2].as_ptr(),
            lists[3].as_ptr(),
            n,
            step.count as f64,
            step.lr,
            step.beta1,
            step.beta2,
            step.weight_decay,
            step.eps,
            error,
            capacity,
        )
    })
}

/// `this[k] += weight (end[k] - this[k])` in place: an exponential moving average.
///
/// # Errors
/// What libtorch says.
///
/// # Panics
/// If the lists differ in length.
pub fn foreach_lerp(this: &[Tensor], end: &[Tensor], weight: f64) -> Result<(), ShimError> {
    assert_eq!(this.len(), end.len(), "lists of different lengths");
    let (a, b) = (raw(this), raw(end));
    let _no_grad = tch::no_grad_guard();
    // SAFETY: as in `fused_adamw`.
    checked(|error, capacity| unsafe { ito_foreach_lerp(a.as_ptr(), b.as_ptr(), this.len(), weight, error, capacity) })
}

/// How often the numbers behind the tensor were changed in place: libtorch's own count for its backward pass, the same for all
/// handles of one storage (clones, views, detached ones). Writing past libtorch, through a pointer, does not count.
pub fn changes(tensor: &Tensor) -> i64 {
    // SAFETY: a live at::Tensor; only reads a number of it. A defined tensor outside of inference mode has a count, so nothing is
    // thrown: tch makes no others.
    unsafe { ito_changes(tensor.as_ptr()) }
}

/// Keeps freed memory with the process from now on (glibc; elsewhere nothing changes). For programs that make large tensors
/// again and again on the CPU: a training step here took a tenth less time.
pub fn keep_freed_memory() {
    // SAFETY: only sets two thresholds of the allocator, which may be done at any time from any thread.
    unsafe { ito_keep_memory() }
}

/// Loads a shared library for the life of the process, its symbols visible to all (`libtorch_cuda.so`).
///
/// # Errors
/// What the loader says, for instance which library is missing.
pub(crate) fn load_library(name: &CStr) -> Result<(), ShimError> {
    // SAFETY: `name` ends with a zero and outlives the call; the libraries loaded are libtorch's own, whose initialisers
    // are meant to run at any time before the first CUDA query.
    checked(|error, capacity| unsafe { ito_load_library(name.as_ptr(), error, capacity) })
}

fn raw(list: &[Tensor]) -> Vec<Raw> {
    list.iter().map(Tensor::as_ptr).collect()
}

pub(crate) fn checked(call: impl FnOnce(*mut c_char, usize) -> c_int) -> Result<(), ShimError> {
    let mut text = [0u8; 512];
    if call(text.as_mut_ptr().cast(), text.len()) == 0 {
        return Ok(());
    }
    let said = CStr::from_bytes_until_nul(&text).map_or("unknown error".into(), |c| c.to_string_lossy().into_owned());
    Err(ShimError(said.lines().next().unwrap_or_default().to_owned()))
}
