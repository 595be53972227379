//! Models in the folders of diffusers: drawn from, written, refused.
use crate::support::{Place, TINY, files, refused};
use std::fs;
use std::path::{Path, PathBuf};

/// A run that diffusers has words for: DDPM's own, with a network so small that training it takes a second.
const DDPM: &[&str] = &[
    "train",
    "--device=cpu",
    "--batch=8",
    "--steps=2",
    "--set=network.kind=unet2d",
    "--set=network.in_channels=1",
    "--set=network.out_channels=1",
    "--set=network.block_out_channels=[8, 16]",
    "--set=network.down_block_types=[\"DownBlock2D\", \"AttnDownBlock2D\"]",
    "--set=network.up_block_types=[\"AttnUpBlock2D\", \"UpBlock2D\"]",
    "--set=network.layers_per_block=1",
    "--set=network.norm_num_groups=4",
    "--set=path.name=table",
    "--set=train.prediction=eps",
    "--set=train.preconditioning=none",
    "--set=train.clock=timestep",
    "--set=train.micro_batch=4",
    "--set=data.held_out=0.005",
    "--set=train.held_out_every=1000",
    "--set=sample.n=4",
    "--set=sample.steps=2",
    "--set=sample.grid=leading",
    "--set=sample.clip=1.0",
];

fn exported() -> Place {
    let place = Place::new();
    let said = place.ito(&[DDPM, &["--run", "ddpm"]].concat());
    assert_eq!(said.code, Some(0), "{said:?}");
    let said = place.ito(&["export", "--run", "ddpm", "--out", "model"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(
        said.out.contains("averaged weights -> model") && said.out.contains("DDPMPipeline.from_pretrained"),
        "{said:?}"
    );
    place
}

fn reference() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../training/tests/reference/pretrained/pipeline")
}

const SAMPLE: &[&str] = &["--n=3", "--steps=3", "--seed=5", "--sampler=ddpm", "--grid=leading", "--out=grid.png"];

#[test]
fn an_export_draws_what_its_run_draws() {
    let place = exported();
    assert_eq!(place.names("model"), ["model_index.json", "scheduler", "unet"]);
    let said = place.ito(&[&["sample", "--run", "ddpm", "--npy", "run.npy"], SAMPLE].concat());
    assert_eq!(said.code, Some(0), "{said:?}");
    let said = place.ito(&[&["sample", "--model", "model", "--npy", "model.npy"], SAMPLE].concat());
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.err.contains("a table of 1000 betas, prediction \"eps\""), "{said:?}");
    assert_eq!(place.bytes("run.npy"), place.bytes("model.npy"), "bit for bit");
    // Again over itself, and the network alone, which is then supposed to be DDPM's and so draws the same.
    for (more, names) in [
        (&[][..], ["model_index.json", "scheduler", "unet"].as_slice()),
        (&["--bare"], &["config.json", "diffusion_pytorch_model.safetensors"]),
    ] {
        let said = place.ito(&[&["export", "--out", "model"], more].concat());
        assert_eq!(
            (said.code, place.names("model")),
            (Some(0), names.iter().map(|name| name.to_string()).collect()),
            "{said:?}"
        );
    }
    let said = place.ito(&[&["sample", "--model", "model", "--npy", "bare.npy"], SAMPLE].concat());
    assert!(said.err.contains("no scheduler_config.json, so DDPM's is supposed"), "{said:?}");
    assert_eq!(place.bytes("run.npy"), place.bytes("bare.npy"));
    let flow = ["--set=path.name=straight", "--set=train.prediction=velocity", "--set=train.clock=thousand"];
    let said = place.ito(&[&["sample", "--model", "model", "--n=2", "--steps=2"], &flow[..]].concat());
    assert_eq!((said.code, place.path("sample.png").exists()), (Some(0), true), "{said:?}");
    assert_eq!(place.names("model").len(), 2, "nothing is drawn into somebody's folder");
}

#[test]
fn a_pipeline_of_diffusers_is_drawn_from() {
    let place = Place::new();
    let model = reference().display().to_string();
    let said = place.ito(&["sample", "--model", &model, "--n=2", "--steps=10", "--out=grid.png", "--npy=x.npy"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.out.contains("float32 [2, 1, 8, 8]") && said.out.contains("(ancestral, 10 steps)"), "{said:?}");
    refused(
        &place.ito(&["sample", "--model", &model, "--set=path.name=straight"]),
        2,
        &["path.name", "can change now"],
    );
    refused(
        &place.ito(&["sample", "--model", &model, "--grid=karras", "--set=sample.threshold=0.9"]),
        2,
        &["sample.clip", "give one"],
    );
    assert_eq!(place.ito(&["sample", "--model", &model, "--run", "x"]).code, Some(2));
}

/// The reference pipeline with one thing wrong.
fn check(wrong: impl Fn(&Path), words: &[&str]) {
    let place = Place::new();
    let model = place.path("model");
    for (path, bytes) in files(&reference()) {
        let copy = model.join(path.strip_prefix(reference()).unwrap());
        fs::create_dir_all(copy.parent().unwrap()).unwrap();
        fs::write(copy, bytes).unwrap();
    }
    wrong(&model);
    refused(&place.ito(&["sample", "--model", "model"]), 1, words);
    assert!(!place.path("sample.png").exists());
}

fn edit<'a>(name: &'a str, from: &'a str, to: &'a str) -> impl Fn(&Path) + 'a {
    move |model| {
        let text = fs::read_to_string(model.join(name)).unwrap();
        assert!(text.contains(from), "{from} in {text}");
        fs::write(model.join(name), text.replacen(from, to, 1)).unwrap();
    }
}

