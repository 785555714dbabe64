"""Makes cases.json and the input pictures of this folder: what diffusers gives for models/tiny-random-sd.

.venv-full/bin/python test/golden/diffusers/make_goldens.py
"""

from __future__ import annotations

import base64
import json
import platform
import sys
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
sys.path.insert(0, str(ROOT))

# E402: the checkout's own packages are found only after its folder is on the path.
from models.export.tiny_pipeline import build_tiny_pipeline  # noqa: E402
from models.parity.cases import make_cases, write_inputs  # noqa: E402
from models.parity.reference import run_reference  # noqa: E402
from models.parity.same_weights import check_same_weights  # noqa: E402

SEED = 1000
PROMPT = "a wooden chair in a sunlit room, oil painting"
NEGATIVE_PROMPT = "blurry, lowres"
IMAGES_OF = (
    "ddim, text-to-image, 0 controls",
    "euler, inpaint, 2 controls",
    "odd latent size",
    "three images",
)
"""Cases whose pictures are kept too."""


def main() -> None:
    """Runs every case; takes about a minute."""
    tiny = build_tiny_pipeline()
    check_same_weights(tiny, ROOT / "models" / "tiny-random-sd")
    write_inputs(HERE, SEED)
    results = []
    for case in make_cases(SEED, PROMPT, NEGATIVE_PROMPT):
        result = run_reference(tiny, case["params"], HERE)
        entry = {
            **case,
            "timesteps": result.timesteps,
            "shape": list(result.latents.shape),
            "largest": round(float(abs(result.latents).max()), 3),
            "latents": base64.b64encode(result.latents.tobytes()).decode(),
        }
        if case["name"] in IMAGES_OF:
            entry["image"] = base64.b64encode(result.image.tobytes()).decode()
        results.append(entry)
        print(f"{case['name']}: largest latent {entry['largest']}")
    versions = {name: version(name) for name in ("torch", "diffusers", "transformers", "numpy", "pillow")}
    head = {
        "made_by": "test/golden/diffusers/make_goldens.py",
        "machine": platform.machine(),
        "versions": versions,
    }
    lines = ",\n".join(json.dumps(entry) for entry in results)
    text = json.dumps(head)[:-1] + f', "bundle": "tiny-random-sd", "cases": [\n{lines}\n]}}\n'
    (HERE / "cases.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
