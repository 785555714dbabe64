"""Genga for ComfyUI: nodes that call the core, routes for the page, and the page's extension in web/."""

from __future__ import annotations

import logging

from comfy_api.latest import ComfyExtension, io

from .genga.routes import register_routes

WEB_DIRECTORY = "./web"

log = logging.getLogger("genga")


class GengaExtension(ComfyExtension):
    """What ComfyUI loads."""

    async def get_node_list(self) -> list[type[io.ComfyNode]]:
        """Gives the nodes."""
        return []


async def comfy_entrypoint() -> GengaExtension:
    """Called by ComfyUI once, when it loads the pack."""
    from server import PromptServer

    register_routes(PromptServer.instance.routes)
    return GengaExtension()
