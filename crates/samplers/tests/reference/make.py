"""Trajectories of other people's samplers, for the tests of ito-samplers to read.

    pip install diffusers==0.42.1 torch==2.11.0
    python make.py [--seed 0] [--out .]

samplers.json    whole trajectories of diffusers' schedulers, driven by an exact model: the data are one
                 Gaussian N(mu, s^2) in 4 dimensions, so the ideal noise prediction is linear in x,
                     eps(x, t) = sigma_t (x - alpha_t mu) / (alpha_t^2 s^2 + sigma_t^2)
                 with alpha_t = sqrt(alphas_cumprod[t]) and sigma_t = sqrt(1 - alphas_cumprod[t]).
                 Every trajectory starts from the same x_T; where a sampler draws noise, the draws are listed.
                 diffusers' tables are float32: re-computed in float64 the linear runs agree to 1e-6 of their largest
                 value, the cosine ones to 1e-3, because the last cosine entries carry a relative error of 1e-4
edm.json         the Heun sampler of Karras et al. 2022 (algorithms 1 and 2) for the same data
"""
import argparse, json, math, os
import torch==2.11.0
from diffusers import (DDIMScheduler, DDPMScheduler, DPMSolverMultistepScheduler, EulerAncestralDiscreteScheduler,
                       EulerDiscreteScheduler, HeunDiscreteScheduler, PNDMScheduler, UniPCMultistepScheduler)

p = argparse.ArgumentParser()
p.add_argument("--seed", type=int, default=0)
p.add_argument("--out", default=os.path.dirname(os.path.abspath(__file__)))
a = p.parse_args()
torch.manual_seed(a.seed)
torch.set_default_dtype(torch.float64)


def write(name, obj):
    with open(os.path.join(a.out, name), "w") as f:
        json.dump(obj, f, indent=0)


lst = lambda x: [float(v) for v in x]

mu = torch.randn(4) * 1.5
sd = 0.3 + torch.rand(4)
x_T = torch.randn(2, 4)
acp = None


def eps_model(x, ab):
    al, sg = math.sqrt(ab), math.sqrt(1 - ab)
    return sg * (x - al * mu) / (al * al * sd * sd + sg * sg)


def acp_at(acp, t):
    """alphas_cumprod at a possibly fractional timestep, as k-diffusion style schedulers interpolate log sigma."""
    t = float(t)
    lo = int(math.floor(t)); hi = min(lo + 1, len(acp) - 1); w = t - lo
    if w < 1e-9:
        return float(acp[lo])
    ls = lambda i: 0.5 * math.log((1 - float(acp[i])) / float(acp[i]))
    sig = math.exp((1 - w) * ls(lo) + w * ls(hi))
    return 1 / (1 + sig * sig)


trajectories = []


def run(name, sched, n, noises=False, sigma_space=False, **kw):
    sched.set_timesteps(n)
    acp = sched.alphas_cumprod.double()
    x = x_T.clone() * (float(sched.init_noise_sigma) if sigma_space else 1.0)
    path, draws = [x.tolist()], []
    gen = torch.Generator().manual_seed(a.seed + 1)
    for i, t in enumerate(sched.timesteps):
        xin = sched.scale_model_input(x, t)
        e = eps_model(xin, acp_at(acp, t))
        if noises:
            before = gen.get_state()
            out = sched.step(e, t, x, generator=gen, **kw).prev_sample
            after = gen.get_state()
            gen2 = torch.Generator(); gen2.set_state(before)
            draws.append(torch.randn(x.shape, generator=gen2, dtype=x.dtype).tolist() if not torch.equal(before, after) else None)
            x = out
        else:
            x = sched.step(e, t, x, **kw).prev_sample
        path.append(x.tolist())
    trajectories.append({"name": name, "steps": n, "timesteps": lst(sched.timesteps), "path": path, "noise": draws or None,
                         "sigmas": lst(sched.sigmas) if hasattr(sched, "sigmas") else None,
                         "config": {k: v for k, v in sched.config.items() if isinstance(v, (int, float, str, bool)) and not k.startswith("_")}})


