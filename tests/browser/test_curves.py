"""Curves in a browser: their points are read out to the pointer and to the keyboard."""

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.trainings import Training
from tests.tables.tables import class_curves

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.services.site import Site

    Visit = Callable[[str], Page]


def test_points_are_read_out_to_pointer_and_keyboard(site: "Site", visit: "Visit") -> None:
    first, second = (
        Training(site, "curves", name).curves("val", 1, class_curves("8", lift)).finish()
        for name, lift in (("high", 0.9), ("low <b>", 0.5))
    )
    page = visit(f"/admin/curves/compare/curves/?run={first.id}&run={second.id}")
    chart = page.locator("svg[data-kind=roc]")
    said = page.locator("figure", has=chart).locator(".curve-said")
    chart.focus()
    page.keyboard.press("ArrowRight")
    expect(said).to_have_text("high: false positives 0, true positives 0, above every score")
    page.keyboard.press("ArrowRight")
    expect(said).to_have_text("high: false positives 0, true positives 0.9, threshold 0.5")
    page.keyboard.press("ArrowDown")
    expect(said).to_have_text("low <b>: false positives 0, true positives 0.5, threshold 0.5")
    expect(chart.locator(".mark")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(said).to_have_text("")
    box = chart.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 4, box["y"] + box["height"] * 0.12)
    expect(said).to_have_text("high: false positives 0, true positives 0.9, threshold 0.5")
