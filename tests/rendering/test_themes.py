"""A picture of ours in another theme is what it would have been, drawn in that theme."""

import re

import pytest

from apps.core import ids
from apps.history.charts import Question, answers
from apps.panels.pictures import Sight, series_picture
from apps.rendering import processes
from apps.rendering.look import LOOKS
from apps.rendering.themes import colours, exchanges, in_theme
from tests.factories import make_run
from tests.panels.test_series import log

HOSTILE = '<rect fill="#4a70e2"/> #4a70e2 stroke="#fcfcfb" "'


@pytest.fixture(autouse=True, scope="module")
def no_process_stays():
    yield
    processes.close_all()


@pytest.mark.parametrize("theme", list(LOOKS))
def test_each_colour_of_a_theme_stands_for_one_of_another(theme):
    light = colours(LOOKS["light"])
    assert len(set(light)) == len(light) == len(exchanges(theme))
    assert list(exchanges(theme).values()) == colours(LOOKS[theme])


@pytest.mark.django_db
@pytest.mark.parametrize("count", [2, 9])
def test_exchanged_colours_give_the_picture_of_the_other_theme(count):
    runs = [make_run(id=ids.new_id() & ~31 | place, name=f"{HOSTILE} {place}") for place in range(count)]
    for run in runs:
        log(run, "loss", [1, 2, 3], [1.0, float("nan"), 2.0 + run.id % 7])
    (answer,) = answers([Question(tuple(run.id for run in runs), "loss", draw="mean" if count > 8 else "lines")])
    names = {run.id: run.name for run in runs}
    light, dark = (series_picture(answer, names, Sight(theme=theme)) for theme in ("light", "dark"))
    assert light != dark
    assert _same(in_theme(light, "dark"), dark)
    assert in_theme(light, "light") == light


def test_a_picture_with_colours_of_its_own_has_no_other_theme():
    for attribute in ('fill="#123456"', 'stroke="rgb(1, 2, 3)"', 'style="fill: red"'):
        assert in_theme(f"<svg><rect {attribute}></rect></svg>".encode(), "dark") is None
    quoted = b'<svg><text aria-label="fill=&quot;#123456&quot;">fill="#123456"</text></svg>'
    assert in_theme(quoted, "dark") == quoted


def _same(one: bytes | None, other: bytes) -> bool:
    """Whether two pictures are alike but for the names of their clips, which a process counts."""
    return one is not None and _without_names(one) == _without_names(other)


def _without_names(svg: bytes) -> bytes:
    return re.sub(rb"(clip|gradient_)\d+", rb"\1", svg)
