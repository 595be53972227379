//! A function whose inner results are computed a second time gives the same numbers, keeps little, and fails cleanly.
use ito_noise::Stream;
use ito_torch::{grad_enabled, recompute, workers};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tch::{Kind, Tensor};

/// A convolution, a normalisation and a linear map, with the weights of each: `x + conv(silu(norm(x))) (1 + a)`, `a = e W`.
#[derive(Debug)]
struct Block {
    conv: Tensor,
    scale: Tensor,
    linear: Tensor,
}

fn normal(name: &str, shape: &[i64], kind: Kind) -> Tensor {
    let mut values = vec![0f64; shape.iter().product::<i64>() as usize];
    Stream::new(5, name).fill_normal_f64(0, 0, &mut values);
    Tensor::from_slice(&values).view(shape).to_kind(kind)
}

fn weight(name: &str, shape: &[i64], kind: Kind) -> Tensor {
    (normal(name, shape, kind) * 0.3).detach().set_requires_grad(true)
}

impl Block {
    fn new(name: &str, kind: Kind) -> Block {
        Block {
            conv: weight(&format!("{name}/conv"), &[4, 4, 3, 3], kind),
            scale: weight(&format!("{name}/scale"), &[4], kind),
            linear: weight(&format!("{name}/linear"), &[4, 6], kind),
        }
    }

    fn forward(&self, x: &Tensor, e: &Tensor) -> Tensor {
        let h = x.group_norm(2, Some(&self.scale), None::<&Tensor>, 1e-5, false).silu();
        let a = e.linear(&self.linear, None::<&Tensor>).unsqueeze(-1).unsqueeze(-1);
        x + h.conv2d(&self.conv, None::<&Tensor>, [1; 2], [1; 2], [1; 2], 1) * (a + 1.0)
    }

