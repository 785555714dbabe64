"""Measures a bundle through the product's own pipeline: `python -m models.training.motion.evaluate --data
DIR --bundle models/starter-motion --judge JUDGE.safetensors`.

Asks the core (core/bench/make-motions.ts) for motions, measures them beside held-out recordings and writes
evaluation.json, samples.png and MODEL_CARD.md into the bundle.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np

from . import measure
from .card import write_card
from .clips import Clip, read_clips
from .judge import Judge, load_judge
from .motion import Motion
from .procedural.generator import generate
from .requests import (
    LEFT_OUT,
    MODES,
    Request,
    action_requests,
    key_pose_requests,
    paraphrase_requests,
    path_requests,
    seam_requests,
    sheet_requests,
    unlocked,
    word_requests,
)
from .sheet import animation, sheet

ROOT = Path(__file__).parents[3]
RUNNER = "core/bench/make-motions.ts"
UNSEEN_SEED = 4242


def run(bundle: Path, requests: list[Request], kept: Path | None = None) -> None:
    """Has the core make the motions and puts them into the requests; `kept` takes the answers, and gives
    them if they are there.

    Raises RuntimeError with the core's words if a request fails.
    """
    lines = [json.dumps({"bundle": str(bundle.resolve())}), *(json.dumps(one.params) for one in requests)]
    command = ["node", "--import", "tsx", RUNNER]
    if kept is None or not kept.exists():
        done = subprocess.run(
            command, input="\n".join(lines) + "\n", capture_output=True, text=True, cwd=ROOT, timeout=3600
        )
        if done.returncode != 0:
            raise RuntimeError(done.stderr[-3000:])
        answered = done.stdout
        if kept is not None:
            kept.write_text(answered)
    else:
        answered = kept.read_text()
    answers = [json.loads(line) for line in answered.splitlines() if line.startswith("{")]
    for request, answer in zip(requests, answers, strict=True):
        if "error" in answer:
            raise RuntimeError(f"{answer['error']}: {json.dumps(request.params)[:300]}")
        root = np.array(answer["root"], np.float32).reshape(-1, 3)
        turns = np.array(answer["rotations"], np.float32).reshape(-1, 22, 4)[..., [3, 0, 1, 2]]
        request.motion, request.origin = Motion(root, turns), answer["origin"]
        request.about["ms"] = answer["ms"]


def motions(requests: list[Request], **wanted: Any) -> list[Motion]:
    """Gives the motions of requests of which these things hold."""
    return [
        one.motion
        for one in requests
        if one.motion is not None and all(one.about.get(key) == value for key, value in wanted.items())
    ]


def judged(judge: Judge, found: list[Motion], actions: list[str]) -> dict[str, Any]:
    """Gives top-1 and top-3 accuracy of the judge, over motions and as the mean over classes."""
    _, scores = judge.embed(found)
    order = np.argsort(-scores, 1)
    hits: dict[str, list[tuple[bool, bool]]] = defaultdict(list)
    for ranks, action in zip(order, actions, strict=True):
        number = judge.actions.index(action)
        hits[action].append((ranks[0] == number, number in ranks[:3]))
    whole = np.array([hit for one in hits.values() for hit in one], float)
    by_class = {action: round(float(np.mean([hit[1] for hit in one])), 2) for action, one in hits.items()}
    return {
        "motions": len(found),
        "classes": len(hits),
        "top1": round(float(whole[:, 0].mean()), 3),
        "top3": round(float(whole[:, 1].mean()), 3),
        "top3_mean_of_classes": round(float(np.mean(list(by_class.values()))), 3),
        "top3_by_class": dict(sorted(by_class.items())),
    }


def recognised(judge: Judge, requests: list[Request], clips: list[Clip]) -> dict[str, Any]:
    """Gives the judge's accuracy for both modes, for held-out recordings, those of training, and
    procedural motions of another seed.
    """
    known = set(judge.actions) - LEFT_OUT
    result: dict[str, Any] = {}
    for mode in MODES:
        asked = [r for r in requests if r.about["mode"] == mode and r.about["action"] in known]
        actions = [one.about["action"] for one in asked]
        result[mode] = judged(judge, [one.motion for one in asked if one.motion], actions)
    for name, held in (("real_held_out", True), ("real_training", False)):
        real = [clip.motion for clip in clips if clip.held_out == held and clip.motion.action in known]
        result[name] = judged(judge, real, [motion.action for motion in real])
    made = [generate(UNSEEN_SEED, number) for number in range(120)]
    result["procedural_unseen"] = judged(judge, made, [motion.action for motion in made])
    return result


def quality(found: list[Motion]) -> dict[str, float]:
    """Gives skate ratio, jerk and penetration."""
    return {
        "motions": len(found),
        "skate": round(measure.skate(found), 3),
        "jerk": round(float(np.mean([measure.jerk(one) for one in found])), 1),
        "penetration_cm": round(100 * float(np.max([measure.penetration(one) for one in found])), 2),
        "penetration_cm_p95": round(
            100 * float(np.quantile([measure.penetration(one) for one in found], 0.95)), 2
        ),
    }


def words_obeyed(requests: list[Request]) -> dict[str, Any]:
    """Gives the share of turns to the asked side (by more than 20°) and of pairs of speeds in the asked order
    (by more than a tenth).
    """
    result: dict[str, Any] = {}
    for mode in MODES:
        turns = [r for r in requests if r.about["kind"] == "turn" and r.about["mode"] == mode]
        right = [
            (measure.turned(one.motion) > 20)
            if one.about["side"] == "left"
            else (measure.turned(one.motion) < -20)
            for one in turns
            if one.motion
        ]
        groups: dict[tuple, dict[int, float]] = defaultdict(dict)
        for one in requests:
            if one.about["kind"] == "speed" and one.about["mode"] == mode and one.motion:
                groups[one.about["group"]][one.about["rank"]] = measure.speed(one.motion)
        pairs = [g[b] > 1.1 * g[a] for g in groups.values() for a, b in ((0, 1), (1, 2), (0, 2))]
        result[mode] = {
            "turns": round(float(np.mean(right)), 3),
            "turns_asked": len(right),
            "speeds": round(float(np.mean(pairs)), 3),
            "speed_pairs": len(pairs),
        }
    return result


def paths_followed(requests: list[Request]) -> dict[str, Any]:
    """Gives mean and largest path error in cm for each way."""
    groups: dict[str, list[np.ndarray]] = defaultdict(list)
    for one in requests:
        if one.motion:
            error = measure.path_error(one.motion, one.about["points"])
            groups[f"{one.about['way']}, {one.about['mode']}"].append(error)
    return {
        name: {
            "mean_cm": round(100 * float(np.mean([e.mean() for e in errors])), 2),
            "max_cm": round(100 * float(max(e.max() for e in errors)), 2),
        }
        for name, errors in groups.items()
    }


def keys_hit(requests: list[Request]) -> dict[str, float]:
    """Gives the error at key poses: cm over joints and degrees over turns."""
    places, angles = [], []
    for one in requests:
        if one.motion is None:
            continue
        joints = measure.joints_of(one.motion)
        for frame, turns, wanted in one.about["targets"]:
            places.append(np.linalg.norm(joints[frame] - wanted, axis=-1))
            angles.append(measure.angle_between(one.motion.rotations[frame], turns))
    return {
        "keys": len(places),
        "mean_cm": round(100 * float(np.mean(places)), 2),
        "max_cm": round(100 * float(np.max(places)), 2),
        "mean_degrees": round(float(np.mean(angles)), 2),
        "max_degrees": round(float(np.max(angles)), 2),
    }


def seams(requests: list[Request], real: list[Motion]) -> dict[str, Any]:
    """Gives pose step and velocity change at seams, beside the 95th percentile of real frame-to-frame
    changes.
    """
    poses = np.concatenate([measure.pose_changes(one) for one in real])
    velocities = np.concatenate([measure.changes(one) for one in real])
    limit = float(np.quantile(poses, 0.95)), float(np.quantile(velocities, 0.95))
    result: dict[str, Any] = {"real_p95": {"pose_m": round(limit[0], 4), "velocity_m_s": round(limit[1], 3)}}
    for kind in ("loop", "stitch"):
        found = []
        for one in requests:
            if one.motion is None or one.about["kind"] != kind:
                continue
            if kind == "loop":
                found.append(measure.loop_seam(one.motion))
            else:
                pose, velocity = measure.pose_changes(one.motion), measure.changes(one.motion)
                for frame in one.about["frames"]:
                    near = slice(frame - 3, frame + 3)
                    found.append((float(pose[near].max()), float(velocity[near].max())))
        values = np.array(found)
        result[kind] = {
            "seams": len(values),
            "pose_m_median": round(float(np.median(values[:, 0])), 4),
            "pose_m_max": round(float(values[:, 0].max()), 4),
            "velocity_m_s_median": round(float(np.median(values[:, 1])), 3),
            "velocity_m_s_max": round(float(values[:, 1].max()), 3),
            "below_real_p95": round(float(np.mean((values < np.array(limit)).all(1))), 3),
        }
    # Six frames around a place nowhere in particular: how often recordings themselves stay below.
    spans = [
        (measure.pose_changes(one)[at : at + 6].max(), measure.changes(one)[at : at + 6].max())
        for one in real
        for at in range(0, len(one) - 8, 6)
    ]
    result["real_below_real_p95"] = round(float(np.mean((np.array(spans) < np.array(limit)).all(1))), 3)
    return result


def variety(judge: Judge, requests: list[Request], clips: list[Clip]) -> dict[str, Any]:
    """Gives the mean distance between two motions of the same class in the judge's space, and how near the
    nearest training window is, centimetres over joints.
    """
    known = np.concatenate([measure.windows(clip.motion) for clip in clips if not clip.held_out])
    real = [clip for clip in clips if clip.held_out]
    groups = {
        mode: [(r.about["action"], r.motion) for r in requests if r.about["mode"] == mode] for mode in MODES
    }
    groups["real_held_out"] = [(clip.motion.action, clip.motion) for clip in real]
    result = {}
    for name, found in groups.items():
        embedding, _ = judge.embed([motion for _, motion in found])
        labels = np.array([action for action, _ in found])
        apart = np.linalg.norm(embedding[:, None] - embedding[None], axis=-1)
        same = (labels[:, None] == labels[None]) & ~np.eye(len(labels), dtype=bool)
        far = measure.nearest(np.concatenate([measure.windows(motion, 10) for _, motion in found]), known)
        result[name] = {
            "diversity_in_class": round(float(apart[same].mean()), 3),
            "nearest_training_cm": {
                f"p{share}": round(100 * float(np.quantile(far, share / 100)), 2)
                for share in (1, 5, 25, 50, 95)
            },
        }
    return result


def retrieved(requests: list[Request], index: dict[str, Any]) -> dict[str, Any]:
    """Gives the share of prompts in other words whose clip is of the right class and, where one is asked for,
    has captions of the right side or way (either side, since clips are mirrored as needed).
    """
    clips = {clip["id"]: clip for clip in index["clips"]}
    sides = {"left": ("left", "right"), "right": ("left", "right"), "backward": ("backward",)}
    found, wrong = [], []
    for one in requests:
        clip = clips[one.origin[0]["clips"][0]]
        words = " ".join(clip["captions"]).lower()
        wanted = sides.get(one.about["side"], ())
        right = clip["action"] == one.about["action"] and (not wanted or any(w in words for w in wanted))
        found.append(right)
        if not right:
            wrong.append({"prompt": one.about["prompt"], "clip": clip["id"], "says": clip["captions"][0]})
    return {"prompts": len(found), "right": round(float(np.mean(found)), 3), "wrong": wrong}


def main() -> None:
    """Runs the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--bundle", type=Path, required=True)
    parser.add_argument("--judge", type=Path, required=True)
    parser.add_argument("--run", type=Path, help="the training run, for the card")
    parser.add_argument("--answers", type=Path, help="keeps the core's answers, to measure them again")
    parser.add_argument("--gif", type=Path, help="where to write the contact sheet in motion")
    args = parser.parse_args()
    clips, judge = read_clips(args.data), load_judge(args.judge)
    manifest = json.loads((args.bundle / "bundle.json").read_text())
    actions = action_requests(clips, manifest["motion_diffusion"]["actions"])
    parts = {
        "actions": actions,
        "unlocked": unlocked(actions),
        "words": word_requests(),
        "paths": path_requests(),
        "keys": key_pose_requests(clips),
        "seams": seam_requests(),
        "sheet": sheet_requests(),
        "paraphrases": paraphrase_requests(),
    }
    start = time.time()
    run(args.bundle, [one for part in parts.values() for one in part], args.answers)
    real = [clip.motion for clip in clips if clip.held_out and len(clip.motion) > 8]
    result = {
        "bundle": {"id": manifest["id"], "version": manifest["version"]},
        "motions": sum(len(part) for part in parts.values()),
        "seconds": round(time.time() - start),
        "recognised": recognised(judge, actions, clips),
        "quality": {
            "real_held_out": quality(real),
            **{mode: quality(motions(actions, mode=mode)) for mode in MODES},
            **{
                f"{mode}, before the foot lock": quality(motions(parts["unlocked"], mode=mode))
                for mode in MODES
            },
        },
        "retrieved": retrieved(
            parts["paraphrases"], json.loads((args.bundle / "library.json").read_text(encoding="utf-8"))
        ),
        "words": words_obeyed(parts["words"]),
        "paths": paths_followed(parts["paths"]),
        "key_poses": keys_hit(parts["keys"]),
        "seams": seams(parts["seams"], real),
        "variety": variety(judge, actions, clips),
        "milliseconds_4_s": {
            mode: round(float(np.median([r.about["ms"] for r in actions if r.about["mode"] == mode])))
            for mode in MODES
        },
    }
    (args.bundle / "evaluation.json").write_text(json.dumps(result, indent=1) + "\n")
    shown = [(f"{one.about['prompt']}  [{one.origin[0]['kind']}]", one.motion) for one in parts["sheet"]]
    sheet([(title, motion) for title, motion in shown if motion is not None], args.bundle / "samples.png")
    if args.gif:
        animation([(r.about["prompt"], r.motion) for r in parts["sheet"] if r.motion], args.gif)
    write_card(args.bundle, args.run)
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
