"""Filters, sorts and columns over class tables."""

import pytest
from django.core.management import call_command

from apps.history.services import append_batch, settle
from apps.runs.columns import column_values, offered_names
from apps.runs.filters import parse, parse_name
from apps.runs.filters_completion import completion
from apps.runs.filters_notes import notes
from apps.runs.filters_syntax import FilterError
from apps.runs.models import RunValue
from apps.runs.moving import move_runs
from apps.runs.removal import archive_run, delete_run
from apps.runs.run_table import Chosen, parse_sorts, passing_ids, table_page
from apps.tables import queries
from apps.tables.models import LoggedTable, TableKey
from tests.factories import make_project, make_run
from tests.history.test_planes import some_batch
from tests.tables.tables import put_tables

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def project():
    return make_project()


def passing(project, text: str) -> set[int]:
    return set(passing_ids(project, Chosen(parse(text))))


def test_a_filter_asks_of_the_newest_step_of_every_run(project):
    good, bad, other = (make_run(project) for _ in range(3))
    put_tables(good, {"pedestrian": {"iou": 0.2, "support": 5}}, step=1)
    put_tables(good, {"pedestrian": {"iou": 0.9995, "support": 5}}, step=2)
    put_tables(good, {"pedestrian": {"iou": 0.1}}, step=0)  # came late: an older step
    put_tables(bad, {"pedestrian": {"iou": 0.08}, "road": {"iou": 0.99}})
    put_tables(other, {"pedestrian": {"iou": float("nan")}})
    assert passing(project, 'class_["pedestrian"].iou >= 0.999') == {good.id}
    assert passing(project, "class_.pedestrian.iou < 0.999") == {bad.id}
    assert passing(project, 'class_["pedestrian"].support == 5') == {good.id}
    assert passing(project, 'class_["pedestrian"].iou is None') == {other.id}
    assert passing(project, 'class_["Pedestrian"].iou >= 0') == set()
    assert passing(project, 'class_["pedestrian"].iou < class_["road"].iou') == {bad.id}
    page = table_page(project, Chosen(), parse_sorts(['-class_["pedestrian"].iou']), limit=10)
    assert [run.id for run in page.runs] == [good.id, bad.id, other.id]
    assert column_values(project, [good, bad, other], [parse_name("class_.pedestrian.iou")]) == [
        [0.9995],
        [0.08],
        [None],
    ]


def test_names_of_any_kind_are_found(project):
    run = make_run(project)
    name = 'a"b\\[\',%_ é 😀 = "x"]'
    put_tables(run, {name: {"f1-score": 0.5, "in": 0.25, "best": 1}})
    for column in ("f1-score", "in", "best"):
        (cell,) = [one for one in offered_names(project, search=column, limit=100).names if one.figure == column]
        assert parse_name(cell.text) == cell
        assert passing(project, f"{cell.text} > 0") == {run.id}


def test_a_class_of_several_tables_is_asked_for_with_its_table(project):
    one, two = make_run(project), make_run(project)
    put_tables(one, {"8": {"recall": 0.9}}, key="val")
    assert passing(project, 'class_["8"].recall > 0.5') == {one.id}
    put_tables(two, {"8": {"recall": 0.8}, "9": {"recall": 0.1}}, key="test")
    with pytest.raises(FilterError, match=r'write class_\["test", "8"\].recall or class_\["val", "8"\].recall'):
        passing(project, 'class_["8"].recall > 0.5')
    assert passing(project, 'class_["val", "8"].recall > 0.5') == {one.id}
    assert passing(project, 'class_["9"].recall > 0') == {two.id}
    assert [name.text for name in offered_names(project, search="recall", limit=9).names] == [
        'class_["test", "8"].recall',
        'class_["val", "8"].recall',
        'class_["9"].recall',
    ]
    with pytest.raises(FilterError, match="Column 1 of the sort"):
        table_page(project, Chosen(), parse_sorts(['class_["8"].recall']), limit=10)
    archive_run(two.id)
    delete_run(two.id)  # its names stay, and mean nothing
    assert passing(project, 'class_["8"].recall > 0.5') == {one.id}
    assert not LoggedTable.objects.filter(run_id=two.id).exists()
    assert not TableKey.objects.filter(run_id=two.id).exists()


