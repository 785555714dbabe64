"""Makes the pictures of test/preprocessors with OpenCV and Pillow.

    python -m venv /tmp/golden && /tmp/golden/bin/pip install opencv-python-headless==4.12.0.88 pillow==13.0.0
    /tmp/golden/bin/python test/golden/preprocessors/make_golden.py

Made with opencv-python-headless 4.12.0.88, Pillow 13.0.0, NumPy 2.2.6.
"""

from pathlib import Path

import cv2
import numpy as np
from PIL import Image

HERE = Path(__file__).parent


def draw(width: int, height: int, seed: int) -> np.ndarray:
    """A picture with smooth shading, hard shapes, thin lines, text and noise."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    image = np.stack([x / width * 200, y / height * 220, (x + y) / (width + height) * 255], axis=-1)
    image = np.ascontiguousarray(image.astype(np.uint8))
    cv2.circle(image, (width // 3, height // 2), height // 4, (230, 40, 60), -1, cv2.LINE_AA)
    cv2.rectangle(image, (width // 2, height // 5), (width * 9 // 10, height // 2), (20, 200, 240), -1)
    cv2.line(image, (0, height - 1), (width - 1, height // 3), (255, 255, 255), 1, cv2.LINE_AA)
    cv2.ellipse(image, (width * 3 // 4, height * 3 // 4), (width // 6, height // 8), 30, 0, 300, (0, 0, 0), 2)
    cv2.putText(
        image, "Genga", (4, height - 6), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (250, 250, 120), 1, cv2.LINE_AA
    )
    noise = rng.normal(0, 9, image.shape)
    return np.clip(image + noise, 0, 255).astype(np.uint8)


def main() -> None:
    for seed, (width, height) in enumerate([(120, 80), (67, 91)]):
        rgb = draw(width, height, seed)
        Image.fromarray(rgb).save(HERE / f"picture-{seed}.png")
        Image.fromarray(cv2.Canny(rgb, 100, 200)).save(HERE / f"canny-{seed}.png")
        grey = np.asarray(Image.fromarray(rgb).convert("L"))
        Image.fromarray(grey).save(HERE / f"grey-{seed}.png")
        Image.fromarray(cv2.Canny(grey, 100, 200)).save(HERE / f"canny-grey-{seed}.png")
    picture = Image.open(HERE / "picture-0.png")
    for width, height in [(48, 32), (200, 96), (120, 40)]:
        for name, kernel in [
            ("nearest", Image.Resampling.NEAREST),
            ("linear", Image.Resampling.BILINEAR),
            ("cubic", Image.Resampling.BICUBIC),
            ("lanczos", Image.Resampling.LANCZOS),
        ]:
            picture.resize((width, height), kernel).save(HERE / f"{name}-{width}x{height}.png")


if __name__ == "__main__":
    main()
