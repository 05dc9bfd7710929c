"""The console page without scripts: who sees it, what it shows, what it costs."""

import html

import pytest
from django.test import Client

from apps.console.lines import Sent
from apps.console.services import append_lines
from apps.console.writers import batch_digest
from apps.runs.models import Run
from tests.factories import make_run, make_user, team_admin

pytestmark = pytest.mark.django_db


def printed(run: Run, *texts: str, seq: int = 0, stream: int = 0, unfinished: bool = False) -> None:
    lines = [Sent(1_700_000_000_000 + place, stream, text, unfinished) for place, text in enumerate(texts)]
    digest = batch_digest([(line.time, line) for line in lines])
    append_lines(run_id=run.id, attempt=1, writer="w", seq=seq, lines=lines, digest=digest)


def console(run: Run, question: str = "", **headers: str) -> str:
    client = Client()
    client.force_login(team_admin(run))
    answer = client.get(f"{run.get_absolute_url()}console/{question}", headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_newest_500_lines_are_shown_and_lead_to_those_before():
    run = make_run()
    printed(run, *[f"line number {n}." for n in range(1, 1_201)])
    page = console(run)
    assert "Lines 701–1 200 of 1 200" in page
    assert "line number 700." not in page
    assert 'id="L701"' in page
    assert 'href="' + f"{run.get_absolute_url()}console/?from=201" in page
    page = console(run, "?from=201")
    assert "Lines 201–700 of 1 200" in page
    assert f"{run.get_absolute_url()}console/?from=701" in page


def test_what_is_printed_is_text_and_nothing_else():
    run = make_run()
    hostile = "<script>alert(1)</script> \x1b[31mred\x1b[0m \u202e turned \x07"
    printed(run, hostile)
    printed(run, " 42% <img src=x>", seq=1, stream=1, unfinished=True)
    page = console(run)
    assert html.escape("<script>alert(1)</script>") in page
    assert "<script>alert" not in page
    assert "<img src=x>" not in page
    assert "\x1b" not in page
    assert "\u202e" not in page
    assert "⟨202e⟩" in page
    assert 'class="console-line stderr"' in page
    assert "style=" not in page


def test_an_empty_console_says_what_to_do():
    page = console(make_run())
    assert "data-empty" in page
    assert "Nothing printed yet." in page
    assert "curl " in page


def test_a_line_that_is_too_wide_is_cut_and_says_so():
    run = make_run()
    printed(run, "x" * 5_000)
    page = console(run)
    assert "… 3 000 more characters" in page
    assert "x" * 2_001 not in page


@pytest.mark.parametrize("start", ["0", "x", "-1", "9" * 30, "99999", "٣"])
def test_a_strange_start_is_no_error(start: str):
    run = make_run()
    printed(run, "only")
    console(run, f"?from={start}")


def test_its_own_script_gets_the_head_without_the_lines():
    run = make_run()
    printed(run, *[f"line number {n}." for n in range(1, 101)])
    page = console(run, **{"Sec-Fetch-Dest": "empty"})
    assert page.count("line number") == 1
    assert 'id="run-head"' in page


def test_strangers_do_not_see_it():
    client = Client()
    client.force_login(make_user())
    run = make_run()
    assert client.get(f"{run.get_absolute_url()}console/").status_code == 404
    assert client.post(f"{run.get_absolute_url()}console/").status_code in (403, 405)
