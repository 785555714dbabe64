"""Runs the built core for tests: a process of its own, in a home folder of its own, on a free port."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "token-of-the-python-tests"


class RealCore:
    """`genga serve` as a process."""

    def __init__(self, home: Path) -> None:
        self.home = home
        built = Path(os.environ.get("GENGA_TEST_DIST", ROOT / "dist")) / "genga.js"
        if not built.exists():
            subprocess.run(["node", "scripts/build.mjs"], cwd=ROOT, check=True, timeout=600)
        environ = {name: value for name, value in os.environ.items() if not name.startswith("GENGA_")}
        environ |= {"GENGA_HOME": str(home), "GENGA_TOKEN": TOKEN}
        home.mkdir(parents=True, exist_ok=True)
        with (home / "core.log").open("ab") as log:
            self.process = subprocess.Popen(
                ["node", str(built), "serve", "--port", "0", "--json"],
                cwd=ROOT,
                env=environ,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            self.process.wait(30)
            raise RuntimeError(f"the core did not start:\n{(home / 'core.log').read_text()[-4000:]}")
        listening: dict[str, Any] = json.loads(line)
        assert listening["event"] == "listening"
        self.port: int = listening["port"]
        self.url = f"ws://127.0.0.1:{self.port}/"

    def kill(self) -> None:
        """Ends the core as a crash does."""
        self.process.kill()
        self.process.wait(30)

    def stop(self) -> int:
        """Stops the core as a service manager does; gives its exit code."""
        self.process.terminate()
        try:
            return self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def __enter__(self) -> RealCore:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.stop()
        if self.process.stdout is not None:
            self.process.stdout.close()
