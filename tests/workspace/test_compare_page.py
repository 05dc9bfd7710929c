"""The compare page: what it says, where its controls lead, the ignore list, Markdown."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.comparison.models import IgnoredKey
from apps.comparison.previous import previous_run, stem
from apps.comparison.services import ignore_key
from apps.runs.models import Run
from tests.comparison.stories import log, pair
from tests.factories import browser, make_project, make_run, make_team, make_user, team_admin

pytestmark = pytest.mark.django_db


def path(*runs: Run, **more: str) -> str:
    asked = "&".join([*(f"run={run.slug}" for run in runs), *(f"{name}={value}" for name, value in more.items())])
    return f"{runs[0].project.get_absolute_url()}compare/?{asked}"


def page_of(*runs: Run, user: Any = None, **more: str) -> str:
    answer = browser(user or team_admin(runs[0])).get(path(*runs, **more))
    assert answer.status_code == 200, answer.content
    text: str = answer.content.decode()
    return text


def part(page: str, name: str) -> str:
    """A section's HTML."""
    return page.partition(f'<tbody id="{name}"')[2].partition("</tbody>")[0]


def cells(page: str, key: str) -> list[str]:
    """The texts of a row's cells."""
    row = page.partition(f'data-key="{key}"')[2].partition("</tr>")[0]
    return [re.sub("<[^>]+>", "", cell) for cell in re.findall("<td.*?</td>", row, re.DOTALL)]


def test_differences_come_first_then_metrics_then_charts():
    page = page_of(*pair())
    assert (
        page.index('id="config"') < page.index('id="packages"') < page.index('id="metrics"') < page.index('id="charts"')
    )
    assert "2 runs compared" in page
    assert "2 differ" in part(page, "config")
    assert "<summary>2 equal</summary>" in part(page, "config")
    assert "1 better ▲" in part(page, "metrics")


def test_a_cell_says_its_value_and_how_far_it_is_from_the_baseline():
    page = page_of(*pair())
    assert cells(page, "config.lr") == ["0.001", "0.003×3"]
    assert cells(page, "config.model.depth") == ["3", "missing"]
    assert cells(page, "metrics.val/acc") == ["0.5", "0.75+0.25"]
    assert 'class="delta better"' in part(page, "metrics")
    assert 'href="https://github.com/a/b/compare/' in part(page, "code")


def test_a_text_that_looks_like_a_number_has_quotes_and_none_is_not_missing():
    first = make_run(config={"a": 1, "b": None, "c": "text"})
    page = page_of(first, make_run(first.project, config={"a": "1", "c": ""}))
    assert cells(page, "config.a") == ["1", "&quot;1&quot;"]
    assert cells(page, "config.b") == ["None", "missing"]
    assert cells(page, "config.c") == ["text", "&quot;&quot;"]


def test_the_baseline_the_value_and_the_order_are_in_the_address():
    first, other = pair()
    assert cells(page_of(first, other, base=other.slug), "metrics.val/acc") == ["0.5−0.25", "0.75"]
    assert cells(page_of(first, other, value="last"), "metrics.val/acc") == ["0.25", "0.75+0.5"]
    assert cells(page_of(other, first, base="oldest"), "metrics.val/acc") == ["0.75+0.25", "0.5"]
    page = page_of(first, other, base=first.slug)
    assert f'href="?run={other.slug}&amp;run={first.slug}"' in page  # swapped
    assert f'href="?run={first.slug}&amp;base={first.slug}"' in page  # the other removed
    assert f'href="?run={other.slug}"' in page  # the baseline removed


def test_runs_that_agree_are_identical_and_so_is_one_with_itself():
    first = make_run(config={"lr": 1})
    twin = make_run(first.project, config={"lr": 1.0})
    assert "Identical" in page_of(first, twin)
    assert "a run and itself" in page_of(first, first)
    assert "Identical" not in page_of(first, make_run(first.project, config={"lr": 2}))


def test_one_run_alone_is_offered_the_run_before_it():
    first = make_run(name="mlp-1")
    other = make_run(first.project, name="mlp-2")
    assert f'href="?run={first.slug}&amp;run={other.slug}"' in page_of(other)
    alone = page_of(first)
    assert "Choose another run" in alone
    assert "Identical" not in alone


def test_comparing_nothing_says_how_to_choose():
    run = make_run()
    page = browser(team_admin(run)).get(f"{run.project.get_absolute_url()}compare/").content.decode()
    assert "Nothing to compare yet" in page


def test_fifty_one_runs_are_too_many():
    run = make_run()
    many = "&".join(f"run={place:013d}" for place in range(51))
    refused = browser(team_admin(run)).get(f"{run.project.get_absolute_url()}compare/?{many}")
    assert refused.status_code == 400
    assert "At most 50 runs are compared side by side; 51 came." in refused.content.decode()


def test_long_sections_say_how_many_rows_they_left_out():
    first = make_run(config={f"a{place:03d}": place for place in range(400)})
    page = page_of(first, make_run(first.project))
    assert part(page, "config").count("data-key=") == 300
    assert "300 of 400 that differ are listed" in page


def test_what_the_machine_did_is_listed_when_asked_for():
    first, other = (run := make_run()), make_run(run.project)
    log(first, system__cpu=[1.0])
    log(other, system__cpu=[2.0])
    assert 'data-key="metrics.system/cpu"' not in page_of(first, other)
    assert 'data-key="metrics.system/cpu"' in page_of(first, other, show="system")


