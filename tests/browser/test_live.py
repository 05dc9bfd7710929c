"""Pages that stay current in a real browser: by one request a poll, without a point that is there already."""

import itertools
import json
import re
from typing import TYPE_CHECKING, Any

from tests.browser.test_charts import chart, drawn, until
from tests.browser.trainings import Training, compare_path

if TYPE_CHECKING:
    from playwright.sync_api import Page, Request, Response

    from tests.services.site import Site


class Polls(list[dict[str, Any]]):
    """What a page asks of live/ while it is open, and everything else it reads meanwhile."""

    def __init__(self, page: "Page") -> None:
        super().__init__()
        self.others: list[str] = []
        page.on("request", self._note)

    def _note(self, request: "Request") -> None:
        if request.url.endswith("/api/v1/live/"):
            self.append(json.loads(request.post_data or "{}"))
        elif "/static/" not in request.url:
            self.others.append(request.url)


def script(page: "Page", text: str) -> Any:
    return page.evaluate(text)


def silence(site: "Site", run: Training) -> None:
    site.manage(
        "shell",
        "-c",
        "from apps.runs.models import Run; from apps.core import ids; from datetime import timedelta as d;"
        f"r = Run.objects.get(id=ids.from_text('{run.id}')); r.heartbeat_at -= d(minutes=10); r.save()",
    )


def test_a_page_follows_by_one_request_without_a_point_it_has(site: "Site", visit: Any) -> None:
    runs = [Training(site, "one-request", f"run {n}").log([0, 1], loss=[1.0, 0.5], acc=[0.1, 0.2]) for n in range(2)]
    page = visit(runs[0].project_path)
    until(page, drawn(page), "stored", lambda value: value == "4")
    polls = Polls(page)
    script(page, "window.stayed = true")
    for step in range(2, 5):
        for run in runs:
            run.log([step], loss=[1.0 / step], acc=[0.3])
        until(page, chart(page), "stored", str(2 * step + 2).__eq__)
        until(page, chart(page, "acc"), "stored", str(2 * step + 2).__eq__)
    assert polls.others == []
    assert script(page, "window.stayed")
    assert {len(poll["questions"]) for poll in polls} == {2}
    assert all(len(marks) == 2 for poll in polls for marks in poll["held"])
    times = script(page, "performance.getEntriesByName(location.origin + '/api/v1/live/').map((one) => one.startTime)")
    assert min(b - a for a, b in itertools.pairwise(times)) > 1500


def test_only_new_points_travel(site: "Site", visit: Any) -> None:
    run = Training(site, "few-bytes", "long").log(
        list(range(3000)), loss=[(n * 7919 % 1000) / 1000 for n in range(3000)]
    )
    page = visit(run.path)
    until(page, drawn(page), "stored", lambda value: value == "3000")
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer) if "/live/" in answer.url else None)
    run.log(list(range(3000, 3010)), loss=[0.5] * 10)
    until(page, chart(page), "stored", lambda value: value == "3010")
    assert answers
    assert max(len(answer.body()) for answer in answers) < 12_000


def test_a_rows_state_and_value_follow_while_it_is_used(site: "Site", visit: Any) -> None:
    run = Training(site, "rows-live", "first").log([0], loss=[1.0])
    page = visit(run.project_path + "runs/")
    row = page.locator(f'tr[data-run="{run.id}"]')
    row.get_by_text("running").wait_for()
    page.keyboard.press("j")
    row.locator("input").check()
    row.locator("th a").first.focus()
    script(page, "document.activeElement.here = true")
    polls = Polls(page)
    run.log([1], loss=[0.125])
    row.get_by_text("0.125").wait_for(timeout=8000)
    run.finish()
    row.get_by_text("finished").wait_for(timeout=8000)
    assert script(page, "document.activeElement.here") is True
    assert "current" in (row.get_attribute("class") or "")
    assert row.locator("input").is_checked()
    assert [url for url in polls.others if not url.endswith("/remember/")] == []


