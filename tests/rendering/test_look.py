"""Pictures have the pages' colours."""

import re
from pathlib import Path

import pytest

from apps.rendering.look import LOOKS, dressed, house_config, mixed

STATIC = Path(__file__).resolve().parents[2] / "apps"
SHEETS = ("core/static/core/paceline.css", "panels/static/panels/panels.css", "plots/static/plots/plots.css")


@pytest.mark.parametrize(("theme", "place"), [("light", 1), ("dark", 2)])
def test_a_theme_has_the_colours_of_the_style_sheets(theme, place):
    text = "".join((STATIC / sheet).read_text(encoding="utf-8") for sheet in SHEETS)
    pattern = r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)"
    said = {found.group(1): found.group(place + 1) for found in re.finditer(pattern, text)}
    look = LOOKS[theme]
    assert (look.surface, look.ink, look.muted) == (said["surface"], said["ink"], said["muted"])
    assert (look.hairline, look.accent) == (said["line"], said["accent"])
    assert (look.good, look.bad) == (said["good"], said["bad"])
    assert look.runs == tuple(said[f"run-{slot}"] for slot in range(10))
    assert look.ramp == tuple(said[f"ramp-{stop}"] for stop in range(5))


def test_what_a_panel_says_of_its_looks_stays():
    config = dressed({"axis": {"labelColor": "red"}, "mark": {"color": "blue"}}, house_config("dark"))
    assert config["axis"]["labelColor"] == "red"
    assert config["axis"]["gridColor"] == LOOKS["dark"].hairline
    assert config["mark"] == {"color": "blue"}


def test_a_ramp_goes_from_its_first_colour_to_its_last():
    ramp = ("#000000", "#808080", "#ffffff")
    assert (mixed(ramp, 0), mixed(ramp, 0.5), mixed(ramp, 1)) == ("#000000", "#808080", "#ffffff")
    assert mixed(ramp, 0.25) == "#404040"
