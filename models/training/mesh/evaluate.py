"""Measures a mesh bundle through the product's own pipeline: `python -m models.training.mesh.evaluate --data
DIR --bundle models/starter-mesh --judge JUDGE.safetensors --kept FOLDER`.

Asks the core (core/bench/make-meshes.ts) for meshes, judges them beside real models and writes
evaluation.json, samples.png and MODEL_CARD.md into the bundle. `--kept` keeps files and answers, so that
what was made once is not made again.
"""

from __future__ import annotations

import argparse
import json
import subprocess
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from .calibrate import ROOT
from .card import write_card
from .colours import NAMES, shares_of
from .judge import Judge, load_judge, real_cloud, real_models
from .models3d import read_models
from .prompts import PROGRAMS, SHEET, Request, other_requests, vocabulary_requests
from .views import Cloud, read_cloud, turned, visible_colours

MAKER = "core/bench/make-meshes.ts"
DRAWER = "core/bench/model-sheet.ts"
SMALL = {"texture_size": 128}
"""Most meshes are made with small textures: what is measured of them does not depend on it."""
ROOMY = 512
COARSE = {"texture_size": 128, "target_triangles": 4000, "grid_resolution": 64}
"""What is made by `generated` in numbers: on a grid of 64 where the bundle's own is finer."""
WHOLE = {"texture_size": 1024, "target_triangles": 20_000}
TIMED = 3
"""Meshes of each source that are timed with textures of 1024², 20 000 triangles."""
TRUSTED, TRUSTED_MODELS = 0.4, 7
"""A class counts as one that the judge knows when it names this share of at least so many real models
rightly, of packs that it has not seen.
"""
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
    missing = [one for one in requests if one.key not in known]
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


def trusted(held_out: dict[str, Any]) -> dict[str, tuple[int, int]]:
    """Gives the classes that the judge knows, with how many real models it named rightly of how many."""
    return {
        name: (right, count)
        for name, (right, count) in held_out["top1_by_class"].items()
        if count >= TRUSTED_MODELS and right >= TRUSTED * count
    }


