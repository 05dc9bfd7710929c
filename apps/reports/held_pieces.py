"""The pieces that a snapshot is made of, as they are gathered: each once, named by its SHA-256. No Django."""

from typing import Any, NamedTuple

from apps.reports.canonical import canonical, sha256
from apps.reports.errors import SnapshotTooLarge

MAX_BYTES = 64 * 2**20  # of all pieces of a snapshot
SVG, JSON, HTML, TEXT, CSV = "image/svg+xml", "application/json", "text/html", "text/plain", "text/csv"


class Piece(NamedTuple):
    content_type: str
    body: bytes


class Pieces:
    """Gathered pieces by their SHA-256. pictures: whether they are wanted, or data alone."""

    def __init__(self, *, pictures: bool = True) -> None:
        self.held: dict[str, Piece] = {}
        self.pictures = pictures
        self._size = 0

    def add(self, body: bytes, content_type: str) -> str:
        """The name of a piece. Raises SnapshotTooLarge."""
        name = sha256(body)
        if name not in self.held:
            self._size += len(body)
            if self._size > MAX_BYTES:
                raise SnapshotTooLarge(self._size, MAX_BYTES)
            self.held[name] = Piece(content_type, body)
        return name

    def add_json(self, value: Any) -> str:
        return self.add(canonical(value), JSON)
