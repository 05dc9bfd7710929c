"""What holds for every page of a project and of a run: hostile words stay words, more runs cost no more queries."""

import re
from collections.abc import Iterator
from io import BytesIO

import numpy as np
import orjson
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.artifacts.services import put_file
from apps.core import ids
from apps.custom_panels.models import Panel
from apps.custom_panels.placing import PAGES as PANEL_PAGES
from apps.custom_panels.placing import place_panels
from apps.custom_panels.services import create_panel
from apps.history.batches import Batch, Group
from apps.history.services import append_batch
from apps.reports.discussion.posting import comment_on
from apps.reports.models import Publishing, Snapshot
from apps.reports.publishing import publish
from apps.reports.services import create_report
from apps.runs.models import Project, Run
from apps.tables.cost_services import change_costs
from apps.tables.costs import Costs
from apps.workspace.services import save_view
from tests.accounts.test_permissions import MATRIX
from tests.custom_panels.documents import document
from tests.factories import browser, make_project, make_run, team_admin
from tests.tables.tables import class_curves, put_matrices, put_some_curves, put_some_histogram, put_tables

pytestmark = pytest.mark.django_db

HOSTILE = "\"'></textarea></script><script>alert(1)</script><img src=x onerror=alert(1)>\u202e{{ 7|add:7 }}%}"
PAGES = sorted(
    route
    for route, lines in MATRIX.items()
    if "GET" in lines
    and not route.startswith(("api/", "accounts/", "f/"))
    and re.search("run_id|project|report_id|r/new", route)
)


def hostile_run(project: Project) -> Run:
    """A run all of whose texts are hostile."""
    words = {HOSTILE: HOSTILE, "seed": 1}
    run = make_run(
        project,
        name=HOSTILE,
        group=HOSTILE,
        job_type=HOSTILE,
        notes=HOSTILE,
        tags=[HOSTILE],
        exit_message=HOSTILE,
        config=words,
        summary=words,
        provenance={"command": [HOSTILE], "git": {"branch": HOSTILE, "commit": HOSTILE}, "host": HOSTILE},
    )
    steps = np.arange(3, dtype=np.int64)
    group = Group(steps, steps * 1000, [HOSTILE, "loss"], np.ones((2, 3)))
    append_batch(run_id=run.id, attempt=1, writer="w", seq=0, batch=Batch([group]))
    for step in (1, 2):
        put_tables(run, {HOSTILE: {HOSTILE: step, "recall": 0.5 / step}, "8": {"recall": 1}}, key=HOSTILE, step=step)
    put_matrices(run, [[1, 2], [0, 3]], classes=[HOSTILE, "8"], key=HOSTILE)
    for step in (1, 2):
        put_some_curves(run, class_curves(HOSTILE), class_curves("8", 0.9), key=HOSTILE, step=step)
        put_some_histogram(run, key=HOSTILE, step=step, nan=step)
    put_file(run, "notes.txt", BytesIO(HOSTILE.encode()))
    return run


def addresses(runs: list[Run], report: str) -> Iterator[tuple[str, str]]:
    """Every page's route, and its address with all of the runs on it."""
    project = runs[0].project
    all_runs = "&".join(f"run={run.slug}" for run in runs)
    pair = f"run={runs[0].slug}&run={runs[-1].slug}"
    queries = {"compare/": all_runs, "compare/code/": pair, "r/new/": f"project={project}"}
    panel = Panel.objects.filter(project=project).first() or placed_panel(project)
    names = {"team": project.team.slug, "project": project.slug, "run_id": runs[0].slug, "report_id": report}
    names |= {"sha": "4f2a9c1d", "form": "md"}
    snapshot = Snapshot.objects.get(report=ids.from_text(report))
    names |= {"panel_id": panel.slug, "n": "1", "sha256": orjson.loads(bytes(snapshot.canonical))["html"]}
    names |= {"panel": "1", "chart": "1"}
    names["publishing_id"] = ids.to_text(Publishing.objects.get(snapshot=snapshot).id)
    for route in PAGES:
        path = "/" + re.sub(r"<\w+:(\w+)>", lambda found: names[found[1]], route)
        query = next((query for end, query in queries.items() if route.endswith(end)), all_runs)
        yield route, f"{path}?{query}" if "settings" not in route else path


def placed_panel(project: Project) -> Panel:
    """A panel all of whose texts are hostile, on every page that panels stand on."""
    text = document(parameters={"words": {"label": HOSTILE, "default": HOSTILE}}, title=HOSTILE, description=HOSTILE)
    panel = create_panel(project=project, owner=team_admin(project), name=HOSTILE, document=text)
    for page in PANEL_PAGES:
        place_panels(team_admin(project), project, page, [{"panel": panel.slug, "parameters": {"words": HOSTILE}}])
    return panel


def report_over(runs: list[Run]) -> str:
    ids = ", ".join(run.slug for run in runs)
    markdown = f"# Words\n\n```panel\nkind: line\nkeys: [loss]\nruns: [{ids}]\n```\n"
    project = runs[0].project
    report = create_report(project=project, author=team_admin(project), title=HOSTILE, markdown=markdown)
    publish(report=report, by=team_admin(project))
    for version in (1, None):
        comment_on(report, team_admin(project), text=HOSTILE, version=version, revision=1, panel=1)
    return report.slug


def test_hostile_words_stay_words_on_every_page():
    project = make_project()
    runs = [hostile_run(project), hostile_run(project)]
    save_view(project, team_admin(project), name=HOSTILE, query="", shared=True)
    change_costs(project, Costs(1, {HOSTILE: 2}, {(HOSTILE, "8"): 3}), by=team_admin(project))
    client = browser(team_admin(project))
    for route, address in addresses(runs, report_over(runs)):
        answer = client.get(address, follow=True)
        page = (answer.getvalue() if answer.streaming else answer.content).decode(errors="replace")
        assert answer.status_code == 200, (route, page[:300])
        if "text/html" in answer["Content-Type"]:
            assert "<script>alert" not in page, route
            assert "<img src=x" not in page, route
            assert "14%}" not in page, route  # it was taken for a template


def test_more_runs_cost_no_more_queries_on_any_page():
    project = make_project()
    client = browser(team_admin(project))
    runs: list[Run] = []
    costs = []
    for wanted in (3, 9):
        while len(runs) < wanted:
            runs.append(hostile_run(project))
        cost = {}
        for route, address in addresses(runs, report_over(runs)):
            client.get(address)  # what is remembered is remembered
            with CaptureQueriesContext(connection) as queries:
                answer = client.get(address, follow=True)
                if answer.streaming:
                    answer.getvalue()
            cost[route] = len(queries)
        costs.append(cost)
    few, many = costs
    assert {route: (few[route], many[route]) for route in few if many[route] > few[route]} == {}