def recognised(
    judge: Judge, requests: list[Request], clouds: list[Cloud], known: dict[str, tuple[int, int]]
) -> dict[str, Any]:
    """Gives how often the judge says what was asked for, over the requests that it has a class for, and over
    those of the classes that it knows.
    """
    asked = [
        (request, cloud)
        for request, cloud in zip(requests, clouds, strict=True)
        if request.judged in judge.classes
    ]
    packs = [
        request.answer["origin"].get("model", {}).get("id", "").split("/")[0] or None for request, _ in asked
    ]
    scores = judge.scores([cloud for _, cloud in asked], packs)
    by_class: dict[str, list[int]] = defaultdict(list)
    third, said = [], Counter()
    for (request, _), row in zip(asked, scores, strict=True):
        order = [judge.classes[number] for number in np.argsort(-row)]
        by_class[str(request.judged)].append(int(order[0] == request.judged))
        third.append(request.judged in order[:3])
        if order[0] != request.judged:
            said[f"{request.judged} taken for {order[0]}"] += 1
    hits = [hit for found in by_class.values() for hit in found]
    sure = [hit for name, found in by_class.items() if name in known for hit in found]
    return {
        "meshes": len(hits),
        "classes": len(by_class),
        "meshes_of_known_classes": len(sure),
        "right_of_known_classes": round(float(np.mean(sure)), 3) if sure else None,
        "right": round(float(np.mean(hits)), 3),
        "right_top3": round(float(np.mean(third)), 3),
        "by_class": {name: [sum(found), len(found)] for name, found in sorted(by_class.items())},
        "most_frequent_errors": dict(said.most_common(12)),
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


def soundness(requests: list[Request], sizes: dict[str, list[float]]) -> dict[str, Any]:
    """Gives what the files are like as files and as surfaces."""
    answers = [request.answer for request in requests]

    def share(values: list[bool]) -> float:
        return round(float(np.mean(values)), 3)

    in_range = []
    for request in requests:
        category = request.answer["origin"].get("category")
        if category in sizes:
            least, greatest = sizes[category]
            in_range.append(0.8 * least <= max(request.answer["size_m"]) <= 1.25 * greatest)
    return {
        "meshes": len(answers),
        "validator_errors": sum(answer["errors"] for answer in answers),
        "validator_warnings": sum(answer["warnings"] for answer in answers),
        "over_budget": sum(
            answer["triangles"] > request.params.get("target_triangles", 20_000)
            for request, answer in zip(requests, answers, strict=True)
        ),
        "triangles_median": int(np.median([answer["triangles"] for answer in answers])),
        "one_component": share([answer["components"] == 1 for answer in answers]),
        "watertight": share([answer["watertight"] for answer in answers]),
        "manifold": share([answer["manifold"] for answer in answers]),
        "uv_overlapping": sum(answer["uv_overlapping"] for answer in answers),
        "uv_outside": sum(answer["uv_outside"] for answer in answers),
        "stands_on_ground": share([abs(answer["lowest_m"]) < 1e-3 for answer in answers]),
        "size_in_range": share(in_range) if in_range else None,
        "sizes_known": len(in_range),
        "kilobytes_median": round(float(np.median([answer["bytes"] for answer in answers])) / 1000),
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
    for model, name in real_models(data):
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


def timings(requests: list[Request]) -> dict[str, Any]:
    """Gives seconds and stages by source, textures of 1024², 20 000 triangles."""
    found: dict[str, Any] = {}
    for source in dict.fromkeys(request.answer["origin"]["source"] for request in requests):
        answers = [one.answer for one in requests if one.answer["origin"]["source"] == source]
        stages = sorted({stage for answer in answers for stage in answer["stages"]})
        found[source] = {
            "meshes": len(answers),
            "seconds_median": round(float(np.median([answer["ms"] for answer in answers])) / 1000, 1),
            "seconds_most": round(max(answer["ms"] for answer in answers) / 1000, 1),
            "stage_seconds_median": {
                stage: round(float(np.median([one["stages"].get(stage, 0) for one in answers])) / 1000, 2)
                for stage in stages
            },
        }
    found["peak_mb"] = max(request.answer["peak_mb"] for request in requests)
    return found


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
    options = parser.parse_args()
    manifest = json.loads((options.bundle / "bundle.json").read_text())["mesh_diffusion"]
    sizes = {one["name"]: one["size_m"] for one in manifest["categories"]}
    judge, held_out = load_judge(options.judge)
    groups = {
        "auto": [
            *vocabulary_requests(PROGRAMS, "auto", options.each, SMALL),
            *other_requests(options.others, SMALL),
        ],
        # The first of each category asks for no colour.
        "generated": [
            one
            for one in vocabulary_requests(PROGRAMS, "generated", options.generated + 1, COARSE)
            if not one.key.endswith("-0")
        ],
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
    known = trusted(held_out)
    held_out["known_classes"] = sorted(known)
    held_out["top1_of_known_classes"] = round(
        sum(right for right, _ in known.values()) / sum(count for _, count in known.values()), 3
    )
    clouds = {
        name: [read_cloud(Path(one.answer["file"])) for one in groups[name]] for name in ("auto", "generated")
    }
    auto = groups["auto"]
    by_source: dict[str, list[Request]] = defaultdict(list)
    for one in [*auto, *groups["generated"]]:
        by_source[one.answer["origin"]["source"]].append(one)
    rows = {
        source: [
            (request, cloud)
            for request, cloud in zip(auto, clouds["auto"], strict=True)
            if request.answer["origin"]["source"] == source
        ]
        for source in ("parametric", "library")
    }
    evaluation = {
        "prompts": len(auto),
        "answered_by": dict(Counter(one.answer["origin"]["source"] for one in auto)),
        "judge": held_out,
        "category": {
            "auto": recognised(judge, auto, clouds["auto"], known),
            **{
                source: recognised(judge, [one for one, _ in found], [cloud for _, cloud in found], known)
                for source, found in rows.items()
                if found
            },
            "generated": recognised(judge, groups["generated"], clouds["generated"], known),
        },
        "named": {"auto": named(auto)},
        "colour": {
            "real": real_colours(options.data),
            "auto": coloured(auto, clouds["auto"]),
            "generated": coloured(groups["generated"], clouds["generated"]),
        },
        "soundness": {source: soundness(found, sizes) for source, found in by_source.items()},
        "chamfer": distances(groups["generated"], clouds["generated"], options.data),
        "timings": timings(groups["timed"]),
        "generated_sheet": [one.params["prompt"] for one in groups["generated"]],
        "sheet": [
            {"prompt": prompt, "source": one.answer["origin"]["source"]}
            for prompt, one in zip(SHEET, groups["sheet"], strict=True)
        ],
    }
    (options.bundle / "evaluation.json").write_text(json.dumps(evaluation, indent=1) + "\n")
    draw(groups["sheet"], options.bundle / "samples.png")
    draw(groups["generated"], options.bundle / "generated.png", columns=10, cell=100)
    write_card(options.bundle)
    summary = {name: evaluation[name] for name in ("answered_by", "category", "colour", "soundness")}
    print(json.dumps(summary, indent=1))


if __name__ == "__main__":
    main()
