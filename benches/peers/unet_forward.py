"""The forward pass of diffusers' UNet2DModel and of this project's, in turn.

    python peers/unet_forward.py PROGRAM [--batch 64] [--rounds 15] [--rows 8] [--threads 2] [--modes eager,channels_last,compile]

PROGRAM is target/release/examples/unet_forward. Needs torch 2.11, diffusers 0.42 and safetensors. Every round runs each mode of the
peer once in f32 and in bf16 (autocast), and before each of them this project once; all work with the same weights on the same
threads. A table of medians says: the peer's milliseconds, ours beside it, and the ratio of each pair.
"""
import argparse, json, os, statistics, subprocess, sys, tempfile, time
import torch
from diffusers import UNet2DModel
from safetensors.torch import save_file

CONFIG = {
    "_class_name": "UNet2DModel", "sample_size": 28, "in_channels": 1, "out_channels": 1, "layers_per_block": 2,
    "block_out_channels": [32, 64, 64], "down_block_types": ["DownBlock2D", "AttnDownBlock2D", "DownBlock2D"],
    "up_block_types": ["UpBlock2D", "AttnUpBlock2D", "UpBlock2D"], "attention_head_dim": 8, "norm_num_groups": 32,
    "time_embedding_type": "positional", "downsample_padding": 1, "flip_sin_to_cos": True, "freq_shift": 0,
}

p = argparse.ArgumentParser()
p.add_argument("program")
p.add_argument("--batch", type=int, default=64)
p.add_argument("--rounds", type=int, default=15)
p.add_argument("--rows", type=int, default=8)
p.add_argument("--threads", type=int, default=2)
p.add_argument("--modes", default="eager,channels_last,compile")
a = p.parse_args()
torch.set_num_threads(a.threads)
torch.manual_seed(0)
net = UNet2DModel.from_config(CONFIG).eval()
x, t = torch.randn(a.batch, 1, 28, 28), torch.randint(0, 1000, (a.batch,))
with torch.no_grad():
    y = net(x, t).sample

folder = tempfile.mkdtemp()
with open(os.path.join(folder, "config.json"), "w") as f:
    json.dump(CONFIG, f)
save_file({k: w.contiguous() for k, w in net.state_dict().items()}, os.path.join(folder, "weights.safetensors"))
save_file({"x": x, "t": t, "y": y}, os.path.join(folder, "io.safetensors"))
ours = subprocess.Popen([a.program, folder, str(a.threads), str(a.rows)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def ask(what):
    ours.stdin.write(what + "\n")
    ours.stdin.flush()
    return [float(v) for v in ours.stdout.readline().split()]


def peer(mode):
    last = mode != "eager"
    own = UNet2DModel.from_config(CONFIG).eval()
    own.load_state_dict(net.state_dict())
    own = own.to(memory_format=torch.channels_last) if last else own
    call = torch.compile(own) if mode == "compile" else own
    seen = x.to(memory_format=torch.channels_last) if last else x

    def run(dtype):
        with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16, enabled=dtype == "bf16"):
            start = time.perf_counter()
            out = call(seen, t).sample
            return (time.perf_counter() - start) * 1e3, ((out.float() - y).abs().max() / y.abs().max()).item()

    return run


modes = {mode: peer(mode) for mode in a.modes.split(",")}
for run in modes.values():
    for dtype in ("f32", "bf16"):
        run(dtype), run(dtype)
for what in ("f32", "bf16", "product f32", "product bf16"):
    ask(what), ask(what)

seen = {}
for _ in range(a.rounds):
    for dtype in ("f32", "bf16"):
        seen.setdefault(("product", dtype), []).append(ask("product " + dtype))
        for mode, run in modes.items():
            mine = ask(dtype)
            theirs = run(dtype)
            seen.setdefault((mode, dtype), []).append((theirs[0], mine[0], theirs[0] / mine[0], theirs[1], mine[1]))
            print(mode, dtype, *theirs, *mine, file=sys.stderr, flush=True)
median = lambda rows, k: statistics.median(row[k] for row in rows)
for (mode, dtype), rows in seen.items():
    if mode == "product":
        print(f"matrix product {dtype}: {median(rows, 1):.0f} GFLOP/s, best {max(r[1] for r in rows):.0f}")
    else:
        print(f"{mode} {dtype}: peer {median(rows, 0):.1f} ms (off {rows[0][3]:.1e}), ours {median(rows, 1):.1f} ms"
              f" (off {rows[0][4]:.1e}, best {min(r[1] for r in rows):.1f}), ratio {median(rows, 2):.2f}")
ours.stdin.close()
