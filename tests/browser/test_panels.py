"""What a reader does with single panels: ranges of their axes, their menu, files made from them."""

import csv
import io
import math
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from tests.browser.test_charts import chart, drawn, facts, until
from tests.browser.trainings import Training, charts_path

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.services.site import Site

Visit = Callable[[str], "Page"]
STEPS = list(range(1000))
HOSTILE = "=<script>alert(1)</script> \"'&"


@pytest.fixture(scope="module")
def trials(site: "Site") -> list[Training]:
    """Four runs, two of each learning rate; one loss has a spike."""
    made = []
    for place in range(4):
        loss = [math.exp(-step / 200) + place / 10 for step in STEPS]
        if place == 0:
            loss[500] = 1000.0
        config = {"lr": 0.1 * (1 + place // 2), "seed": place}
        run = Training(site, "trials", f"{HOSTILE} {place}", config=config)
        made.append(run.log(STEPS, loss=loss, acc=[1 - value for value in loss]).finish())
    return made


def choose(page: "Page", key: str, name: str) -> None:
    """Choose an entry of a panel's menu."""
    page.get_by_role("button", name=f"Menu of {key}", exact=True).focus()
    page.keyboard.press("Enter")
    page.get_by_role("menuitem", name=name).click()


def high(page: "Page", key: str = "loss") -> float:
    """The upper end of a panel's value axis."""
    found: float = chart(page, key).evaluate("panel => panel.frame.yTo")
    return found


def downloaded(page: "Page", key: str, form: str, folder: Path) -> Path:
    with page.expect_download() as found:
        choose(page, key, f"Download {form}")
    path = folder / found.value.suggested_filename
    found.value.save_as(path)
    return path


def test_outliers_are_clipped_when_asked_for_and_counted(visit: Visit, trials: list[Training]) -> None:
    page = visit(trials[0].project_path)
    drawn(page)
    assert high(page) > 1000
    page.get_by_role("button", name="Clip outliers").click()
    said = until(page, chart(page), "range", bool)
    assert re.fullmatch("clipped to 1–99 %, ↑ [0-9]+ points outside", said)
    assert high(page) < 2
    page.reload()
    drawn(page)
    assert high(page) < 2
    page.get_by_role("button", name="Show all values of loss").click()
    page.wait_for_url(lambda url: "clip" not in url)
    until(page, chart(page), "range", lambda value: value == "")
    assert high(page) > 1000


def test_values_are_chosen_by_dragging_on_their_axis(visit: Visit, trials: list[Training]) -> None:
    page = visit(trials[0].project_path)
    box = drawn(page, "acc").bounding_box()
    assert box is not None
    before = chart(page, "loss").get_attribute("data-range")
    x, top = box["x"] + 30, box["y"] + 8
    page.mouse.move(x, top + 20)
    page.mouse.down()
    page.mouse.move(x, top + 50)
    page.mouse.move(x, top + 80)
    page.mouse.up()
    page.wait_for_url(re.compile(r"y_range=[^&]*acc"))
    said = until(page, chart(page, "acc"), "range", bool)
    assert "outside" in said
    assert chart(page, "loss").get_attribute("data-range") == before
    page.go_back()
    until(page, chart(page, "acc"), "range", lambda value: value == "")
    page.go_forward()
    until(page, chart(page, "acc"), "range", bool)
    page.mouse.dblclick(x, top + 40)
    page.wait_for_url(lambda url: "y_range" not in url)


def test_ranges_are_typed_and_refused_in_words(visit: Visit, trials: list[Training]) -> None:
    page = visit(trials[0].project_path)
    drawn(page)
    choose(page, "loss", "Axis ranges")
    dialog = page.get_by_role("dialog", name="Ranges of loss")
    inputs = dialog.get_by_role("textbox")
    inputs.nth(0).fill("2")
    inputs.nth(1).fill("1")
    page.keyboard.press("Enter")
    assert "begins after it ends" in dialog.get_by_role("alert").inner_text()
    inputs.nth(0).fill("0,5")
    page.keyboard.press("Enter")
    assert "A number is needed for values" in dialog.get_by_role("alert").inner_text()
    inputs.nth(0).fill("0.5")
    inputs.nth(2).fill("100")
    inputs.nth(3).fill("899")
    page.keyboard.press("Enter")
    dialog.wait_for(state="detached")
    until(page, chart(page), "stored", lambda value: value == "3200")
    assert chart(page).evaluate("panel => [panel.frame.yFrom, panel.frame.yTo]") == [0.5, 1]
    assert "y_range=0.5%2C1%2Closs" in page.url
    assert "from=100&to=899" in page.url


def test_a_url_of_ranges_that_mean_nothing_shows_everything(visit: Visit, trials: list[Training]) -> None:
    page = visit(f"{trials[0].project_path}?y_range=2,1,loss&y_range=x,y,loss&y_range=1&y_range=-5,0,loss&y=log")
    drawn(page)
    assert high(page) > 1000


def test_bands_are_grouped_over_seeds_in_one_click_and_their_width_is_chosen(
    visit: Visit, trials: list[Training]
) -> None:
    page = visit(charts_path(*trials))
    drawn(page)
    button = page.get_by_role("button", name="Group all but seed")
    button.click()
    page.wait_for_url(re.compile("group_by=-config.seed"))
    until(page, chart(page), "state", lambda value: value == "drawn")
    page.locator("[data-part=groups] li").first.wait_for()
    assert page.locator("[data-part=groups] small").all_inner_texts() == ["2 runs", "2 runs"]
    for spread, words in (("stderr", "standard error"), ("range", "lowest to highest")):
        page.get_by_label("Band around the mean").select_option(spread)
        page.wait_for_url(re.compile(f"spread={spread}"))
        until(page, chart(page), "spread", spread.__eq__)
        assert words in facts(page)
    button.click()
    page.wait_for_url(lambda url: "group_by" not in url and "spread" not in url)
    assert page.get_by_label("Band around the mean").is_hidden()


def test_the_menu_of_a_panel_works_by_keyboard(visit: Visit, trials: list[Training]) -> None:
    page = visit(trials[0].project_path)
    drawn(page)
    button = page.get_by_role("button", name="Menu of loss", exact=True)
    button.focus()
    page.keyboard.press("Enter")
    menu = page.get_by_role("menu", name="Panel loss")
    menu.wait_for()
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.textContent") == "Axis ranges…"
    page.keyboard.press("Escape")
    menu.wait_for(state="detached")
    assert button.evaluate("button => button === document.activeElement")
    page.keyboard.press("f")
    page.wait_for_url(re.compile("panel=loss"))
    page.keyboard.press("Escape")
    page.wait_for_url(lambda url: "panel=" not in url)


def test_a_panel_is_saved_as_a_picture(visit: Visit, trials: list[Training], tmp_path: Path) -> None:
    page = visit(trials[0].project_path)
    drawn(page)
    svg = ElementTree.parse(downloaded(page, "loss", "SVG", tmp_path)).getroot()
    texts = ["".join(one.itertext()) for one in svg.findall(".//{*}text")]
    assert texts[0] == "loss"
    assert any(text.startswith("4 of 4 runs") for text in texts)
    assert sum(text.startswith("=<script>alert(1)</script>") for text in texts) == 4
    assert not svg.findall(".//{*}script")
    with Image.open(downloaded(page, "loss", "PNG", tmp_path)) as picture:
        assert picture.width > 600
        assert len(picture.convert("RGB").getcolors(1_000_000) or []) > 10
        assert picture.getpixel((2, 2)) != (0, 0, 0, 0)


def test_a_panel_is_saved_as_the_numbers_it_draws(visit: Visit, trials: list[Training], tmp_path: Path) -> None:
    page = visit(f"{trials[0].project_path}?from=495&to=505")
    until(page, drawn(page), "stored", lambda value: value == "44")
    rows = list(csv.DictReader(io.StringIO(downloaded(page, "loss", "CSV", tmp_path).read_text())))
    spiky = [row for row in rows if row["run_id"] == trials[0].id and 495 <= int(row["step"]) <= 505]
    assert [int(row["step"]) for row in spiky] == list(range(495, 506))
    assert float(spiky[5]["value"]) == 1000.0
    assert float(spiky[4]["value"]) == math.exp(-499 / 200)
    assert spiky[0]["run"] == f"'{HOSTILE} 0"
    assert spiky[0]["key"] == "loss"


def test_the_address_of_a_panels_picture_gives_what_the_page_shows(visit: Visit, trials: list[Training]) -> None:
    page = visit(f"{trials[0].project_path}?from=10&to=90&y=log&y_range=0.1,2,loss")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    drawn(page)
    choose(page, "loss", "Copy address of its picture")
    page.get_by_text("The address of loss as a picture is copied").wait_for()
    address = page.evaluate("navigator.clipboard.readText()")
    assert "from=10&to=90&y=log&y_range=0.1%2C2" in address
    png = page.request.get(address)
    assert png.status == 200, png.text()
    width = re.search(r"width=(\d+)", address)
    assert width
    assert Image.open(io.BytesIO(png.body())).width == 2 * int(width[1])
    said = page.request.get(address.replace("series.png", "series.svg")).text()
    assert any(element.text and element.text.startswith("=<script>") for element in ElementTree.fromstring(said).iter())
    assert "<script" not in said


def test_the_link_to_a_panel_opens_it_alone_with_the_same_runs(visit: Visit, trials: list[Training]) -> None:
    page = visit(trials[0].project_path)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    drawn(page)
    choose(page, "loss", "Copy link")
    page.get_by_text("The link to loss is copied.").wait_for()
    page.goto(page.evaluate("navigator.clipboard.readText()"))
    drawn(page)
    assert page.locator("figure.panel.large panel-chart").get_attribute("data-key") == "loss"
    assert all(one.id in page.url for one in trials)
