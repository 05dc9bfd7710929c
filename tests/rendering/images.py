"""PNGs as tests look at them."""

import os
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

REFERENCES = Path(__file__).parent / "references"
MOST_DIFFERENT = 0.01  # of the pixels: edges are painted a little differently from one processor to another
MOST_OFF = 40  # of 255, that a pixel may be off and still count as the same


def opened(png: bytes) -> Image.Image:
    return Image.open(BytesIO(png)).convert("RGBA")


def assert_looks_the_same(png: bytes, name: str) -> None:
    """That a picture is the one that is kept under this name; PACELINE_KEEP_PICTURES=1 keeps it anew."""
    path = REFERENCES / f"{name}.png"
    found = opened(png).convert("RGB")
    if os.environ.get("PACELINE_KEEP_PICTURES"):
        path.parent.mkdir(exist_ok=True)
        found.quantize(64).save(path, optimize=True)
    assert path.exists(), f"{name} is new: look at it, and keep it with PACELINE_KEEP_PICTURES=1"
    kept = Image.open(path).convert("RGB")
    assert found.size == kept.size
    found = found.quantize(64).convert("RGB")
    off = np.abs(np.asarray(found, np.int16) - np.asarray(kept, np.int16)).max(axis=2)
    assert np.mean(off > MOST_OFF) <= MOST_DIFFERENT, f"{name}: {np.mean(off > MOST_OFF):.1%} of the pixels differ"
