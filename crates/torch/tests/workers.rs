//! Jobs shared out over threads.
use ito_torch::workers;

fn squares(workers: usize, jobs: usize) -> Vec<usize> {
    // The first jobs take longest, so that they end last.
    let job = |_: &mut (), k: usize| {
        std::thread::sleep(std::time::Duration::from_millis(4u64.saturating_sub(k as u64)));
        k * k
    };
    workers::over(&mut vec![(); workers], jobs, job)
}

#[test]
fn results_come_in_the_order_of_the_jobs() {
    let expected: Vec<usize> = (0..9).map(|k| k * k).collect();
    for workers in [1, 2, 3, 20] {
        assert_eq!(squares(workers, 9), expected, "{workers} workers");
    }
    assert!(squares(0, 0).is_empty());
}

#[test]
fn each_worker_has_one_thread_of_libtorch() {
    tch::set_num_threads(3);
    assert_eq!(workers::over(&mut [(), ()], 5, |_, _| tch::get_num_threads()), [1; 5]);
}

#[test]
#[should_panic(expected = "a scoped thread panicked")]
fn a_job_that_panics_is_not_lost() {
    workers::over(&mut [()], 2, |_, k| assert_eq!(k, 0, "told by the hook"));
}
