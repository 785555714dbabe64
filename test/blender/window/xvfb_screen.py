"""A virtual X display: its server, its mouse and keyboard, and pictures of it."""

from __future__ import annotations

import os
import struct
import subprocess
import zlib
from pathlib import Path


class XvfbScreen:
    """An Xvfb of its own, 24 bits deep, that keeps its picture in a file."""

    def __init__(self, folder: Path, size: tuple[int, int]) -> None:
        folder.mkdir(parents=True)
        self.picture = folder / "Xvfb_screen0"
        read, write = os.pipe()
        self.log = (folder / "xvfb.log").open("wb")
        geometry = f"{size[0]}x{size[1]}x24"
        self.process = subprocess.Popen(
            [
                *("Xvfb", "-displayfd", str(write), "-screen", "0", geometry, "-fbdir", str(folder)),
                *("-nolisten", "tcp", "-noreset"),
            ],
            pass_fds=(write,),
            stdout=self.log,
            stderr=self.log,
        )
        os.close(write)
        with os.fdopen(read) as pipe:
            number = pipe.readline().strip()
        if not number:
            raise RuntimeError(f"Xvfb did not start:\n{(folder / 'xvfb.log').read_text()}")
        self.display = f":{number}"

    def do(self, *words: str) -> None:
        """Sends mouse and keyboard events, in xdotool's words."""
        environ = {**os.environ, "DISPLAY": self.display}
        subprocess.run(["xdotool", *words], env=environ, check=True, timeout=30, stdout=subprocess.DEVNULL)

    def screenshot(self, file: Path, box: dict[str, int] | None = None) -> Path:
        """Writes the picture, or a box of it (x, y, width, height), as PNG."""
        data = self.picture.read_bytes()
        # X11/XWDFile.h: 25 big-endian words, the name, the colours, the rows (blue, green, red, unused).
        header = struct.unpack_from(">25I", data)
        width, height, row, colors = header[4], header[5], header[12], header[19]
        start = header[0] + 12 * colors
        x, y, wide, high = (box["x"], box["y"], box["width"], box["height"]) if box else (0, 0, width, height)
        lines = bytearray()
        for line in range(y, min(y + high, height)):
            pixels = data[start + line * row + 4 * x : start + line * row + 4 * min(x + wide, width)]
            rgb = bytearray(len(pixels) // 4 * 3)
            rgb[0::3], rgb[1::3], rgb[2::3] = pixels[2::4], pixels[1::4], pixels[0::4]
            lines += b"\0" + rgb
        size = struct.pack(">2I5B", min(wide, width - x), min(high, height - y), 8, 2, 0, 0, 0)
        chunks = [(b"IHDR", size), (b"IDAT", zlib.compress(bytes(lines), 9)), (b"IEND", b"")]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(map(_chunk, chunks)))
        return file

    def close(self) -> None:
        """Ends the display."""
        self.process.terminate()
        self.process.wait(30)
        self.log.close()


def _chunk(chunk: tuple[bytes, bytes]) -> bytes:
    kind, data = chunk
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
