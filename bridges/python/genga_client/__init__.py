"""Client of Genga's core for Blender, ComfyUI, farm scripts and notebooks.

Standard library, `websockets` and `u-msgpack-python` only; Python 3.10 to 3.13. Start with `connect`.
"""

from .client import Client, __version__, connect
from .discovery import Endpoint, default_home, find_core
from .errors import GengaError
from .job import Job

__all__ = ["Client", "Endpoint", "GengaError", "Job", "__version__", "connect", "default_home", "find_core"]
