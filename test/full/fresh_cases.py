"""Makes a bundle of fresh random weights and cases.json beside it, with what diffusers gives for them.

    python test/full/fresh_cases.py --seed N --out DIR

DIR gets `bundle/`, the input pictures and `cases.json` in the form of test/golden/diffusers. The model sets
its timestep spacing, which that of the golden files does not.
"""

from __future__ import annotations

import argparse
import base64
import json
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from models.export.bundle import BundleFacts
from models.export.pipeline_folder import ControlNetFolder, load_pipeline
from models.export.stable_diffusion_bundle import ExportOptions, export_bundle
from models.export.tiny_pipeline import build_tiny_pipeline
from models.parity.cases import make_cases, write_inputs
from models.parity.reference import run_reference

KINDS = ("depth", "normal", "lineart")
FACTS = BundleFacts(
    id="fresh-random-sd",
    name="Fresh random weights",
    version="1.0.0",
    description="Made by the full tests.",
    purpose="test",
    made_by="test/full/fresh_cases.py",
    licence={"spdx": "Apache-2.0", "commercial_use": True},
    training_data=[],
)


def main() -> None:
    """Writes the folder; takes about a minute."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    out: Path = args.out
    tiny = build_tiny_pipeline(seed=args.seed, merges=3000, timestep_spacing="leading")
    with tempfile.TemporaryDirectory() as scratch:
        tiny.save(Path(scratch))
        nets = [ControlNetFolder(kind, Path(scratch) / f"controlnet-{kind}") for kind in KINDS]
        parts = load_pipeline(Path(scratch) / "pipeline", nets, Path(scratch) / "taesd")
        export_bundle(parts, out / "bundle", FACTS, ExportOptions(max_size=1024))
    write_inputs(out, args.seed)
    cases = []
    for case in make_cases(args.seed, f"a stone tower number {args.seed}, morning fog", "cartoon, text"):
        result = run_reference(tiny, case["params"], out)
        latents = {
            "largest": float(abs(result.latents).max()),
            "latents": base64.b64encode(result.latents.tobytes()).decode(),
        }
        cases.append({**case, "timesteps": result.timesteps, "shape": list(result.latents.shape), **latents})
    (out / "cases.json").write_text(json.dumps({"cases": cases}), encoding="utf-8")


if __name__ == "__main__":
    main()
