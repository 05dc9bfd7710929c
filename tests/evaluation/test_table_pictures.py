"""Pictures of class tables, confusion matrices, curves and histograms: what they say, and how large they may become."""

import json
import random
import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Scope
from apps.core import ids
from apps.evaluation.matrix_colours import SCALES
from apps.rendering import processes
from apps.runs.models import Run
from apps.tables.confusions import Aligned
from apps.tables.matrices import dense_matrix
from apps.tables.matrix_blocks import blocks_of
from tests.factories import api_client, make_run, make_user, team_admin
from tests.rendering.images import assert_looks_the_same
from tests.tables.tables import class_curves, put_matrices, put_some_curves, put_some_histogram, put_tables

pytestmark = pytest.mark.django_db
HOSTILE = '<script>alert("x")</script>\u202e' + "é" * 200


@pytest.fixture(autouse=True, scope="module")
def no_process_stays():
    yield
    processes.close_all()


def evaluated(count, classes=("6", "7", "8", "9")):
    """Runs of one project with all kinds of tables; their colours are always the same."""
    runs: list[Run] = []
    for place in range(count):
        project = {"project": runs[0].project} if runs else {}
        run = make_run(id=ids.new_id() & ~31 | place, name=f"run {place}", **project)
        runs.append(run)
        rows = {
            name: {"support": 40 + at, "recall": 0.9 - 0.05 * at + 0.03 * place * (-1) ** at, "precision": 0.5}
            for at, name in enumerate(classes)
        }
        put_tables(run, rows)
        counts = np.eye(len(classes), dtype=int) * 40
        counts[2, 0] = 3 + 9 * place
        put_matrices(run, counts.tolist(), classes=classes)
        put_some_curves(run, class_curves("8", 0.6 - 0.05 * place, calibration_error=0.05), class_curves("9", 0.9))
        put_some_histogram(run, [1, 4, 9, 4, 1], np.linspace(-1 - place, 1, 6).tolist(), nan=place)
    return runs


def ask(runs, table, kind="svg", status=200, **params):
    client = api_client(team_admin(runs[0]), scope=Scope.READ)
    answer = client.get(f"/api/v1/pictures/{table}.{kind}", {"run": [run.slug for run in runs], **params})
    assert answer.status_code == status, answer.content[:500]
    return answer


def words(answer):
    return [element.text for element in ElementTree.fromstring(answer.content).iter() if element.text]


def test_classes_are_drawn_with_the_numbers_of_the_tables_what_got_worst_first():
    runs = evaluated(3)
    answer = ask(runs, "classes")
    said = words(answer)
    assert {"recall of each class in val", "run 0", "run 2", "n 41", "0.85", "−0.06 ▼", "+0.03 ▲"} <= set(said)
    assert "step 150 · higher is better · against run 0: 4 better ▲, 4 worse ▼" in said
    assert said.index("7") < said.index("6")
    only = words(ask(runs, "classes", only="regressed", metric="recall", base=runs[1].slug))
    assert "against run 1: 4 better ▲, 4 worse ▼" in " ".join(only)
    assert words(ask(runs, "classes", **{"class": ["9"]})).count("n 43") == 1


def test_what_a_run_does_not_have_is_missing_and_never_zero():
    runs = evaluated(2)
    put_tables(runs[1], {"6": {"support": 1, "recall": 0.0}})
    said = words(ask(runs, "classes", width=900))
    assert said.count("missing") == 3
    assert "0" in said


def test_of_many_classes_as_many_are_drawn_as_there_is_room_for():
    names = [f"class {place}" for place in range(300)]
    runs = evaluated(2, names)
    answer = ask(runs, "classes", height=300)
    assert "and 291 more classes" in words(answer)
    assert len(answer.content) < 60_000
    assert "38 of 50 runs fit" in " ".join(
        words(ask([*runs, *(make_run(runs[0].project) for _ in range(48))], "classes", width=680))
    )


def test_matrices_stand_beside_each_other_as_differences_to_the_baseline():
    runs = evaluated(2)
    said = words(ask(runs, "confusion"))
    assert {"run 0", "baseline", "minus baseline", "actual", "called", "93", "7", "+16.1", "−16.1", "+16.1 pp"} <= set(
        said
    )
    own = words(ask(runs, "confusion", difference="false", norm="counts"))
    assert own.count("40") == 9  # four on each diagonal, and one in the legend
    assert {"3", "12"} <= set(own)
    assert "minus baseline" not in own


def test_a_thousand_classes_stay_a_bounded_picture_and_the_mistakes_are_said():
    names = [f"class {place}" for place in range(1000)]
    chance = np.random.default_rng(5)
    counts = chance.integers(0, 2, (1000, 1000))
    runs = [make_run(name="before")]
    runs.append(make_run(runs[0].project, name="after"))
    put_matrices(runs[0], counts.tolist(), classes=names)
    counts[7, 3] += 900
    put_matrices(runs[1], counts.tolist(), classes=names)
    answer = ask(runs, "confusion")
    said = words(answer)
    assert "class 7 called class 3" in said
    assert any("each cell the largest of 13 × 13" in one for one in said)
    assert len(answer.content) < 1_000_000
    some = words(ask(runs, "confusion", **{"class": ["class 7", "class 3"]}))
    assert "2 of 1,000 classes" in " ".join(some)


def test_curves_say_the_areas_of_all_runs():
    runs = evaluated(2)
    said = words(ask(runs, "curves"))
    assert {"ROC of 8 in val", "0.8", "0.775", "−0.025 ▼", "ROC AUC, higher is better"} <= set(said)
    assert "calibration error, lower is better" in words(ask(runs, "curves", curve="calibration"))
    assert "Precision and recall of 9 in val" in words(ask(runs, "curves", curve="pr", **{"class": "9"}))


