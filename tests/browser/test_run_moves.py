"""A run is moved to another project from its page and from the table, and back; a deleted one says that it is gone."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.trainings import Training

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.services.site import Site

Visit = Callable[[str], "Page"]


def test_a_run_is_moved_from_the_keyboard_and_back(site: "Site", visit: Visit) -> None:
    Training(site, "move-there", "other")
    run = Training(site, "move-here", "wanderer").log([1], loss=[1.0]).finish()
    page = visit(run.path)
    page.keyboard.press("m")
    field = page.get_by_role("combobox", name="Move wanderer to")
    expect(field).to_be_focused()
    field.fill("move")
    options = page.get_by_role("listbox", name="Projects").get_by_role("option")
    expect(options.filter(has_text="move-there")).to_be_visible()
    expect(options.filter(has_text="move-here")).to_have_count(0)
    expect(options.first).to_contain_text("its team reads it")
    field.fill("nowhere")
    expect(page.get_by_text("No other project that you may write to has these words.")).to_be_visible()
    field.fill("move-th")
    expect(options).to_have_count(1)
    field.press("Enter")
    expect(page.get_by_text("Moved wanderer to admin/move-there.")).to_be_visible()
    expect(page.locator(".trail")).to_contain_text("move-there")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".trail")).to_contain_text("move-here")
    expect(page.locator(".moments")).to_contain_text("Moved here from admin/move-there")


def test_a_move_that_is_refused_says_what_to_do(site: "Site", visit: Visit, trouble: list[str]) -> None:
    Training(site, "taken-there", "first", client_id="one").finish()
    run = Training(site, "taken-here", "second", client_id="one").finish()
    page = visit(run.path)
    page.get_by_label("Change this run").click()
    page.get_by_role("button", name="Move").click()
    page.get_by_role("combobox", name="Move second to").fill("taken-there")
    page.get_by_role("option", name="taken-there").click()
    expect(page.get_by_text("Move or delete that run first")).to_be_visible()
    page.keyboard.press("m")
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)
    assert [one.partition(" ")[0] for one in trouble if "/move/" in one] == ["409"]
    trouble.clear()


def test_selected_runs_are_moved_from_the_table_and_back(site: "Site", visit: Visit) -> None:
    Training(site, "bulk-there", "other")
    runs = [Training(site, "bulk-here", f"r{number}").finish() for number in range(3)]
    page = visit(runs[0].project_path + "runs/")
    for name in ("r0", "r2"):
        page.get_by_role("checkbox", name=f"Select {name}").check()
    page.get_by_role("toolbar", name="Selected runs").get_by_role("button", name="Move").click()
    page.get_by_role("combobox", name="Move 2 runs to").fill("bulk-there")
    expect(page.get_by_role("listbox", name="Projects").get_by_role("option")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Moved 2 runs to admin/bulk-there.")).to_be_visible()
    expect(page.locator("tbody tr[data-run]")).to_have_count(1)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("tbody tr[data-run]")).to_have_count(3)


def test_a_run_that_was_deleted_meanwhile_says_so_and_leads_to_its_project(
    site: "Site", visit: Visit, trouble: list[str]
) -> None:
    run = Training(site, "vanished", "ghost").finish()
    page = visit(run.path)
    site.manage("shell", "-c", "from apps.runs.models import Run; Run.objects.filter(name='ghost').delete()")
    page.keyboard.press("r")
    expect(page.get_by_text("It was deleted meanwhile")).to_be_visible()
    expect(page.get_by_role("textbox", name="Name of ghost")).to_have_count(0)
    page.get_by_label("Change this run").click()
    page.get_by_role("button", name="Archive").click()
    page.get_by_role("button", name="To its project").last.click()
    page.wait_for_url(f"**{run.project_path}")
    assert any(one.startswith("404") for one in trouble)
    trouble.clear()