for beta in ("linear", "squaredcos_cap_v2"):
    for n in (7, 20):
        run("ddim", DDIMScheduler(beta_schedule=beta, clip_sample=False, set_alpha_to_one=False), n)
        run("ddim eta=1", DDIMScheduler(beta_schedule=beta, clip_sample=False, set_alpha_to_one=False), n, noises=True, eta=1.0)
        run("ddpm", DDPMScheduler(beta_schedule=beta, clip_sample=False, variance_type="fixed_small"), n, noises=True)
        run("euler", EulerDiscreteScheduler(beta_schedule=beta), n, sigma_space=True)
        run("euler karras", EulerDiscreteScheduler(beta_schedule=beta, use_karras_sigmas=True), n, sigma_space=True)
        run("euler ancestral", EulerAncestralDiscreteScheduler(beta_schedule=beta), n, noises=True, sigma_space=True)
        run("heun", HeunDiscreteScheduler(beta_schedule=beta), n, sigma_space=True)
        run("pndm", PNDMScheduler(beta_schedule=beta, skip_prk_steps=True), n)
        for order in (1, 2, 3):
            run(f"dpmsolver++ order {order}", DPMSolverMultistepScheduler(beta_schedule=beta, solver_order=order, final_sigmas_type="zero"), n)
        run("sde-dpmsolver++ order 2", DPMSolverMultistepScheduler(beta_schedule=beta, solver_order=2, algorithm_type="sde-dpmsolver++", final_sigmas_type="zero"), n, noises=True)
        torch.set_default_dtype(torch.float32)          # diffusers' UniPC mixes precisions: compare these to 1e-4
        x64, mu64, sd64 = x_T, mu, sd
        x_T, mu, sd = x_T.float(), mu.float(), sd.float()
        for order in (1, 2, 3):
            run(f"unipc order {order} float32", UniPCMultistepScheduler(beta_schedule=beta, solver_order=order), n)
        x_T, mu, sd = x64, mu64, sd64
        torch.set_default_dtype(torch.float64)
write("samplers.json", {"mu": lst(mu), "s": lst(sd), "x_T": x_T.tolist(), "trajectories": trajectories})

# Karras et al. 2022, sigma-space (x = x0 + sigma n); D(x, sigma) is the posterior mean of the same Gaussian.
D = lambda x, s: (x * sd * sd + s * s * mu) / (sd * sd + s * s)


def edm(n, churn=0.0, s_min=0.05, s_max=50.0, s_noise=1.003, lo=0.002, hi=80.0, rho=7.0):
    i = torch.arange(n)
    ts = (hi ** (1 / rho) + i / (n - 1) * (lo ** (1 / rho) - hi ** (1 / rho))) ** rho
    ts = torch.cat([ts, torch.zeros(1)])
    gen = torch.Generator().manual_seed(a.seed + 2)
    x = x_T * ts[0]
    path, draws = [x.tolist()], []
    for k in range(n):
        t, t1 = ts[k], ts[k + 1]
        g = min(churn / n, math.sqrt(2) - 1) if s_min <= t <= s_max else 0.0
        z = torch.randn(x.shape, generator=gen, dtype=x.dtype)
        draws.append(z.tolist())
        th = t + g * t
        xh = x + (th * th - t * t).clamp(min=0).sqrt() * s_noise * z
        d = (xh - D(xh, th)) / th
        x = xh + (t1 - th) * d
        if k < n - 1:
            d2 = (x - D(x, t1)) / t1
            x = xh + (t1 - th) * (d + d2) / 2
        path.append(x.tolist())
    return {"steps": n, "churn": churn, "s_min": s_min, "s_max": s_max, "s_noise": s_noise, "sigmas": lst(ts), "path": path, "noise": draws}


write("edm.json", {"mu": lst(mu), "s": lst(sd), "x_T": x_T.tolist(), "runs": [edm(18), edm(5), edm(32, churn=40.0)]})