    fn weights(&self) -> [Tensor; 3] {
        [&self.conv, &self.scale, &self.linear].map(Tensor::shallow_clone)
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Graph {
    Kept,
    Recomputed,
}

fn through(block: &Arc<Mutex<Block>>, x: &Tensor, e: &Tensor, graph: Graph) -> Tensor {
    let block = Arc::clone(block);
    let run = move |given: &[Tensor]| block.lock().unwrap().forward(&given[0], &given[1]);
    match graph {
        Graph::Kept => run(&[x.shallow_clone(), e.shallow_clone()]),
        Graph::Recomputed => recompute(&[x, e], run).unwrap(),
    }
}

/// Three blocks in a row between other operations; the embedding is used by all, the first block's result a second time behind.
fn loss_and_gradients(kind: Kind, graph: Graph) -> Vec<Tensor> {
    let blocks: Vec<_> = (0..3).map(|k| Arc::new(Mutex::new(Block::new(&format!("block{k}"), kind)))).collect();
    let x = normal("x", &[2, 4, 5, 5], kind).set_requires_grad(true);
    let e = normal("e", &[2, 6], kind).set_requires_grad(true);
    let (mut h, activated) = (&x * 1.5, e.silu());
    for block in &blocks {
        h = through(block, &h, &activated, graph);
    }
    let loss = (h.sin() * normal("v", &[2, 4, 5, 5], kind)).sum(kind);
    let mut leaves = vec![x, e];
    blocks.iter().for_each(|block| leaves.extend(block.lock().unwrap().weights()));
    let gradients = Tensor::f_run_backward(&[&loss], &leaves, false, false).unwrap();
    std::iter::once(loss.detach()).chain(gradients).collect()
}

fn check_bit_equal(kind: Kind) {
    let (kept, recomputed) = (loss_and_gradients(kind, Graph::Kept), loss_and_gradients(kind, Graph::Recomputed));
    assert_eq!(kept.len(), 12);
    for (k, (a, b)) in kept.iter().zip(&recomputed).enumerate() {
        assert!(a.equal(b), "tensor {k}: off by {:?}", (a - b).abs().max());
        assert!(a.abs().max().double_value(&[]) > 1e-3, "tensor {k} says nothing");
    }
}

#[test]
fn gradients_are_bit_equal_in_f64() {
    tch::set_num_threads(1);
    check_bit_equal(Kind::Double);
}

#[test]
fn gradients_are_bit_equal_in_f32() {
    tch::set_num_threads(1);
    check_bit_equal(Kind::Float);
}

#[test]
fn gradients_are_bit_equal_on_worker_threads() {
    tch::set_num_threads(1);
    let alone = loss_and_gradients(Kind::Float, Graph::Kept);
    let all = workers::over(&mut [(); 4], 16, |(), _| loss_and_gradients(Kind::Float, Graph::Recomputed));
    for one in all {
        assert!(one.iter().zip(&alone).all(|(a, b)| a.equal(b)));
    }
}

/// The function is called by the forward pass once and by the backward pass once; an outer one calls an inner one again.
#[test]
fn one_inside_another_is_computed_as_often_as_it_must() {
    let calls = Arc::new([const { AtomicUsize::new(0) }; 2]);
    let w = weight("w", &[3], Kind::Double);
    let x = normal("x", &[3], Kind::Double).set_requires_grad(true);
    let (counts, inner_weight) = (Arc::clone(&calls), Arc::new(Mutex::new(w.shallow_clone())));
    let outer = move |given: &[Tensor]| {
        counts[0].fetch_add(1, Ordering::Relaxed);
        let (counts, w) = (Arc::clone(&counts), Arc::clone(&inner_weight));
        let inner = move |given: &[Tensor]| {
            counts[1].fetch_add(1, Ordering::Relaxed);
            (&given[0] * &*w.lock().unwrap()).sin()
        };
        recompute(&[&given[0].exp()], inner).unwrap() * 2.0
    };
    let loss = recompute(&[&x], outer).unwrap().sum(Kind::Double);
    let gradients = Tensor::f_run_backward(&[&loss], &[&x, &w], false, false).unwrap();
    let plain = ((x.exp() * &w).sin() * 2.0).sum(Kind::Double);
    let expected = Tensor::f_run_backward(&[&plain], &[&x, &w], false, false).unwrap();
    assert!(gradients.iter().zip(&expected).all(|(a, b)| a.equal(b)));
    // Forward: both once. Backward: the outer once more, with the inner's forward in it, then the inner's own second time.
    let seen = [calls[0].load(Ordering::Relaxed), calls[1].load(Ordering::Relaxed)];
    assert_eq!(seen, [2, 3]);
}

#[test]
fn where_nothing_is_recorded_nothing_is_kept() {
    let w = weight("w", &[3], Kind::Double);
    let _no_grad = tch::no_grad_guard();
    assert!(!grad_enabled());
    let kept = w.shallow_clone();
    let out = recompute(&[&w], move |given| &given[0] * &kept).unwrap();
    assert!(!out.requires_grad() && out.equal(&(&w * &w)));
}

#[test]
fn what_needs_no_gradient_gets_none() {
    let (x, w) = (normal("x", &[3], Kind::Double), weight("w", &[3], Kind::Double));
    let held = w.shallow_clone();
    let out = recompute(&[&x], move |given| (&given[0] * &held).sin()).unwrap();
    let gradient = Tensor::f_run_backward(&[out.sum(Kind::Double)], &[&w], false, false).unwrap().remove(0);
    assert!(gradient.allclose(&((&x * &w).cos() * &x), 1e-14, 1e-14, false));
    assert!(!recompute(&[&x], |given| given[0].sin()).unwrap().requires_grad());
}

#[test]
fn a_graph_that_is_kept_may_be_gone_through_twice() {
    let x = normal("x", &[3], Kind::Double).set_requires_grad(true);
    let loss = recompute(&[&x], |given| given[0].sin()).unwrap().sum(Kind::Double);
    let first = Tensor::f_run_backward(&[&loss], &[&x], true, false).unwrap().remove(0);
    let second = Tensor::f_run_backward(&[&loss], &[&x], false, false).unwrap().remove(0);
    assert!(first.equal(&second) && first.equal(&x.cos()));
    check_refused(Tensor::f_run_backward(&[&loss], &[&x], false, false), "second time");
}

fn check_refused(result: Result<Vec<Tensor>, tch::TchError>, word: &str) {
    let said = result.map(|_| ()).unwrap_err().to_string();
    assert!(said.contains(word), "{said}");
}

#[test]
fn a_gradient_of_its_gradient_is_refused() {
    let x = normal("x", &[3], Kind::Double).set_requires_grad(true);
    let loss = recompute(&[&x], |given| given[0].sin()).unwrap().sum(Kind::Double);
    check_refused(Tensor::f_run_backward(&[&loss], &[&x], true, true), "no gradient of its gradient");
}

#[test]
fn a_weight_changed_before_the_backward_pass_is_refused() {
    let (x, w) = (normal("x", &[3], Kind::Double), weight("w", &[3], Kind::Double));
    let held = w.shallow_clone();
    let loss = recompute(&[&x], move |given| &given[0] * &held).unwrap().sum(Kind::Double);
    {
        let _no_grad = tch::no_grad_guard();
        let _ = w.shallow_clone().fill_(1.0);
    }
    check_refused(Tensor::f_run_backward(&[&loss], &[&w], false, false), "modified by an inplace operation");
}

#[test]
fn a_panic_of_the_second_time_is_an_error() {
    let x = normal("x", &[3], Kind::Double).set_requires_grad(true);
    let calls = AtomicUsize::new(0);
    let once = move |given: &[Tensor]| {
        assert_eq!(calls.fetch_add(1, Ordering::Relaxed), 0, "only once, please");
        given[0].sin()
    };
    let loss = recompute(&[&x], once).unwrap().sum(Kind::Double);
    check_refused(Tensor::f_run_backward(&[&loss], &[&x], false, false), "only once, please");
    // The mode of this thread is as it was, and the next graph works.
    assert!(grad_enabled() && (&x * 2.0).requires_grad());
}

#[test]
fn another_shape_the_second_time_is_an_error() {
    let x = normal("x", &[3], Kind::Double).set_requires_grad(true);
    let calls = AtomicUsize::new(0);
    let growing = move |given: &[Tensor]| given[0].sin().repeat([1 + calls.fetch_add(1, Ordering::Relaxed) as i64]);
    let loss = recompute(&[&x], growing).unwrap().sum(Kind::Double);
    check_refused(Tensor::f_run_backward(&[&loss], &[&x], false, false), "another result");
}

/// Closures that are made are dropped: after the graph is used, and where it is never used.
#[test]
fn three_thousand_graphs_leave_nothing_behind() {
    tch::set_num_threads(1);
    let alive = Arc::new(());
    let x = normal("x", &[64, 64], Kind::Float).set_requires_grad(true);
    let round = |k: usize| {
        let token = Arc::clone(&alive);
        let f = move |given: &[Tensor]| {
            let _held = &token;
            given[0].sin().exp()
        };
        let loss = recompute(&[&x], f).unwrap().sum(Kind::Float);
        if k.is_multiple_of(2) {
            let _ = Tensor::f_run_backward(&[&loss], &[&x], false, false).unwrap();
        }
    };
    (0..100).for_each(round);
    let before = resident();
    (0..3000).for_each(round);
    assert_eq!(Arc::strong_count(&alive), 1);
    // Each round makes 16 KiB a tensor; one that stayed would be 47 MiB in all.
    let grown = resident().saturating_sub(before);
    assert!(grown < 24 << 20, "{grown} bytes more");
}

/// Bytes of this process in memory; 0 where the system does not tell.
fn resident() -> usize {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    text.split_whitespace().nth(1).and_then(|pages| pages.parse::<usize>().ok()).unwrap_or(0) * 4096
}

/// Bytes that the graph of 24 blocks of eight operations on 1 MiB holds, by the process's own memory.
fn held(graph: Graph) -> usize {
    tch::set_num_threads(1);
    let x = normal("x", &[512, 512], Kind::Float).set_requires_grad(true);
    let block = |given: &[Tensor]| (0..8).fold(given[0].shallow_clone(), |h, _| h.sin());
    let before = resident();
    let mut h = x.shallow_clone();
    for _ in 0..24 {
        h = if graph == Graph::Kept { block(&[h]) } else { recompute(&[&h], block).unwrap() };
    }
    let bytes = resident().saturating_sub(before);
    let gradient = Tensor::f_run_backward(&[h.sum(Kind::Float)], &[&x], false, false).unwrap().remove(0);
    assert!(gradient.isfinite().all().int64_value(&[]) == 1);
    bytes
}

/// 24 x 8 results of 1 MiB are kept by the plain graph, 24 inputs of blocks and the work of one block by the other.
///
/// Measured in a process of its own, whose allocator gives every large block back to the system when it is freed.
#[test]
fn a_deep_stack_keeps_little() {
    const TOLD: &str = "ITO_TEST_HELD";
    if std::env::var_os(TOLD).is_some() {
        let few = held(Graph::Recomputed) >> 20;
        return println!("held {few} {}", held(Graph::Kept) >> 20);
    }
    if !cfg!(all(target_os = "linux", target_env = "gnu")) {
        return;
    }
    let mut child = std::process::Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "a_deep_stack_keeps_little", "--nocapture"]);
    let output = child.env(TOLD, "1").env("MALLOC_MMAP_THRESHOLD_", "65536").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let line = text.lines().find_map(|line| line.split_once("held ")).unwrap_or_else(|| panic!("{text}")).1;
    let held: Vec<usize> = line.split_whitespace().map(|number| number.parse().unwrap()).collect();
    println!("{} MiB with blocks computed twice, {} MiB with all results kept", held[0], held[1]);
    assert!((22..40).contains(&held[0]) && (180..210).contains(&held[1]), "{held:?}");
}
