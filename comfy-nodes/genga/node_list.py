"""The nodes of the pack, as far as this ComfyUI can show them."""

from __future__ import annotations

import importlib
import logging

from comfy_api.latest import io

log = logging.getLogger("genga")

NODES = {
    "generate_image": "GengaGenerateImage",
    "control_layer": "GengaControlLayer",
    "region": "GengaRegion",
    "load_control_maps": "GengaLoadControlMaps",
    "generate_motion": "GengaGenerateMotion",
    "motion_segment": "GengaMotionSegment",
    "motion_path": "GengaMotionPath",
    "motion_key_pose": "GengaMotionKeyPose",
    "load_motion": "GengaLoadMotion",
    "motion_to_poses": "GengaMotionToPoses",
    "save_motion": "GengaSaveMotion",
    "generate_mesh": "GengaGenerateMesh",
    "texture_mesh": "GengaTextureMesh",
    "save_mesh": "GengaSaveMesh",
    "load_mesh": "GengaLoadMesh",
    "mesh_to_comfyui": "GengaMeshToComfyUI",
    "sign_and_save_image": "GengaSignAndSaveImage",
    "verify": "GengaVerify",
    "core_status": "GengaCoreStatus",
}


def load_nodes() -> list[type[io.ComfyNode]]:
    """Gives the nodes. One that cannot be loaded would drop all: it is left out, with a line in the log."""
    nodes: list[type[io.ComfyNode]] = []
    for module, name in NODES.items():
        try:
            node = getattr(importlib.import_module(f".nodes.{module}", __package__), name)
            node.GET_SCHEMA()
        except Exception as error:  # whatever a version of ComfyUI lacks
            log.error("The node %s is left out: %s: %s", name, type(error).__name__, error)
            continue
        nodes.append(node)
    return nodes
