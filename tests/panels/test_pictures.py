"""Pictures of line panels: the same lines, bands and marks as on a page, and who gets them."""

import math
import random
from xml.etree import ElementTree

import numpy as np
import pytest

from apps.accounts.models import Scope
from apps.core import ids
from apps.panels.drawn_ranges import duration_ticks, place_range, value_range
from apps.panels.drawn_shapes import Curve, Drawn, panel_shapes, placed_marks
from apps.rendering import processes
from apps.runs.models import Run
from tests.factories import api_client, make_run, make_user, team_admin
from tests.panels.test_series import log
from tests.rendering.images import assert_looks_the_same

pytestmark = pytest.mark.django_db
NAN = math.nan


@pytest.fixture(autouse=True, scope="module")
def no_process_stays():
    yield
    processes.close_all()


def trained(count, points=200, **fields):
    """Runs of one project, whose colours are always the same: the last letter of their ids decides."""
    runs: list[Run] = []
    for place in range(count):
        project = {"project": runs[0].project} if runs else {}
        runs.append(make_run(id=ids.new_id() & ~31 | place, name=f"run {place}", **project, **fields))
    chance = random.Random(4)
    for place, run in enumerate(runs):
        steps = list(range(points))
        values = [1 / (1 + step * (place + 1) / 40) + chance.gauss(0, 0.01) for step in steps]
        values[points // 2] = NAN
        start = round(run.started_at.timestamp() * 1000)
        log(run, "loss", steps, values, time=[start + 900 * step for step in steps])
    return runs


def ask(runs, kind="svg", status=200, **params):
    client = api_client(team_admin(runs[0]), scope=Scope.READ)
    params = {"run": [run.slug for run in runs], "key": "loss", **params}
    answer = client.get(f"/api/v1/pictures/series.{kind}", params)
    assert answer.status_code == status, answer.content
    return answer


def words(answer):
    return [element.text for element in ElementTree.fromstring(answer.content).iter() if element.text]


def test_a_chart_says_what_it_is_and_which_colour_is_which_run():
    answer = ask(trained(2))
    assert answer["Content-Type"] == "image/svg+xml"
    assert answer["Cache-Control"] == "private, no-cache"
    assert answer["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    said = words(answer)
    assert {"loss", "run 0", "run 1", "step"} <= set(said)
    assert "2 of 2 runs · 398/400 points · 2 not finite" in said


def test_names_with_markup_are_drawn_as_text():
    runs = trained(1)
    runs[0].name = '<script>alert("x")</script>'
    runs[0].save()
    answer = ask(runs)
    assert '<script>alert("x")</script>' in words(answer)
    assert b"<script" not in answer.content


def test_a_picture_that_would_look_the_same_is_not_sent_again():
    runs = trained(2)
    first = ask(runs)
    client = api_client(team_admin(runs[0]), scope=Scope.READ)
    params = {"run": [run.slug for run in runs], "key": "loss"}

    def again(**more):
        return client.get("/api/v1/pictures/series.svg", {**params, **more}, headers={"If-None-Match": first["ETag"]})

    assert again().status_code == 304
    assert again(theme="dark").status_code == 200
    runs[1].name = "another name"
    runs[1].save()
    assert again().status_code == 200
    log(runs[0], "loss", [500], [0.1], seq=1)
    assert ask(runs)["ETag"] != first["ETag"]


def test_who_may_not_see_the_runs_gets_no_picture():
    runs = trained(1)
    path = f"/api/v1/pictures/series.svg?run={runs[0].slug}&key=loss"
    assert api_client(make_user(), scope=Scope.READ).get(path).status_code == 404


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"width": 2_001}, "width"),
        ({"height": 5}, "height"),
        ({"scale": 9}, "scale"),
        ({"theme": "pink"}, "theme"),
        ({"y": "sqrt"}, "y"),
        ({"spread": "all"}, "spread"),
        ({"y_range": "3,1"}, "y_range"),
        ({"y_range": "a,1"}, "y_range"),
        ({"px": 1}, "px"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_cannot_be_drawn_is_named(params, field):
    assert field in ask(trained(1, points=2), status=400, **params).json()["fields"]


def test_a_chart_of_runs_that_logged_nothing_says_so():
    assert "None of these runs logged this." in words(ask(trained(1, points=2), key="other"))


@pytest.mark.parametrize(
    ("name", "count", "params"),
    [
        ("lines", 2, {}),
        ("lines-dark-log", 2, {"theme": "dark", "y": "log"}),
        ("means-of-ten", 10, {}),
        ("means-of-twenty", 20, {}),
        ("smoothed", 2, {"smooth": 20}),
        ("bands", 4, {"draw": "band"}),
        ("values-chosen", 2, {"y_range": "0.2,0.6"}),
        ("over-time", 2, {"x": "relative"}),
    ],
)
def test_charts_look_as_they_did(name, count, params):
    answer = ask(
        trained(count, points=3_000 if "means" in name else 200), kind="png", width=420, height=240, scale=1, **params
    )
    assert answer["Content-Type"] == "image/png"
    assert_looks_the_same(answer.content, f"series-{name}")


# --- shapes and ranges


def shapes(*drawn, log=False):
    return panel_shapes(drawn, lambda name: (f"#{name}", ()), log=log, shade="#shade")


def curve(x, y, low=None, high=None):
    ends = [None if one is None else np.array(one, float) for one in (low, high)]
    return Curve(np.array(x, float), np.array(y, float), *ends)


def test_a_line_breaks_where_a_value_is_missing_and_a_lone_point_is_a_dot():
    found = shapes(Drawn("a", curve([1, 2, 3, 4, 5, 6], [1, 2, NAN, 4, NAN, NAN])))
    assert (found.lines["line"], found.lines["x"], found.lines["y"]) == ([0, 0], [1, 2], [1, 2])
    assert (found.dots["x"], found.dots["y"]) == ([4], [4])
    assert (found.low, found.high) == (1, 4)


def test_a_logarithmic_axis_counts_what_it_cannot_show():
    found = shapes(Drawn("a", curve([1, 2, 3, 4], [1, 0, -1, 2], [0.5, 0, -2, -1], [2, 1, 1, 3])), log=True)
    assert found.below == 2
    assert (found.low, found.high) == (0.5, 3)
    assert all(value > 0 for value in found.bands["low"])


def test_extremes_are_a_band_of_their_own_up_to_sixteen_lines_and_shared_beyond():
    def many(count):
        return [
            Drawn(str(place), curve([1, 2], [place, place], [place - 1] * 2, [place + 1] * 2)) for place in range(count)
        ]

    own, shared = shapes(*many(16)), shapes(*many(17))
    assert len(set(own.bands["line"])) == 16
    assert shared.bands == {
        "line": [-1, -1],
        "x": [1, 2],
        "low": [-1, -1],
        "high": [17, 17],
        "colour": ["#shade", "#shade"],
    }


def test_marks_of_a_kind_keep_their_distance():
    found = shapes(
        Drawn(
            "a", curve([], []), nonfinite=[(1, "nan", 1), (1.5, "nan", 1), (3, "nan", 2), (1, "inf", 1), (2, "-inf", 1)]
        )
    )
    placed = placed_marks(found, height=100, room=1)
    assert [(mark["x"], mark["row"], mark["shape"]) for mark in placed] == [
        (1, 95, "triangle-up"),
        (3, 95, "triangle-up"),
        (1, 5, "triangle-up"),
        (2, 95, "triangle-down"),
    ]


def test_values_get_room_unless_the_reader_chose():
    found = shapes(Drawn("a", curve([1, 2], [0, 10])))
    assert value_range(found, log=False, chosen=None, clip=False)[:3] == (-0.5, 10.5, "")
    assert value_range(found, log=False, chosen=(None, 5), clip=False) == (-0.5, 5, "chosen", 1)
    assert value_range(shapes(), log=False, chosen=None, clip=False)[:2] == (0, 1)
    assert value_range(shapes(Drawn("a", curve([1], [2]))), log=False, chosen=None, clip=False)[:2] == (1.8, 2.2)
    many = shapes(Drawn("a", curve(list(range(101)), list(range(101)))))
    clipped = value_range(many, log=False, chosen=None, clip=True)
    assert (clipped.why, clipped.outside) == ("clipped", 0)


def test_a_single_place_gets_room_on_both_sides():
    assert place_range(5, 5, metric=False) == (4, 6)
    assert place_range(5.0, 5.0, metric=True) == (4.5, 5.5)
    assert place_range(1, 9, metric=False) == (1, 9)


def test_durations_have_ticks_at_whole_units():
    assert list(duration_ticks(0, 10_000, 400)) == [0, 2_000, 4_000, 6_000, 8_000, 10_000]
    assert list(duration_ticks(0, 3 * 3_600_000, 480)) == [place * 1_800_000 for place in range(7)]
