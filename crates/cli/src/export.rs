//! `ito export`.
use crate::args::ExportArgs;
use crate::runs;
use crate::source::run_weights;
use crate::speak::say;
use anyhow::Result;
use ito_networks::NetworkConfig;
use ito_training::RunFolder;
use ito_training::pretrained::{Layout, export};
use std::process::ExitCode;
use tch::Device;

/// Writes the averaged weights of a run as a folder of diffusers.
pub fn run(args: &ExportArgs) -> Result<ExitCode> {
    let folder = RunFolder::open(&args.run.as_deref().map_or_else(runs::newest, runs::existing)?)?;
    let config = folder.config()?;
    let weights = match &config.network {
        NetworkConfig::Unet2d(_) => run_weights(&folder, &config, Device::Cpu)?,
        // Refused by what is wrong with it, before its weights are looked for.
        _ => ito_torch::Weights::outline(|_| ()).0,
    };
    export(&config, &weights, &args.out, if args.bare { Layout::Bare } else { Layout::Pipeline })?;
    let (from, to, count) = (folder.root().display(), args.out.display(), weights.count());
    let class = if args.bare { "UNet2DModel" } else { "DDPMPipeline" };
    say(format_args!(
        "{from}: {count} averaged weights -> {to}; in Python: diffusers.{class}.from_pretrained({to:?})",
        to = to.to_string()
    ));
    Ok(ExitCode::SUCCESS)
}
