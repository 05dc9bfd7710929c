"""The run table in a real browser: sorting, columns, the baseline, the keyboard, what it remembers."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import expect

from tests.browser.trainings import Training

if TYPE_CHECKING:
    from playwright.sync_api import Page, Response

    from tests.services.site import Site

Visit = Callable[[str], "Page"]


@pytest.fixture(scope="module")
def sweep(site: "Site") -> list[Training]:
    made = []
    for place in range(30):
        config = {"lr": 10.0 ** -(place % 4), "model": "small" if place % 2 else "large"}
        run = Training(site, "table", f"run-{place:02d}", config=config)
        made.append(run.log([1, 2], loss=[2.0, 1.0 + place], val__acc=[0.1, 0.01 * place]).finish())
    return made


def table(training: Training) -> str:
    return f"{training.project_path}runs/"


def names(page: "Page") -> list[str]:
    return page.locator("tbody th.name > a:first-child").all_inner_texts()


def columns(page: "Page") -> list[str | None]:
    return [one.get_attribute("data-column") for one in page.locator("thead th[data-column]:not(.name)").all()]


def remembered(answer: "Response") -> list[str]:
    """The columns that a request of the table asked to remember, once that is answered. [] of other requests."""
    if "/remember/" not in answer.url:
        return []
    query = parse_qs(answer.request.post_data or "")["query"][0]
    return parse_qs(query.removeprefix("?")).get("col", [])


def test_a_click_sorts_and_shift_adds_and_back_undoes(visit: Visit, sweep: list[Training]) -> None:
    page = visit(table(sweep[0]) + "?col=config.lr&col=config.model&col=metric.loss.last")
    page.locator("th[data-column='config.model'] a.sort").click()
    expect(page.locator("th[data-column='config.model']")).to_have_attribute("aria-sort", "ascending")
    page.locator("th[data-column='metric.loss.last'] a.sort").click(modifiers=["Shift"])
    expect(page.locator("th[data-column='metric.loss.last']")).to_have_attribute("aria-sort", "ascending")
    expect(page.locator("tbody th.name a").first).to_have_text("run-00")
    assert names(page)[:3] == ["run-00", "run-02", "run-04"]
    assert "sort=config.model&sort=metric.loss.last" in page.url
    expect(page.locator("th[data-column='metric.loss.last'] a.sort")).to_be_focused()
    page.go_back()
    expect(page.locator("th[data-column='metric.loss.last']")).not_to_have_attribute("aria-sort", "ascending")
    page.reload()
    expect(page.locator("th[data-column='config.model']")).to_have_attribute("aria-sort", "ascending")


def test_columns_are_found_shown_moved_and_remembered(visit: Visit, sweep: list[Training]) -> None:
    page = visit(table(sweep[0]) + "?col=config.lr&col=metric.loss.last")
    page.get_by_role("button", name="Columns").click()
    page.get_by_role("searchbox", name="Search columns").fill("acc")
    expect(page.get_by_text("1 of 1")).to_be_visible()
    page.get_by_role("checkbox", name="val/acc").check()
    expect(page.locator("thead th[data-column='metric[\"val/acc\"].best']")).to_be_visible()
    page.get_by_role("button", name='Up metric["val/acc"].best').click()
    expect(page.locator("thead th").nth(3)).to_have_attribute("data-column", 'metric["val/acc"].best')
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Columns")).to_be_focused()
    wanted = ["metric.loss.last", "config.lr", 'metric["val/acc"].best']
    with page.expect_response(lambda answer: remembered(answer) == wanted):
        page.locator("thead th").nth(4).drag_to(page.locator("thead th").nth(2), target_position={"x": 4, "y": 10})
    assert columns(page) == wanted
    page.goto(page.url.split("?")[0])
    assert columns(page) == wanted


def test_best_is_one_click_and_a_curve_stands_beside_the_value(visit: Visit, sweep: list[Training]) -> None:
    page = visit(table(sweep[0]) + "?col=metric.loss.last&sort=name")
    row = page.locator("tbody tr[data-name='run-05']")
    expect(row).to_contain_text("6")  # 2, then 6
    page.locator("[data-go=figure-best]").click()
    expect(page.locator("th[data-column='metric.loss.best']")).to_be_visible()
    expect(row).not_to_contain_text("6")
    page.locator("th[data-column='metric.loss.best']").hover()
    page.locator("th[data-column='metric.loss.best'] .head-menu").click()
    page.get_by_role("link", name="Show its curve").click()
    expect(row.locator("svg path[d^=M]").first).to_be_visible()


def test_names_stay_at_the_edge_beside_a_plot_that_is_a_table(visit: Visit, sweep: list[Training]) -> None:
    page = visit(table(sweep[0]) + "?col=config.lr&plot=kind%3Dimportance%26target%3Dmetric.loss.last")
    expect(page.locator("run-plots table")).to_be_visible(timeout=30_000)
    page.locator("th[data-column='config.lr'] a.sort").click()
    expect(page.locator("th[data-column='config.lr']")).to_have_attribute("aria-sort", "ascending")
    pick, name = (page.locator(f"tbody .{part}").first.bounding_box() for part in ("pick", "name"))
    assert pick
    assert name
    assert name["x"] == pytest.approx(pick["x"] + pick["width"], abs=1)


def test_an_edge_is_pulled_to_another_width_and_a_pinned_column_stays(visit: Visit, sweep: list[Training]) -> None:
    page = visit(table(sweep[0]) + "?col=config.lr&col=metric.loss.last&w=800:metric.loss.last&col=config.model")
    grip = page.locator("th[data-column='config.lr'] .grip").bounding_box()
    assert grip
    page.mouse.move(grip["x"] + 4, grip["y"] + 10)
    page.mouse.down()
    page.mouse.move(grip["x"] + 64, grip["y"] + 10, steps=4)
    page.mouse.up()
    page.wait_for_url(re.compile(r"w=152%3Aconfig.lr"))
    expect(page.locator("th[data-column='config.lr']")).to_have_attribute("data-width", "152")
    width = page.locator("th[data-column='config.lr']").bounding_box()
    assert width
    assert width["width"] == 152
    page.locator("th[data-column='config.lr']").hover()
    page.locator("th[data-column='config.lr'] .head-menu").click()
    page.get_by_role("link", name="Pin to the left").click()
    pinned = page.locator("th.pinned[data-column='config.lr']")
    expect(pinned).to_be_visible()
    before = pinned.bounding_box()
    page.locator("#table-box").evaluate("box => box.scrollLeft = 300")
    after = pinned.bounding_box()
    assert before
    assert after
    assert page.locator("#table-box").evaluate("box => box.scrollLeft") > 0
    assert before["x"] == after["x"]


def test_a_baseline_is_chosen_by_the_keyboard_and_deltas_say_which_way(visit: Visit, sweep: list[Training]) -> None:
    page = visit(table(sweep[0]) + "?col=metric.loss.last&col=metric[%22val/acc%22].last&sort=name")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("k")
    expect(page.locator("tr.current")).to_have_attribute("data-name", "run-01")
    page.keyboard.press("b")
    expect(page.locator("tr.base")).to_have_attribute("data-name", "run-01")
    expect(page.locator("tr[data-name='run-02'] .delta").first).to_have_text("+1")
    expect(page.locator("tr[data-name='run-02'] .delta.worse")).to_have_count(1)
    expect(page.locator("tr[data-name='run-02'] .delta.better")).to_have_text("+0.01")
    expect(page.locator("tr.current")).to_have_attribute("data-name", "run-01")
    page.get_by_role("link", name="No baseline").click()
    expect(page.locator(".delta")).to_have_count(0)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/runs/\w{13}/$"))


def test_pages_follow_and_a_filter_begins_again(visit: Visit, sweep: list[Training]) -> None:
    page = visit(table(sweep[0]) + "?sort=name&rows=25")
    expect(page.locator(".pages")).to_contain_text("1–25 of 30")
    page.get_by_role("link", name="Next").click()
    expect(page.locator(".pages")).to_contain_text("26–30 of 30")
    page.get_by_role("button", name="Previous").click()
    expect(page.locator(".pages")).to_contain_text("1–25 of 30")
    page.keyboard.press("/")
    box = page.get_by_role("combobox", name="Filter runs by an expression")
    expect(box).to_be_focused()
    box.fill("config.lr < 0.05")
    box.press("Enter")
    expect(page.locator(".pages")).to_contain_text("1–14 of 14")
    box.fill("config.lr <")
    box.press("Enter")
    expect(page.locator("#filter-said")).to_contain_text("Something is missing at the end.")
    expect(page.locator(".table-empty")).to_contain_text("cannot be read")
    page.get_by_role("link", name="Show all runs").count()


def test_the_server_away_is_said_and_tried_again(visit: Visit, sweep: list[Training], trouble: list[str]) -> None:
    page = visit(table(sweep[0]) + "?col=metric.loss.last")
    page.route("**/api/v1/live/", lambda route: route.abort())
    page.locator("th[data-column='metric.loss.last'] a.sort").click()
    expect(page.locator(".toast")).to_contain_text("The table could not be read")
    page.unroute("**/api/v1/live/")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("th[data-column='metric.loss.last']")).to_have_attribute("aria-sort", "ascending")
    trouble.clear()


def test_a_telephone_keeps_the_name_and_scrolls_the_rest(phone: Visit, sweep: list[Training]) -> None:
    page = phone(table(sweep[0]) + "?col=metric.loss.last&col=config.lr&col=config.model&col=created&col=took")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    name = page.locator("tbody th.name").first
    before = name.bounding_box()
    page.locator("#table-box").evaluate("box => box.scrollLeft = 200")
    after = name.bounding_box()
    assert before
    assert after
    assert page.locator("#table-box").evaluate("box => box.scrollLeft") > 0
    assert before["x"] == after["x"]
    page.get_by_role("button", name="Columns").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def selected(page: "Page") -> str:
    return page.locator(".selection-bar [data-role=count]").inner_text()


def test_a_selection_survives_pages_filters_and_reloads_and_is_compared(visit: Visit, sweep: list[Training]) -> None:
    page = visit(table(sweep[0]) + "?sort=name&rows=25")
    page.get_by_role("checkbox", name="Select run-03").check()
    page.get_by_role("checkbox", name="Select run-06").click(modifiers=["Shift"])
    assert selected(page) == "4 selected"
    page.get_by_role("link", name="Next").click()
    expect(page.locator(".pages")).to_contain_text("26–30 of 30")
    page.keyboard.press("j")
    page.keyboard.press("x")
    assert selected(page) == "5 selected, 4 not listed here"
    page.get_by_role("combobox", name="Filter runs by an expression").fill("name == 'run-04'")
    page.keyboard.press("Enter")
    expect(page.locator("tr.picked")).to_have_count(1)
    assert selected(page) == "5 selected, 4 not listed here"
    page.reload()
    assert selected(page) == "5 selected, 4 not listed here"
    page.locator("#table-box").focus()
    page.keyboard.press("c")
    page.wait_for_url(re.compile(r"/compare/\?run=\w{13}(&run=\w{13}){4}$"))
    expect(page.get_by_role("heading", name="5 runs compared")).to_be_visible()


def test_all_that_match_are_selected_on_every_page(visit: Visit, sweep: list[Training]) -> None:
    page = visit(table(sweep[0]) + "?sort=name&rows=25")
    page.get_by_role("checkbox", name="Select all listed runs").check()
    assert selected(page) == "25 selected"
    page.get_by_role("button", name="Select all that match").click()
    expect(page.locator(".selection-bar [data-role=count]")).to_have_text("30 selected, 5 not listed here")
    page.locator("#table-box").focus()
    page.keyboard.press("Escape")
    expect(page.locator(".selection-bar")).to_be_hidden()


def test_tags_are_given_to_many_and_undone(visit: Visit, sweep: list[Training]) -> None:
    page = visit(table(sweep[0]) + "?col=tags&sort=name")
    for name in ("run-00", "run-01"):
        page.get_by_role("checkbox", name=f"Select {name}").check()
    page.get_by_role("combobox", name="Tag of the selected runs").fill("kept <b>")
    page.keyboard.press("Enter")
    expect(page.locator(".toast")).to_contain_text("Tagged 2 runs “kept <b>”.")
    expect(page.locator("tr[data-name='run-01'] .tag")).to_have_text("kept <b>")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".tag")).to_have_count(0)
    page.get_by_role("button", name="Clear").click()


def test_runs_are_archived_brought_back_and_deleted_with_time_to_say_no(
    site: "Site", visit: Visit, trouble: list[str]
) -> None:
    runs = [Training(site, "removal", f"old-{place}").finish() for place in range(3)]
    page = visit(table(runs[0]))
    page.get_by_role("checkbox", name="Select old-0").check()
    page.get_by_role("checkbox", name="Select old-1").check()
    page.get_by_role("button", name="Archive").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("tbody tr")).to_have_count(3)
    page.get_by_role("checkbox", name="Select old-0").check()
    page.get_by_role("button", name="Archive").click()
    expect(page.locator("tbody tr")).to_have_count(2)
    page.get_by_role("combobox", name="State").select_option("archived")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_role("checkbox", name="Select old-0").check()
    page.get_by_role("button", name="Delete").click()
    expect(page.locator("tr.leaving")).to_have_count(1)
    page.locator(".toast", has_text="will be deleted").get_by_role("button", name="Undo").click()
    expect(page.locator("tr.leaving")).to_have_count(0)
    page.get_by_role("checkbox", name="Select old-0").check()
    page.get_by_role("button", name="Delete").click()
    page.goto(site.url + table(runs[0]))  # leaving says yes; the browser sends it behind the next page
    for _ in range(40):
        page.goto(site.url + table(runs[0]) + "?archived=1")
        if page.locator("tbody tr").count() == 0:
            break
        page.wait_for_timeout(250)
    expect(page.locator(".table-empty")).to_contain_text("No run is archived")


def test_notes_and_tags_are_edited_by_the_keyboard_and_undone(visit: Visit, sweep: list[Training]) -> None:
    page = visit(table(sweep[0]) + "?col=notes&col=tags&sort=name")
    page.keyboard.press("j")
    page.keyboard.press("n")
    field = page.get_by_role("textbox", name="Notes of run-00")
    expect(field).to_be_focused()
    field.fill("first line")
    field.press("Shift+Enter")
    field.press_sequentially("<i>second</i>")
    field.press("Enter")
    expect(page.locator("tr[data-name='run-00'] td[data-edit=notes]")).to_contain_text("<i>second</i>")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("tr[data-name='run-00'] td[data-edit=notes]")).not_to_contain_text("second")
    page.locator("#table-box").focus()
    page.keyboard.press("t")
    tags = page.get_by_role("textbox", name="Tags, with commas between them of run-00")
    tags.fill("one, two,one , ")
    tags.press("Enter")
    expect(page.locator("tr[data-name='run-00'] .tag")).to_have_text(["one", "two"])
    page.locator("tr[data-name='run-00'] td[data-edit=tags]").dblclick()
    tags.fill("never")
    tags.press("Escape")
    expect(page.locator("tr[data-name='run-00'] .tag")).to_have_text(["one", "two"])


def test_a_view_is_saved_opened_changed_and_deleted_with_time_to_say_no(visit: Visit, sweep: list[Training]) -> None:
    page = visit(table(sweep[0]) + "?col=config.lr&sort=-config.lr")
    page.get_by_role("button", name="Views").click()
    page.get_by_role("textbox", name="Save as").fill("rates <i>")
    page.get_by_role("checkbox", name="for the team").check()
    page.get_by_role("textbox", name="Save as").press("Enter")
    expect(page.get_by_role("button", name="rates <i>")).to_be_visible()
    expect(page.locator(".toast")).to_contain_text("Saved the view rates <i>.")
    page.locator("th[data-column='config.lr'] a.sort").click()
    expect(page.locator(".views-button")).to_contain_text("*")
    page.locator(".views-button").click()
    page.get_by_role("button", name="Save over rates <i>").click()
    expect(page.locator(".views-button")).not_to_contain_text("*")
    page.goto(page.url.split("?")[0] + "?fresh=1")
    page.get_by_role("button", name="Views").click()
    page.get_by_role("link", name="rates <i>").click()
    expect(page.locator("thead th[data-column]:not(.name)")).to_have_count(1)
    assert columns(page) == ["config.lr"]
    page.get_by_role("button", name="rates <i>").click()
    page.get_by_role("button", name="Delete rates <i>").click()
    page.locator(".toast", has_text="gone in a moment").get_by_role("button", name="Undo").click()
    page.reload()
    expect(page.get_by_role("button", name="rates <i>")).to_be_visible()


def test_runs_are_grouped_opened_sorted_by_their_mean_and_entered(visit: Visit, sweep: list[Training]) -> None:
    page = visit(table(sweep[0]) + "?col=config.model&col=metric.loss.last")
    page.locator("th[data-column='config.model']").hover()
    page.locator("th[data-column='config.model'] .head-menu").click()
    page.get_by_role("link", name="Group by it").click()
    expect(page.locator("tr.group")).to_have_count(2)
    expect(page.locator(".pages")).to_contain_text("1–2 of 2 groups of 30 runs")
    page.locator("th[data-column='metric.loss.last'] a.sort").click()
    expect(page.locator("th[data-column='metric.loss.last']")).to_have_attribute("aria-sort", "ascending")
    expect(page.locator("th[data-column='metric.loss.last'] a.sort")).to_be_focused()  # once the table is there
    expect(page.locator("tr.group th.name").first).to_have_text("large")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.locator("#table-box").focus()
    page.keyboard.press("Enter")
    expect(page.locator("tr.member")).to_have_count(15)
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator(".selection-bar [data-role=count]")).to_have_text("1 selected")
    page.keyboard.press("Escape")
    page.get_by_role("link", name="small", exact=True).click()
    expect(page.locator("tr.group")).to_have_count(0)
    expect(page.locator(".pages")).to_contain_text("1–15 of 15")
    expect(page.get_by_role("combobox", name="Filter runs by an expression")).to_have_value('config.model == "small"')
    page.go_back()
    expect(page.locator("tr.member")).to_have_count(15)
    page.get_by_role("link", name="Not grouped by config.model").click()
    expect(page.locator(".pages")).to_contain_text("1–30 of 30")


def test_what_is_shown_is_downloaded(visit: Visit, sweep: list[Training]) -> None:
    page = visit(table(sweep[0]) + "?col=config.lr&sort=name&rows=25&filter=config.lr+%3C+0.05")
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as waiting:
        page.get_by_role("link", name="CSV").click()
    lines = waiting.value.path().read_text().splitlines()
    assert waiting.value.suggested_filename == "admin-table-runs.csv"
    assert lines[0] == "id,name,config.lr"
    assert len(lines) == 15
