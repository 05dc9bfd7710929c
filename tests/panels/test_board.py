"""The charts of a page: colours, sections, the specs and the scripts that are made."""

import re

import pytest

from apps.core import ids
from apps.history.queries import Head
from apps.panels import assets, colours, queries, specs
from apps.panels.arranging import Arrangement
from apps.panels.layouts import Layout
from tests.factories import make_project, make_run

STATIC = assets.STATIC


def head(name: str) -> Head:
    return Head(name, 1, 0, 0, 0, 1.0, 0, 1.0, 1.0, 1.0, 0, 0, 0)


def test_the_first_ten_runs_have_ten_colours():
    slots = colours.run_slots(ids.new_id() for _ in range(10))
    assert sorted(slots.values()) == list(range(10))


def test_a_run_added_at_the_end_changes_no_colour():
    chosen = [ids.new_id() for _ in range(25)]
    slots = colours.run_slots(chosen)
    for length in range(len(chosen)):
        assert {run: slots[run] for run in chosen[:length]} == colours.run_slots(chosen[:length])
    assert len(set(slots.values())) == 25


def test_more_runs_than_slots_use_a_colour_again():
    assert len(colours.run_slots(range(1, 101))) == 100


def test_the_page_prefers_the_same_slot_as_the_server():
    script = (STATIC / "colours.js").read_text()
    assert f"SLOTS = {colours.SLOTS};" in script
    assert ids.ALPHABET in script
    number = ids.new_id()
    assert ids.ALPHABET.index(ids.to_text(number)[-1]) % 10 == colours.preferred_slot(number)


def test_the_page_has_the_gutters_of_the_spec():
    script = (STATIC / "geometry.js").read_text()
    found = {name: int(value) for name, value in re.findall(r"(left|right|top|bottom): (\d+)", script)}
    assert found == {"left": specs.LEFT, "right": specs.RIGHT, "top": specs.TOP, "bottom": specs.BOTTOM}


def test_keys_are_grouped_by_their_prefix():
    found = queries.sections(["loss", "train/loss", "train/a/b", "/odd", "odd/"])
    assert [(one.name, [(panel.key, panel.title) for panel in one.panels]) for one in found] == [
        ("metrics", [("loss", "loss"), ("/odd", "/odd"), ("odd/", "odd/")]),
        ("train", [("train/loss", "loss"), ("train/a/b", "a/b")]),
    ]


@pytest.mark.django_db
def test_a_board_lists_plain_metrics_first_and_the_machine_last():
    run = make_run(make_project())
    names = ["system/cpu", "val/loss", "epoch", "Train/loss", "a/b"]
    board = queries.board([run], {run.id: {name: head(name) for name in names}})
    assert [section.name for section in board.sections] == ["metrics", "a", "Train", "val", "system"]
    assert board.data["shown"] == [run.slug]
    assert board.data["runs"][0]["slot"] == board.slots[run.id]


@pytest.mark.django_db
def test_numbers_in_names_are_in_their_order():
    run = make_run(make_project())
    names = ["recall/10", "recall/9", "recall/1", "layer2/a", "layer10/a"]
    board = queries.board([run], {run.id: {name: head(name) for name in names}})
    assert [panel.key for section in board.sections for panel in section.panels] == [
        "layer2/a",
        "layer10/a",
        "recall/1",
        "recall/9",
        "recall/10",
    ]


@pytest.mark.django_db
def test_a_board_is_narrowed_by_name_and_by_its_limit(monkeypatch):
    run = make_run(make_project())
    heads = {run.id: {name: head(name) for name in (f"m/{place:03d}" for place in range(30))}}
    narrowed = queries.board([run], heads, only="M/01")
    assert [panel.key for panel in narrowed.portions[0].panels] == [f"m/{place:03d}" for place in range(10, 20)]
    assert len(narrowed.script["sections"][0]["panels"]) == 30
    monkeypatch.setattr(queries, "MAX_PANELS", 7)
    (portion,) = queries.board([run], heads).portions
    assert (len(portion.panels), portion.total, portion.open) == (7, 30, True)
    monkeypatch.setattr(queries, "MAX_KEYS", 12)
    known = queries.board([run], heads, only="m/01")
    assert (known.total, known.left_out) == (30, 18)
    assert len(known.portions[0].panels) == 7
    assert known.portions[0].total == 10


