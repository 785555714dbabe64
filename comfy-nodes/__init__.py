"""Genga for ComfyUI: nodes that call the core, routes for the page, and the page's extension in web/."""

from __future__ import annotations

import logging

from comfy_api.latest import ComfyExtension, io

from .genga.bundles import begin_asking
from .genga.node_list import load_nodes
from .genga.routes import register_routes

WEB_DIRECTORY = "./web"

log = logging.getLogger("genga")


class GengaExtension(ComfyExtension):
    """What ComfyUI loads."""

    async def get_node_list(self) -> list[type[io.ComfyNode]]:
        """Gives the nodes."""
        return load_nodes()


async def _started(_: object) -> None:
    begin_asking()


async def comfy_entrypoint() -> GengaExtension:
    """Called by ComfyUI once, when it loads the pack."""
    from server import PromptServer

    register_routes(PromptServer.instance.routes)
    # Nothing is asked of the core before the server starts: a pack must load without a network.
    PromptServer.instance.app.on_startup.append(_started)
    return GengaExtension()
