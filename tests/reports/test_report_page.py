"""The page of a report: who sees it, what its panels draw, what it says when they cannot."""

import html
import json
import re

import pytest
from django.test import Client

from apps.reports.evidence import Broken, report_parts
from apps.reports.kinds import line
from apps.reports.kinds.kind import Drawn
from apps.reports.kinds.line import LineKind, Lines
from apps.reports.rendering import pieces
from apps.runs.models import Visibility
from tests import factories
from tests.reports.stories import logged_run, make_report, panel

pytestmark = pytest.mark.django_db


def signed_in(user=None):
    client = Client()
    if user is not None:
        client.force_login(user)
    return client


def page_text(response):
    """The page as words: tags out, entities read, spaces single."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def boards(response):
    found = re.findall(
        r'<script id="(report-panel-\d+)" type="application/json">(.*?)</script>', response.content.decode()
    )
    return [json.loads(data) for _, data in found]


def parts_of(project, markdown, user=None):
    return report_parts(user or factories.team_admin(project), project, pieces(markdown))


def test_a_report_shows_its_words_its_charts_and_their_values():
    project = factories.make_project(visibility=Visibility.PUBLIC)
    run = logged_run(project, name="mlp-1")
    report = make_report(project, f"Some **words**.\n\n{panel('keys: [val/loss]', f'runs: [{run.slug}]', 'log: true')}")
    response = signed_in().get(f"/r/{report.slug}/")
    assert response.status_code == 200
    page = response.content.decode()
    assert "<p>Some <strong>words</strong>.</p>" in page
    assert '<panel-chart data-key="val/loss">' in page
    assert boards(response)[0]["view"] == {"x": "step", "y": "log"}
    assert boards(response)[0]["shown"] == [run.slug]
    assert "mlp-1 2 1 3 3" in page_text(response)  # last, min, max, points
    assert "script-src 'self'" in response["Content-Security-Policy"]
    assert not re.search(r"<script(?![^>]*(src=|application/json))|\sstyle=|\son[a-z]+=", page)


@pytest.mark.parametrize(
    ("visibility", "statuses"),
    [
        (Visibility.PRIVATE, {"anonymous": 302, "stranger": 404, "reader": 200, "owner": 200}),
        (Visibility.TEAM, {"anonymous": 302, "stranger": 200, "reader": 200, "owner": 200}),
        (Visibility.PUBLIC, {"anonymous": 200, "stranger": 200, "reader": 200, "owner": 200}),
    ],
)
def test_a_report_is_seen_by_those_who_see_its_project(visibility, statuses):
    owner, reader, stranger = (factories.make_user() for _ in range(3))
    project = factories.make_project(factories.make_team(admin=owner, viewer=reader), visibility=visibility)
    report = make_report(project, "words")
    people = {"anonymous": None, "stranger": stranger, "reader": reader, "owner": owner}
    seen = {name: signed_in(user).get(f"/r/{report.slug}/").status_code for name, user in people.items()}
    assert seen == statuses
    edits = {name: signed_in(user).get(f"/r/{report.slug}/edit/").status_code for name, user in people.items()}
    assert edits == {"anonymous": 302, "stranger": 404, "reader": 404, "owner": 200}
    listed = f"/{project.team.slug}/{project.slug}/reports/"
    assert {name: signed_in(user).get(listed).status_code for name, user in people.items()} == statuses


def test_only_who_may_write_is_offered_to_edit():
    owner, reader = factories.make_user(), factories.make_user()
    project = factories.make_project(factories.make_team(admin=owner, viewer=reader))
    report = make_report(project, "words")
    assert f"/r/{report.slug}/edit/" in signed_in(owner).get(f"/r/{report.slug}/").content.decode()
    assert f"/r/{report.slug}/edit/" not in signed_in(reader).get(f"/r/{report.slug}/").content.decode()


@pytest.mark.parametrize("slug", ["0000000000000", "zzzzzzzzzzzzz", "short", "iiiiiiiiiiiii"])
def test_a_report_that_is_not_there_is_not_found(slug):
    assert signed_in(factories.make_user()).get(f"/r/{slug}/").status_code == 404


def test_a_run_that_the_reader_may_not_see_is_unknown_and_the_rest_is_drawn():
    hidden = logged_run(factories.make_project())
    project = factories.make_project(visibility=Visibility.PUBLIC)
    run = logged_run(project)
    report = make_report(
        project,
        panel("keys: val/loss", f"runs: [{hidden.slug}]")
        + "\n"
        + panel("keys: val/loss", f"runs: [{run.slug}]")
        + "\nend",
    )
    response = signed_in().get(f"/r/{report.slug}/")
    assert f"Line 4: There is no run {hidden.slug} that you may read." in page_text(response)
    assert hidden.name not in page_text(response)
    assert [board["shown"] for board in boards(response)] == [[run.slug]]
    assert "<p>end</p>" in response.content.decode()
    owner = factories.team_admin(hidden)
    assert len(boards(signed_in(owner).get(f"/r/{report.slug}/"))) == 2


@pytest.mark.parametrize(
    ("block", "line", "words"),
    [
        ("kind: line\nkeys: [val/loss", 5, "This is not valid YAML"),
        ("kind: pie\nkeys: [val/loss]", 4, "There is no panel kind “pie”"),
        ("kind: line", 4, "The block names no metric"),
        ("kind: line\nkeys: a\nruns: [0000000000001]", 6, "There is no run 0000000000001 that you may read."),
        ("kind: line\nkeys: a\nruns: {name: 'resnet*', tags: [seed]}", 6, "fits name “resnet*” and tag “seed” yet."),
    ],
)
def test_a_broken_block_is_explained_at_its_place_and_the_rest_is_drawn(block, line, words):
    project = factories.make_project()
    logged_run(project)
    first, broken, second = "before\n\n", f"```panel\n{block}\n```\n", f"\nafter\n\n{panel('keys: val/loss')}"
    kinds = [part.kind for part in parts_of(project, first + broken + second)]
    assert kinds == ["words", "broken", "words", "drawn"]
    report = make_report(project, first + broken + second)
    response = signed_in(factories.team_admin(project)).get(f"/r/{report.slug}/")
    assert response.status_code == 200
    assert f"Line {line}: " in page_text(response)
    assert words in page_text(response)
    assert f'<pre class="code">{block}' in html.unescape(response.content.decode())


def test_a_metric_that_nobody_logged_is_said_with_the_nearest_name():
    project = factories.make_project()
    logged_run(project)
    logged_run(project)
    (drawn,) = parts_of(project, panel("keys: [val/loss, val/los, zzz]"))
    assert isinstance(drawn, Drawn)
    assert isinstance(drawn.content, Lines)
    assert [panel.key for panel in drawn.content.panels] == ["val/loss"]
    assert [one.problem for one in drawn.content.values] == [
        "",
        "None of these 2 runs has logged “val/los”. Did you mean “val/loss”?",
        "None of these 2 runs has logged “zzz” yet.",
    ]
    report = make_report(project, panel("keys: val/los"))
    page = signed_in(factories.team_admin(project)).get(f"/r/{report.slug}/").content.decode()
    assert "panel-board" not in re.sub(r"panel-board\.js", "", page)


@pytest.mark.parametrize(
    ("runs", "names"),
    [
        ('{name: "mlp*"}', {"mlp-1", "mlp-2"}),
        ('{name: "*-1"}', {"mlp-1", "sgd-1"}),
        ('{name: "m?p*1"}', {"mlp-1"}),
        ('{name: ["mlp-2", "sgd*"]}', {"mlp-2", "sgd-1"}),
        ('{name: "MLP*"}', set()),
        ('{name: "a[1]%_*"}', {"a[1]%_x"}),
        ('{group: "linear"}', {"sgd-1"}),
        ('{group: "l*", name: "mlp*"}', set()),
        ("{tags: [seed, best]}", {"mlp-2"}),
        ("{tag: seed}", {"mlp-1", "mlp-2"}),
        ('[{name: "mlp-1"}, {tag: best}]', {"mlp-1", "mlp-2"}),
        ('{filter: \'group == "deep" and tag != "best"\'}', {"mlp-1"}),
        ("{filter: 'group == \"deep\"', name: '*-2'}", {"mlp-2"}),
        ('{name: ""}', set()),
    ],
)
def test_filters_choose_runs_of_the_project(runs, names):
    project = factories.make_project()
    for name, group, tags in (
        ("mlp-1", "deep", ["seed"]),
        ("mlp-2", "deep", ["seed", "best"]),
        ("sgd-1", "linear", []),
        ("a[1]%_x", "", []),
    ):
        logged_run(project, name=name, group=group, tags=tags)
    logged_run(factories.make_project(), name="mlp-elsewhere", tags=["seed", "best"])
    (part,) = parts_of(project, panel("keys: val/loss", f"runs: {runs}"))
    assert (isinstance(part, Broken) and not part.mistake) == (not names)
    assert {run.name for run in getattr(part, "runs", [])} == names


def test_runs_named_by_id_come_first_and_each_run_once():
    project = factories.make_project()
    first, second, third = (logged_run(project, name=f"run-{n}") for n in range(3))
    (part,) = parts_of(project, panel("keys: val/loss", f'runs: [{second.slug}, {{name: "*"}}]'))
    assert isinstance(part, Drawn)
    assert [run.id for run in part.runs] == [second.id, third.id, first.id]


def test_a_run_has_one_colour_in_all_panels_of_a_report():
    project = factories.make_project()
    runs = [logged_run(project, name=f"run-{n}") for n in range(12)]
    blocks = panel("keys: val/loss") + panel("keys: val/loss", f"runs: [{runs[0].slug}, {runs[1].slug}]")
    every, two = parts_of(project, blocks)
    assert isinstance(every, Drawn)
    assert isinstance(two, Drawn)
    assert len(set(every.slots.values())) == 12
    assert all(every.slots[run.id] == two.slots[run.id] for run in runs[:2])
    assert isinstance(two.content, Lines)
    assert [run["slot"] for run in two.content.board.data["runs"]] == [every.slots[run.id] for run in runs[:2]]


def test_ten_runs_cost_as_many_queries_as_two(django_assert_max_num_queries):
    def queries(count):
        project = factories.make_project(visibility=Visibility.PUBLIC)
        runs = [logged_run(project) for _ in range(count)]
        ids = ", ".join(run.slug for run in runs)
        report = make_report(
            project, panel("keys: val/loss", f"runs: [{ids}]") + panel("keys: val/loss", 'runs: {name: "*"}') * 3
        )
        with django_assert_max_num_queries(20) as recorded:
            assert signed_in().get(f"/r/{report.slug}/").status_code == 200
        return len(recorded)

    assert queries(10) == queries(2)


def test_a_list_of_ten_reports_costs_as_many_queries_as_two(django_assert_max_num_queries):
    def queries(count):
        project = factories.make_project(visibility=Visibility.PUBLIC)
        for _ in range(count):
            make_report(project, "x")
        with django_assert_max_num_queries(10) as recorded:
            response = signed_in().get(f"/{project.team.slug}/{project.slug}/reports/")
        assert page_text(response).count("A report") == count
        return len(recorded)

    assert queries(10) == queries(2)


def test_a_report_draws_at_most_100_charts():
    project = factories.make_project()
    logged_run(project)
    keys = "keys: [" + ", ".join(["val/loss"] + [f"k{n}" for n in range(49)]) + "]"
    parts = parts_of(project, panel(keys) + panel(keys) + panel("keys: val/loss") + "end")
    assert [part.kind for part in parts] == ["drawn", "drawn", "broken", "words"]
    assert "at most 100 charts" in parts[2].message


def test_a_panel_draws_at_most_as_many_runs_as_named_limit(monkeypatch):
    monkeypatch.setattr(LineKind, "most_runs", 3)
    project = factories.make_project()
    for _ in range(3):
        logged_run(project)
    assert [part.kind for part in parts_of(project, panel("keys: val/loss"))] == ["drawn"]
    logged_run(project)
    (part,) = parts_of(project, panel("keys: val/loss"))
    assert isinstance(part, Broken)
    assert part.message == "More than 3 runs fit; a line panel draws at most 3. Narrow “runs” down."


def test_a_table_of_values_says_how_many_runs_it_leaves_out(monkeypatch):
    monkeypatch.setattr(line, "MAX_ROWS", 2)
    project = factories.make_project()
    for _ in range(5):
        logged_run(project)
    report = make_report(project, panel("keys: val/loss"))
    assert "and 3 more runs" in page_text(signed_in(factories.team_admin(project)).get(f"/r/{report.slug}/"))


def test_values_that_are_not_finite_are_counted():
    project = factories.make_project()
    logged_run(project, values=(1.0, float("nan"), float("inf")), name="odd")
    report = make_report(project, panel("keys: val/loss"))
    page = page_text(signed_in(factories.team_admin(project)).get(f"/r/{report.slug}/"))
    assert "odd 1 1 1 3 (2 not finite)" in page


def test_deleted_runs_are_gone_and_archived_ones_stay_where_they_are_named():
    project = factories.make_project()
    run, gone = logged_run(project, name="kept"), logged_run(project, name="gone")
    run.archived_at = run.started_at
    run.save()
    gone.deleted_at = gone.started_at
    gone.save()
    by_id, by_name, deleted = parts_of(
        project,
        panel("keys: val/loss", f"runs: [{run.slug}]")
        + panel("keys: val/loss", 'runs: {name: "*"}')
        + panel("keys: val/loss", f"runs: [{gone.slug}]"),
    )
    assert [part.kind for part in (by_id, by_name, deleted)] == ["drawn", "broken", "broken"]


def test_hostile_names_are_escaped_everywhere():
    project = factories.make_project(visibility=Visibility.PUBLIC)
    evil = "</script><img src=x onerror=alert(1)>"
    run = logged_run(project, name=evil, key=evil)
    report = make_report(project, panel(f'keys: ["{evil}"]', f"runs: [{run.slug}]", f'title: "{evil}"'), title=evil)
    page = signed_in().get(f"/r/{report.slug}/").content.decode()
    assert "<img" not in page
    assert "</script><" not in page.replace("</script>\n", "")
