"""Custom panels in a real browser: written, saved, found, put on a page, over real runs."""

import json
import subprocess
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Trouble, isolating, watch
from tests.browser.trainings import Training
from tests.services.keeper import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

    from tests.services.site import Site

Visit = Callable[[str], "Page"]
HOSTILE = "<b onclick=alert(1)>\"'&amp; \u202e"


@pytest.fixture(scope="module")
def runs(site: "Site") -> list[Training]:
    made = []
    for place in range(4):
        config = {"lr": 10.0**-place, "model": "mlp" if place % 2 else "svm"}
        run = Training(site, "paneled", HOSTILE if place == 0 else f"run-{place}", group="all", config=config)
        made.append(run.log([1, 2, 3], val__loss=[3.0, 2.0, 1.0 + place / 10], val__accuracy=[0.1, 0.2, 0.9]).finish())
    return made


def forgive_examples(trouble: Trouble) -> None:
    """Examples that rest on what these runs never logged say so, each with a refusal."""
    trouble[:] = [one for one in trouble if "panel-data" not in one and "400 (Bad Request)" not in one]


def drawn(page: "Page") -> "Locator":
    """The editor's chart, once it is there."""
    frame = page.frame_locator(".editor-preview iframe")
    expect(frame.locator("canvas")).to_have_count(1)
    return frame.locator("canvas")


def typed(page: "Page", text: str) -> None:
    page.locator("code-field textarea").fill(text)


def text_of(page: "Page") -> str:
    return page.locator("code-field textarea").input_value()


def saved_panel(page: "Page", path: str, name: str, change: Callable[[str], str] = lambda text: text) -> str:
    """Writes and saves a panel in the editor; its path."""
    page.goto(path)
    drawn(page)
    typed(page, change(text_of(page)))
    page.get_by_label("Name of the panel").fill(name)
    page.keyboard.press("Control+s")
    page.wait_for_url("**/edit/")
    expect(page.locator("[data-part=state]")).to_have_text("Saved")
    return page.url


def test_a_new_panel_is_drawn_over_the_runs_of_the_project(visit: Visit, runs: list[Training]) -> None:
    page = visit(f"{runs[0].project_path}panels/new/")
    drawn(page)
    expect(page.locator(".panel-fact")).to_contain_text("4 of 4 runs")
    rows = page.locator("[data-part=rows]")
    expect(rows).to_contain_text("12 rows")
    expect(rows.locator("tbody tr")).to_have_count(12)
    expect(rows).to_contain_text(HOSTILE)
    metric = page.get_by_label("Metric", exact=True)
    before = metric.input_value()
    assert before.startswith("val/")
    metric.fill("val/loss" if before == "val/accuracy" else "val/accuracy")
    metric.press("Enter")
    expect(rows.locator("tbody tr").first).to_contain_text("val/loss" if before == "val/accuracy" else "val/accuracy")


def test_a_problem_is_said_at_its_line_and_the_last_good_chart_stays(visit: Visit, runs: list[Training]) -> None:
    page = visit(f"{runs[0].project_path}panels/new/")
    drawn(page)
    good = text_of(page)
    typed(page, good.replace('"mark": "line"', '"mark": "lime"'))
    problems = page.get_by_role("status", name="Problems")
    expect(problems).to_be_visible()
    line = good.split("\n").index('  "mark": "line",') + 1
    expect(problems.get_by_role("button").first).to_contain_text(f"{line}:")
    expect(page.locator(f".code-gutter [data-line='{line}'].bad")).to_have_count(1)
    expect(page.locator("[data-part=older]")).to_contain_text("the text has 1 problem since")
    drawn(page)
    problems.get_by_role("button").first.click()
    place = page.evaluate("document.activeElement.selectionStart")
    assert good[:place].count("\n") + 1 == line
    typed(page, good.replace('"mark": "line",', '"mark": "line"'))
    expect(problems).to_contain_text("comma")
    typed(page, good)
    expect(problems).to_be_hidden()
    expect(page.locator("[data-part=older]")).to_be_hidden()


def test_what_was_typed_survives_a_reload(visit: Visit, runs: list[Training]) -> None:
    page = visit(f"{runs[1].project_path}panels/new/")
    drawn(page)
    text = text_of(page).replace('"mark": "line"', '"mark": "point"')
    typed(page, text)
    page.wait_for_timeout(500)
    page.reload()
    expect(page.locator(".toast")).to_contain_text("Your draft of")
    assert text_of(page) == text
    page.get_by_role("button", name="Discard it").click()
    assert '"mark": "line"' in text_of(page)
    page.locator(".toast").get_by_role("button", name="Undo").click()
    assert text_of(page) == text
    page.get_by_label("Name of the panel").fill("kept")
    page.keyboard.press("Control+s")
    expect(page.locator("[data-part=state]")).to_have_text("Saved")
    page.goto(f"{runs[1].site.url}{runs[1].project_path}panels/new/")
    assert '"mark": "line"' in text_of(page), "a saved text is no draft any more"


