"""Confusion matrices in a browser: zoom, keys and words."""

import re
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.trainings import Training, compare_path

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Locator, Page

    from tests.services.site import Site

    Visit = Callable[[str], Page]

DIGITS = [str(digit) for digit in range(10)]
MANY = [f"class {at}" for at in range(1_000)]


def counted(taken_for_3: int) -> list[list[int]]:
    """100 examples of each digit; some of the 8s are called 3."""
    counts = [[95 if one == other else 0 for other in range(10)] for one in range(10)]
    for digit in range(10):
        counts[digit][(digit + 1) % 10] += 5
    counts[8][8] -= taken_for_3
    counts[8][3] += taken_for_3
    return counts


def logged(site: "Site", project: str) -> list[Training]:
    runs = [Training(site, project, name, group="mlp").log([1], loss=[1.0]) for name in ("mlp-3", "mlp-4", "mlp-5")]
    for run, taken in zip(runs, (4, 22, 3), strict=True):
        for step in (1, 2):
            run.confusion("val", step, DIGITS, counted(taken))
    return [run.finish() for run in runs]


def ready(page: "Page") -> "Locator":
    """The pictures, once they are drawn."""
    expect(page.locator("confusion-view[data-ready]")).to_have_count(1)
    return page.locator("confusion-view canvas")


def test_a_cell_is_said_in_words_by_pointer_and_keys(site: "Site", visit: "Visit") -> None:
    _, run, _ = logged(site, "cells-in-words")
    page = visit(run.path)
    page.get_by_role("link", name="Confusion matrix").click()
    pictures = ready(page)
    expect(pictures).to_have_count(2)
    said = page.locator("[data-role=said]")
    pictures.last.focus()
    for _ in range(8):
        page.keyboard.press("ArrowDown")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(said).to_have_text("22 of 100 “8” were called “3”: 22 %, baseline 4 %")
    page.get_by_role("link", name="column", exact=True).click()
    ready(page).first.focus()
    page.keyboard.press("Shift+ArrowDown")
    expect(said).to_have_text("5 of the 100 that were called “0” were “9”: 5 %, baseline 5 %")
    page.get_by_role("link", name="earlier").click()
    expect(page.locator("#run-confusion")).to_contain_text("1 of 2")
    page.get_by_role("link", name="table", exact=True).click()
    expect(page.locator(".matrix-plain td").first).to_be_visible()
    expect(page.locator(".matrix-frame").first).to_be_hidden()


def test_a_thousand_classes_are_zoomed_found_and_told(site: "Site", visit: "Visit") -> None:
    runs = [Training(site, "thousand-classes", name, group="big") for name in ("big-1", "big-2")]
    for run, taken in zip(runs, (0, 40), strict=True):
        counts = [[60 if one == other else 0 for other in range(1_000)] for one in range(1_000)]
        counts[500][700] = taken
        run.confusion("val", 1, MANY, counts)
        run.finish()
    page = visit(compare_path(*runs).replace("compare/", "compare/confusion/"))
    pictures = ready(page)
    expect(page.locator(".mistakes tr[data-actual]")).to_have_count(1)
    expect(page.locator(".mistakes tr[data-actual]")).to_contain_text("40 · 40 %")
    box = pictures.last.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + box["height"] * 0.2)
    expect(page.locator("[data-role=said]")).to_contain_text(re.compile("cells here"))
    page.locator(".mistakes").get_by_role("link", name="class 500").click()
    ready(page)
    expect(page).to_have_url(re.compile("confusion=class%20500"))
    pictures.last.focus()
    for _ in range(5):
        page.get_by_role("button", name="Zoom in").click()
    page.locator(".mistakes").get_by_role("link", name="class 700").focus()
    expect(page.locator("[data-role=said]")).to_have_text(
        "40 of 100 “class 500” were called “class 700”: 40 %, baseline 0 %"
    )
    expect(page).to_have_url(re.compile("zoom=[0-9]+-[0-9]+%2C[0-9]+-[0-9]+"))
    page.reload()
    ready(page)
    expect(page).to_have_url(re.compile("zoom="))
    page.get_by_role("button", name="Whole").click()
    expect(page).not_to_have_url(re.compile("zoom="))
    page.get_by_role("link", name="Copy as Markdown").click()
    expect(page.get_by_text("Copied as Markdown.")).to_be_visible()
