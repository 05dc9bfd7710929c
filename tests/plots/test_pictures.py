"""Pictures of plots: what the page draws of the same answers."""

import datetime
import math
from xml.etree import ElementTree

import pytest

from apps.accounts.models import Scope
from apps.core import ids
from apps.plots.drawn_axes import Range, extent, is_log, place_text, ticks_of
from apps.rendering import processes
from tests.factories import api_client, make_project, make_run, make_user, team_admin
from tests.rendering.images import assert_looks_the_same
from tests.runs.trainings import settled

pytestmark = pytest.mark.django_db
NUMBER = {"kind": "number", "words": []}


@pytest.fixture(autouse=True, scope="module")
def no_process_stays():
    yield
    processes.close_all()


@pytest.fixture
def project():
    found = make_project()
    for place in range(24):
        config = {"lr": 10.0 ** -(1 + place % 4), "model": ("mlp", "cnn", "<b>tree</b>")[place % 3], "depth": place % 5}
        run = make_run(found, id=ids.new_id() & ~31 | place, name=f"run {place}", config=config)
        settled(run, loss=[2.0, 0.1 + (place * 7 % 24) / 24])
    return found


def ask(project, plot, kind="svg", status=200, **params):
    client = api_client(team_admin(project), scope=Scope.READ)
    answer = client.get(f"/api/v1/projects/{project}/plots/{plot}.{kind}", params)
    assert answer.status_code == status, answer.content
    return answer


def words(answer):
    return [element.text for element in ElementTree.fromstring(answer.content).iter() if element.text]


def test_a_scatter_plot_says_what_lies_along_its_axes_and_which_run_is_best(project):
    answer = ask(project, "scatter", x="config.lr", y="metric.loss.best", colour="config.model")
    said = words(answer)
    assert {"loss best over lr", "lr, log", "loss best ↓ lower is better", "mlp", "<b>tree</b>"} <= set(said)
    assert "24 runs · best: run 0 0.1" in said
    assert b"<b>" not in answer.content


def test_bars_have_the_names_of_their_runs_and_their_figures(project):
    said = words(ask(project, "bars", value="metric.loss.best", height=600))
    assert {"run 0", "0.1", "run 7"} <= set(said)
    assert "24 of 24 runs, the best first · 24 runs" in said


def test_bars_of_groups_say_how_many_runs_they_are(project):
    said = words(ask(project, "bars", value="metric.loss.best", group="config.model"))
    assert {"mlp", "cnn", "<b>tree</b>"} <= set(said)
    assert any(one.endswith("n 8") for one in said)


def test_a_histogram_names_its_parts(project):
    said = words(ask(project, "histogram", value="metric.loss.best", group="config.model"))
    assert {"runs by loss best in model", "mlp", "cnn"} <= set(said)


def test_parallel_coordinates_name_their_axes(project):
    said = words(
        ask(project, "parallel", col=["config.lr", "config.model", "metric.loss.best"], colour="metric.loss.best")
    )
    assert {"lr, log", "model", "loss best ↓", "cnn"} <= set(said)


@pytest.mark.parametrize(
    ("plot", "params"),
    [
        ("scatter", {"x": "config.nothing", "y": "metric.loss.best"}),
        ("bars", {"value": "config.model"}),
        ("histogram", {"value": "config.nothing"}),
        ("parallel", {"col": ["config.nothing", "config.lr"]}),
    ],
)
def test_a_plot_of_nothing_is_drawn_empty_and_says_so(project, plot, params):
    assert any("0 of 24 runs have" in one for one in words(ask(project, plot, **params)))


def test_another_plot_is_not_found_and_a_picture_that_stays_is_not_sent_again(project):
    assert "there are scatter, bars, histogram, parallel" in ask(project, "pie", status=404).json()["message"]
    first = ask(project, "histogram", value="config.depth")
    client = api_client(team_admin(project), scope=Scope.READ)
    path = f"/api/v1/projects/{project}/plots/histogram.svg?value=config.depth"
    assert client.get(path, headers={"If-None-Match": first["ETag"], "Accept": "image/svg+xml"}).status_code == 304
    assert client.get(f"{path}&theme=dark", headers={"If-None-Match": first["ETag"]}).status_code == 200
    assert api_client(make_user(), scope=Scope.READ).get(path).status_code == 404


@pytest.mark.parametrize(
    ("name", "plot", "params"),
    [
        ("scatter", "scatter", {"x": "config.lr", "y": "metric.loss.best", "colour": "config.model"}),
        (
            "scatter-ramp",
            "scatter",
            {"x": "config.depth", "y": "metric.loss.best", "colour": "config.lr", "theme": "dark"},
        ),
        ("bars", "bars", {"value": "metric.loss.best"}),
        ("bars-of-groups", "bars", {"value": "metric.loss.best", "group": "config.model", "theme": "dark"}),
        ("histogram", "histogram", {"value": "metric.loss.best", "group": "config.model"}),
        ("histogram-of-words", "histogram", {"value": "config.model"}),
        ("parallel", "parallel", {"col": ["config.lr", "config.model", "metric.loss.best"], "colour": "config.depth"}),
    ],
)
def test_plots_look_as_they_did(project, name, plot, params):
    answer = ask(project, plot, kind="png", width=420, height=260, scale=1, **params)
    assert_looks_the_same(answer.content, f"plot-{name}")


# --- axes


@pytest.mark.parametrize(
    ("span", "pixels", "at"),
    [
        (Range(0, 10, log=False), 400, [0, 2, 4, 6, 8, 10]),
        (Range(-0.1, 0.1, log=False), 400, [-0.1, -0.05, 0, 0.05, 0.1]),
        (Range(1e-4, 1, log=True), 400, [1e-4, 1e-3, 1e-2, 1e-1, 1]),
        (Range(1, 12, log=True), 400, [1, 2, 5, 10]),
    ],
)
def test_ticks_of_numbers_are_round(span, pixels, at):
    assert ticks_of(NUMBER, span, pixels, 64).at == pytest.approx(at)


def test_an_axis_is_logarithmic_where_its_numbers_are_even_only_so():
    assert is_log(None, {**NUMBER, "values": [1e-4, 1e-3, 1e-2, 1e-1, None]})
    assert not is_log(None, {**NUMBER, "values": [0.5, 1, 2, 3]})
    assert not is_log(None, {**NUMBER, "values": [0, 1, 1e6]})
    assert is_log(True, {**NUMBER, "values": [1, 2]})
    assert not is_log(True, {"kind": "text", "values": [0, 1]})


def test_an_axis_reaches_a_little_beyond_its_values():
    assert extent(NUMBER, [None], log=False) is None
    assert extent(NUMBER, [0, 100], log=False) == Range(-4, 104, log=False)
    assert extent(NUMBER, [5.0, 5.0], log=False) == Range(4.5, 5.5, log=False)
    assert extent({"kind": "text", "words": ["a", "b"]}, [0, 1], log=False) == Range(-0.6, 1.6, log=False)
    logs = extent(NUMBER, [1, 100], log=True)
    assert logs is not None
    assert math.isclose(logs.start * logs.end, 100)


def test_places_are_written_as_people_read_them():
    day = datetime.datetime(2026, 5, 4, 3, 2, tzinfo=datetime.UTC).timestamp()
    assert place_text({"kind": "time"}, day) == "04 May 2026 03:02"
    assert place_text({"kind": "took"}, 3_900) == "1h 05m"
    assert place_text({"kind": "text", "words": ["a", "b"]}, 1) == "b"
    assert place_text(NUMBER, None) == "–"
    assert place_text({"kind": "time"}, 1e300) == "1e300"