def test_versions_are_compared_and_brought_back(visit: Visit, runs: list[Training]) -> None:
    page = visit("/")
    path = saved_panel(page, f"{runs[0].site.url}{runs[0].project_path}panels/new/", "versioned")
    first = text_of(page)
    typed(page, first.replace('"line"', '"area"'))
    page.get_by_label("What changed in this version").fill("areas")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("[data-part=state]")).to_have_text("Saved as version 2")
    page.goto(path)
    page.get_by_role("button", name="Versions").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator(".versions-list li")).to_have_count(2)
    expect(dialog.locator(".versions-list li").first).to_contain_text("areas")
    dialog.get_by_role("button", name="Version 1").click()
    expect(dialog.locator("tr.gone")).to_contain_text('"mark": "line"')
    expect(dialog.locator("tr.new")).to_contain_text('"mark": "area"')
    dialog.get_by_role("button", name="Put it into the editor").click()
    expect(page.locator("[data-part=state]")).to_have_text("Not saved")
    assert text_of(page) == first


def test_two_who_save_at_once_lose_nothing(visit: Visit, runs: list[Training], trouble: Trouble) -> None:
    page = visit("/")
    path = saved_panel(page, f"{runs[0].site.url}{runs[0].project_path}panels/new/", "shared work")
    other = page.context.new_page()
    other.goto(path)
    typed(other, text_of(other).replace('"line"', '"bar"'))
    other.keyboard.press("Control+s")
    expect(other.locator("[data-part=state]")).to_have_text("Saved as version 2")
    other.close()
    typed(page, text_of(page).replace('"line"', '"rule"'))
    page.keyboard.press("Control+s")
    dialog = page.get_by_role("dialog", name="Somebody else saved this panel")
    expect(dialog.locator("tr.gone")).to_contain_text('"mark": "bar"')
    expect(dialog.locator("tr.new")).to_contain_text('"mark": "rule"')
    dialog.get_by_role("button", name="Take theirs into the editor").click()
    assert '"mark": "bar"' in text_of(page)
    page.locator(".toast").get_by_role("button", name="Undo").click()
    assert '"mark": "rule"' in text_of(page)
    page.keyboard.press("Control+s")
    expect(page.locator("[data-part=state]")).to_have_text("Saved as version 3")
    assert all("409" in one for one in trouble)
    trouble.clear()


def test_the_editor_is_left_by_the_keyboard(visit: Visit, runs: list[Training]) -> None:
    page = visit(f"{runs[0].project_path}panels/new/")
    area = page.locator("code-field textarea")
    area.fill("{}")
    area.press("ArrowLeft")
    area.press("Enter")
    assert text_of(page) == "{\n  \n}"
    area.press("Tab")
    assert text_of(page) == "{\n    \n}"
    area.press("Shift+Tab")
    assert text_of(page) == "{\n  \n}"
    expect(area).to_be_focused()
    area.press("Escape")
    expect(page.locator("[data-part=state]")).to_have_text("Tab leaves the text now.")
    area.press("Tab")
    expect(area).not_to_be_focused()


def test_an_example_is_put_on_the_project_page_in_one_step(
    visit: Visit, runs: list[Training], trouble: Trouble
) -> None:
    page = visit(f"{runs[0].project_path}panels/")
    page.get_by_label("Search panels").fill("small GROUP")
    cards = page.locator(".gallery-card:visible")
    expect(cards).to_have_count(1)
    expect(cards.first.frame_locator("iframe").locator("canvas")).to_have_count(1)
    cards.first.get_by_role("button", name="Use on the project page").click()
    expect(page.locator(".toast")).to_contain_text("is on the project page now")
    page.goto(runs[0].site.url + runs[0].project_path)
    placed = page.locator("placed-panels")
    placed.scroll_into_view_if_needed()
    card = placed.locator(".placed-card")
    expect(card).to_have_count(1)
    expect(card.locator("custom-panel")).to_have_attribute("data-state", "drawn")
    expect(card.locator(".panel-fact")).to_contain_text("4 of 4 runs")
    page.locator("run-list input[name=run]").first.uncheck()
    expect(card.locator(".panel-fact")).to_contain_text("3 of 3 runs")
    card.get_by_label("Metric", exact=True).fill("val/accuracy")
    card.get_by_label("Metric", exact=True).press("Enter")
    expect(card.locator("custom-panel")).to_have_attribute("data-state", "drawn")
    page.wait_for_timeout(700)
    page.reload()
    expect(page.locator("placed-panels").get_by_label("Metric", exact=True)).to_have_value("val/accuracy")
    page.locator("placed-panels").get_by_role("button", name="Menu of").click()
    page.get_by_role("menuitem", name="Take off this page").click()
    expect(page.locator(".placed-card")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".placed-card")).to_have_count(1)
    forgive_examples(trouble)


