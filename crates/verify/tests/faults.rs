//! Every fault that can be planted is seen, at full size. In release alone, where that takes seconds: a debug build
//! compiles this file to nothing, and `cargo xtask test` runs it.
#![cfg(not(debug_assertions))]

use ito_verify::Fault;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

#[test]
fn every_planted_fault_turns_a_claim_red() {
    let next = AtomicUsize::new(0);
    let unseen = |fault: &Fault| {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_ito-verify"));
        command.args(["--break", &fault.name(), "--out"]).arg(folder.path()).stdin(Stdio::null());
        let ran = command.output().unwrap();
        let said = String::from_utf8_lossy(&ran.stdout).into_owned();
        let seen = ran.status.code() == Some(1) && said.contains(&format!("fault {fault}: seen by "));
        // A planted fault that only panics was stopped, not measured.
        let measured = said.lines().any(|line| {
            let number = line.split(": measured ").nth(1).and_then(|rest| rest.split([' ', ',']).next());
            number.and_then(|word| word.parse::<f64>().ok()).is_some_and(f64::is_finite)
        });
        // Whoever says that it sees the fault must see it.
        let all = said.lines().last().is_some_and(|line| {
            let concerned = ito_verify::all().filter(|e| e.faults.contains(fault));
            concerned.into_iter().all(|e| line.contains(&format!(" {} (", e.name)))
        });
        (!seen || !measured || !all).then(|| format!("{fault} (exit code {:?}):\n{said}", ran.status.code()))
    };
    let work = || {
        let mut found = Vec::new();
        while let Some(fault) = Fault::all().get(next.fetch_add(1, Ordering::Relaxed)) {
            found.extend(unseen(fault));
        }
        found
    };
    // An experiment that stands alone in its run uses one core; two runs use two.
    let found = thread::scope(|scope| {
        let both = [scope.spawn(work), scope.spawn(work)];
        both.map(|thread| thread.join().unwrap()).concat()
    });
    assert!(found.is_empty(), "not seen:\n{}", found.join("\n"));
}