@pytest.mark.django_db
def test_sections_beyond_the_first_panels_come_closed_where_there_are_many(monkeypatch):
    run = make_run(make_project())
    heads = {run.id: {name: head(name) for name in (f"s{place // 10}/m{place}" for place in range(60))}}
    assert all(one.open for one in queries.board([run], heads).portions)
    monkeypatch.setattr(queries, "FOLDED_FROM", 50)
    monkeypatch.setattr(queries, "MAX_PANELS", 15)
    assert [(one.open, len(one.panels), one.total) for one in queries.board([run], heads).portions] == [
        (True, 10, 10),
        (True, 5, 10),
        *[(False, 0, 10)] * 4,
    ]


@pytest.mark.django_db
def test_from_seventeen_runs_on_a_page_knows_which_end_is_good(django_assert_num_queries):
    project = make_project()
    runs = [make_run(project) for _ in range(queries.RANKED_FROM)]
    heads = {run.id: {name: head(name) for name in ("val/loss", "val/acc", "lr")} for run in runs}
    arranged = Arrangement(project)
    with django_assert_num_queries(1):
        board = queries.board(runs, heads, arranged=arranged)
    assert {panel.key: panel.better for one in board.sections for panel in one.panels} == {
        "lr": "",
        "val/acc": "max",
        "val/loss": "min",
    }
    with django_assert_num_queries(0):
        few = queries.board(runs[:-1], heads, arranged=arranged)
    assert {panel.better for one in few.sections for panel in one.panels} == {""}


@pytest.mark.django_db
def test_a_board_is_arranged_by_a_layout_and_by_shared_charts():
    project = make_project()
    run = make_run(project)
    names = ["loss", "train/loss", "train/acc", "train/lr"]
    layout = Layout(hidden=("train/lr", "gone"), order={"train": ["train/loss", "gone"]}, sizes={"loss": "wide"})
    arranged = Arrangement(project, layout, aliases={"train/loss": "loss", "val/loss": "loss"})
    board = queries.board([run], {run.id: {name: head(name) for name in names}}, arranged=arranged)
    assert [(one.name, [panel.key for panel in one.panels]) for one in board.portions] == [
        ("metrics", ["loss"]),
        ("train", ["train/acc"]),
    ]
    loss = board.sections[0].panels[0]
    assert (loss.keys, loss.size) == (("loss", "train/loss"), "wide")
    assert board.script["layout"]["hidden"] == ["train/lr", "gone"]


@pytest.mark.parametrize("x", ["step", "time", "duration", "value"])
@pytest.mark.parametrize("y", ["linear", "log"])
def test_a_spec_holds_no_url_and_stays_lean(x, y):
    spec = specs.line_panel(x=x, y=y)
    assert '"url"' not in str(spec).replace("'", '"')
    assert spec["config"]["aria"] is False
    (vega,) = assets.compiled({"one": spec}).values()
    assert [one["name"] for one in vega["data"]] == ["bands", "lines", "dots", "marks"]
    assert {one["name"]: one["domain"] for one in vega["scales"]} == {
        "x": [{"signal": "x_from"}, {"signal": "x_to"}],
        "y": [{"signal": "y_from"}, {"signal": "y_to"}],
    }
    assert "legends" not in vega
    assert "isValid" not in str(vega)
    assert "tooltip" not in str(vega)


def test_assets_are_made_once(tmp_path, monkeypatch):
    monkeypatch.setattr(assets, "BUNDLE", tmp_path / "vega-bundle.js")
    monkeypatch.setattr(assets, "SPECS", tmp_path / "line-specs.js")
    assert {path.name for path in assets.build()} == {"vega-bundle.js", "line-specs.js"}
    assert assets.build() == []
    bundle = assets.BUNDLE.read_text()
    assert re.search(r"export \{ \S+ as vega, \S+ as interpreter, \S+ as vegaLite \};\s*$", bundle)
    changed = tmp_path / "specs.py"
    changed.write_text(assets.SOURCES[0].read_text() + "\n")
    monkeypatch.setattr(assets, "SOURCES", (changed, *assets.SOURCES[1:]))
    assert [path.name for path in assets.build()] == ["line-specs.js"]


def test_a_bundle_that_hides_vega_is_refused():
    with pytest.raises(ValueError, match="hides Vega"):
        assets.with_parts("window.nothing = 1;")


def test_every_import_of_our_modules_is_relative_and_ends_in_a_semicolon():
    """Static hashing rewrites only such imports."""
    scripts = [
        path
        for app in ("panels", "workspace", "core")
        for path in (STATIC.parents[2] / app / "static" / app).glob("*.js")
        if path.name not in ("vega-bundle.js", "line-specs.js")
    ]
    assert len(scripts) > 10
    for path in scripts:
        for line in path.read_text().splitlines():
            if (line.startswith(("import ", "export {")) and "from" in line) or line.startswith('import "'):
                assert re.search(r'"\.\.?/[\w./-]+\.js";$', line), f"{path.name}: {line}"
