"""The pages' colours, for pictures: what paceline.css, panels.css and plots.css say of both themes. No Django.

tests/rendering/test_look.py compares the two.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Theme = Literal["light", "dark"]

# vl-convert carries this font, so that a picture is the same on every machine; browsers without it take what follows.
FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
DASHES: tuple[tuple[float, ...], ...] = ((), (6, 3), (2, 2.5))


@dataclass(frozen=True)
class Look:
    """Colours of one theme. good, bad: what got better or worse; runs: by slot, modulo their number; ramp: of numbers,
    the least first."""

    surface: str
    ink: str
    muted: str
    hairline: str
    accent: str
    good: str
    bad: str
    runs: tuple[str, ...]
    ramp: tuple[str, ...]

    def of_slot(self, slot: int) -> tuple[str, tuple[float, ...]]:
        """The colour and dashes of a run's line (apps/panels/colours.py says which slot it has)."""
        count = len(self.runs)
        return self.runs[slot % count], DASHES[slot // count % len(DASHES)]


LOOKS: Mapping[Theme, Look] = {
    "light": Look(
        surface="#fcfcfb",
        ink="#1a1c21",
        muted="#5b616c",
        hairline="#e6e6e3",
        accent="#3450c8",
        good="#1c7a4a",
        bad="#b3372b",
        runs=(
            *("#4a70e2", "#c46a08", "#35967f", "#a8186f", "#a08a14"),
            *("#2b7099", "#a04b42", "#5f2494", "#3f6b1e", "#7c83a6"),
        ),
        ramp=("#3b2f7f", "#31688e", "#2a9080", "#7fae2f", "#d9a400"),
    ),
    "dark": Look(
        surface="#121418",
        ink="#e7e9ed",
        muted="#9aa1ae",
        hairline="#262a31",
        accent="#93a8ff",
        good="#63c793",
        bad="#f08a7d",
        runs=(
            *("#5aa9fb", "#fda03a", "#35b37a", "#cf7cc0", "#f0cf42"),
            *("#84e0fa", "#ea6f38", "#a084f2", "#bce4a8", "#aab2c2"),
        ),
        ramp=("#4b5fd6", "#2f9fc4", "#44c79b", "#a8de5a", "#fde64b"),
    ),
}


def mixed(ramp: Sequence[str], share: float) -> str:
    """The colour at a share, 0 to 1, of a ramp."""
    at = min(0.9999, max(0.0, share)) * (len(ramp) - 1)
    below = int(at)
    pairs = zip(channels(ramp[below]), channels(ramp[below + 1]), strict=True)
    return "#" + "".join(f"{round(one + (other - one) * (at - below)):02x}" for one, other in pairs)


def channels(colour: str) -> tuple[int, ...]:
    """Red, green and blue of #rrggbb, 0 to 255."""
    return tuple(int(colour[begin : begin + 2], 16) for begin in (1, 3, 5))


def is_dark(colour: str) -> bool:
    """Whether what is written on a colour is to be light."""
    red, green, blue = channels(colour)
    return 0.299 * red + 0.587 * green + 0.114 * blue < 140


def house_config(theme: Theme) -> dict[str, Any]:
    """Vega's and Vega-Lite's config of a panel that says nothing of its colours and fonts."""
    look = LOOKS[theme]
    quiet = {
        "domainColor": look.hairline,
        "gridColor": look.hairline,
        "tickColor": look.hairline,
        "labelColor": look.muted,
        "titleColor": look.muted,
        "labelFont": FONT,
        "titleFont": FONT,
        "labelFontSize": 11,
        "titleFontSize": 11,
        "titleFontWeight": "normal",
    }
    return {
        "background": look.surface,
        "font": FONT,
        "axis": quiet,
        "legend": {name: quiet[name] for name in quiet if name.startswith(("label", "title"))},
        "header": {name: quiet[name] for name in quiet if name.startswith(("label", "title"))},
        "title": {"color": look.ink, "subtitleColor": look.muted, "font": FONT, "subtitleFont": FONT, "fontSize": 14},
        "view": {"stroke": None},
        "style": {"guide-label": {"font": FONT}, "guide-title": {"font": FONT}, "cell": {"stroke": "transparent"}},
        "text": {"font": FONT, "fill": look.ink},
        "range": {"category": list(look.runs), "ramp": list(look.ramp), "heatmap": list(look.ramp)},
    }


def dressed(config: Any, house: Mapping[str, Any]) -> dict[str, Any]:
    """A panel's own config over the house's: what it says stays."""
    merged = dict(house)
    for name, value in (config if isinstance(config, dict) else {}).items():
        known = merged.get(name)
        merged[name] = dressed(value, known) if isinstance(value, dict) and isinstance(known, dict) else value
    return merged
