//! Memory that starts at a cache line.
use std::cell::RefCell;

/// A cache line.
#[derive(Debug, Clone, Copy, Default)]
#[repr(C, align(64))]
pub(super) struct Line(pub [f32; 16]);

/// Room for so many numbers, zero at first.
pub(super) fn lines(numbers: usize) -> Vec<Line> {
    vec![Line::default(); numbers.div_ceil(16)]
}

thread_local! {
    static SCRATCH: RefCell<Vec<Line>> = const { RefCell::new(Vec::new()) };
}

/// Calls `run` with room for `numbers`, whatever they were before; the memory stays with the thread.
pub(super) fn with<R>(numbers: usize, run: impl FnOnce(*mut f32) -> R) -> R {
    SCRATCH.with_borrow_mut(|scratch| {
        if scratch.len() * 16 < numbers {
            *scratch = lines(numbers);
        }
        run(scratch.as_mut_ptr().cast())
    })
}