def test_a_new_run_comes_above_and_a_deleted_one_goes(site: "Site", visit: Any) -> None:
    old = Training(site, "come-and-go", "old").log([0], loss=[1.0])
    page = visit(old.project_path + "runs/")
    page.locator(f'tr[data-run="{old.id}"]').wait_for()
    script(page, f"document.querySelector('tr[data-run=\"{old.id}\"]').same = true")
    new = Training(site, "come-and-go", "new")
    page.locator(f'tr[data-run="{new.id}"]').wait_for(timeout=8000)
    rows = [row.get_attribute("data-run") for row in page.locator("tbody tr[data-run]").all()]
    assert rows == [new.id, old.id]
    assert script(page, f"document.querySelector('tr[data-run=\"{old.id}\"]').same") is True
    site.manage("shell", "-c", "from apps.runs.models import Run; Run.objects.filter(name='old').delete()")
    page.locator(f'tr[data-run="{old.id}"]').wait_for(state="detached", timeout=8000)


def test_a_run_that_falls_silent_crashes_before_ones_eyes(site: "Site", visit: Any) -> None:
    run = Training(site, "silent", "lost").log([0], loss=[1.0])
    page = visit(run.path)
    page.locator(".run-head .state-running").wait_for()
    silence(site, run)
    page.locator(".run-head .state-crashed").wait_for(timeout=8000)


def test_a_page_goes_on_after_it_was_offline(site: "Site", visit: Any, trouble: list[str]) -> None:
    run = Training(site, "offline", "wire").log([0, 1], loss=[1.0, 0.5])
    page = visit(run.path)
    until(page, drawn(page), "stored", lambda value: value == "2")
    page.context.set_offline(True)
    page.locator(".live-notes p").wait_for(timeout=25_000)
    assert "Not updating" in page.locator(".live-notes").inner_text()
    run.log([2], loss=[0.25])
    page.context.set_offline(False)
    until(page, chart(page), "stored", lambda value: value == "3")
    page.locator(".live-notes p").wait_for(state="detached")
    trouble[:] = [one for one in trouble if "ERR_INTERNET_DISCONNECTED" not in one]


def test_a_page_of_ended_runs_asks_nothing(site: "Site", visit: Any) -> None:
    run = Training(site, "ended", "done").log([0, 1], loss=[1.0, 0.5]).finish()
    page = visit(run.path)
    drawn(page)
    polls = Polls(page)
    page.wait_for_timeout(5000)
    assert (polls, polls.others) == ([], [])


def test_a_page_that_nobody_looks_at_asks_nothing(site: "Site", visit: Any) -> None:
    run = Training(site, "hidden", "unseen").log([0], loss=[1.0])
    page = visit(run.path)
    drawn(page)
    script(
        page,
        "Object.defineProperty(document, 'visibilityState', {get: () => window.away ? 'hidden' : 'visible'});"
        "window.away = true; document.dispatchEvent(new Event('visibilitychange', {bubbles: true}))",
    )
    page.wait_for_timeout(2500)
    polls = Polls(page)
    page.wait_for_timeout(4000)
    assert polls == []
    run.log([1], loss=[0.5])
    script(page, "window.away = false; document.dispatchEvent(new Event('visibilitychange', {bubbles: true}))")
    until(page, chart(page), "stored", lambda value: value == "2")


def test_who_was_signed_out_is_told_so_once(site: "Site", visit: Any, trouble: list[str]) -> None:
    run = Training(site, "signed-out", "private").log([0], loss=[1.0])
    page = visit(run.path)
    drawn(page)
    page.context.clear_cookies()
    page.locator(".live-notes", has_text="signed out").wait_for(timeout=8000)
    polls = Polls(page)
    page.wait_for_timeout(4000)
    assert polls == []
    page.get_by_role("link", name="Sign in").last.click()
    page.wait_for_url(re.compile("sign-in"))
    trouble[:] = [one for one in trouble if "401" not in one]


