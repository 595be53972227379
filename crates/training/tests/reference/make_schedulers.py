"""schedulers.json: the scheduler_config.json that diffusers writes, and what its scheduler then computes.

    python make_schedulers.py            (torch 2.11, diffusers 0.42)

One entry a scheduler: its configuration as saved, alphas_cumprod (float32) at some timesteps, and the timesteps of 10 steps.
"""
import json, os, tempfile
import diffusers

HERE = os.path.dirname(os.path.abspath(__file__))
CASES = [
    ("DDPMScheduler", {}),
    ("DDPMScheduler", dict(variance_type="fixed_large", beta_schedule="squaredcos_cap_v2", prediction_type="v_prediction", clip_sample_range=2.0)),
    ("DDPMScheduler", dict(beta_schedule="sigmoid", num_train_timesteps=200, prediction_type="sample", thresholding=True, sample_max_value=1.5)),
    ("DDPMScheduler", dict(trained_betas=[0.01, 0.02, 0.04, 0.08, 0.1, 0.12, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6], num_train_timesteps=12)),
    ("DDIMScheduler", dict(beta_schedule="scaled_linear", beta_start=0.00085, beta_end=0.012, clip_sample=False, set_alpha_to_one=False, steps_offset=1)),
    ("DDIMScheduler", dict(rescale_betas_zero_snr=True, prediction_type="v_prediction", timestep_spacing="trailing")),
    ("PNDMScheduler", {}),
    ("DPMSolverMultistepScheduler", dict(beta_schedule="squaredcos_cap_v2")),
    ("DPMSolverMultistepScheduler", dict(algorithm_type="sde-dpmsolver++", use_karras_sigmas=True, thresholding=True)),
    ("DPMSolverMultistepScheduler", dict(solver_order=3, final_sigmas_type="sigma_min", timestep_spacing="leading")),
    ("EulerDiscreteScheduler", {}),
    ("EulerAncestralDiscreteScheduler", dict(timestep_spacing="trailing")),
    ("HeunDiscreteScheduler", dict(beta_schedule="scaled_linear", clip_sample=True)),
    ("UniPCMultistepScheduler", dict(solver_order=3)),
    ("FlowMatchEulerDiscreteScheduler", dict(shift=3.0)),
]
entries = []
for name, changes in CASES:
    scheduler = getattr(diffusers, name)(**changes)
    with tempfile.TemporaryDirectory() as folder:
        scheduler.save_pretrained(folder)
        text = open(os.path.join(folder, "scheduler_config.json")).read()
    entry = {"config": text, "alphas_cumprod": {}}
    bars = getattr(scheduler, "alphas_cumprod", None)
    if bars is not None:
        steps = len(bars)
        picked = sorted({0, 1, 2, steps // 3, steps // 2, (3 * steps) // 4, steps - 2, steps - 1})
        entry["alphas_cumprod"] = {str(i): float(bars[i]) for i in picked}
        scheduler.set_timesteps(10)
        entry["timesteps"] = [float(t) for t in scheduler.timesteps]
    entries.append(entry)
with open(os.path.join(HERE, "schedulers.json"), "w") as file:
    json.dump(entries, file, indent=1)
