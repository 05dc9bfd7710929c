"""What may be written next in a filter."""

import pytest

from apps.runs.filters import parse
from apps.runs.filters_completion import MOST, completion
from apps.runs.filters_notes import notes
from apps.runs.models import Project
from tests.factories import make_project, make_run
from tests.runs.trainings import settled

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    project = make_project()
    for place, model in enumerate(["small", "small", "large", 'say "hi"']):
        run = make_run(
            project,
            name=f"seed-{place}",
            config={"lr": 10.0**-place, "model": model, "optimizer": {"name": "sgd"}, "two words": 1},
            tags=["baseline", "sweep 1"][: place + 1],
        )
        settled(run, val__acc=[0.5], loss=[1.0])
    make_run(config={"secret": "elsewhere"}, tags=["elsewhere"])
    return project


def suggested(project: Project, text: str) -> list[str]:
    """What the text would become with each suggestion; | marks the place."""
    at = text.index("|")
    whole = text.replace("|", "", 1)
    found = completion(project, whole, at)
    return [whole[: found.begin] + one.text + whole[found.end :] for one in found.suggestions]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("nam|", ["name", 'config["optimizer.name"]']),
        ("sta|", ["state", "started"]),
        ("lr|", ["config.lr"]),
        ("acc|", ['metric["val/acc"]']),
        ("config.l|", ["config.lr", "config.model"]),
        ("config.tw|", ['config["two words"]']),
        ("config.opt|", ['config["optimizer.name"]']),
        ('config["opt|', ['config["optimizer.name"]']),
        ('config["opt|"] == 1', ['config["optimizer.name"] == 1']),
        ("not (metric.lo|", ["not (metric.loss"]),
        ('metric["val/acc"].m|', ['metric["val/acc"].min', 'metric["val/acc"].max']),
        ("metric.loss.b|", ["metric.loss.best"]),
        ("name.st|", ['name.startswith("']),
        ("config.model.c|", ['config.model.contains("']),
        (
            "config.lr |",
            [
                "config.lr " + one
                for one in ["==", "!=", "<", "<=", ">", ">=", "in", "not in", "is None", "is not None"]
            ],
        ),
        ("config.lr == 1 |", ["config.lr == 1 and", "config.lr == 1 or"]),
        ("config.lr == 1 an|", ["config.lr == 1 and"]),
        (
            'tag == "x" and state in ("finished",) |',
            ['tag == "x" and state in ("finished",) and', 'tag == "x" and state in ("finished",) or'],
        ),
        ('config.model == "s|', ['config.model == "say \\"hi\\""', 'config.model == "small"']),
        ('config.model == "s|m"', ['config.model == "say \\"hi\\""', 'config.model == "small"']),
        ("config.model == |", ["config.model == " + one for one in ['"large"', '"say \\"hi\\""', '"small"']]),
        ('config.model in ("small", "l|', ['config.model in ("small", "large"']),
        ("config.lr < |", [f"config.lr < {one}" for one in ("0.001", "0.01", "0.1", "1")]),
        ('tag == "|', ['tag == "baseline"', 'tag == "sweep 1"']),
        ("state == |", [f'state == "{one}"' for one in ("running", "finished", "failed", "crashed", "stopped")]),
        ("created > |", ["created > ago(days=7)", "created > ago(hours=1)"]),
        ('name.startswith("seed-3|', ['name.startswith("seed-3"']),
        ("nothing.|", []),
        ('"|', []),
        ("config.lr == 'a\\'|", []),
    ],
)
def test_what_may_be_written_next(project: Project, text: str, wanted: list[str]):
    assert suggested(project, text) == wanted


def test_the_beginning_offers_all_there_is_to_name(project: Project):
    assert {"name", "state", "created", "tag", "config.", "metric."} <= set(suggested(project, "|"))
    assert set(suggested(project, "config.|")) == {
        *("config.lr", "config.model", 'config["optimizer.name"]', 'config["two words"]')
    }


def test_another_projects_names_and_values_are_not_told(project: Project):
    assert suggested(project, "secr|") == []
    assert suggested(project, 'config["secret"] == "|') == []
    assert suggested(project, 'tag == "els|') == []


def test_a_value_that_many_runs_have_is_one_step():
    project = make_project()
    for place in range(60):
        make_run(project, config={"n": place // 2, "same": "x"})
    assert suggested(project, "config.same == |") == ['config.same == "x"']
    assert len(suggested(project, "config.n == |")) == MOST


def test_a_long_text_is_answered_soon(project: Project):
    for text in ("a" * 10_000, "a." * 5_000, "(" * 10_000, "a['" * 3_000, "a == " * 2_000):
        assert len(completion(project, text, len(text)).suggestions) <= MOST


def test_names_that_no_run_has_are_remarked_on_with_near_ones(project: Project):
    said = notes(project, parse("config.modle == 'small' and metric['val/ac'].max > 0 and tag == 'x'"))
    assert [(note.column, note.message) for note in said] == [
        (1, "No run of this project has config.modle. Did you mean config.model?"),
        (29, 'No run of this project has metric["val/ac"].max. Did you mean metric["val/acc"].max?'),
    ]
    said = notes(project, parse("config.lr == 'small' or config.model > 3"))
    assert [note.message for note in said] == [
        "config.lr holds numbers alone in this project, and no text equals one.",
        "config.model holds texts alone in this project, and no number equals one.",
    ]
    assert notes(project, parse("config.lr == 3 and config.model.contains('x')")) == []
