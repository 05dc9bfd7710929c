"""The published text of a report: who gets it, when it changes, and that nothing of its runs changes it."""

import numpy as np
import pytest

from apps.accounts.models import Scope
from apps.history.batches import Batch, Group
from apps.history.services import append_batch
from apps.reports.freezing import readable_parts
from apps.reports.kinds.kind import Drawn
from apps.reports.models import Snapshot
from apps.reports.publishing import publish
from apps.reports.run_facts import run_facts
from apps.reports.services import update_report
from apps.reports.text.compared import comparison_facts
from apps.runs.models import Run, Visibility
from apps.runs.removal import archive_run, delete_run
from apps.runs.services import change_run
from tests.factories import api_client, browser, make_project, team_admin
from tests.reports.stories import logged_run, make_report, panel
from tests.reports.test_comment_text import plain
from tests.tables.tables import put_tables

pytestmark = pytest.mark.django_db(transaction=True)
GIT = {"git": {"commit": "3f2a9c1d" * 5, "dirty": False}}


@pytest.fixture
def project():
    return make_project(visibility=Visibility.PUBLIC)


def seeds(project, name, rate, losses, **provenance):
    return [
        logged_run(
            project,
            (3.0, loss),
            name=f"{name}-seed{seed}",
            config={"lr": rate, "seed": seed},
            provenance={"git": {**GIT["git"], **provenance}},
        )
        for seed, loss in enumerate(losses)
    ]


def report_of(project, *runs, title="Which rate?"):
    ids = ", ".join(run.slug for run in runs)
    report = make_report(project, f"Words.\n\n{panel('keys: [val/loss]', f'runs: [{ids}]')}", title)
    publish(report=report, by=team_admin(project))
    return report


def test_the_comment_compares_the_seeds_of_two_settings(project):
    old, new = seeds(project, "slow", 0.1, [2.0, 2.2]), seeds(project, "fast", 0.4, [1.0, 1.1], dirty=True)
    for run, recall in [*((run, 0.9) for run in old), *((run, 0.6) for run in new)]:
        put_tables(run, {"pedestrian": {"support": 40, "recall": recall}, "road": {"support": 900, "recall": 0.99}})
    report = report_of(project, *old, *new)
    answer = browser().get(f"/r/{report.slug}/1.md")
    text = plain(answer.content.decode())
    assert answer["Content-Type"] == "text/markdown; charset=utf-8"
    assert text.startswith(f"<!-- paceline-report:{report.slug} -->\n### [Which rate?][report]\n")
    assert f"[report]: http://testserver/r/{report.slug}/1/" in text
    assert Snapshot.objects.get().sha256[:12] in text
    for said in (
        "**Better** than the baseline on `val/loss`",
        "- best `fast`: 1.050 ±0.071, 2 seeds",
        "- baseline `slow`: 2.10 ±0.14, 2 seeds",
        "- 1 of 2 classes lost `recall`, most `pedestrian` −0.3",
        "- commit 3f2a9c1",
        "**uncommitted changes** in 2 of 4 runs",
        "| `pedestrian` |  0.6 | −0.3 ▽ |      0.9 |  40 |",
        "| `lr`    | `0.1`    | `0.4` |",
        "| ▇▇▇▇▇▃ |",
    ):
        assert said in text, text
    assert "seed`" not in text


def test_texts_are_the_same_when_their_runs_were_edited_archived_and_deleted(project):
    runs = [*seeds(project, "slow", 0.1, [2.0, 2.2]), *seeds(project, "fast", 0.4, [1.0, 1.1])]
    report = report_of(project, *runs)
    paths = [f"/r/{report.slug}{end}" for end in (".md", "/1.md", "/1/data.md", "/1/data.csv", "/1/tables.tex")]
    before = [b"".join(browser().get(path)) for path in paths]
    assert before[0] == before[1]
    _, _, data, rows, latex = (one.decode() for one in before)
    assert "| `slow-seed0` |    2 |      2 |       3 |      2 |          0 |" in data
    assert "```panel" not in data
    assert rows.splitlines()[1].split(",")[:3] == ["1", "val/loss", "slow-seed0"]
    assert r"slow (baseline) & 2 & 2.10$\,\pm\,$0.14 \\" in latex.replace(" $", "$")
    update_report(report=report, title="Other", markdown="other words")
    change_run(runs[0].id, config={"lr": 7}, name="renamed")
    for run in runs[1:]:
        archive_run(run.id)
    delete_run(runs[2].id, agreed=True)
    Run.objects.filter(id=runs[2].id).delete()
    assert [b"".join(browser().get(path)) for path in paths] == before


