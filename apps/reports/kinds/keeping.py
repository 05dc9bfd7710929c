"""Pictures of a published block: both themes, drawn when it is their turn."""

import time
from collections.abc import Callable

from apps.rendering.errors import PicturesBusy
from apps.rendering.look import LOOKS, Theme
from apps.reports.held_pieces import SVG, Pieces

BUSY_SECONDS = (0.2, 0.5, 1.0, 2.0, 4.0)  # waited for others' pictures


def kept_pictures(draw: Callable[[Theme], bytes], pieces: Pieces) -> dict[str, str]:
    """The SHA-256 of an SVG by theme. Raises CannotRender, PicturesBusy, SnapshotTooLarge."""
    return {theme: pieces.add(_patiently(draw, theme), SVG) for theme in LOOKS}


def _patiently(draw: Callable[[Theme], bytes], theme: Theme) -> bytes:
    for seconds in BUSY_SECONDS:
        try:
            return draw(theme)
        except PicturesBusy:
            time.sleep(seconds)
    return draw(theme)
