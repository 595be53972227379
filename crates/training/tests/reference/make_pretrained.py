"""pretrained/: a small pipeline as diffusers saves it, and what diffusers computes with it.

    python make_pretrained.py            (torch 2.11, diffusers 0.42)

The weights are random, so estimates of the data are far out of [-1, 1] and clipping matters. expected.safetensors:
x, t, y        one forward
start          where every trajectory below starts
ddim, plain    all states of DDIM (eta 0, 50 steps, clipped, use_clipped_model_output; and not clipped)
ddpm, noise    all states of DDPM (fixed small variance, 50 steps, clipped) and its draws, the last step draws none
dynamic        all states of DDIM with dynamic thresholding, ratio 0.9, at most 1.5
"""
import os
import torch
from diffusers import DDIMScheduler, DDPMPipeline, DDPMScheduler, UNet2DModel
from safetensors.torch import save_file

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "pretrained")
torch.manual_seed(0)
unet = UNet2DModel(sample_size=8, in_channels=1, out_channels=1, layers_per_block=1, block_out_channels=(8, 16), norm_num_groups=4,
                   down_block_types=("DownBlock2D", "AttnDownBlock2D"), up_block_types=("AttnUpBlock2D", "UpBlock2D"),
                   attention_head_dim=8)
for w in unet.parameters():
    w.data.add_(0.05 * torch.randn_like(w))
DDPMPipeline(unet, DDPMScheduler()).save_pretrained(os.path.join(HERE, "pipeline"))

x, t = torch.randn(2, 1, 8, 8), torch.tensor([3.0, 411.0])
with torch.no_grad():
    found = {"x": x, "t": t, "y": unet(x, t).sample}
start = torch.randn(2, 1, 8, 8)
found["start"] = start


def run(scheduler, steps, **words):
    scheduler.set_timesteps(steps)
    states = [start]
    for t in scheduler.timesteps:
        with torch.no_grad():
            states.append(scheduler.step(unet(states[-1], t).sample, t, states[-1], **words).prev_sample)
    return torch.stack(states)


config = DDPMScheduler().config
found["ddim"] = run(DDIMScheduler.from_config(config), 50, use_clipped_model_output=True)
found["plain"] = run(DDIMScheduler.from_config(config, clip_sample=False), 50)
dynamic = DDIMScheduler.from_config(config, thresholding=True, dynamic_thresholding_ratio=0.9, sample_max_value=1.5)
found["dynamic"] = run(dynamic, 50, use_clipped_model_output=True)
same = torch.Generator().manual_seed(1)
found["ddpm"] = run(DDPMScheduler.from_config(config), 50, generator=same)
again = torch.Generator().manual_seed(1)
found["noise"] = torch.stack([torch.randn(start.shape, generator=again) for _ in range(49)])
save_file({name: w.contiguous() for name, w in found.items()}, os.path.join(HERE, "expected.safetensors"))
print({name: (tuple(w.shape), float(w.abs().max())) for name, w in found.items()})
