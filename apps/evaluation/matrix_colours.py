"""The colours of confusion matrices: how much there is, or how much more and less than in the baseline.

The page's confusion-colours.js holds the same. No Django.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from apps.rendering.look import Theme, mixed


@dataclass(frozen=True)
class Scales:
    """Ramps from nothing on. ground: of lines between cells."""

    ground: str
    missing: str
    heat: tuple[str, ...]
    more: tuple[str, ...]
    less: tuple[str, ...]

    def colour(self, value: float, highest: float, *, far: bool) -> str:
        """Of a value within -highest..highest. Small shares are to be seen beside large ones; small differences less
        so, for most are chance."""
        ramp = self.heat if not far else self.less if value < 0 else self.more
        return mixed(ramp, (abs(value) / highest) ** (0.7 if far else 0.5) if highest else 0.0)


SCALES: Mapping[Theme, Scales] = {
    "light": Scales(
        ground="#fcfcfb",
        missing="#e8e7e4",
        heat=("#f7f8fc", "#c7d4f4", "#7f9be8", "#3450c8", "#18266e"),
        more=("#fafaf8", "#fdd0a2", "#f18d3c", "#cc5708", "#7f3003"),
        less=("#fafaf8", "#bed8ec", "#6baed6", "#2171b5", "#083a78"),
    ),
    "dark": Scales(
        ground="#121418",
        missing="#2e3138",
        heat=("#181b21", "#222c5a", "#3a52b2", "#7c96f8", "#dee6ff"),
        more=("#181b21", "#5e300e", "#a85614", "#eb8c34", "#ffdeb4"),
        less=("#181b21", "#10385c", "#1e629c", "#52a4de", "#cee8fa"),
    ),
}
