"""Makes core.json: what models/training/motion computes for motions of the procedural generator, and what
its sampling makes of the graphs of models/tiny-random-motion.

    .venv-full/bin/python test/golden/motion/make_core.py

Turns are x, y, z, w as in the core.
"""

import json
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from tokenizers import Tokenizer

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
sys.path.insert(0, str(ROOT))

# E402: the checkout's own packages are found only after its folder is on the path.
from models.training.motion import measure  # noqa: E402
from models.training.motion.diffusion import TIMESTEPS, cosine_alphas  # noqa: E402
from models.training.motion.features import WIDTH, WINDOW, to_features  # noqa: E402
from models.training.motion.motion import contacts_of, faced_forward, joints_of, mirror  # noqa: E402
from models.training.motion.procedural.generator import generate  # noqa: E402

FRAMES = 24
BUNDLE = ROOT / "models" / "tiny-random-motion"
PROMPT, SEED, STEPS, GUIDANCE = "a person walks forward", 3, 5, 2.5


def numbers(values: np.ndarray) -> list[float]:
    return [float(f"{value:.7g}") for value in np.asarray(values, np.float64).flatten()]


def xyzw(turns: np.ndarray) -> np.ndarray:
    return turns[..., [1, 2, 3, 0]]


def motions() -> list[dict]:
    found = []
    for recipe in ("going", "turning", "jump"):
        whole = faced_forward(generate(9, 4, recipe))
        motion = type(whole)(whole.root[:FRAMES], whole.rotations[:FRAMES])
        skating, low = measure.skate_counts(motion)
        other = mirror(motion)
        found.append(
            {
                "recipe": recipe,
                "root": numbers(motion.root),
                "rotations": numbers(xyzw(motion.rotations)),
                "features": numbers(to_features(motion)),
                "joints": numbers(joints_of(motion)),
                "contacts": contacts_of(joints_of(motion)).astype(int).flatten().tolist(),
                "mirrored_root": numbers(other.root),
                "mirrored_joints": numbers(joints_of(other)),
                "skating": skating,
                "low": low,
                "jerk": measure.jerk(motion),
                "penetration": measure.penetration(motion),
            }
        )
    return found


def session(name: str) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(str(BUNDLE / f"{name}.onnx"), providers=["CPUExecutionProvider"])


def sampled() -> dict:
    """models/training/motion/model.py, sample, over the exported graphs."""
    tokenizer = Tokenizer.from_file(str(BUNDLE / "tokenizer" / "tokenizer.json"))
    tokenizer.no_padding()
    ids = np.array([tokenizer.encode(PROMPT).ids], np.int64)
    said = session("text_encoder").run(["text"], {"input_ids": ids})[0]
    denoiser = session("denoiser")
    x = torch.randn(1, WINDOW, WIDTH, generator=torch.Generator().manual_seed(SEED)).numpy()
    alphas = cosine_alphas().numpy()
    known, mask = np.zeros((1, WINDOW, WIDTH), np.float32), np.zeros((1, WINDOW, 4), np.float32)
    valid = np.ones((1, WINDOW), np.float32)
    # DPM-Solver++(2M) as arXiv 2211.01095 writes it: alpha_t and sigma_t are roots, lambda_t their log ratio.
    root_alphas, sigmas = np.sqrt(alphas.astype(np.float64)), np.sqrt(1 - alphas.astype(np.float64))
    lambdas = np.log(root_alphas / sigmas)
    before = None
    for now, after in pairwise(torch.linspace(TIMESTEPS - 1, 0, STEPS + 1).round().long().tolist()):
        feeds = {"sample": x, "timestep": np.array([now]), "observed": known, "given": mask, "valid": valid}
        clean = denoiser.run(["clean"], {**feeds, "text": said})[0]
        unsaid = denoiser.run(["clean"], {**feeds, "text": np.zeros_like(said)})[0]
        clean = unsaid + np.float32(GUIDANCE) * (clean - unsaid)
        h = lambdas[after] - lambdas[now]
        seen = clean
        if before is not None:
            r = (lambdas[now] - before[0]) / h
            seen = (1 + 1 / (2 * r)) * clean - 1 / (2 * r) * before[1]
        x = sigmas[after] / sigmas[now] * x - root_alphas[after] * (np.exp(-h) - 1) * seen
        x, before = x.astype(np.float32), (lambdas[now], clean)
    return {
        "prompt": PROMPT,
        "seed": SEED,
        "steps": STEPS,
        "guidance_scale": GUIDANCE,
        "ids": ids[0].tolist(),
        "text": numbers(said),
        "every": 97,
        "clean": numbers(clean.flatten()[::97]),
    }


def main() -> None:
    alphas = cosine_alphas()
    content = {
        "motions": motions(),
        "alphas": {str(t): float(alphas[t]) for t in (0, 1, 10, 100, 400, 500, 900, 990, 999)},
        "sample": sampled(),
    }
    (HERE / "core.json").write_text(json.dumps(content, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
