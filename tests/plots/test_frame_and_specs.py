"""What the frame of Plotly may do, what compiled specs hold, and how a table's URL keeps its plots."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client

from apps.plots import assets, specs
from apps.workspace.table_state import MAX_PLOTS, read_state
from tests.factories import make_project, make_run
from tests.plots.asking import plot
from tracker_site.static_headers import open_to_frames

STATIC = Path(assets.STATIC)


def test_the_frame_may_draw_and_nothing_else() -> None:
    answer = Client().get("/frames/plotly/")
    policy = dict(part.split(" ", 1) for part in answer["Content-Security-Policy"].split("; "))
    assert policy["sandbox"] == "allow-scripts"
    assert policy["default-src"] == policy["connect-src"] == policy["form-action"] == policy["base-uri"] == "'none'"
    assert policy["frame-ancestors"] == "'self'"
    assert policy["script-src"] == "'self' 'unsafe-eval'"
    assert not answer.cookies
    assert b"<script>" not in answer.content


def test_only_the_scripts_of_the_frame_are_given_to_it() -> None:
    for url, opened in (("/static/plots/plotly.min.1a2b.js", True), ("/static/core/page.js", False)):
        headers: Any = {}
        open_to_frames(headers, "", url)
        assert bool(headers) is opened


def test_specs_hold_neither_data_nor_addresses_and_are_made_once() -> None:
    assets.build()
    assert assets.build() == []
    text = (STATIC / "plot-specs.js").read_text()
    found = json.loads(text.split("export const plotSpecs = ")[1].rstrip(";\n"))
    assert set(found) == {
        *(f"dots-{x}-{y}" for x in ("linear", "log") for y in ("linear", "log")),
        *(f"{kind}-{x}" for kind in ("boxes", "bars") for x in ("linear", "log")),
    }
    for spec in found.values():
        assert all(set(one) == {"name"} for one in spec["data"])
        assert not re.search(r'"(url|href)"|https?://(?!vega\.github\.io/schema)', json.dumps(spec))
    stage = (STATIC / "plot-stage.js").read_text()
    assert f"left: {specs.LEFT}, right: {specs.RIGHT}, top: {specs.TOP}, bottom: {specs.BOTTOM} }}" in stage


def test_a_tables_url_keeps_its_plots() -> None:
    texts = ["kind=scatter&x=config.lr&y=metric%5B%22a%2Fb%22%5D.best", "kind=bars&value=took"]
    params = QueryDict(mutable=True)
    params.setlist("plot", texts)
    params["filter"] = "config.lr < 1"
    state = read_state(params)
    assert state.plots == tuple(texts)
    assert read_state(QueryDict(state.look())).plots == state.plots
    assert state.but(plots=(), cursor="x").cursor == "x"
    params.setlist("plot", ["x" * 3_000, *texts * 5])
    assert len(read_state(params).plots) == MAX_PLOTS
    assert f"export const MOST = {MAX_PLOTS};" in (STATIC / "plot-state.js").read_text()


ODD = [
    *("", " ", "\0", "x" * 11_000, "1 + 1", "tag", "tags", "notes", "class_['a'].iou", "config", "metric.a.b.c"),
    *(
        "config['']",
        'config["<script>"]',
        "took.x",
        "name",
        "state",
        "took",
        "created",
        "metric.loss.best",
        "metric.x.best",
    ),
]


@pytest.mark.django_db
@pytest.mark.parametrize("name", ODD)
def test_whatever_is_asked_for_is_answered_or_refused(name: str) -> None:
    project = make_project()
    for place in range(3):
        make_run(project, config={"v": [1e308, -1e308, "x"][place], "": 1, "<script>": place})
    asked: list[tuple[str, dict[str, Any]]] = [
        ("scatter", {"x": name, "y": "config.v", "colour": "name"}),
        ("scatter", {"x": "config.v", "y": "created", "x_log": "1", "size": name}),
        ("bars", {"value": name}),
        ("bars", {"value": "config.v", "group": name}),
        ("histogram", {"value": name, "group": "config.v", "log": "1"}),
        ("parallel", {"col": [name, "created", "config.v"], "colour": name}),
        ("importance", {"target": name}),
        ("suggestion", {"target": name}),
        ("histogram", {"value": "config.v", "filter": name}),
    ]
    for kind, params in asked:
        answer = plot(project, kind, status=None, **params)
        assert "total" in answer or "parameters" in answer or set(answer) == {"code", "message", "fields"}
