"""Curves and histograms on pages: of a run, of compared runs; worst class first, missing never zero."""

import re
from datetime import timedelta

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.http import urlencode

from apps.evaluation.curve_drawing import densities, heat_rows
from apps.runs.models import Run
from apps.tables.histograms import Histogram
from tests.factories import browser, make_project, make_run, team_admin
from tests.tables.tables import class_curves, put_some_curves, put_some_histogram

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair() -> list[Run]:
    project = make_project()
    runs = [make_run(project, name=name, group="mlp") for name in ("mlp-3", "mlp-4")]
    Run.objects.filter(id=runs[0].id).update(created_at=timezone.now() - timedelta(hours=1))
    for place, run in enumerate(runs):
        for step in (10, 20):
            eight = class_curves("8", 0.9 - 0.4 * place - 0.2 * (step == 10), brier=0.1 + place / 10)
            put_some_curves(run, class_curves("7", 0.8), eight, {"class": "never"}, step=step)
            put_some_histogram(run, (3, 4 + place), step=step, nan=place)
    return runs


def page_of(runs: list[Run], path: str = "compare/curves/", **more: str) -> str:
    asked = [*(("run", run.slug) for run in runs), *more.items()]
    address = f"{runs[0].project.get_absolute_url()}{path}?{urlencode(asked)}"
    answer = browser(team_admin(runs[0])).get(address)
    assert answer.status_code == 200, answer.content
    return str(answer.content.decode())


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", "", re.sub("</(?:td|th|li|p)>", " ", html)))


def test_the_class_that_got_worst_is_drawn_with_its_areas(pair):
    page = page_of(pair)
    assert 'class <b class="class-name">8</b>' in page
    said = words(page)
    assert "ROC AUC 0.95 0.75 −0.2" in said
    assert "Brier score 0.1 0.2 +0.1" in said
    assert page.count('title="worse than the baseline"') == 3  # of both areas, and of the class in the list
    assert page.count('<path class="curve ') == 6
    assert "never" in said
    assert "missing" in said


def test_the_address_says_class_area_and_step(pair):
    page = page_of(pair, curve_class="7", area="brier")
    assert 'class <b class="class-name">7</b>' in page
    assert "ROC AUC 0.9 0.9 ±0" in words(page)
    assert "ROC AUC 0.85 0.65" in words(page_of(pair, step="10"))
    page = page_of(pair, curve_class="never")
    assert "No run has this curve of never." in page
    assert '<path class="curve ' not in page


def test_a_run_is_beside_the_run_before_it(pair):
    answer = browser(team_admin(pair[1])).get(f"/runs/{pair[1].slug}/curves/", {"step": "10", "curve_class": "8"})
    said = words(answer.content.decode())
    assert "mlp-3 step 20" in said
    assert "mlp-4 step 10" in said
    assert "2 steps, darker" in said
    assert "NaN or infinite: 1 at step 10, 1 at step 20" in said
    alone = make_run(pair[0].project, name="alone")
    page = browser(team_admin(alone)).get(f"/runs/{alone.slug}/curves/").content.decode()
    assert "No curves" in page


def test_the_compare_page_has_the_areas_and_leads_to_the_curves(pair):
    page = page_of(pair, "compare/")
    assert "ROC AUC 0.95 0.75 −0.2" in words(page)
    assert re.search(r'href="[^"]*compare/curves/\?run=', page)


def test_more_runs_cost_no_more_queries(pair):
    client = browser(team_admin(pair[0]))
    counts = []
    for more in (0, 6):
        for _ in range(more):
            run = make_run(pair[0].project)
            put_some_curves(run)
            put_some_histogram(run)
            pair.append(run)
        address = (
            f"{pair[0].project.get_absolute_url()}compare/curves/?{urlencode([('run', run.slug) for run in pair])}"
        )
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_run_that_blew_up_leaves_the_others_their_shape(pair):
    wild = make_run(pair[0].project, name="wild")
    put_some_histogram(wild, (1, 5), (-1, 0, 1e20), step=3)
    page = page_of([*pair, wild])
    said = words(page)
    assert "wild step 3, 6 values, goes on beyond the chart" in said
    assert "<span>−1</span><span>1</span>" in page
    assert said.count("beyond the chart") == 1


def test_densities_share_one_height_and_heat_one_scale():
    narrow = Histogram(np.array([0.0, 1.0]), np.array([10]))
    wide = Histogram(np.array([0.0, 2.0]), np.array([10]))
    first, second, third = densities([narrow, wide, None], np.array([0.0, 1.0, 2.0]))
    assert first == "M0 320V0.0H400.0V320.0H800.0V320"
    assert second == "M0 320V160.0H400.0V160.0H800.0V320"
    assert third == ""
    rows = heat_rows(np.array([[4.0, 0.0], [1.0, 3.0]]))
    assert {row.level for row in rows} == {5, 9, 10}
    assert heat_rows(np.zeros((2, 3))) == []
