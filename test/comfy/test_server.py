"""The fixtures themselves: ComfyUI runs graphs of its own nodes, and the tests see what happens."""

from __future__ import annotations

import io
from collections.abc import Callable

from comfy_server import ComfyServer
from PIL import Image

GRAPH = {
    "1": {
        "class_type": "EmptyImage",
        "inputs": {"width": 24, "height": 16, "batch_size": 1, "color": 0xFF0000},
    },
    "2": {"class_type": "ImageInvert", "inputs": {"image": ["1", 0]}},
    "3": {"class_type": "SaveImage", "inputs": {"images": ["2", 0], "filename_prefix": "inverted"}},
}


def test_a_graph_of_core_nodes_runs_and_its_picture_is_right(start_comfy: Callable[..., ComfyServer]) -> None:
    comfy = start_comfy(pack=False)
    assert comfy.get("/system_stats")["system"]["comfyui_version"] == "0.3.75"
    run = comfy.run(GRAPH)
    assert run.outcome == "execution_success"
    name = run.output("3")["images"][0]["filename"]
    with Image.open(io.BytesIO(comfy.get_bytes(f"/view?filename={name}&type=output"))) as picture:
        assert picture.size == (24, 16)
        assert picture.getpixel((0, 0)) == (0, 255, 255)

    assert set(comfy.run(GRAPH).cached) == {"1", "2", "3"}

    comfy.kill()
    comfy.start()
    assert comfy.run(GRAPH).cached == []