def test_histograms_lie_over_each_other_and_those_of_a_run_over_its_steps():
    runs = evaluated(2)
    said = words(ask(runs, "histogram"))
    assert {"weights", "run 0 · 19 values", "run 1 · 19 values"} <= set(said)
    assert "1 NaN or infinite" in " ".join(said)
    put_some_histogram(runs[0], [3, 1], [0, 1, 2], step=300)
    assert {"150", "300", "step"} <= set(words(ask(runs[:1], "histogram")))


@pytest.mark.parametrize("table", ["classes", "confusion", "curves", "histogram"])
def test_hostile_names_are_drawn_as_text(table):
    runs = [make_run(name=HOSTILE[:250])]
    runs.append(make_run(runs[0].project, name="</text><image href='http://x'/>"))
    for run in runs:
        put_tables(run, {HOSTILE[:250]: {"support": 1, "recall": 0.5}}, key=HOSTILE[:250])
        put_matrices(run, [[3, 1], [0, 2]], classes=[HOSTILE[:250], "b"], key=HOSTILE[:250])
        put_some_curves(run, class_curves(HOSTILE[:250]), key=HOSTILE[:250])
        put_some_histogram(run, key=HOSTILE[:250])
    answer = ask(runs, table)
    assert any(one.startswith("<script>") for one in words(answer))
    assert b"<script" not in answer.content
    assert b"<image" not in answer.content


@pytest.mark.parametrize(
    ("table", "params", "status", "said"),
    [
        ("pie", {}, 404, "there are classes, confusion, curves, histogram"),
        ("classes", {"key": "vla"}, 404, "did you mean “val”?"),
        ("classes", {"metric": "recal"}, 404, "did you mean “recall”?"),
        ("classes", {"class": "88"}, 404, "did you mean “8”?"),
        ("classes", {"step": "7"}, 404, "stands at step 7"),
        ("classes", {"step": "soon"}, 400, "step is a whole number."),
        ("classes", {"only": "best"}, 400, "only is all or regressed."),
        ("classes", {"class": [str(place) for place in range(101)]}, 400, "names 101 classes; at most 100"),
        ("confusion", {"norm": "rows"}, 400, "norm is row, counts, column or all."),
        ("curves", {"curve": "pie"}, 400, "curve is roc, pr or calibration."),
        ("histogram", {"width": "9000"}, 400, "width is a number of 120..2,000."),
        ("histogram", {"theme": "pink"}, 400, "theme is light or dark."),
    ],
)
def test_what_cannot_be_drawn_says_why(table, params, status, said):
    assert said in ask(evaluated(1), table, status=status, **params).json()["message"]


def test_a_picture_that_would_look_the_same_is_not_sent_again_and_is_for_its_readers_alone():
    runs = evaluated(1)
    client = api_client(team_admin(runs[0]), scope=Scope.READ)
    path = f"/api/v1/pictures/classes.svg?run={runs[0].slug}"
    tag = client.get(path)["ETag"]
    assert client.get(path, headers={"If-None-Match": tag}).status_code == 304
    put_tables(runs[0], step=151)
    assert client.get(path, headers={"If-None-Match": tag}).status_code == 200
    assert api_client(make_user(), scope=Scope.READ).get(path).status_code == 404
    assert client.get("/api/v1/pictures/classes.svg").status_code == 400


def test_ten_runs_cost_as_many_queries_as_two():
    runs = evaluated(10)
    counts = []
    for some in (runs[:2], runs):
        with CaptureQueriesContext(connection) as asked:
            ask(some, "classes")
        counts.append(len(asked))
    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    ("table", "params"),
    [("classes", {}), ("confusion", {"theme": "dark"}), ("curves", {}), ("histogram", {"theme": "dark"})],
)
def test_tables_look_as_they_did(table, params):
    answer = ask(evaluated(3), table, kind="png", width=460, height=300, scale=1, **params)
    assert_looks_the_same(answer.content, f"table-{table}")


# --- blocks and colours


def test_a_block_shows_the_value_that_is_farthest_from_zero_and_what_is_missing():
    chance = random.Random(2)
    counts = [[chance.randrange(9) for _ in range(5)] for _ in range(5)]
    one = dense_matrix("abcde", counts)
    aligned = Aligned([one, dense_matrix("ab", [[1, 2], [3, 4]])], 0)
    own = blocks_of(aligned, 0, "counts", far=False, classes=np.arange(5), most=3)
    assert own.per == 2
    for row in range(3):
        for column in range(3):
            assert own.values[row, column] == max(
                counts[at][to]
                for at in range(2 * row, min(5, 2 * row + 2))
                for to in range(2 * column, min(5, 2 * column + 2))
            )
    far = blocks_of(aligned, 1, "counts", far=True, classes=np.arange(5), most=5)
    assert far.values[0, 1] == 2 - counts[0][1]
    assert far.missing_rows.tolist() == [False, False, True, True, True]
    assert blocks_of(aligned, 0, "counts", far=False, classes=np.array([4, 0]), most=9).values[0, 1] == counts[4][0]


@pytest.mark.parametrize("theme", list(SCALES))
def test_matrices_have_the_colours_of_the_page(theme):
    script = Path("apps/workspace/static/workspace/confusion-colours.js").read_text(encoding="utf-8")
    text = script.partition(f"  {theme}: {{")[2].partition("  }")[0]
    said = {name: json.loads(value) for name, value in re.findall(r"(\w+): (\[.*\]),", text)}
    for name, value in vars(SCALES[theme]).items():
        shades = said[name] if isinstance(value, tuple) else [said[name]]
        assert list(value if isinstance(value, tuple) else [value]) == [
            "#" + "".join(f"{channel:02x}" for channel in shade) for shade in shades
        ]