def test_a_member_ignores_a_key_and_shows_it_again():
    first, other = pair()
    client = browser(team_admin(first))
    query = path(first, other).partition("?")[2]
    ignoring = f"{first.project.get_absolute_url()}compare/ignore/"
    assert 'name="key" value="config.lr"' in page_of(first, other)
    answer = client.post(ignoring, {"key": "config.lr", "pattern": "", "back": query})
    assert answer["Location"] == path(first, other)
    page = page_of(first, other)
    assert 'data-key="config.lr"' not in page
    assert "1 ignored" in part(page, "config")
    assert 'name="show" value="config.lr"' in page
    client.post(ignoring, {"show": "config.lr", "back": query})
    assert 'data-key="config.lr"' in page_of(first, other)
    client.post(ignoring, {"pattern": "packages.*", "back": query})
    assert "2 ignored" in part(page_of(first, other), "packages")


def test_a_key_that_cannot_be_ignored_is_said_and_a_foreign_address_is_not_led_to():
    first = make_run()
    client = browser(team_admin(first))
    ignoring = f"{first.project.get_absolute_url()}compare/ignore/"
    answer = client.post(ignoring, {"pattern": "*", "back": "//evil.example/"}, follow=True)
    assert answer.redirect_chain[0][0].startswith(f"{first.project.get_absolute_url()}compare/?")
    assert "names nothing" in answer.content.decode()
    assert IgnoredKey.objects.count() == 0


def test_a_viewer_reads_the_ignore_list_and_is_offered_no_change():
    viewer = make_user()
    project = make_project(make_team(admin=make_user(), viewer=viewer))
    first, other = pair(project)
    ignore_key(project, "config.seed", team_admin(project))
    page = page_of(first, other, user=viewer)
    assert "<code>config.seed</code>" in page
    assert "ignore/" not in page
    assert 'name="key"' not in page
    assert browser(viewer).post(f"{project.get_absolute_url()}compare/ignore/", {"key": "a"}).status_code == 404


def test_the_comparison_is_markdown_for_a_pull_request():
    first, other = pair()
    ignore_key(first.project, "packages.*", make_user())
    answer = browser(team_admin(first)).get(path(first, other, format="md"))
    assert answer["Content-Type"] == "text/markdown; charset=utf-8"
    text = answer.content.decode()
    assert f"| | [base](http://testserver{first.get_absolute_url()}) (baseline) | [other]" in text
    assert "| `lr` | `0.001` | `0.003` (×3) |" in text
    assert "| `model.depth` | `3` | *missing* |" in text
    assert "| `val/acc` max | `0.5` | `0.75` (+0.25 ▲) |" in text
    assert "2 ignored" in text
    assert f"(http://testserver{path(first, other)})" in text
    assert "**Packages**" not in text


def test_markdown_of_identical_runs_says_so():
    first = make_run(config={"lr": 1})
    client = browser(team_admin(first))
    twin = make_run(first.project, config={"lr": 1})
    assert "Identical: 1 values are the same" in client.get(path(first, twin, format="md")).content.decode()
    assert "is identical to itself" in client.get(path(first, first, format="md")).content.decode()


HOSTILE = "`|</table>\n@team #1 [x](javascript:1) <script>alert(1)</script>"


def test_hostile_names_and_values_are_text_on_the_page_and_in_markdown():
    first = make_run(name=HOSTILE, config={HOSTILE: HOSTILE})
    other = make_run(first.project, config={HOSTILE: [HOSTILE]})
    values: dict[str, Any] = {HOSTILE: [1.0]}
    log(first, **values)
    assert "<script>alert" not in page_of(first, other)
    text = browser(team_admin(first)).get(path(first, other, format="md")).content.decode()
    assert "<script" not in text
    assert "[x](" not in text
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert {line.count("|") - line.count("\\|") for line in rows} == {4}


def test_ten_runs_cost_as_many_queries_as_two():
    runs = [*pair()]
    client = browser(team_admin(runs[0]))
    counts = []
    for wanted in (2, 10):
        while len(runs) < wanted:
            runs.append(log(make_run(runs[0].project, config={"lr": len(runs)}), loss=[1.0]))
        client.get(path(*runs))
        with CaptureQueriesContext(connection) as captured:
            assert client.get(path(*runs)).status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1]


# --- the run before it ---


@pytest.mark.parametrize(
    ("name", "found"),
    [("mlp-3", "mlp"), ("mlp seed=4", "mlp"), ("mlp_v2", "mlp"), ("mlp", "mlp"), ("42", "42"), ("a.b 7", "a.b")],
)
def test_a_name_has_a_stem(name, found):
    assert stem(name) == found


def test_the_run_before_is_of_its_group_else_of_its_name_else_of_its_user():
    user, project = make_user(), make_project()
    by_user = make_run(project, name="other", created_by=user)
    by_name = make_run(project, name="mlp-1")
    by_group = make_run(project, name="x", group="sweep")
    make_run(project, name="noise")
    run = make_run(project, name="mlp-2", group="sweep", created_by=user)
    make_run(project, name="mlp-3", group="sweep")  # after it
    for expected in (by_group, by_name, by_user):
        assert previous_run(run) == expected
        Run.objects.filter(id=expected.id).update(archived_at=timezone.now())
    assert previous_run(run) is None
    assert previous_run(make_run(name="mlp-9", group="sweep", created_by=user)) is None  # in another project


def test_a_run_page_leads_to_the_comparison_with_the_run_before():
    first = make_run(name="mlp-1")
    other = make_run(first.project, name="mlp-2")
    client = browser(team_admin(first))
    for page in (other.get_absolute_url(), f"{other.get_absolute_url()}code/"):
        text = client.get(page).content.decode()
        assert f'href="{first.project.get_absolute_url()}compare/?run={first.slug}&amp;run={other.slug}"' in text
    assert "Compare with previous" not in client.get(first.get_absolute_url()).content.decode()
