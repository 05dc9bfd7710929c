"""Files and pictures on their way into a spool: their names, and what a frame says of them."""

from __future__ import annotations

import hashlib
import mimetypes
from pathlib import Path
from typing import Any, NamedTuple

from paceline import images
from paceline.spool import Spool

MAX_PATH = 500  # characters


class Attachment(NamedTuple):
    """One file of a run. content: bytes, a path not copied yet, or a picture; None once the spool has it as `kept`."""

    path: str
    content: Any
    media_type: str
    kept: str = ""
    sha256: str = ""

    def facts(self) -> dict[str, str]:
        """What a frame says of a kept file."""
        return {"path": self.path, "media_type": self.media_type, "kept": self.kept, "sha256": self.sha256}


def kept(attachment: Attachment, spool: Spool) -> Attachment:
    """The attachment with its bytes in the spool. Raises OSError, and ValueError for what is no picture."""
    if attachment.kept:
        return attachment
    content = attachment.content
    if not isinstance(content, (bytes, Path)):
        content = images.png(content)
    name = spool.keep_file(content)
    return attachment._replace(
        content=None,
        kept=name,
        sha256=_sha256(spool.file(name)),
        media_type=attachment.media_type or mimetypes.guess_type(attachment.path)[0] or "",
    )


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for piece in iter(lambda: file.read(1 << 20), b""):
            digest.update(piece)
    return digest.hexdigest()


def file_name(name: str) -> str:
    """The path of a file inside a run. Raises ValueError for what is none."""
    path = name.replace("\\", "/")
    parts = path.split("/")
    if not path or len(path) > MAX_PATH or any(part in ("", ".", "..") for part in parts) or not path.isprintable():
        raise ValueError(f"{name[:80]!r} is no name of a file in a run; one looks like weights/best.pt")
    return path


def image_name(key: str, step: int) -> str:
    """The path of a picture. Raises ValueError for a key that no path can hold."""
    return file_name(f"media/{key}/{step}.png")
