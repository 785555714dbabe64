"""Writes flow-match-euler.json: steps of diffusers' FlowMatchEulerDiscreteScheduler along a fixed velocity.

Run in an environment with torch and diffusers:
    python test/golden/diffusion/make_flow_match.py
"""

import json
from pathlib import Path

import torch
from diffusers import FlowMatchEulerDiscreteScheduler

START = [1.25, -0.5, 0.75, 2.0]
VELOCITY = [0.5, -1.5, 1.0, 0.25]


def golden(shift: float, steps: int) -> dict:
    scheduler = FlowMatchEulerDiscreteScheduler(num_train_timesteps=1000, shift=shift)
    scheduler.set_timesteps(steps)
    sample, samples = torch.tensor(START), []
    for timestep in scheduler.timesteps:
        sample = scheduler.step(torch.tensor(VELOCITY), timestep, sample).prev_sample
        samples.append(sample.tolist())
    return {
        "shift": shift,
        "steps": steps,
        "sigmas": scheduler.sigmas.tolist(),
        "timesteps": scheduler.timesteps.tolist(),
        "start": START,
        "velocity": VELOCITY,
        "samples": samples,
    }


if __name__ == "__main__":
    cases = [golden(shift, steps) for shift in (1.0, 3.0) for steps in (1, 4, 30)]
    path = Path(__file__).with_name("flow-match-euler.json")
    path.write_text(json.dumps(cases, separators=(",", ":")) + "\n")