/// The header of a safetensors file, changed.
fn header<'a>(
    change: impl Fn(&mut serde_json::Map<String, serde_json::Value>, &mut Vec<u8>) + 'a,
) -> impl Fn(&Path) + 'a {
    move |model| {
        let file = model.join("unet/diffusion_pytorch_model.safetensors");
        let bytes = fs::read(&file).unwrap();
        let end = 8 + u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
        let (mut keys, mut data) = (serde_json::from_slice(&bytes[8..end]).unwrap(), bytes[end..].to_vec());
        change(&mut keys, &mut data);
        let text = serde_json::to_vec(&keys).unwrap();
        fs::write(&file, [&(text.len() as u64).to_le_bytes(), &text[..], &data].concat()).unwrap();
    }
}

#[test]
fn a_folder_that_holds_no_model_gets_one_sentence() {
    const FILE: &str = "unet/diffusion_pytorch_model.safetensors";
    check(|model| fs::remove_dir_all(model).unwrap(), &["model: no such folder"]);
    check(|model| fs::remove_file(model.join("unet/config.json")).unwrap(), &["no model here", "config.json"]);
    check(
        |model| fs::remove_file(model.join(FILE)).unwrap(),
        &["no weights here", "diffusion_pytorch_model.safetensors"],
    );
    let text_to_image = edit("unet/config.json", "\"UNet2DModel\"", "\"UNet2DConditionModel\"");
    check(text_to_image, &["UNet2DConditionModel", "text-to-image"]);
    check(edit("unet/config.json", "\"silu\"", "\"sin\""), &["unet/config.json", "act_fn", "sin"]);
    check(
        edit("scheduler/scheduler_config.json", "\"epsilon\"", "\"noise\""),
        &["scheduler_config.json", "prediction_type = \"noise\""],
    );
    check(
        edit("scheduler/scheduler_config.json", "\"beta_end\"", "\"beta_last\""),
        &["unknown key \"beta_last\"", "\"beta_"],
    );
    check(
        |model| fs::write(model.join(FILE), &fs::read(model.join(FILE)).unwrap()[..5000]).unwrap(),
        &[FILE, "no whole safetensors file"],
    );
    check(
        edit("unet/config.json", "\"layers_per_block\": 1", "\"layers_per_block\": 2"),
        &["does not fit the network", "missing", "resnets"],
    );
    check(
        edit("unet/config.json", "\"add_attention\": true", "\"add_attention\": false"),
        &["surplus mid_block.attentions.0"],
    );
}

#[test]
fn weights_of_two_dtypes_or_with_a_wrong_name_get_one_sentence() {
    let renamed = header(|keys, _| {
        let w = keys.remove("conv_in.bias").unwrap();
        keys.insert("conv_in.offset".to_owned(), w);
    });
    check(renamed, &["missing conv_in.bias [8]; surplus conv_in.offset [8]"]);
    // The last tensor of the file at half the width.
    let mixed = header(|keys, data| {
        let end = data.len();
        let (_, last) = keys.iter_mut().find(|(_, w)| w["data_offsets"][1] == end).unwrap();
        let begin = last["data_offsets"][0].as_u64().unwrap() as usize;
        last["dtype"] = "F16".into();
        last["data_offsets"][1] = (begin + (end - begin) / 2).into();
        data.truncate(begin + (end - begin) / 2);
    });
    check(mixed, &["weights of different dtypes", "f16", "save all of them in one"]);
}

#[test]
fn a_run_that_diffusers_has_no_words_for_is_told_what_it_takes() {
    let place = Place::new();
    let export = |args: &[&str]| place.ito(&[&["export", "--out", "model"], args].concat());
    refused(&export(&[]), 1, &["no run yet"]);
    assert_eq!(place.ito(&["export"]).code, Some(2));
    let said = place.ito(&[TINY, &["--run", "tiny", "--steps", "1"]].concat());
    assert_eq!(said.code, Some(0), "{said:?}");
    refused(&export(&[]), 2, &["network.kind = \"unet2d\""]);
    let said = place.ito(&[DDPM, &["--run", "other", "--set=train.clock=unit"]].concat());
    assert_eq!(said.code, Some(0), "{said:?}");
    refused(&export(&["--run", "other"]), 2, &["train.clock = \"timestep\"", "--bare"]);
    fs::create_dir(place.path("notes")).unwrap();
    fs::write(place.path("notes/todo.txt"), "mine").unwrap();
    refused(&place.ito(&["export", "--bare", "--out", "notes"]), 1, &["notes", "holds todo.txt"]);
    assert_eq!(place.names("."), ["notes", "runs"]);
}

#[test]
fn half_the_digits_are_asked_for_by_name() {
    let place = exported();
    let draw = |npy: &str, dtype: &str| {
        let said = place.ito(&[&["sample", "--run", "ddpm", "--npy", npy, "--dtype", dtype], SAMPLE].concat());
        assert_eq!(said.code, Some(0), "{said:?}");
        let bytes = fs::read(place.path(npy)).unwrap();
        let numbers = bytes[bytes.len() - 3 * 784 * 4..].chunks_exact(4);
        numbers.map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect::<Vec<_>>()
    };
    let (own, coarse) = (draw("own.npy", "own"), draw("coarse.npy", "bf16"));
    let squares = own.iter().zip(&coarse).map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>();
    let off = (squares / own.len() as f64).sqrt();
    assert!(off > 1e-6 && off < 0.05, "an rms distance of {off}");
    refused(&place.ito(&["sample", "--run", "ddpm", "--dtype", "f8"]), 2, &["must be own or bf16"]);
    refused(&Place::trained().ito(&["sample", "--run", "tiny", "--dtype", "bf16"]), 2, &["computes in f32 alone"]);
}
