"""Pictures of a published block: both themes, drawn when it is their turn."""

import math
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from apps.core.errors import Unavailable
from apps.rendering.errors import PicturesBusy
from apps.rendering.look import LOOKS, Theme
from apps.rendering.processes import AT_ONCE
from apps.rendering.svg import checked
from apps.rendering.themes import in_theme
from apps.reports.held_pieces import SVG, Pieces

BUSY_SECONDS = (0.2, 0.5, 1.0, 2.0, 4.0)  # waited for others' turns

Found = TypeVar("Found")


def kept_pictures(draw: Callable[[Theme], bytes], pieces: Pieces, *, own: bool = True) -> dict[str, str]:
    """The SHA-256 of an SVG by theme. draw asks no database: themes may be drawn at the same time.

    own: whether the chart is ours, which has one theme's colours where it has another's; it is drawn once.
    Where no pictures are wanted, all are called "". Raises CannotRender, PicturesBusy, SnapshotTooLarge.
    """
    light, *others = LOOKS
    if not pieces.pictures:
        return dict.fromkeys(LOOKS, "")
    drawn = {light: patiently(partial(draw, light), PicturesBusy)} if own else {}
    drawn |= {theme: other for theme in others if own and (other := in_theme(drawn[light], theme)) is not None}
    missing = [theme for theme in LOOKS if theme not in drawn]
    if missing:
        with ThreadPoolExecutor(AT_ONCE) as threads:
            pictures = threads.map(lambda theme: patiently(partial(draw, theme), PicturesBusy), missing)
            drawn |= zip(missing, pictures, strict=True)
    return {theme: pieces.add(drawn[theme], SVG) for theme in LOOKS}


def picture_size(pieces: Pieces, name: str) -> tuple[int, int]:
    """px that a kept picture is wide and high: a panel may say its own size."""
    if not pieces.pictures:
        return 0, 0
    drawing = checked(pieces.held[name].body)
    return math.ceil(drawing.width), math.ceil(drawing.height)


def patiently(get: Callable[[], Found], busy: type[Unavailable]) -> Found:
    """What get gives, asked for again a few times while it is busy. Raises busy, and what get raises."""
    for seconds in BUSY_SECONDS:
        try:
            return get()
        except busy:
            time.sleep(seconds)
    return get()
