//! Gradient checkpointing: results inside a function are computed a second time in the backward pass, and not kept.
#![allow(unsafe_code)]

use crate::ShimError;
use crate::shim::{Raw, checked};
use std::ffi::{c_char, c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use tch::Tensor;

type Call =
    unsafe extern "C" fn(*mut c_void, *const Raw, usize, *mut *mut torch_sys::C_tensor, *mut c_char, usize) -> c_int;
type Function = Box<dyn Fn(&[Tensor]) -> Tensor + Send>;

unsafe extern "C" {
    fn ito_grad_enabled() -> c_int;
    fn ito_recompute(
        inputs: *const Raw,
        given: *const Raw,
        n: usize,
        out: Raw,
        f: *mut c_void,
        call: Call,
        drop: unsafe extern "C" fn(*mut c_void),
        result: *mut *mut torch_sys::C_tensor,
        error: *mut c_char,
        capacity: usize,
    ) -> c_int;
}

/// Whether operations of this thread are recorded for a backward pass.
pub fn grad_enabled() -> bool {
    // SAFETY: reads a number of this thread.
    unsafe { ito_grad_enabled() != 0 }
}

/// `f(inputs)`, of whose graph only the inputs stay in memory: the backward pass computes f a second time and then goes through it.
/// Chen et al. 2016, "Training deep nets with sublinear memory cost".
///
/// Values and gradients are those of `f(inputs)` itself, bit for bit on the CPU where an input has no second use behind f (else
/// its gradients are added in another order); the weights that f uses are found in its graph and get theirs as usual. Where no
/// operation is recorded it is just `f(inputs)`. f must give the same each time, and may use no other tensor with a graph than its
/// arguments and leaves. It may be called on another thread than this one, hence `Send`.
///
/// In the backward pass these become errors of libtorch: a panic in f, a weight or an input changed in place since the forward
/// pass, a gradient of a gradient (`create_graph`), a second pass over a graph that was not kept.
///
/// # Errors
/// What libtorch says, for want of memory.
pub fn recompute(inputs: &[&Tensor], f: impl Fn(&[Tensor]) -> Tensor + Send + 'static) -> Result<Tensor, ShimError> {
    if !grad_enabled() {
        return Ok(f(&inputs.iter().map(|x| x.shallow_clone()).collect::<Vec<_>>()));
    }
    let given: Vec<Tensor> = inputs.iter().map(|x| x.detach().set_requires_grad(x.requires_grad())).collect();
    let out = f(&given);
    let pointers = [inputs.iter().map(|x| x.as_ptr()).collect(), given.iter().map(Tensor::as_ptr).collect()];
    let [inputs, given]: [Vec<Raw>; 2] = pointers;
    // Boxed twice: a pointer to a trait object does not fit into one pointer of C.
    let f: *mut Function = Box::into_raw(Box::new(Box::new(f)));
    let mut result = std::ptr::null_mut();
    // SAFETY: the lists hold n pointers to live at::Tensor objects, borrowed for the call, as is `out`. `f` came from
    // `Box::into_raw`; C++ owns it from the call on whatever happens, calls it through `call`, one thread at a time (it holds the
    // node's mutex, and `Function` is Send), and drops it exactly once through `release`.
    checked(|error, capacity| unsafe {
        let (n, out) = (inputs.len(), out.as_ptr());
        ito_recompute(inputs.as_ptr(), given.as_ptr(), n, out, f.cast(), call, release, &mut result, error, capacity)
    })?;
    // SAFETY: on success `result` is a tensor made by `new` for this caller alone; tch deletes it.
    Ok(unsafe { Tensor::from_ptr(result) })
}

/// Calls a [`Function`] for C++. No panic leaves: its words go to `error`.
///
/// # Safety
/// `f` is a live `*mut Function` that no other thread uses meanwhile; `inputs` holds n live tensors (anything for n = 0); `out` may be written; `error`
/// has room for `capacity` bytes.
unsafe extern "C" fn call(
    f: *mut c_void,
    inputs: *const Raw,
    n: usize,
    out: *mut *mut torch_sys::C_tensor,
    error: *mut c_char,
    capacity: usize,
) -> c_int {
    // Unwind safety: whatever f left half done, its caller sees an error and the graph is not used again.
    let called = catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: as promised by the caller; `clone_from_ptr` makes handles of our own, so nothing of C++'s is freed.
        let (f, inputs) = unsafe {
            let inputs = if n == 0 { &[] } else { std::slice::from_raw_parts(inputs, n) };
            (&*f.cast::<Function>(), inputs.iter().map(|x| Tensor::clone_from_ptr(x.cast_mut())).collect::<Vec<_>>())
        };
        f(&inputs)
    }));
    match called {
        Ok(mut tensor) => {
            // SAFETY: `out` may be written; the tensor's handle goes to C++, which deletes it, so it is forgotten here.
            unsafe { *out = tensor.as_mut_ptr() };
            std::mem::forget(tensor);
            0
        }
        Err(panic) => {
            let said = panic.downcast_ref::<String>().map(String::as_str);
            let said = said.or(panic.downcast_ref::<&str>().copied()).unwrap_or("a panic");
            let count = said.len().min(capacity.saturating_sub(1));
            // SAFETY: at most `capacity` bytes are written, the last of them zero; both regions are live and apart.
            unsafe {
                std::ptr::copy_nonoverlapping(said.as_ptr(), error.cast::<u8>(), count);
                if capacity > 0 {
                    *error.add(count) = 0;
                }
            }
            1
        }
    }
}

/// Drops a [`Function`] for C++.
///
/// # Safety
/// `f` came from `Box::into_raw` of a `Box<Function>` and is not used afterwards.
unsafe extern "C" fn release(f: *mut c_void) {
    // SAFETY: as promised by the caller. A panic of a destructor must not cross into C++, and there is nobody to tell.
    let _ = catch_unwind(AssertUnwindSafe(|| drop(unsafe { Box::from_raw(f.cast::<Function>()) })));
}