def test_the_newest_version_is_answered_and_an_unchanged_text_is_not_sent_again(project):
    report = make_report(project, "Words.")
    client = api_client(team_admin(project), Scope.READ)
    path = f"/api/v1/reports/{report.slug}/comment.md"
    refused = client.get(path)
    assert (refused.status_code, refused.json()["code"]) == (404, "not_found")
    assert "Publish it first" in refused.json()["message"]
    publish(report=report, by=team_admin(project))
    first = client.get(path)
    assert "This report draws no runs." in first.content.decode()
    assert client.get(path, headers={"If-None-Match": first["ETag"]}).status_code == 304
    update_report(report=report, title="Second", markdown="More words.")
    assert client.get(path).content == first.content  # the draft is not what was published
    publish(report=report, by=team_admin(project))
    second = client.get(path, headers={"If-None-Match": first["ETag"]})
    assert "### [Second][report]" in second.content.decode()
    assert client.get(f"/api/v1/reports/{report.slug}/published/1/comment.md").content == first.content
    assert browser().get(f"/r/{report.slug}.md").content == second.content


def compared(report):
    """What publishing would keep of the report's runs beside each other, without its pictures."""
    revision = report.revisions.get()
    parts = [part for part in readable_parts(team_admin(report.project), revision) if isinstance(part, Drawn)]
    return comparison_facts(report.project, parts, run_facts([run.id for part in parts for run in part.runs]))


def test_the_baseline_is_the_run_that_a_panel_names_or_that_is_tagged_so(project):
    first, second = logged_run(project, (3.0,), name="first"), logged_run(project, (2.0,), name="second")
    third = logged_run(project, (1.0,), name="third", tags=["baseline"])
    ids = ", ".join(run.slug for run in (first, second, third))
    for lines, name in (
        ([f"runs: [{first.slug}, {second.slug}]"], "first"),
        ([f"runs: [{ids}]"], "third"),
        ([f"runs: [{ids}]", f"baseline: {second.slug}"], "second"),
        (['runs: {name: "*s*"}'], None),
    ):
        found = compared(make_report(project, panel("keys: [val/loss]", *lines)))
        base = found["baseline"]
        assert (None if base is None else found["lines"][base]["name"]) == name
    assert compared(make_report(project, "Words.")) is None


def test_a_panel_of_all_runs_brings_none_beside_those_that_others_name(project):
    run, _ = logged_run(project, (3.0,), name="mine"), logged_run(project, (0.1,), name="of another question")
    everything, chosen = panel("keys: [val/loss]"), panel("keys: [val/loss]", f"runs: [{run.slug}]")
    found = compared(make_report(project, everything + "\n" + chosen))
    assert [one["name"] for one in found["lines"]] == ["mine"]
    assert len(compared(make_report(project, everything))["lines"]) == 2


def test_a_metric_whose_good_end_is_known_comes_first_and_one_that_nobody_logged_not_at_all(project):
    run = logged_run(project, (3.0,), key="lr")
    again = Batch([Group(np.array([0]), np.array([0]), ["val/loss"], np.array([[0.5]]))])
    append_batch(run_id=run.id, attempt=1, writer="w", seq=1, batch=again)
    found = compared(make_report(project, panel("keys: [lr, nothing, val/loss]", f"runs: [{run.slug}]")))
    assert [(one["key"], one["direction"], one["values"]) for one in found["metrics"]] == [
        ("val/loss", "min", [[0.5]]),
        ("lr", "unknown", [[3.0]]),
    ]


def test_more_runs_cost_no_more_queries(project, django_assert_max_num_queries):
    def queries(count):
        ids = ", ".join(logged_run(project, name=f"run {n}").slug for n in range(count))
        report = make_report(project, panel("keys: [val/loss]", f"runs: [{ids}]"))
        with django_assert_max_num_queries(60) as recorded:
            compared(report)
        return len(recorded)

    queries(2)
    assert queries(8) == queries(2)
