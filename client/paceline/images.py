"""Pictures as PNG files: of PIL images, NumPy arrays and tensors. Needs neither of those, nor PIL to write them."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

MOST_PIXELS = 1 << 26


def png(image: Any) -> bytes:
    """The PNG of a PIL image, of an array (height, width) or (height, width, 1, 3 or 4), or of PNG bytes as they are.

    Arrays and tensors: uint8, booleans, or floats 0..1 (NaN is black); what lies outside is cut. A first axis of 1, 3
    or 4 with a longer last one is taken for channels. Raises ValueError for anything else.
    """
    if isinstance(image, (bytes, bytearray)):
        if not bytes(image[:8]) == b"\x89PNG\r\n\x1a\n":
            raise ValueError("bytes that are no PNG; log_file() takes any bytes")
        return bytes(image)
    if hasattr(image, "save") and hasattr(image, "mode"):
        content = io.BytesIO()
        image.save(content, format="PNG")
        return content.getvalue()
    return _png_of_array(image)


def snapshot(image: Any) -> Any:
    """A copy that stays as it is while the training goes on."""
    for step in ("detach", "cpu"):
        image = getattr(image, step)() if hasattr(image, step) else image
    return image.copy() if hasattr(image, "copy") else image.clone() if hasattr(image, "clone") else image


def _png_of_array(array: Any) -> bytes:
    if hasattr(array, "numpy"):
        array = array.numpy()
    shape = getattr(array, "shape", None)
    if shape is None or len(shape) not in (2, 3) or 0 in shape:
        raise ValueError(f"{type(array).__name__} of shape {shape} is no picture; (height, width[, 1, 3 or 4]) is")
    if len(shape) == 3 and shape[0] in (1, 3, 4) and shape[2] not in (1, 3, 4):
        array = array.transpose(1, 2, 0)
        shape = array.shape
    channels = shape[2] if len(shape) == 3 else 1
    if channels not in (1, 3, 4):
        raise ValueError(f"a picture has 1, 3 or 4 channels, not {channels}")
    if shape[0] * shape[1] > MOST_PIXELS:
        raise ValueError(f"{shape[0]} × {shape[1]} pixels are too many; at most {MOST_PIXELS:,} are taken")
    kind = array.dtype.kind
    if kind == "f":
        array = array.copy()
        array[array != array] = 0  # NaN
        array = (array.clip(0, 1) * 255 + 0.5).astype("uint8")
    elif kind == "b":
        array = array.astype("uint8") * 255
    elif kind in "iu":
        array = array.clip(0, 255).astype("uint8")
    else:
        raise ValueError(f"a picture of {array.dtype}")
    height, width = shape[:2]
    rows = array.reshape(height, width * channels).tobytes()
    stride = width * channels
    filtered = b"".join(b"\x00" + rows[place : place + stride] for place in range(0, len(rows), stride))
    head = struct.pack(">IIBBBBB", width, height, 8, {1: 0, 3: 2, 4: 6}[channels], 0, 0, 0)
    body = _chunk(b"IHDR", head) + _chunk(b"IDAT", zlib.compress(filtered, 6)) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
