"""Reports in a real browser: charts come alive, the editor previews as one types and keeps unsaved words."""

import json
import math
import re
import urllib.request

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.timeout(240)


def send(site, method, path, body):
    """The JSON answer of an API call of the user admin."""
    request = urllib.request.Request(
        f"{site.url}{path}",
        data=json.dumps(body).encode(),
        method=method,
        headers={"Authorization": f"Bearer {site.admin_key}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


@pytest.fixture(scope="module")
def runs(site):
    """Two runs of admin/reports, which logged loss and accuracy at 200 steps."""
    made = []
    for place, name in enumerate(("first", "second")):
        run = send(site, "POST", "/api/v1/projects/admin/reports-story/runs/", {"name": name})
        steps = list(range(200))
        loss = [math.exp(-step / 50) + place for step in steps]
        values = {"val/loss": loss, "val/accuracy": [1 - one / 3 for one in loss]}
        send(
            site,
            "POST",
            f"/api/v1/runs/{run['id']}/history/",
            {"writer": "w", "seq": 0, "step": steps, "values": values},
        )
        send(site, "POST", f"/api/v1/runs/{run['id']}/finish/", {})
        made.append(run["id"])
    return made


@pytest.fixture
def report(site, runs):
    markdown = "\n".join(
        [
            "Words **before**.",
            "",
            "```panel",
            "kind: line",
            "keys: [val/loss, val/accuracy]",
            f"runs: [{', '.join(runs)}]",
            "height: 320",
            "```",
            "",
            "```panel",
            "kind: pie",
            "keys: [val/loss]",
            "```",
            "",
            "```panel",
            "kind: line",
            "keys: [val/loss]",
            'runs: {name: "first"}',
            "x: time",
            "```",
            "",
            "Words *after*.",
        ]
    )
    path = "/api/v1/projects/admin/reports-story/reports/"
    return send(site, "POST", path, {"title": "First light", "markdown": markdown})


@pytest.fixture
def quiet(page):
    """Fails the test when the page logs an error or breaks the content policy."""
    said = []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    yield page
    assert said == []


def test_a_report_draws_its_panels_and_says_which_it_cannot(site, quiet, report):
    page = quiet
    site.sign_in(page)
    page.goto(report["url"])
    charts = page.locator("panel-chart")
    expect(charts).to_have_count(3)
    charts.nth(2).scroll_into_view_if_needed()
    for place in range(3):
        expect(charts.nth(place)).to_have_attribute("data-state", "drawn")
    expect(page.locator("[data-part=facts]").first).to_contain_text("2 of 2 runs")
    expect(page.locator("[data-part=facts]").nth(2)).to_contain_text("1 of 1 run")
    assert charts.first.bounding_box()["height"] == 320
    expect(page.locator(".report-broken")).to_contain_text("Line 11: There is no panel kind “pie”")
    expect(page.locator(".report-body > p").last).to_have_text("Words after.")
    page.locator(".legend [data-run]").first.hover()
    expect(page.locator(".legend li.on")).to_have_count(2)  # the same run in both legends


def test_a_reports_chart_zooms_with_its_neighbour_and_leaves_the_address_alone(site, quiet, report):
    page = quiet
    site.sign_in(page)
    page.goto(report["url"])
    charts = page.locator("panel-chart")
    expect(charts.first).to_have_attribute("data-state", "drawn")
    expect(charts.first).to_have_attribute("data-stored", "400")
    box = charts.first.bounding_box()
    page.mouse.move(box["x"] + 150, box["y"] + 80)
    page.mouse.down()
    page.mouse.move(box["x"] + 250, box["y"] + 90, steps=5)
    page.mouse.up()
    for place in (0, 1):
        expect(charts.nth(place)).not_to_have_attribute("data-stored", "400")
    assert page.url == report["url"]
    page.get_by_role("button", name="Whole range").click()
    expect(charts.first).to_have_attribute("data-stored", "400")


def test_a_comment_is_begun_at_a_panel_and_sent_by_the_keyboard(site, quiet, report):
    page = quiet
    site.sign_in(page)
    page.goto(report["url"])
    page.get_by_role("link", name="Comment on val/loss", exact=True).click()
    page.keyboard.type("Is this noise?")
    page.keyboard.press("Control+Enter")
    thread = page.locator(".thread")
    expect(thread).to_contain_text("Is this noise?")
    expect(thread.get_by_role("link", name="panel 2: val/loss")).to_be_visible()
    thread.get_by_text("Reply").first.click()
    page.keyboard.type("No.")  # the words have the focus
    page.keyboard.press("Control+Enter")
    expect(page.locator(".comment.reply")).to_contain_text("No.")
    thread.get_by_role("button", name="Delete").first.click()
    page.get_by_role("button", name="Undo").click()
    expect(thread).to_contain_text("Is this noise?")


def test_a_report_makes_sense_without_javascript(site, browser, report):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    site.sign_in(page)
    page.goto(report["url"])
    page.locator("details.values > summary").first.click()
    rows = page.locator("details.values").first.locator("tbody tr")
    expect(rows).to_have_count(4)
    expect(rows.first).to_contain_text("first")
    expect(rows.first.locator("td").nth(1)).to_have_text("0.018686")  # the lowest loss: exp(-199 / 50)
    context.close()


def test_a_report_fits_a_phone(site, browser, report):
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    site.sign_in(page)
    for path in (report["url"], f"{report['url']}edit/", f"{site.url}/admin/reports-story/reports/"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
    context.close()


def test_the_editor_previews_and_leaves_untouched_charts_alone(site, quiet, report):
    page = quiet
    site.sign_in(page)
    page.goto(f"{report['url']}edit/")
    preview = page.locator("[data-part=preview-body]")
    expect(preview.locator("panel-chart").first).to_have_attribute("data-state", "drawn")
    page.evaluate("document.querySelector('[data-part=preview-body] panel-board').mark = 'still here'")
    text = page.locator("textarea[name=markdown]")
    text.press("Control+Home")
    text.press_sequentially("New words. ")
    expect(preview.locator("p").first).to_have_text("New words. Words before.")
    assert page.evaluate("document.querySelector('[data-part=preview-body] panel-board').mark") == "still here"
    expect(page.locator("[data-part=state]")).to_have_text(re.compile("Not saved|Draft kept"))
    page.keyboard.press("Control+s")
    page.wait_for_url(report["url"])
    expect(page.locator(".report-body > p").first).to_have_text("New words. Words before.")


def test_leaving_the_editor_with_unsaved_words_asks_first(site, page, report):
    site.sign_in(page)
    asked = []

    def leave(dialog):
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", leave)
    page.goto(f"{report['url']}edit/")
    page.locator("[data-part=cancel]").click()  # nothing typed: no question
    page.wait_for_url(report["url"])
    assert asked == []
    page.goto(f"{report['url']}edit/")
    page.locator("textarea[name=markdown]").press_sequentially("x")
    page.locator("[data-part=cancel]").click()
    page.wait_for_url(report["url"])
    assert asked == ["beforeunload"]


def test_words_outlive_a_lost_session(site, page, report):
    site.sign_in(page)
    page.goto(f"{report['url']}edit/")
    expect(page.locator("[data-part=preview-body] panel-chart").first).to_have_attribute("data-state", "drawn")
    page.context.clear_cookies(name="sessionid")
    page.locator("textarea[name=markdown]").fill("Long thought words.")
    expect(page.locator("[data-part=preview-body]")).to_contain_text("You are signed out.")
    site.sign_in(page)
    page.context.add_cookies([{"name": "csrftoken", "value": "x" * 32, "url": site.url}])  # as a new sign-in sets it
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".report-body > p")).to_have_text("Long thought words.")


def test_a_new_report_starts_with_the_projects_own_metric(site, quiet, runs):
    page = quiet
    site.sign_in(page)
    page.goto(f"{site.url}/admin/reports-story/reports/")
    page.get_by_role("link", name="report").last.click()
    expect(page.locator("[data-part=preview-body] panel-chart")).to_have_attribute("data-state", "drawn")
    page.locator("input[name=title]").fill("From the browser")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("h1")).to_have_text("From the browser")
    expect(page.locator("panel-chart")).to_have_attribute("data-state", "drawn")
