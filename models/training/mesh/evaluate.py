"""Measures a mesh bundle through the product's own pipeline: `python -m models.training.mesh.evaluate --data
DIR --bundle models/starter-mesh --judge JUDGE.safetensors --kept FOLDER`.

Asks the core (core/bench/make-meshes.ts) for meshes, judges them beside real models and writes
evaluation.json, samples.png and MODEL_CARD.md into the bundle. `--kept` keeps files and answers, so that
what was made once is not made again.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from .calibrate import ROOT
from .card import write_card
from .colours import NAMES, shares_of
from .judge import Judge, counted, load_judge, orders_of, real_cloud, real_models
from .judge_inputs import JudgeInputs
from .judge_kinds import group_of
from .models3d import read_models
from .prompts import PROGRAMS, SHEET, Request, judge_class, other_requests, vocabulary_requests
from .soundness import soundness, timings
from .views import Cloud, read_cloud, turned, visible_colours

MAKER = "core/bench/make-meshes.ts"
DRAWER = "core/bench/model-sheet.ts"
LODS = [0.5, 0.25]
SMALL = {"texture_size": 128, "lods": LODS}
"""Most meshes are made with small textures: what is measured of them does not depend on it."""
ROOMY = 512
COARSE = {"texture_size": 128, "target_triangles": 4000, "grid_resolution": 64, "lods": LODS}
"""What is made by `generated` in numbers: on a grid of 64 where the bundle's own is finer."""
WHOLE = {"texture_size": 1024, "target_triangles": 20_000}
TIMED = 3
"""Meshes of each source that are timed with textures of 1024², 20 000 triangles."""
CHROMATIC = set(NAMES) - {"white", "grey", "black"}
LEAST_SHARE = 0.2
CHAMFER_POINTS = 1500


def make(bundle: Path, requests: list[Request], kept: Path) -> None:
    """Has the core make the meshes, those that `kept` does not have yet, and puts the answers into the
    requests. What has more charts than a small texture has room for is made again with a larger one.

    Raises RuntimeError with the core's words if a request fails.
    """
    known = _answers(bundle, requests, kept)
    crowded = [one for one in requests if "no room" in known.get(one.key, {}).get("error", "")]
    for one in crowded:
        one.key += "-large"
        one.params["texture_size"] = ROOMY
    if crowded:
        known = _answers(bundle, requests, kept)
    for request in requests:
        answer = known.get(request.key)
        if answer is None or "error" in answer:
            raise RuntimeError(f"{request.params['prompt']}: {answer}")
        request.answer = answer


def _answers(bundle: Path, requests: list[Request], kept: Path) -> dict[str, Any]:
    kept.mkdir(parents=True, exist_ok=True)
    file = kept / "answers.jsonl"
    known: dict[str, Any] = {}
    for line in file.read_text().splitlines() if file.exists() else []:
        known.update(json.loads(line))
    missing = list({one.key: one for one in requests if one.key not in known}.values())
    if not missing:
        return known
    head = json.dumps({"bundle": str(bundle.resolve()), "out": str((kept / "glb").resolve())})
    lines = [head, *(json.dumps({"key": one.key, "params": one.params}) for one in missing)]
    command = ["node", "--import", "tsx", MAKER]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as maker:
        if maker.stdin is None or maker.stdout is None:
            raise RuntimeError("The maker has no pipes.")
        maker.stdin.write("\n".join(lines) + "\n")
        maker.stdin.close()
        answers = (line for line in maker.stdout if line.startswith("{"))
        with file.open("a") as out:
            for request, line in zip(missing, answers, strict=False):
                known[request.key] = json.loads(line)
                out.write(json.dumps({request.key: known[request.key]}) + "\n")
                out.flush()
    return known


def is_coloured(colours: dict[str, float], asked: str) -> bool:
    """Says whether a thing counts as `asked`: its greatest colour, or for a colour proper the greatest beside
    white, grey and black, from LEAST_SHARE on.
    """
    if next(iter(colours)) == asked:
        return True
    proper = [name for name in colours if name in CHROMATIC]
    return asked in CHROMATIC and proper[:1] == [asked] and colours[asked] >= LEAST_SHARE


