"""Counts and measures of a set of motions by action: `python -m models.training.motion.statistics --data
DIR`.

Prints a table for recorded clips and for a sample of the procedural generator: clips, minutes, captions,
speed of the pelvis, skate ratio (share of frames with a foot lower than 5 cm that moves faster than 0.2
m/s), jerk and lowest foot.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from pathlib import Path

import numpy as np

from .clips import read_clips
from .motion import Motion, joints_of
from .procedural.generator import generate
from .skeleton import FEET, FPS, STANDING_HEIGHTS


def measures(motion: Motion) -> dict[str, float]:
    """Gives speed in m/s, skate ratio, jerk in m/s³ and the lowest foot in metres."""
    joints = joints_of(motion)
    feet = joints[:, FEET]
    speed = np.linalg.norm(np.diff(feet, axis=0), axis=-1) * FPS
    low = feet[1:, :, 1] - STANDING_HEIGHTS < 0.05
    ground = motion.root[:, [0, 2]]
    return {
        "speed": float(np.linalg.norm(np.diff(ground, axis=0), axis=-1).mean() * FPS),
        "skate": float((low & (speed > 0.2)).sum() / max(int(low.sum()), 1)),
        "jerk": float(np.linalg.norm(np.diff(joints, n=3, axis=0), axis=-1).mean() * FPS**3),
        "lowest": float(feet[..., 1].min()),
    }


def table(motions: list[Motion]) -> str:
    """Gives a Markdown table by action; speeds and the like are medians."""
    groups: dict[str, list[Motion]] = defaultdict(list)
    for motion in motions:
        groups[motion.action].append(motion)
    lines = [
        "| action | clips | minutes | captions | speed m/s | skate | jerk m/s³ | lowest foot m |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for action, members in sorted(groups.items(), key=lambda item: -len(item[1])):
        found = [measures(motion) for motion in members if len(motion) > 4]
        middle = {name: float(np.median([one[name] for one in found])) for name in found[0]}
        minutes = sum(motion.seconds for motion in members) / 60
        words = len({caption for motion in members for caption in motion.captions})
        lines.append(
            f"| {action} | {len(members)} | {minutes:.1f} | {words} | {middle['speed']:.2f} "
            f"| {middle['skate']:.2f} | {middle['jerk']:.0f} | {middle['lowest']:.2f} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Runs the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of recorded clips")
    parser.add_argument("--generated", type=int, default=400, help="procedural motions to measure")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    clips = read_clips(args.data)
    held = sum(clip.held_out for clip in clips)
    print(f"{len(clips)} recorded clips, {held} of them held out\n\n{table([clip.motion for clip in clips])}")
    drawn = [generate(args.seed, number) for number in range(args.generated)]
    print(f"\n{len(drawn)} procedural motions, seed {args.seed}\n\n{table(drawn)}")


if __name__ == "__main__":
    main()
