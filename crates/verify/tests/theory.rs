//! docs/theory.md names only what exists: items, tests, experiments, faults.

use std::fs;
use std::path::{Path, PathBuf};

const PAGE: &str = include_str!("../../../docs/theory.md");

#[test]
fn everything_that_the_theory_page_names_exists() {
    let (mut wrong, mut known) = (Vec::new(), [0; 4]);
    for name in PAGE.split('`').skip(1).step_by(2) {
        let kind = match name {
            _ if name.starts_with("ito_") => 0,
            _ if name.contains(".rs::") => 1,
            _ if name.starts_with("--only ") && name != "--only NAME" => 2,
            _ if name.starts_with("--break ") && name != "--break NAME" => 3,
            _ => continue,
        };
        let last = name.split(' ').next_back().unwrap_or_default();
        let exists = match kind {
            0 => item(name),
            1 => test(name),
            2 => ito_verify::all().any(|e| e.name == last),
            _ => ito_verify::Fault::all().iter().any(|fault| fault.name() == last),
        };
        known[kind] += 1;
        wrong.extend((!exists).then_some(name));
    }
    assert!(wrong.is_empty(), "the theory page names what is not there: {wrong:#?}");
    assert!(known.iter().all(|count| *count > 10), "{known:?}");
}

#[test]
fn what_does_not_exist_is_found() {
    assert!(
        item("ito_sde::solver::Milstein") && item("ito_sde::Sde") && item("ito_sde::reverse::Reversed::with_noise")
    );
    assert!(!item("ito_sde::solver::Milstain") && !item("ito_sde::solvers::Milstein") && !item("ito_sde::Milstein"));
    assert!(!item("ito_sde::reverse::Reversed::with_noises"));
    assert!(test("sde/tests/exact_law.rs::impossible_numbers_are_refused"));
    assert!(!test("sde/tests/exact_law.rs::possible") && !test("sde/tests/exact_laws.rs::possible"));
}

/// Every number of theory from 2 to 41, in order, and each experiment's numbers among them.
#[test]
fn every_number_has_its_entry_and_every_fault_and_experiment_is_named() {
    let heads = PAGE.lines().filter_map(|line| line.strip_prefix("**")?.split('.').next()?.parse::<u8>().ok());
    assert_eq!(heads.collect::<Vec<_>>(), (2..=41).collect::<Vec<_>>());
    for e in ito_verify::all() {
        assert!(e.theory.iter().all(|number| (2..=37).contains(number)), "{}", e.name);
    }
    for e in ito_verify::all() {
        assert!(PAGE.contains(&format!("`--only {}`", e.name)), "{} is not on the page", e.name);
    }
    for fault in ito_verify::Fault::all() {
        assert!(PAGE.contains(&format!("`--break {fault}`")), "{fault} is not on the page");
    }
}

/// `ito_crate::room::Item::method`: the room is a folder of modules, whose table of contents names the item; a method
/// stands in one of its files.
fn item(name: &str) -> bool {
    let mut parts = name.split("::");
    let package = parts.next().and_then(|name| name.strip_prefix("ito_")).unwrap_or_default();
    let mut folder = root().join("crates").join(package).join("src");
    let mut contents = folder.join("lib.rs");
    let mut parts = parts.peekable();
    while let Some(room) = parts.next_if(|part| folder.join(part).join("mod.rs").is_file()) {
        folder = folder.join(room);
        contents = folder.join("mod.rs");
    }
    let named = |item: &str| fs::read_to_string(&contents).is_ok_and(|text| public(&text).any(|word| word == item));
    let first = parts.next().is_some_and(named);
    first && parts.all(|method| sources(&folder).iter().any(|text| declares(text, method)))
}

/// The words of the lines that make items public.
fn public(text: &str) -> impl Iterator<Item = &str> {
    let uses = text.split("pub use ").skip(1).filter_map(|rest| rest.split(';').next());
    uses.flat_map(|words| words.split(|c: char| !c.is_alphanumeric() && c != '_'))
}

fn test(name: &str) -> bool {
    let (file, test) = name.split_once("::").unwrap_or_default();
    let text = fs::read_to_string(root().join("crates").join(file));
    text.is_ok_and(|text| declares(&text, test))
}

fn declares(text: &str, function: &str) -> bool {
    text.contains(&format!("fn {function}(")) || text.contains(&format!("fn {function}<"))
}

fn sources(folder: &Path) -> Vec<String> {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files
        .filter(|file| file.extension().is_some_and(|end| end == "rs"))
        .map(|file| fs::read_to_string(file).unwrap())
        .collect()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().into()
}