def colours_of(cloud: Cloud) -> dict[str, float]:
    """Gives the shares of named colours over all that the four views show."""
    seen = visible_colours(cloud)
    return shares_of(seen, np.ones(len(seen)))


def real_colours(data: Path) -> dict[str, Any]:
    """Measures the colour measure on real models whose name says one colour word of the vocabulary."""
    words = {**{name: name for name in NAMES}, "golden": "yellow", "gray": "grey"}
    right, count = 0, 0
    for model in read_models(data):
        head = model.name.lower().split(" with ")[0].split()
        named = [words[word] for word in head[:-1] if word in words]
        if len(named) != 1 or "details" in model.name or "patterned" in model.name:
            continue
        count += 1
        right += is_coloured(colours_of(real_cloud(model)), named[0])
    return {"right": round(right / count, 3), "models": count}


def inputs_of(requests: list[Request], kept: Path) -> dict[str, NDArray[np.float32]]:
    """Gives what the judge is told of each mesh, [INPUTS], by the key of its request; `kept` (.npz) keeps
    it by the hash of the file.
    """
    known: dict[str, NDArray[np.float32]] = {}
    if kept.exists():
        with np.load(kept) as file:
            known = dict(zip(file["hashes"].tolist(), file["inputs"], strict=True))
    eyes = JudgeInputs()
    found = {}
    for request in requests:
        file = Path(request.answer["file"])
        name = hashlib.sha256(file.read_bytes()).hexdigest()
        if name not in known:
            known[name] = eyes.of_file(file)
        found[request.key] = known[name]
    np.savez(kept, hashes=np.array(list(known)), inputs=np.stack(list(known.values())))
    return found


def recognised(
    judge: Judge, requests: list[Request], inputs: dict[str, NDArray[np.float32]], held_out: dict[str, Any]
) -> dict[str, Any] | None:
    """Gives how often the judge says what was asked for, kinds and groups of them, over the requests that it
    has a kind for; None if it has one for none.
    """
    asked = [request for request in requests if request.judged in judge.classes]
    if not asked:
        return None
    packs = [
        request.answer["origin"].get("model", {}).get("id", "").split("/")[0] or None for request in asked
    ]
    scores = judge.scores(np.stack([inputs[request.key] for request in asked]), packs)
    kinds, groups = orders_of(scores, judge.classes)
    labels = [str(request.judged) for request in asked]
    wide = [group_of(label) for label in labels]
    return {
        "prompts": len(requests),
        **_hits(labels, kinds, held_out["known_classes"]),
        "groups": _hits(wide, groups, held_out["groups"]["known_classes"]),
        "wrong": [
            {"key": request.key, "prompt": request.params["prompt"], "said": order}
            for request, label, order in zip(asked, wide, groups, strict=True)
            if order[0] != label
        ],
    }


def _hits(labels: list[str], orders: list[list[str]], known: list[str]) -> dict[str, Any]:
    found = counted(labels, orders)
    sure = [order[0] == label for label, order in zip(labels, orders, strict=True) if label in known]
    return {
        "meshes": found["models"],
        "right": found["top1"],
        "right_top3": found["top3"],
        "meshes_of_known_classes": len(sure),
        "right_of_known_classes": round(float(np.mean(sure)), 3) if sure else None,
        "by_class": found["top1_by_class"],
        "most_frequent_errors": found["most_frequent_errors"],
    }


def named(requests: list[Request]) -> dict[str, Any]:
    """Gives how often the source that answered says itself that it made what was asked for."""
    hits = []
    for request in requests:
        origin = request.answer["origin"]
        words = f"{origin.get('category', '')} {origin.get('model', {}).get('name', '')}".split()
        hits.append(set(request.noun.split()) <= set(words))
    return {"meshes": len(hits), "right": round(float(np.mean(hits)), 3)}