def test_a_run_that_is_deleted_is_said_and_the_others_go_on(site: "Site", visit: Any, trouble: list[str]) -> None:
    gone = Training(site, "half-gone", "gone").log([0, 1], loss=[1.0, 0.5])
    stays = Training(site, "half-gone", "stays").log([0, 1], loss=[1.0, 0.5])
    page = visit(compare_path(gone, stays))
    page.locator("#charts").scroll_into_view_if_needed()
    until(page, drawn(page), "stored", lambda value: value == "4")
    site.manage("shell", "-c", "from apps.runs.models import Run; Run.objects.filter(name='gone').delete()")
    page.get_by_text("gone is not here any more").wait_for(timeout=8000)
    stays.log([2], loss=[0.25])
    until(page, chart(page), "stored", lambda value: value == "3")


def test_a_deleted_runs_own_page_says_so(site: "Site", visit: Any, trouble: list[str]) -> None:
    run = Training(site, "all-gone", "whole-gone").log([0, 1], loss=[1.0, 0.5])
    page = visit(run.path)
    drawn(page)
    site.manage("shell", "-c", "from apps.runs.models import Run; Run.objects.filter(name='whole-gone').delete()")
    page.locator(".live-notes", has_text="whole-gone is not here any more").wait_for(timeout=8000)
    trouble[:] = [one for one in trouble if "404" not in one]


def test_the_first_points_of_a_run_make_its_charts(site: "Site", visit: Any) -> None:
    run = Training(site, "first-points", "empty")
    page = visit(run.path)
    page.get_by_text("Nothing logged yet").wait_for()
    script(page, "window.stayed = true")
    run.log([0, 1], loss=[1.0, 0.5])
    until(page, drawn(page), "stored", lambda value: value == "2")
    page.locator("#metrics th", has_text="loss").wait_for()
    assert script(page, "window.stayed")


HELD_AND_WHOLE = """async () => {
  const board = document.querySelector("panel-board");
  const plain = (name, value) => (ArrayBuffer.isView(value) ? [value.constructor.name, ...value].map(String) : value);
  const text = (answer) => JSON.stringify(answer.runs.map((run) => Object.entries(run).sort()), plain);
  const found = [];
  for (const panel of board.panels) {
    const [whole] = await board.client.ask([JSON.parse(board.loading.loaded.get(panel))]);
    found.push([text(whole), text(board.loading.answers.get(panel))]);
  }
  return found;
}"""


def test_what_a_page_holds_is_what_it_would_be_given_anew(site: "Site", visit: Any) -> None:
    first = Training(site, "held", "grows").log(list(range(5000)), loss=[(n * 7919 % 1000) / 1000 for n in range(5000)])
    second = Training(site, "held", "odd").log([0, 1, 2], loss=[1.0, "NaN", 2.0])  # type: ignore[list-item]
    page = visit(first.project_path + "?smooth=50&x=step")
    until(page, drawn(page), "stored", lambda value: value == "5003")
    stored = 5003
    for turn in range(4):
        step = 5000 + 400 * turn
        first.log(list(range(step, step + 400)), loss=[0.25 + turn] * 400)
        second.log([3 + 2 * turn, 4 + 2 * turn], loss=["Infinity", 0.5])  # type: ignore[list-item]
        stored += 402
        until(page, chart(page), "stored", str(stored).__eq__)
    found = page.evaluate(HELD_AND_WHOLE)
    assert found
    for whole, held in found:
        assert held == whole


def test_an_open_menu_and_selected_text_stay(site: "Site", visit: Any) -> None:
    run = Training(site, "in-use", "used").log([0], loss=[1.0])
    page = visit(run.path)
    drawn(page)
    page.locator(".run-menu summary").click()
    script(page, "getSelection().selectAllChildren(document.querySelector('#facts dd'))")
    selected = script(page, "String(getSelection())")
    run.log([1, 2], loss=[0.5, 0.25])
    until(page, chart(page), "stored", lambda value: value == "3")
    run.finish()
    page.locator("#metrics td", has_text="0.25").first.wait_for(timeout=8000)
    page.wait_for_timeout(2500)
    assert page.get_by_role("button", name="Rename").is_visible()
    assert script(page, "String(getSelection())") == selected
    page.keyboard.press("Escape")
    script(page, "getSelection().empty(); document.querySelector('.run-menu').open = false")
    page.locator(".run-head .state-finished").wait_for(timeout=8000)
