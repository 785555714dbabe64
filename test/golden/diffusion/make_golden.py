"""Makes the golden files of test/diffusion from torch and diffusers.

    .venv-full/bin/python test/golden/diffusion/make_golden.py

The model's output is made from noise and the sample in float32, so that no network is needed:
output = randn(seed 1000 + step) + 0.25 * scaled sample.
"""

import hashlib
import json
import platform
from pathlib import Path

import diffusers
import numpy
import torch

HERE = Path(__file__).parent
VERSIONS = {"torch": torch.__version__, "diffusers": diffusers.__version__, "numpy": numpy.__version__}
SAMPLE = 32


def numbers(tensor: torch.Tensor) -> list[float]:
    return [float(f"{value:.9g}") for value in tensor.flatten().tolist()]


def save(name: str, content: dict) -> None:
    text = json.dumps({"versions": VERSIONS, "machine": platform.machine(), **content}, separators=(",", ":"))
    (HERE / name).write_text(text + "\n")


def randn() -> None:
    """Calls of several sizes on one generator, one after the other; long ones by head and tail."""
    calls = [1, 3, 15, 16, 17, 31, 32, 64, 100, 5, 4 * 8 * 8, 4 * 64 * 64, 4 * 96 * 72 + 3, 7, 100_003]
    cases = []
    for seed in (0, 1, 42, 1234567890, 2**31, 2**32 - 1):
        generator = torch.Generator().manual_seed(seed)
        results = []
        for count in calls:
            drawn = torch.randn(count, generator=generator)
            shown = drawn if count <= 40 else torch.cat([drawn[:20], drawn[-20:]])
            results.append(
                {
                    "count": count,
                    "values": numbers(shown),
                    "sha256": hashlib.sha256(drawn.numpy().tobytes()).hexdigest(),
                }
            )
        cases.append({"seed": seed, "calls": results})
    save("randn.json", {"cases": cases})


SCHEDULERS = {
    "ddim": (diffusers.DDIMScheduler, {"clip_sample": False, "set_alpha_to_one": False}),
    "euler": (diffusers.EulerDiscreteScheduler, {}),
    "euler_ancestral": (diffusers.EulerAncestralDiscreteScheduler, {}),
    "dpmpp_2m": (diffusers.DPMSolverMultistepScheduler, {}),
    "dpmpp_2m_karras": (diffusers.DPMSolverMultistepScheduler, {"use_karras_sigmas": True}),
    "unipc": (diffusers.UniPCMultistepScheduler, {}),
    "lcm": (diffusers.LCMScheduler, {"set_alpha_to_one": False}),
}
BETAS = {
    "scaled_linear": {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"},
    "linear": {"beta_start": 0.0001, "beta_end": 0.02, "beta_schedule": "linear"},
    "squaredcos_cap_v2": {"beta_start": 0.0001, "beta_end": 0.02, "beta_schedule": "squaredcos_cap_v2"},
    "zero_snr": {
        "beta_start": 0.00085,
        "beta_end": 0.012,
        "beta_schedule": "scaled_linear",
        "rescale_betas_zero_snr": True,
    },
}


def run(name: str, config: dict, steps: int, begin: int, eta: float) -> dict:
    cls, extra = SCHEDULERS[name]
    scheduler = cls(**{**extra, **config})
    scheduler.set_timesteps(steps)
    if hasattr(scheduler, "set_begin_index"):
        scheduler.set_begin_index(begin)
    generator = torch.Generator().manual_seed(7)
    noise = torch.randn(1, 2, 4, 4, generator=generator)
    timesteps = scheduler.timesteps[begin:]
    if begin == 0:
        sample = noise * scheduler.init_noise_sigma
    else:
        original = torch.randn(1, 2, 4, 4, generator=torch.Generator().manual_seed(8))
        sample = scheduler.add_noise(original, noise, timesteps[:1])
    start = sample
    for i, t in enumerate(timesteps):
        scaled = scheduler.scale_model_input(sample, t)
        output = torch.randn(1, 2, 4, 4, generator=torch.Generator().manual_seed(1000 + i)) + 0.25 * scaled
        kwargs = {"eta": eta} if name == "ddim" else {}
        if name in ("ddim", "euler_ancestral", "lcm"):
            kwargs["generator"] = generator
        sample = scheduler.step(output, t, sample, **kwargs).prev_sample
    return {
        "scheduler": name,
        "config": {**extra, **config},
        "steps": steps,
        "begin": begin,
        "eta": eta,
        "timesteps": [float(f"{t:.9g}") for t in scheduler.timesteps.tolist()],
        "start": numbers(start),
        "end": numbers(sample),
    }


def schedulers() -> None:
    cases = []
    for name in SCHEDULERS:
        for prediction_type in ("epsilon", "v_prediction", "sample"):
            if name == "euler_ancestral" and prediction_type == "sample":
                continue  # diffusers does not have it
            for betas, beta_config in BETAS.items():
                if betas == "zero_snr" and prediction_type == "epsilon":
                    continue  # x_0 cannot be told from pure noise
                for spacing in ("leading", "trailing", "linspace"):
                    steps = 8 if betas == "scaled_linear" else 5
                    config = {**beta_config, "prediction_type": prediction_type}
                    if name != "lcm":
                        config |= {
                            "timestep_spacing": spacing,
                            "steps_offset": 1 if spacing == "leading" else 0,
                        }
                    elif spacing != "leading":
                        continue
                    cases.append(run(name, config, steps, 0, 0.0))
                    if betas == "scaled_linear" and spacing == "leading":
                        cases.append(run(name, config, steps, 3, 0.0))
                        cases.append(run(name, config, 20, 0, 0.0))
                        cases.append(run(name, config, 1, 0, 0.0))
                        if name == "ddim":
                            cases.append(run(name, config, steps, 0, 0.7))
                            cases.append(run(name, {**config, "clip_sample": True}, steps, 0, 1.0))
                            cases.append(run(name, {**config, "set_alpha_to_one": True}, steps, 2, 0.0))
    save("schedulers.json", {"cases": cases})


def noise_schedules() -> None:
    """alphas_cumprod by the SHA-256 of its float32 bytes (little endian) and a few values to look at."""
    cases = []
    for config in BETAS.values():
        for train in (1000, 250):
            scheduler = diffusers.DDIMScheduler(**config, num_train_timesteps=train)
            values = scheduler.alphas_cumprod
            cases.append(
                {
                    "config": {**config, "num_train_timesteps": train},
                    "sha256": hashlib.sha256(values.numpy().tobytes()).hexdigest(),
                    "some": numbers(values[[0, 1, train // 2, -2, -1]]),
                }
            )
    save("noise-schedules.json", {"cases": cases})


if __name__ == "__main__":
    randn()
    schedulers()
    noise_schedules()
