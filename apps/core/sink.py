"""A file that is given out while it is written, for answers that are streamed."""

import io
from typing import Any


class Sink(io.RawIOBase):
    """What writers of files write into: cannot seek, and gives out what it holds."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def taken(self) -> bytes:
        """Everything written since this was asked last."""
        parts, self._parts = self._parts, []
        return b"".join(parts)
