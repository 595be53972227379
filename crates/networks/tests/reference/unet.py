"""Reference values of diffusers' UNet2DModel for the tests of the U-Net, computed on a CPU in float32.

    python unet.py [--out .]          (torch 2.11.0, diffusers 0.42.0, safetensors)

unet-*.safetensors, unet-*.json
    small networks with random weights: the config, every weight under diffusers' own names, and under io.* the inputs and the
    output of one forward and gradients of its mean squared error.
unet-more-*.json
    what those do not cover. Weights and inputs are not stored: entry k of the tensor `name` is the formula `wave` below, the same
    in the test. `names` and `shapes` are those of the state_dict in its order; `y` is the output; `slopes` has, for each trained
    weight, [the gradient's product with wave("slope." + name), the gradient's norm].
"""
import argparse, json, os
import numpy as np
import torch
from diffusers import UNet2DModel
from safetensors.torch import save_file

p = argparse.ArgumentParser()
p.add_argument("--out", default=os.path.dirname(os.path.abspath(__file__)))
out_dir = p.parse_args().out
torch.set_num_threads(1)

UNETS = {
    "plain": dict(sample_size=16, in_channels=1, out_channels=1, layers_per_block=1, block_out_channels=(8, 16), norm_num_groups=4,
                  down_block_types=("DownBlock2D", "DownBlock2D"), up_block_types=("UpBlock2D", "UpBlock2D"), add_attention=False),
    "ddpm": dict(sample_size=16, in_channels=3, out_channels=3, layers_per_block=2, block_out_channels=(8, 16, 16), norm_num_groups=8, norm_eps=1e-6,
                 down_block_types=("DownBlock2D", "AttnDownBlock2D", "DownBlock2D"), up_block_types=("UpBlock2D", "AttnUpBlock2D", "UpBlock2D"),
                 attention_head_dim=None, downsample_padding=0, flip_sin_to_cos=False, freq_shift=1),
    "odd-size": dict(sample_size=28, in_channels=1, out_channels=1, layers_per_block=1, block_out_channels=(8, 16, 16), norm_num_groups=8,
                     down_block_types=("DownBlock2D", "AttnDownBlock2D", "AttnDownBlock2D"), up_block_types=("AttnUpBlock2D", "AttnUpBlock2D", "UpBlock2D"),
                     attention_head_dim=4),
    "class-conditional": dict(sample_size=8, in_channels=1, out_channels=1, layers_per_block=1, block_out_channels=(8, 16), norm_num_groups=4,
                              down_block_types=("DownBlock2D", "AttnDownBlock2D"), up_block_types=("AttnUpBlock2D", "UpBlock2D"),
                              attention_head_dim=8, class_embed_type=None, num_class_embeds=10),
    "scale-shift": dict(sample_size=16, in_channels=2, out_channels=2, layers_per_block=2, block_out_channels=(8, 16), norm_num_groups=4,
                        down_block_types=("ResnetDownsampleBlock2D", "AttnDownBlock2D"), up_block_types=("AttnUpBlock2D", "ResnetUpsampleBlock2D"),
                        attention_head_dim=4, resnet_time_scale_shift="scale_shift", downsample_type="resnet", upsample_type="resnet"),
    "fourier": dict(sample_size=16, in_channels=1, out_channels=1, layers_per_block=1, block_out_channels=(8, 16), norm_num_groups=4,
                    down_block_types=("DownBlock2D", "AttnDownBlock2D"), up_block_types=("AttnUpBlock2D", "UpBlock2D"), attention_head_dim=8,
                    time_embedding_type="fourier"),
}


def write(name, obj, indent=None):
    with open(os.path.join(out_dir, name), "w") as f:
        json.dump(obj, f, indent=indent)


for name, cfg in UNETS.items():
    torch.manual_seed(3)
    net = UNet2DModel(**cfg)
    for w in net.parameters():                      # diffusers starts some layers at zero: give every weight a part in the output
        w.data.add_(0.02 * torch.randn_like(w))
    x = torch.randn(2, cfg["in_channels"], cfg["sample_size"], cfg["sample_size"])
    t = torch.tensor([3.0, 411.0]) if cfg.get("time_embedding_type") == "fourier" else torch.tensor([3, 411])
    c = torch.tensor([1, 7]) if cfg.get("num_class_embeds") else None
    y = net(x, t, class_labels=c).sample
    target = torch.randn(y.shape)
    torch.nn.functional.mse_loss(y, target).backward()
    out = {k: v.contiguous() for k, v in net.state_dict().items()}
    out |= {"io.x": x, "io.t": t.float(), "io.target": target, "io.y": y.detach().contiguous()}
    out |= {"io.grad." + k: v.grad.contiguous() for k, v in net.named_parameters() if k in ("conv_in.weight", "conv_out.weight", "time_embedding.linear_1.weight")}
    if c is not None:
        out["io.class_labels"] = c
    save_file(out, os.path.join(out_dir, f"unet-{name}.safetensors"))
    write(f"unet-{name}.json", {k: v for k, v in net.config.items()}, indent=1)


