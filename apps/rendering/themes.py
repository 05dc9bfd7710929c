"""A picture of ours in another theme, without drawing it again: its colours are exchanged. No Django.

Our own charts differ between themes in the colours of look.py and in nothing else. What somebody else wrote may say
colours of its own, and a ramp's are mixed: such pictures are drawn once more.
"""

import re
from collections.abc import Mapping

from apps.rendering.look import LOOKS, Look, Theme

_TAG = re.compile(rb'<[a-zA-Z](?:[^>"]|"[^"]*")*>')  # a text holds no <, and a value of an attribute no "
_COLOUR = re.compile(rb'(?<= )((?:fill|stroke|stop-color|color)=")([^"]*)(?=")')
_NONE = (b"none", b"transparent")


def in_theme(svg: bytes, theme: Theme) -> bytes | None:
    """A picture drawn in the light theme as it would be drawn in another; None where it has colours of its own."""
    others = exchanges(theme)
    unknown = False

    def exchanged(found: re.Match[bytes]) -> bytes:
        nonlocal unknown
        colour = found[2].lower()
        if colour in _NONE or colour.startswith(b"url(#"):
            return found[0]
        unknown |= colour not in others
        return found[1] + others.get(colour, colour)

    whole = _TAG.sub(lambda tag: _COLOUR.sub(exchanged, tag[0]), svg)
    return None if unknown or b"style=" in whole else whole


def exchanges(theme: Theme) -> Mapping[bytes, bytes]:
    """What stands in another theme for each colour of the light one."""
    return dict(zip(colours(LOOKS["light"]), colours(LOOKS[theme]), strict=True))


def colours(look: Look) -> list[bytes]:
    """All colours of a look, in one order."""
    chrome = (look.surface, look.ink, look.muted, look.hairline, look.accent, look.good, look.bad)
    return [colour.encode() for colour in (*chrome, *look.runs, *look.ramp)]
