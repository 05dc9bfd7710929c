"""The compare page in a real browser: ignoring in place with undo, the baseline, what stays in the address, copying."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.trainings import Training, compare_path

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.services.site import Site

Visit = Callable[[str], "Page"]
DIFF = """diff --git a/train.py b/train.py
index 1234567..7654321 100644
--- a/train.py
+++ b/train.py
@@ -1,3 +1,3 @@
 import torch
-rate = 1
+rate = RATE
 done()
"""


@pytest.fixture(scope="module")
def pair(site: "Site") -> list[Training]:
    made = []
    for place in range(2):
        config = {"lr": 0.001 * (1 + 2 * place), "seed": place, "model": "mlp"}
        run = Training(site, "compared", f"mlp-{place}", config=config)
        made.append(run.log([1, 2], loss=[2.0, 1.0 + place], val__acc=[0.1, 0.5 + 0.25 * place]).finish())
    return made


def test_a_key_is_ignored_in_place_and_undo_brings_it_back(visit: Visit, pair: list[Training]) -> None:
    page = visit(compare_path(*pair))
    row = page.locator("tr[data-key='config.seed']")
    row.hover()
    row.get_by_role("button", name="Ignore config.seed").click()
    expect(row).to_have_count(0)
    expect(page.locator("#config")).to_contain_text("1 ignored")
    expect(page.locator("#compare-said")).to_contain_text("1 ignored")
    page.get_by_role("button", name="Undo").click()
    expect(row).to_have_count(1)
    expect(page.locator("#ignore-patterns")).to_contain_text("Nothing yet")


def test_the_keyboard_ignores_swaps_and_opens_what_is_equal(visit: Visit, pair: list[Training]) -> None:
    page = visit(compare_path(*pair))
    page.keyboard.press("e")
    page.wait_for_url(re.compile("equal=config"))
    expect(page.locator("#config dl")).to_be_visible()
    page.reload()
    expect(page.locator("#config dl")).to_contain_text("mlp")
    page.keyboard.press("e")
    page.wait_for_url(lambda url: "equal" not in url)
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator("tr.current")).to_have_attribute("data-key", "config.seed")
    page.keyboard.press("i")
    expect(page.locator("tr[data-key='config.seed']")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("tr[data-key='config.seed']")).to_have_count(1)
    page.keyboard.press("s")
    page.wait_for_url(re.compile(f"run={pair[1].id}&run={pair[0].id}"))
    expect(page.locator("th.is-base")).to_contain_text("mlp-1")


def test_baseline_and_removal_are_links_that_keep_the_rest(visit: Visit, pair: list[Training]) -> None:
    page = visit(f"{compare_path(*pair)}&value=last&equal=config")
    page.get_by_role("link", name="baseline").click()
    page.wait_for_url(re.compile(f"base={pair[1].id}"))
    expect(page.locator("tr[data-key='metrics.loss'] td").first).to_contain_text("−1")
    assert "value=last" in page.url
    assert "equal=config" in page.url
    page.get_by_role("link", name="Remove mlp-0").click()
    expect(page.get_by_role("heading", name="1 run compared")).to_be_visible()


def test_the_comparison_is_copied_as_markdown(visit: Visit, page: "Page", pair: list[Training]) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visit(compare_path(*pair))
    page.get_by_role("link", name="Copy as Markdown").click()
    expect(page.get_by_text("Copied as Markdown.")).to_be_visible()
    assert "| `lr` | `0.001` | `0.003` (×3) |" in page.evaluate("navigator.clipboard.readText()")


def test_heads_stay_over_rows_and_charts_and_light_up_their_run(visit: Visit, pair: list[Training]) -> None:
    page = visit(f"{compare_path(*pair)}#charts")
    page.locator('panel-chart.drawn[data-key="loss"]').wait_for()
    head = page.locator(f'th[data-run="{pair[1].id}"]')
    expect(head).to_be_in_viewport()
    head.hover()
    expect(head).to_have_class(re.compile("on"))
    head.locator(".pin").click()
    page.wait_for_url(re.compile(f"pin={pair[1].id}"))


def test_the_page_of_a_run_leads_to_the_comparison_with_the_run_before(visit: Visit, pair: list[Training]) -> None:
    page = visit(pair[1].path)
    page.get_by_role("link", name="Compare with previous").click()
    page.wait_for_url(re.compile(f"compare/\\?run={pair[0].id}&run={pair[1].id}"))
    expect(page.get_by_role("heading", name="2 runs compared")).to_be_visible()


def test_ten_runs_fit_on_a_telephone(site: "Site", phone: Visit) -> None:
    runs = [Training(site, "wide", f"run {place}", config={"a" * 60: place}).finish() for place in range(10)]
    page = phone(compare_path(*runs))
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    name = page.locator("tbody#config tr[data-key] th")
    page.locator("compare-page").evaluate("box => box.scrollTo(600, 0)")
    box = name.bounding_box()
    assert box is not None
    assert (box["x"], box["width"] <= 140) == (0, True)


def test_code_stands_side_by_side_in_colours_and_fits_on_a_telephone(site: "Site", visit: Visit, phone: Visit) -> None:
    runs = []
    for rate in ("0.1", "0.3"):
        git = {"commit": "a" * 40, "remote": "", "dirty": True}
        run = Training(site, "code", f"lr {rate}", provenance={"git": git})
        run.put("code/diff.patch", DIFF.replace("RATE", rate).encode())
        runs.append(run.finish())
    page = visit(compare_path(*runs))
    page.get_by_role("link", name="see the lines").click()
    expect(page.locator("tr.diff-removed .code-number")).to_have_text("0.1")
    page.get_by_role("link", name="Side by side").click()
    page.wait_for_url(re.compile("view=side"))
    expect(page.locator("td.diff-added .code-number")).to_have_text("0.3")
    small = phone(page.url.removeprefix(site.url))
    assert small.evaluate("document.documentElement.scrollWidth") <= 390
