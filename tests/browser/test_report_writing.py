"""Writing a report in a real browser: a crash, a second tab, and a server that is away lose no words."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.test_report_page import send

pytestmark = pytest.mark.timeout(240)

KEPT = re.compile("Draft kept")


@pytest.fixture
def report(site):
    project = "/api/v1/projects/admin/writing"
    send(site, "POST", f"{project}/runs/", {"name": "one"})
    return send(site, "POST", f"{project}/reports/", {"title": "Notes", "markdown": "first\n\nmiddle\n\nlast"})


def test_a_crash_and_a_second_tab_lose_no_words(site, visit, page, report, trouble):
    edit = f"/r/{report['id']}/edit/"
    visit(edit)
    page.locator("textarea[name=markdown]").fill("first thing\n\nmiddle\n\nlast")
    expect(page.locator("[data-part=state]")).to_have_text(KEPT)
    crashed = page.context.new_page()
    page.close(run_before_unload=False)
    crashed.goto(site.url + edit)
    offer = crashed.locator("[data-part=offer]")
    expect(offer).to_contain_text("You have unsaved changes")
    offer.get_by_role("link", name="Restore").click()
    mine = crashed.locator("textarea[name=markdown]")
    expect(mine).to_have_value("first thing\n\nmiddle\n\nlast")

    second = crashed.context.new_page()
    second.goto(site.url + edit)
    second.locator("textarea[name=markdown]").fill("first\n\nmiddle\n\nlast word")
    second.keyboard.press("Control+s")
    second.wait_for_url(re.compile(f"/r/{report['id']}/$"))

    mine.press("Control+End")
    mine.press_sequentially("!")
    newer = crashed.locator("[data-part=newer]")
    expect(newer).to_contain_text("saved revision 2")
    mine.press("Backspace")
    crashed.get_by_role("button", name="Save", exact=True).click()
    expect(crashed.locator("[role=alert]")).to_contain_text("saved by someone else")
    expect(crashed.locator("[role=alert] .diff").first).to_contain_text("last word")
    crashed.get_by_role("button", name="Bring both together").click()
    expect(crashed.locator("textarea[name=markdown]")).to_have_value("first thing\n\nmiddle\n\nlast word")
    crashed.get_by_role("button", name="Save").click()
    expect(crashed.locator(".report-body > p").last).to_have_text("last word")
    crashed.goto(site.url + edit)
    expect(crashed.locator("textarea[name=markdown]")).to_have_value("first thing\n\nmiddle\n\nlast word")
    expect(crashed.locator(".editor-offer:visible")).to_have_count(0)
    assert all("409" in one for one in trouble)
    trouble.clear()


def test_words_that_the_server_never_got_are_offered_by_the_browser(site, visit, page, report, trouble):
    edit = f"/r/{report['id']}/edit/"
    page.context.route("**/r/autosave/", lambda route: route.abort())
    visit(edit)
    page.locator("textarea[name=markdown]").press_sequentially("Unheard. ")
    expect(page.locator("[data-part=state]")).to_have_text(re.compile("Kept in this browser only"))
    trouble.clear()  # that the server is away
    again = page.context.new_page()
    page.close(run_before_unload=False)
    page.context.unroute("**/r/autosave/")
    again.goto(site.url + edit)
    offer = again.locator(".editor-offer", has_text="This browser kept words")
    offer.get_by_role("button", name="Restore").click()
    expect(again.locator("textarea[name=markdown]")).to_have_value(re.compile("Unheard. "))
    expect(again.locator("[data-part=state]")).to_have_text(KEPT)


def test_blocks_and_marks_are_put_in_from_the_keyboard(visit, page, report):
    visit(f"/r/{report['id']}/edit/")
    text = page.locator("textarea[name=markdown]")
    text.press("Control+End")
    text.press_sequentially("\n/")
    expect(page.get_by_role("option")).not_to_have_count(0)
    page.keyboard.type("tab row")
    page.keyboard.press("Enter")
    expect(text).to_have_value(re.compile(r"last\n\n\| model \| accuracy \|"))
    text.press_sequentially("- item")
    text.press("Tab")
    text.press("Control+b")
    text.press_sequentially("bold")
    expect(text).to_have_value(re.compile(r"\n  - item\*\*bold\*\*$"))
    text.press_sequentially("\n\n/no such")
    page.keyboard.press("Escape")
    expect(text).to_have_value(re.compile(r"/no such"))
    expect(text).to_be_focused()
