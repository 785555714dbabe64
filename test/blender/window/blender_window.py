"""A Blender with a real window on a virtual X display, driven by mouse and keyboard events of XTEST."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
import zipfile
from pathlib import Path
from types import TracebackType
from typing import Any

from xvfb_screen import XvfbScreen

HERE = Path(__file__).resolve().parent
START_S = 180
ROW_PX = 16
"""Less than the height of a button, so that none lies between two looks."""
PAGES_DOWN, PAGES = 3, 10
"""Pages of a region that are looked at below the present one, and in all, the others from its top on."""


class BlenderWindow:
    """A Blender with a user folder of its own and the extension of a zip installed.

    `command` names the program, words of a command line; `home` becomes its GENGA_HOME. Blender 4.2 and later
    install the zip as users do. Older ones, without extensions, get it as an add-on, its wheels on the path.
    """

    def __init__(
        self, folder: Path, archive: Path, home: Path, command: list[str], size: tuple[int, int] = (1280, 800)
    ) -> None:
        self.folder = folder
        self.archive = archive
        self.screen = XvfbScreen(folder / "screen", size)
        resources = folder / "blender"
        resources.mkdir(parents=True)
        environ = {
            name: value for name, value in os.environ.items() if not name.startswith(("GENGA_", "BLENDER_"))
        }
        with socket.create_server(("127.0.0.1", 0)) as server:
            server.settimeout(START_S)
            environ |= {
                "DISPLAY": self.screen.display,
                "BLENDER_USER_RESOURCES": str(resources),
                "GENGA_HOME": str(home),
                "TEST_BLENDER_PORT": str(server.getsockname()[1]),
                "LP_NUM_THREADS": "1",
                "TMPDIR": str(folder),
            }
            self.log = (folder / "blender.log").open("wb")
            arguments = ["--window-geometry", "0", "0", *map(str, size), "--python", str(HERE / "inside.py")]
            self.process = subprocess.Popen(
                [*command, *arguments], env=environ, stdout=self.log, stderr=subprocess.STDOUT
            )
            try:
                self.connection, _ = server.accept()
            except TimeoutError:
                self.process.kill()
                self.screen.close()
                raise RuntimeError(f"Blender did not start:\n{self.log_text()[-4000:]}") from None
        self.answers = self.connection.makefile("rb")
        self.places: dict[tuple[str, str, str], tuple[float, float]] = {}
        """Where `find` found what it looked for."""
        self.version: tuple[int, ...] = tuple(self.run("return list(bpy.app.version)"))
        try:
            self.package = self._install()
        except BaseException:
            self.close()
            raise

    def run(self, code: str, timeout_s: float = 120) -> Any:
        """Runs a function body on Blender's main thread; gives what it returns, as JSON has it."""
        self.connection.settimeout(timeout_s)
        self.connection.sendall(json.dumps({"code": code}).encode() + b"\n")
        line = self.answers.readline()
        if not line:
            raise RuntimeError(f"Blender ended with {self.process.wait(30)}:\n{self.log_text()[-4000:]}")
        reply = json.loads(line)
        if "error" in reply:
            raise AssertionError(reply["error"])
        return reply["value"]

    def wait(self, condition: str, timeout_s: float = 60) -> Any:
        """Waits until an expression inside Blender (`genga` is the package) is true; gives its value."""
        end = time.monotonic() + timeout_s
        while True:
            value = self.run(f"{self.imports()}\nreturn {condition}")
            if value:
                return value
            if time.monotonic() > end:
                raise AssertionError(f"not within {timeout_s} s: {condition}\n{self.log_text()[-2000:]}")
            time.sleep(0.05)

    def imports(self) -> str:
        """A line of code after which `genga` is the installed package."""
        return f"import importlib; genga = importlib.import_module({self.package!r})"

    def region(self, area_type: str = "VIEW_3D", region_type: str = "UI") -> dict[str, int]:
        """x, y (top left, in pixels of the screen), width and height of a region."""
        return self.run(f"""
            window = bpy.context.window_manager.windows[0]
            for area in window.screen.areas:
                if area.type == {area_type!r}:
                    for region in area.regions:
                        if region.type == {region_type!r}:
                            top = window.height - region.y - region.height
                            return {{"x": region.x, "y": top, "width": region.width, "height": region.height}}
        """)

    def open_tab(self) -> None:
        """Opens the sidebar of the 3D View with N and presses its tabs until the one of Genga shows."""
        if self._draws("GENGA_PT_main"):
            return
        view = self.region(region_type="WINDOW")
        self.move(view["x"] + view["width"] / 3, view["y"] + view["height"] / 2)
        if self.region()["width"] <= 1:
            self.press("n")
            time.sleep(1)
        box = self.region()
        for y in range(box["y"] + 20, box["y"] + box["height"], 24):
            self.click(box["x"] + box["width"] - 10, y)
            if self._draws("GENGA_PT_main"):
                return
        raise AssertionError(f"no tab of the sidebar draws Genga's panel; see {self._shot_of_failure()}")

    def open_panel(self, panel: str, *, from_top: bool = False) -> None:
        """Scrolls to the end of the sidebar and presses headers, last one first, until this panel is open.

        `from_top`: from its beginning, first one first, below the state of the core.
        """
        box = self.region()
        self.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        self.screen.do("click", "--repeat", "40", "--delay", "10", "4" if from_top else "5")
        self.settle()
        rows = range(box["y"] + box["height"] - 6, box["y"], -10)
        for y in range(box["y"] + 120, box["y"] + box["height"], 10) if from_top else rows:
            if self._draws(panel):
                return
            x = box["x"] + 40
            self.move(x, y)
            if self.hovered():
                continue
            self.click(x, y)
            if not self._draws(panel):
                self.click(x, y)
        raise AssertionError(f"{panel} cannot be opened; see {self._shot_of_failure()}")

    def hide_panels(self, *panels: str) -> None:
        """Takes panels out of the tab that are not under test: looking at a row costs a redraw."""
        self.run(f"""
            for name in {panels!r}:
                getattr(bpy.types, name).poll = classmethod(lambda cls, context: False)
            for area in bpy.context.window_manager.windows[0].screen.areas:
                area.tag_redraw()
        """)
        self.settle()

    def _draws(self, panel: str) -> bool:
        """Whether Blender draws the inside of a panel now."""
        self.run(f"""
            panel = bpy.types.{panel}
            if panel.draw.__name__ != "draw_and_tell":
                draw = panel.draw
                def draw_and_tell(self, context):
                    STATE["drawn"] = {panel!r}
                    draw(self, context)
                panel.draw = draw_and_tell
            STATE["drawn"] = ""
            for area in bpy.context.window_manager.windows[0].screen.areas:
                area.tag_redraw()
        """)
        self.settle()
        return self.run(f"return STATE['drawn'] == {panel!r}")

    def _shot_of_failure(self) -> Path:
        return self.screenshot(self.folder / "failed.png")

    def settle(self) -> None:
        """Waits until Blender has handled what was sent so far and has drawn what came of it."""
        for _ in range(2):
            time.sleep(0.01)
            self.run("return None")

    def move(self, x: float, y: float) -> None:
        """Moves the pointer; twice, since Blender looks at a button only when the pointer moves on it."""
        self.screen.do(
            "mousemove", str(round(x) - 1), str(round(y)), "mousemove", str(round(x)), str(round(y))
        )
        self.settle()

    def click(self, x: float, y: float) -> None:
        """Presses and releases the left button."""
        self.move(x, y)
        self.screen.do("mousedown", "1")
        self.settle()
        self.screen.do("mouseup", "1")
        self.settle()

    def press(self, key: str) -> None:
        """Presses a key of X's names, for instance Escape or ctrl+z, where the pointer is."""
        self.screen.do("key", key)
        self.settle()

    def hovered(self) -> str:
        """What the button under the pointer does: a Python command, or a property's path; "" over none."""
        return self.run("""
            manager = bpy.context.window_manager
            window = manager.windows[0]
            for area in window.screen.areas:
                for region in area.regions:
                    with bpy.context.temp_override(window=window, area=area, region=region):
                        for copy, arguments in (
                            (bpy.ops.ui.copy_python_command_button, {}),
                            (bpy.ops.ui.copy_data_path_button, {"full_path": True}),
                        ):
                            if copy.poll():
                                manager.clipboard = ""
                                copy(**arguments)
                                if manager.clipboard:
                                    return manager.clipboard
            return ""
        """)

    def find(
        self,
        what: str,
        area_type: str = "VIEW_3D",
        region_type: str = "UI",
        columns: tuple[float, ...] = (0.3, 0.65, 0.9, 0.12),
    ) -> tuple[float, float]:
        """Scrolls and moves over a region until the button under the pointer is `what`; gives its place.

        `what` begins a command, as in `bpy.ops.genga.generate_image`, or ends a property's path, as in
        `genga.prompt`. `columns`: where buttons are looked for, as shares of the region's width.
        """
        key = (what, area_type, region_type)
        if key in self.places:
            self.move(*self.places[key])
            if self._is_over(what):
                return self.places[key]
        seen: list[str] = []
        for page in range(PAGES):
            box = self.region(area_type, region_type)
            # One column after the other: most rows have one button only, and each move costs a redraw.
            for share in columns:
                for y in range(box["y"] + 8, box["y"] + box["height"] - 4, ROW_PX):
                    x = box["x"] + (box["width"] - 20) * share
                    self.move(x, y)
                    if self._is_over(what, seen):
                        self.places[key] = (x, y)
                        return x, y
            if page < PAGES - 1:
                self.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
                times, wheel = ("40", "4") if page == PAGES_DOWN else ("6", "5")
                self.screen.do("click", "--repeat", times, "--delay", "20", wheel)
                time.sleep(0.3)
        raise AssertionError(f"no button {what}; there are {seen}; see {self._shot_of_failure()}")

    def _is_over(self, what: str, seen: list[str] | None = None) -> bool:
        found = self.hovered()
        if found and seen is not None and found not in seen:
            seen.append(found)
        return bool(found) and (found.startswith(what) or found.endswith(what))

    def screenshot(self, file: Path, box: dict[str, int] | None = None) -> Path:
        """Writes what the screen shows, or a box of it (x, y, width, height), as PNG."""
        time.sleep(0.3)
        self.settle()
        return self.screen.screenshot(file, box)

    def log_text(self) -> str:
        """What Blender printed so far."""
        return (self.folder / "blender.log").read_text(errors="replace")

    def close(self) -> int:
        """Quits Blender as the File menu does; gives its exit code."""
        if self.process.poll() is None:
            self.connection.sendall(json.dumps({"code": "bpy.ops.wm.quit_blender()"}).encode() + b"\n")
        try:
            return self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        finally:
            self.answers.close()
            self.connection.close()
            self.log.close()
            self.screen.close()

    def __enter__(self) -> BlenderWindow:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _install(self) -> str:
        if self.version >= (4, 2, 0):
            self.run(
                "bpy.ops.extensions.package_install_files("
                f"filepath={str(self.archive)!r}, repo='user_default', enable_on_install=True)"
            )
            return "bl_ext.user_default.genga"
        unpacked = self.folder / "blender" / "scripts" / "addons" / "genga"
        shutil.unpack_archive(self.archive, unpacked)
        wheels = self.folder / "wheels"
        for wheel in (unpacked / "wheels").glob("*.whl"):
            zipfile.ZipFile(wheel).extractall(wheels)
        with (unpacked / "__init__.py").open("a") as file:
            file.write('\nbl_info = {"name": "Genga", "blender": (3, 4, 0), "category": "Render"}\n')
        self.run(f"""
            import sys, addon_utils
            sys.path += [{str(wheels)!r}, {str(unpacked.parent)!r}]
            addon_utils.enable("genga", default_set=True)
            assert "genga" in bpy.context.preferences.addons
        """)
        return "genga"
