"""Loads an exported folder in diffusers and compares it with what Ito computed from the same folder.

    ito export --run NAME --out model
    cargo run --release -p ito-training --example export_check -- model numbers.safetensors
    python check_export.py model numbers.safetensors            (torch 2.11, diffusers 0.42)

Checked: UNet2DModel.from_pretrained and DDPMPipeline.from_pretrained load the folder, every weight is there; one forward; for a
pipeline, every state of DDIM (eta 0) in 20 steps, or of Euler's flow matching steps. Prints the largest difference over the largest
value, and fails above 1e-4.
"""
import os, sys
import torch
from diffusers import DDIMScheduler, DDPMPipeline, FlowMatchEulerDiscreteScheduler, UNet2DModel
from safetensors.torch import load_file

folder, file = sys.argv[1:]
numbers = load_file(file)
words = {"class_labels": numbers["class"]} if "class" in numbers else {}


def off(name, found, expected):
    relative = float((found - expected).abs().max() / expected.abs().max())
    print(f"{name}: {relative:.1e} of the largest value")
    assert relative < 1e-4, name


pipeline = os.path.isfile(os.path.join(folder, "model_index.json"))
unet, about = UNet2DModel.from_pretrained(folder, subfolder="unet" if pipeline else None, output_loading_info=True)
assert not any(about.values()), about
with torch.no_grad():
    off("forward, UNet2DModel.from_pretrained", unet(numbers["x"], numbers["t"], **words).sample, numbers["y"])
if pipeline:
    whole = DDPMPipeline.from_pretrained(folder)
    flow = isinstance(whole.scheduler, FlowMatchEulerDiscreteScheduler)
    states = numbers["states"]
    z, steps = states[0], len(states) - 1
    scheduler = whole.scheduler if flow else DDIMScheduler.from_config(whole.scheduler.config, timestep_spacing="leading")
    scheduler.set_timesteps(**({"sigmas": [1 - i / steps for i in range(steps)]} if flow else {"num_inference_steps": steps}))
    more = {} if flow else {"use_clipped_model_output": True}
    for k, t in enumerate(scheduler.timesteps):
        off(f"state {k} at timestep {float(t):g}", z, states[k])
        with torch.no_grad():
            said = whole.unet(z, t.expand(len(z)), **words).sample
            z = scheduler.step(said, t, z, **more).prev_sample
    off("end", z, states[steps])
    print("DDPMPipeline.from_pretrained:", type(whole.scheduler).__name__)
