"""A run is renamed, tagged, noted, archived and deleted on its own page, and what was done can be undone."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.trainings import Training

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.services.site import Site

Visit = Callable[[str], "Page"]


@pytest.fixture
def run(site: "Site") -> Training:
    return Training(site, "actions", "as it was", tags=["one"]).log([1, 2], loss=[2.0, 1.0]).finish()


def test_a_run_is_renamed_from_the_keyboard_and_gets_its_name_back(visit: Visit, run: Training) -> None:
    page = visit(run.path)
    page.keyboard.press("r")
    field = page.get_by_role("textbox", name="Name of as it was")
    field.fill("better name")
    field.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("better name")
    expect(page).to_have_title("better name · admin/actions · Paceline")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("as it was")


def test_tags_and_notes_are_edited_from_the_menu(visit: Visit, run: Training) -> None:
    page = visit(run.path)
    page.get_by_label("Change this run").click()
    page.get_by_role("button", name="Tags").click()
    field = page.get_by_role("textbox", name="Tags")
    expect(field).to_have_value("one")
    field.fill("one, two,  two ,")
    field.press("Enter")
    expect(page.locator(".run-head .tag")).to_have_text(["one", "two"])
    page.keyboard.press("n")
    page.get_by_role("textbox", name="Notes").fill("because <b>it</b> diverged")
    page.keyboard.press("Enter")
    expect(page.get_by_text("because <b>it</b> diverged")).to_be_visible()
    page.keyboard.press("n")
    page.get_by_role("textbox", name="Notes").fill("never saved")
    page.keyboard.press("Escape")
    page.reload()
    expect(page.get_by_text("because <b>it</b> diverged")).to_be_visible()


def test_an_archived_run_says_so_and_comes_back(visit: Visit, run: Training) -> None:
    page = visit(run.path)
    page.get_by_label("Change this run").click()
    page.get_by_role("button", name="Archive").click()
    expect(page.get_by_text("This run is archived")).to_be_visible()
    page.get_by_role("button", name="Bring it back").click()
    expect(page.get_by_text("This run is archived")).to_be_hidden()


def test_a_deletion_can_be_stopped_and_is_done_when_nobody_does(visit: Visit, run: Training) -> None:
    page = visit(run.path)

    def ask() -> None:
        page.get_by_label("Change this run").click()
        page.get_by_role("button", name="Delete for ever").click()
        expect(page.get_by_text("will be deleted for ever")).to_be_visible()

    page.get_by_label("Change this run").click()
    page.get_by_role("button", name="Archive").click()
    expect(page.get_by_text("This run is archived")).to_be_visible()
    ask()
    page.get_by_role("button", name="Keep it").click()
    assert page.request.get(page.url).status == 200
    ask()
    page.wait_for_url(f"**{run.project_path}", timeout=20_000)
    assert page.request.get(page.url.removesuffix(run.project_path) + run.path).status == 404


def test_a_reader_is_offered_nothing_of_it(site: "Site", page: "Page", run: Training) -> None:
    body = {"visibility": "public"}
    site.manage(
        "shell", "-c", f"from apps.runs.models import Project; Project.objects.filter(slug='actions').update(**{body})"
    )
    page.goto(site.url + run.path)
    expect(page.get_by_role("heading", level=1)).to_have_text("as it was")
    expect(page.get_by_label("Change this run")).to_have_count(0)
    page.keyboard.press("r")
    expect(page.get_by_role("textbox", name="Name of")).to_have_count(0)
