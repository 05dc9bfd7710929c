"""What a report's words name that only a reader's page can draw: runs and pictures. No Django."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape

IMAGE_ADDRESS = re.compile(r"image:([0-9a-f]{64})")


@dataclass(frozen=True)
class RunMark:
    """A run that is mentioned. written: as the author typed it."""

    run_id: int
    written: str

    @property
    def plain(self) -> str:
        return escape(self.written)


@dataclass(frozen=True)
class ImageMark:
    """A picture that was put into the project's reports. alt: the author's words for it."""

    sha256: str
    alt: str

    @property
    def plain(self) -> str:
        return escape(self.alt or "picture")


Mark = RunMark | ImageMark
Draw = Callable[[Mark], str]  # safe HTML of a mark