def test_values_survive_a_compaction_and_are_made_anew_by_the_command(project):
    run = make_run(project)
    put_tables(run)
    append_batch(run_id=run.id, attempt=1, writer="w", seq=1, batch=some_batch(0))
    settle(run.id)
    assert passing(project, 'class_["8"].recall < 0.72 and metric.k0 is not None') == {run.id}
    RunValue.objects.all().delete()
    call_command("reindex_values")
    assert passing(project, 'class_["8"].recall < 0.72 and metric.k0 is not None') == {run.id}


def test_classes_that_went_are_asked_for_no_more(project):
    run = make_run(project)
    put_tables(run, {"a": {"recall": 1}}, step=1)
    put_tables(run, {"b": {"recall": 1}}, step=2)
    assert passing(project, "class_.a.recall == 1") == set()
    assert passing(project, "class_.b.recall == 1") == {run.id}


def test_what_is_beyond_the_limit_is_not_indexed_and_said(project, monkeypatch):
    monkeypatch.setattr(queries, "MAX_INDEXED", 3)
    run = make_run(project)
    stored = put_tables(run, {str(at): {"recall": at} for at in range(5)})
    assert (stored.indexed, stored.left_out) == (3, 2)
    long = put_tables(run, {"c" * 250: {"m" * 250: 1}, "d": {"x": 1}})
    assert (long.indexed, long.left_out) == (1, 1)


def test_only_what_differs_is_written(project, django_assert_num_queries):
    run = make_run(project)
    put_tables(run)
    before = set(RunValue.objects.filter(run=run).values_list("key_id", "number"))
    put_tables(run, {"7": {"support": 44, "recall": 0.98}, "8": {"support": 41, "recall": 0.75}}, step=151)
    after = set(RunValue.objects.filter(run=run).values_list("key_id", "number"))
    assert len(before ^ after) == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cla", 'class_["'),
        ('class_["', 'class_["7"]'),
        ('class_["8', 'class_["8"]'),
        ('class_["8"].', 'class_["8"].recall'),
        ('class_["8"].re', 'class_["8"].recall'),
        ('class_["val", "8"].', 'class_["val", "8"].recall'),
        ('class_["8"].recall < ', "0.71"),
    ],
)
def test_the_filter_box_completes_classes(project, text, expected):
    put_tables(make_run(project))
    assert expected in [one.text for one in completion(project, text, len(text)).suggestions]


def test_the_filter_box_names_the_table_where_it_must(project):
    put_tables(make_run(project))
    put_tables(make_run(project), key="test")
    text = 'class_["8"].'
    found = [one.text for one in completion(project, text, len(text)).suggestions]
    assert found == [
        'class_["test", "8"].recall',
        'class_["val", "8"].recall',
        'class_["test", "8"].support',
        'class_["val", "8"].support',
    ]


def test_an_unknown_class_is_said_with_a_near_one(project):
    put_tables(make_run(project), {"pedestrian": {"iou": 1}})
    (note,) = notes(project, parse("class_.pedestrain.iou > 0"))
    assert 'Did you mean class_["pedestrian"].iou?' in note.message


@pytest.mark.parametrize(
    "text", ['class_["8"]', 'class_["a", "b", "c"].x > 1', 'class_[1, "8"].x > 1', 'class_["\\ud800"].x > 1']
)
def test_what_is_no_class_is_refused(text):
    with pytest.raises(FilterError):
        parse(text)


def test_a_run_that_moves_takes_its_classes_along(project):
    run, other = make_run(project), make_project()
    put_tables(run)
    move_runs(project, [run.id], other)
    assert passing(other, 'class_["8"].recall < 0.72') == {run.id}
    assert passing(project, 'class_["8"].recall < 0.72') == set()