def test_an_archived_panel_is_brought_back(visit: Visit, runs: list[Training], trouble: Trouble) -> None:
    page = visit("/")
    address = f"{runs[0].site.url}{runs[0].project_path}panels/"
    saved_panel(page, f"{address}new/", "for the archive")
    page.goto(address)
    card = page.locator(".gallery-card[data-name='for the archive']")
    card.get_by_role("button", name="Menu of").click()
    page.get_by_role("menuitem", name="Archive").click()
    expect(page.locator(".toast")).to_contain_text("Archived for the archive.")
    expect(card).to_be_hidden()
    page.get_by_role("link", name="Archived panels").click()
    card.get_by_role("button", name="Bring back").click()
    expect(page.locator(".toast")).to_contain_text("Brought for the archive back.")
    page.goto(address)
    expect(card).to_be_visible()
    forgive_examples(trouble)


def test_a_panel_that_loops_is_stopped_and_tried_again_while_the_others_go_on(
    site: "Site", browser: "Browser", runs: list[Training], trouble: Trouble
) -> None:
    own = isolating(browser)
    page = own.new_page()
    watch(page, trouble)
    site.sign_in(page)
    page.goto(f"{site.url}{runs[0].project_path}panels/")
    cards = page.locator(".gallery-card:visible")
    page.get_by_label("Search panels").fill("accurac")
    expect(cards.locator("custom-panel[data-state=drawn]")).to_have_count(2)
    page.wait_for_timeout(500)  # others are taken away
    handle = cards.first.locator("iframe").element_handle()
    assert handle is not None
    frame = handle.content_frame()
    assert frame is not None
    frame.evaluate("() => { setTimeout(() => { for (;;); }, 10); }")
    stopped = cards.locator("custom-panel[data-state=failed]")  # nobody can know which of the two it is
    expect(stopped.locator(".panel-said")).to_contain_text("did not answer for 10 seconds", timeout=30_000)
    other = cards.locator("custom-panel[data-state=drawn]")
    expect(other.frame_locator("iframe").locator("canvas")).to_have_count(1)
    stopped.get_by_role("button", name="Try again").click()
    expect(other).to_have_count(2)
    for place in range(2):
        expect(other.nth(place).frame_locator("iframe").locator("canvas")).to_have_count(1)
    own.close()
    forgive_examples(trouble)


def test_panels_out_of_view_are_not_mounted(visit: Visit, runs: list[Training], trouble: Trouble) -> None:
    page = visit(f"{runs[0].project_path}panels/")
    expect(page.locator(".gallery-card iframe").first).to_be_visible()
    mounted = page.locator("iframe").evaluate_all(
        "frames => frames.map((frame) => frame.getBoundingClientRect().top).filter((top) => top > innerHeight + 300)"
    )
    assert mounted == []
    forgive_examples(trouble)


def test_a_spec_is_imported_and_says_what_it_needs(visit: Visit, runs: list[Training], trouble: Trouble) -> None:
    page = visit(f"{runs[0].project_path}panels/")
    page.get_by_role("button", name="Import").click()
    spec = {"data": {"url": "https://outside.example/cars.json"}, "mark": "bar", "encoding": {}}
    page.get_by_label("Or pasted").fill(json.dumps(spec, indent=2))
    page.get_by_role("button", name="Open in the editor").click()
    problems = page.get_by_role("status", name="Problems")
    expect(problems.get_by_role("button").first).to_contain_text("3:")
    expect(problems).to_contain_text("load nothing")
    page.reload()
    assert "outside.example" in text_of(page)
    forgive_examples(trouble)


SCRIPT = """
import altair as alt, paceline
chart = alt.Chart(paceline.history("val/loss", project="admin/paneled")).mark_line().encode(
    x="step:Q", y="value:Q", color=alt.Color("color:N", scale=None), detail="run:N"
)
print(paceline.save_panel(chart, name="From Altair", project="admin/paneled"))
"""


def test_a_panel_saved_from_altair_appears_and_is_drawn(
    visit: Visit, site: "Site", runs: list[Training], trouble: Trouble
) -> None:
    environment = {**site.environment, "PACELINE_SERVER": site.url, "PACELINE_API_KEY": site.admin_key}
    environment["PYTHONPATH"] = f"{ROOT}/client"
    subprocess.run([sys.executable, "-c", SCRIPT], env=environment, check=True, timeout=60)
    page = visit(f"{runs[0].project_path}panels/")
    card = page.locator(".gallery-card[data-name='From Altair']")
    expect(card.frame_locator("iframe").locator("canvas")).to_have_count(1)
    card.get_by_role("link", name="From Altair").click()
    drawn(page)
    expect(page.locator(".panel-fact")).to_contain_text("4 of 4 runs")
    expect(page.get_by_role("status", name="Problems")).to_be_hidden()
    forgive_examples(trouble)


def test_a_telephone_has_the_chart_below_the_text(phone: Visit, runs: list[Training]) -> None:
    page = phone(f"{runs[0].project_path}panels/new/")
    drawn(page)
    field, chart = (page.locator(one).bounding_box() for one in ("code-field", ".editor-preview iframe"))
    assert field is not None
    assert chart is not None
    assert chart["y"] > field["y"] + field["height"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
