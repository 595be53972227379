//! Fixed micro-batches over threads, one intra-op thread each.
//!
//! libtorch's kernels give other last bits for another number of threads or another batch size. So on the CPU the work is
//! cut into micro-batches of one fixed size, each computed by one thread alone: the numbers do not depend on how many
//! threads share them out. It is also the faster arrangement, since a micro-batch stays in the cache.
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many workers the machine has room for: `OMP_NUM_THREADS` where it is set to a number above 0, as for libtorch itself,
/// else the number of cores.
pub fn available() -> usize {
    let asked = std::env::var("OMP_NUM_THREADS").ok().and_then(|text| text.trim().parse().ok()).filter(|&n| n > 0);
    asked.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from))
}

/// Runs `job(worker, k)` for k in 0..jobs and returns the results in the order of k.
///
/// Each worker is a thread with one intra-op thread of libtorch, and takes the next job when it is free; a result may depend
/// on k and on what the workers have in common, never on which worker ran it.
///
/// # Panics
/// If there are jobs but no worker, or a job panics.
pub fn over<W: Send, R: Send>(workers: &mut [W], jobs: usize, job: impl Fn(&mut W, usize) -> R + Sync) -> Vec<R> {
    assert!(jobs == 0 || !workers.is_empty(), "no workers");
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, R)>> = Mutex::new(Vec::with_capacity(jobs));
    std::thread::scope(|scope| {
        for worker in workers.iter_mut().take(jobs) {
            scope.spawn(|| {
                // libtorch keeps this number per thread, oneDNN and OpenMP too.
                tch::set_num_threads(1);
                let worker = worker;
                loop {
                    let k = next.fetch_add(1, Ordering::Relaxed);
                    if k >= jobs {
                        break;
                    }
                    let result = job(worker, k);
                    done.lock().expect("no job panicked while it held the list").push((k, result));
                }
            });
        }
    });
    let mut done = done.into_inner().expect("no job panicked while it held the list");
    done.sort_by_key(|(k, _)| *k);
    done.into_iter().map(|(_, result)| result).collect()
}