def wave(name, shape):
    """Numbers in [-1, 1): SplitMix64's mixing of the name's FNV-1a hash and the index, its top 24 bits. A norm's weight is 1 + v / 5,
    any other vector v / 5, and a matrix or kernel v sqrt(3 / fan in)."""
    h = 0xCBF29CE484222325
    for byte in name.encode():
        h = (h ^ byte) * 0x100000001B3 % 2**64
    with np.errstate(over="ignore"):
        z = np.uint64(h) + (np.arange(int(np.prod(shape)), dtype=np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    v = (z >> np.uint64(40)).astype(np.float64) / 2**23 - 1
    if name.startswith(("io.", "slope.")):
        pass
    elif len(shape) == 1:
        v = v / 5 + (1 if "norm" in name and name.endswith("weight") else 0)
    else:
        v = v * np.sqrt(3 / np.prod(shape[1:]))
    return torch.tensor(v.reshape(shape), dtype=torch.float32)


D, AD, RD, SD, ASD = "DownBlock2D", "AttnDownBlock2D", "ResnetDownsampleBlock2D", "SkipDownBlock2D", "AttnSkipDownBlock2D"
U, AU, RU, SU, ASU = "UpBlock2D", "AttnUpBlock2D", "ResnetUpsampleBlock2D", "SkipUpBlock2D", "AttnSkipUpBlock2D"
MORE = {  # config, times, class_labels
    "skip": (dict(sample_size=8, layers_per_block=1, block_out_channels=(8, 16, 16), norm_num_groups=None, attention_head_dim=None,
                  down_block_types=(SD, SD, SD), up_block_types=(SU, SU, SU), time_embedding_type="fourier", mid_block_scale_factor=2**0.5), [0.3, 40.0], None),
    "attn-skip": (dict(sample_size=8, layers_per_block=1, block_out_channels=(32, 32), norm_num_groups=8, attention_head_dim=8, act_fn="gelu", add_attention=False,
                       down_block_types=(ASD, ASD), up_block_types=(ASU, ASU)), [3, 411], None),
    "part-skip": (dict(sample_size=8, layers_per_block=2, block_out_channels=(8, 16), norm_num_groups=2, attention_head_dim=8, resnet_time_scale_shift="scale_shift",
                       down_block_types=(SD, AD), up_block_types=(AU, SU), center_input_sample=True), [0, 999], None),
    "no-mid": (dict(sample_size=8, in_channels=2, out_channels=1, layers_per_block=1, block_out_channels=(8, 16), norm_num_groups=4, attention_head_dim=6,
                    down_block_types=(AD, D), up_block_types=(U, AU), mid_block_type=None, center_input_sample=True, dropout=0.3, act_fn="relu", freq_shift=1,
                    norm_eps=1e-3, downsample_padding=0, downsample_type="resnet"), [7, 850], None),
    "learned": (dict(sample_size=8, in_channels=1, out_channels=1, layers_per_block=1, block_out_channels=(8, 12), norm_num_groups=4, attention_head_dim=4,
                     down_block_types=(RD, AD), up_block_types=(RU, AU), resnet_time_scale_shift="scale_shift", attn_norm_num_groups=2, mid_block_scale_factor=2.0,
                     time_embedding_type="learned", num_train_timesteps=20, time_embedding_dim=24, act_fn="mish"), [0, 19], None),
    "timestep-class": (dict(sample_size=8, in_channels=1, out_channels=1, layers_per_block=1, block_out_channels=(8, 12), norm_num_groups=4, attention_head_dim=4,
                            down_block_types=(AD, RD), up_block_types=(AU, RU), class_embed_type="timestep", act_fn="swish", upsample_type="resnet",
                            downsample_padding=0), [11, 500], [1, 4]),
    "identity-class": (dict(sample_size=(8, 4), in_channels=1, out_channels=2, layers_per_block=2, block_out_channels=(9, 12), norm_num_groups=3, attention_head_dim=None,
                            down_block_types=(RD, D), up_block_types=(AU, U), class_embed_type="identity", flip_sin_to_cos=False, resnet_time_scale_shift="default",
                            attn_norm_num_groups=4), [1, 2], "vectors"),
}
for name, (cfg, times, labels) in MORE.items():
    net = UNet2DModel(**cfg)
    net.eval()
    with torch.no_grad():
        for key, w in net.state_dict().items():
            w.copy_(wave(key, tuple(w.shape)))
    size = cfg["sample_size"] if isinstance(cfg["sample_size"], tuple) else (cfg["sample_size"],) * 2
    x = wave("io.x", (2, cfg.get("in_channels", 3), *size))
    c = wave("io.vector", (2, cfg["block_out_channels"][0] * 4)) if labels == "vectors" else None if labels is None else torch.tensor(labels)
    y = net(x, torch.tensor(times), class_labels=c).sample
    torch.nn.functional.mse_loss(y, wave("io.target", tuple(y.shape))).backward()
    slopes = {k: [float((v.grad.double() * wave("slope." + k, tuple(v.shape)).double()).sum()), float(v.grad.double().norm())]
              for k, v in net.named_parameters() if v.requires_grad}
    state = net.state_dict()
    write(f"unet-more-{name}.json", {"config": dict(net.config), "times": [float(t) for t in times], "labels": labels if isinstance(labels, list) else None,
                                     "names": list(state), "shapes": [list(w.shape) for w in state.values()],
                                     "y": [float(f"{float(v):.9g}") for v in y.detach().flatten()], "slopes": slopes})
