"""Our BVH files as bvhio reads them: joints lie where ours do."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import bvhio
import numpy as np
import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Gives the folder that write-motion-files.ts filled."""
    folder = tmp_path_factory.mktemp("motions")
    script = ROOT / "test/formats/write-motion-files.ts"
    command = ["node", "--import", "tsx", str(script), str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, timeout=120)
    return folder


@pytest.mark.parametrize("name", ["walk-24", "walk-60", "squat-25", "jump-30"])
def test_joints_lie_where_ours_do_within_a_millimetre(files: Path, name: str) -> None:
    ours = json.loads((files / f"{name}.json").read_text())
    joints = np.array(ours["joints"]).reshape(ours["frames"], 22, 3)
    file = bvhio.readAsBvh(str(files / f"{name}.bvh"))
    assert file.FrameCount == ours["frames"]
    assert file.FrameTime == pytest.approx(1 / ours["fps"], abs=1e-8)
    figure = bvhio.readAsHierarchy(str(files / f"{name}.bvh"))
    # Its order is that of the file, depth first; ours stands in the JSON of any motion.
    golden = json.loads((ROOT / "test/golden/motion/walk.json").read_text())
    order = {joint: index for index, joint in enumerate(golden["skeleton"]["names"])}
    for frame in range(ours["frames"]):
        figure.loadPose(frame)
        found = {joint.Name: np.array(joint.PositionWorld) for joint, _, _ in figure.layout()}
        assert set(order) <= set(found)
        for joint, index in order.items():
            assert found[joint] == pytest.approx(joints[frame, index], abs=1e-3), (joint, frame)