def coloured(requests: list[Request], clouds: list[Cloud]) -> dict[str, Any]:
    """Gives how often a thing has the colour that was asked for."""
    found = [
        (request, is_coloured(colours_of(cloud), request.colour))
        for request, cloud in zip(requests, clouds, strict=True)
        if request.colour is not None
    ]
    by_colour: dict[str, list[int]] = defaultdict(list)
    for request, hit in found:
        by_colour[str(request.colour)].append(int(hit))
    return {
        "meshes": len(found),
        "right": round(float(np.mean([hit for _, hit in found])), 3) if found else None,
        "by_colour": {name: [sum(hits), len(hits)] for name, hits in sorted(by_colour.items())},
    }


def thinned(cloud: Cloud) -> NDArray[np.float64]:
    """Gives CHAMFER_POINTS points, the longest side 1, centred."""
    points = cloud.positions[:CHAMFER_POINTS]
    low, high = points.min(0), points.max(0)
    return (points - (low + high) / 2) / (high - low).max()


def chamfer(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Gives the mean distance to the nearest point of the other, both ways averaged."""
    return float((cKDTree(a).query(b)[0].mean() + cKDTree(b).query(a)[0].mean()) / 2)


def distances(requests: list[Request], clouds: list[Cloud], data: Path) -> dict[str, Any]:
    """Gives Chamfer distances of generated meshes to the nearest real model of their class, seen in training
    and held out from it, over turns by 90°; beside them those of held-out models to training.
    """
    by_class: dict[str, list[tuple[bool, NDArray[np.float64]]]] = defaultdict(list)
    asked = {request.judged for request in requests}
    for model, name in real_models(data):
        if name not in asked:
            continue
        by_class[name].append((model.held_out, thinned(real_cloud(model))))
    result: dict[str, list[float]] = {"to_training": [], "to_held_out": [], "held_out_to_training": []}

    def nearest(cloud: Cloud, others: list[NDArray[np.float64]]) -> float:
        turns = [thinned(turned(cloud, quarter * np.pi / 2)) for quarter in range(4)]
        return min(chamfer(turn, other) for turn in turns for other in others)

    for request, cloud in zip(requests, clouds, strict=True):
        known = by_class.get(str(request.judged), [])
        seen = [points for held, points in known if not held]
        held = [points for is_held, points in known if is_held]
        if seen:
            result["to_training"].append(nearest(cloud, seen[:12]))
        if held:
            result["to_held_out"].append(nearest(cloud, held))
    for known in by_class.values():
        seen = [points for held, points in known if not held][:12]
        for is_held, points in known:
            if is_held and seen:
                result["held_out_to_training"].append(min(chamfer(points, other) for other in seen))
    return {
        name: {
            "meshes": len(found),
            "median": round(float(np.median(found)), 4),
            "least": round(min(found), 4),
        }
        for name, found in result.items()
        if found
    }


def sheet_requests() -> list[Request]:
    """Gives the requests of the sample sheet."""
    return [
        Request(
            f"sheet-{number}",
            {
                "prompt": prompt,
                "seed": 1,
                "source": "auto",
                "preview": {"every_steps": 0},
                "texture_size": 512,
            },
            "",
            None,
            None,
        )
        for number, prompt in enumerate(SHEET)
    ]


def coloured_requests(categories: Sequence[str], each: int) -> list[Request]:
    """Gives `each` requests of every category for `generated`, none of them without a colour."""
    made = vocabulary_requests(categories, "generated", each + 1, COARSE)
    return [one for one in made if not one.key.endswith("-0")]


def draw(requests: list[Request], file: Path, columns: int = 8, cell: int = 160) -> None:
    """Draws the meshes into one picture, row by row."""
    names = "\n".join(request.answer["file"] for request in requests) + "\n"
    command = ["node", "--import", "tsx", DRAWER, str(file.resolve()), str(cell), str(columns)]
    subprocess.run(command, input=names, text=True, cwd=ROOT, timeout=1200, check=True)


def main() -> None:
    """Runs the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with index.jsonl")
    parser.add_argument("--bundle", type=Path, required=True)
    parser.add_argument("--judge", type=Path, required=True)
    parser.add_argument("--kept", type=Path, required=True, help="folder for files and answers")
    parser.add_argument("--each", type=int, default=4, help="prompts of each category, source auto")
    parser.add_argument("--generated", type=int, default=1, help="coloured prompts of each category")
    parser.add_argument("--others", type=int, default=80, help="prompts for things that only the library has")
    parser.add_argument("--known", type=int, default=10, help="prompts of each category that the judge knows")
    options = parser.parse_args()
    manifest = json.loads((options.bundle / "bundle.json").read_text())["mesh_diffusion"]
    sizes = {one["name"]: one["size_m"] for one in manifest["categories"]}
    judge, held_out = load_judge(options.judge)
    known = [name for name in PROGRAMS if judge_class(name) in held_out["known_classes"]]
    groups = {
        "auto": [
            *vocabulary_requests(PROGRAMS, "auto", options.each, SMALL),
            *other_requests(options.others, SMALL),
        ],
        "generated": coloured_requests(PROGRAMS, options.generated),
        "known auto": vocabulary_requests(known, "auto", options.known, SMALL),
        "known generated": coloured_requests(known, options.known),
        "timed": [
            one
            for source in ("parametric", "library", "generated")
            for one in vocabulary_requests(["chair", "house", "car"][:TIMED], source, 1, WHOLE)
        ],
        "sheet": sheet_requests(),
    }
    for one in groups["timed"]:
        one.key = f"timed-{one.key}"
    make(options.bundle, [one for found in groups.values() for one in found], options.kept)
    auto, generated = groups["auto"], groups["generated"]
    judged_too = [*groups["known auto"], *groups["known generated"]]
    inputs = inputs_of([*auto, *generated, *judged_too], options.kept / "inputs.npz")
    clouds = {
        name: [read_cloud(Path(one.answer["file"])) for one in groups[name]] for name in ("auto", "generated")
    }
    by_source: dict[str, list[Request]] = defaultdict(list)
    for one in [*auto, *generated]:
        by_source[one.answer["origin"]["source"]].append(one)
    asked = {
        "auto": auto,
        **{
            source: [one for one in auto if one.answer["origin"]["source"] == source]
            for source in ("parametric", "library")
        },
        "generated": generated,
        "known auto": groups["known auto"],
        "known generated": groups["known generated"],
    }
    judged = {name: recognised(judge, found, inputs, held_out) for name, found in asked.items()}
    evaluation = {
        "prompts": len(auto),
        "answered_by": dict(Counter(one.answer["origin"]["source"] for one in auto)),
        "judge": held_out,
        "category": {name: found for name, found in judged.items() if found is not None},
        "named": {"auto": named(auto)},
        "colour": {
            "real": real_colours(options.data),
            "auto": coloured(auto, clouds["auto"]),
            "generated": coloured(generated, clouds["generated"]),
        },
        "soundness": {source: soundness(found, sizes) for source, found in by_source.items()},
        "chamfer": distances(generated, clouds["generated"], options.data),
        "timings": timings(groups["timed"]),
        "generated_sheet": [one.params["prompt"] for one in generated],
        "sheet": [
            {"prompt": prompt, "source": one.answer["origin"]["source"]}
            for prompt, one in zip(SHEET, groups["sheet"], strict=True)
        ],
    }
    (options.bundle / "evaluation.json").write_text(json.dumps(evaluation, indent=1) + "\n")
    draw(groups["sheet"], options.bundle / "samples.png")
    draw(generated, options.bundle / "generated.png", columns=10, cell=100)
    write_card(options.bundle)
    summary = {name: evaluation[name] for name in ("answered_by", "category", "colour", "soundness")}
    print(json.dumps(summary, indent=1))


if __name__ == "__main__":
    main()
