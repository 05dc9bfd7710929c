"""Plots above the run table in a real browser: what is pointed at, pressed and brushed, and what the table does."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import expect

from apps.runs.filters import parse
from apps.runs.filters_syntax import All, Comparison
from tests.browser.conftest import Trouble
from tests.browser.trainings import Training

if TYPE_CHECKING:
    from playwright.sync_api import FloatRect, Locator, Page

    from tests.services.site import Site

Visit = Callable[[str], "Page"]
LOSS = 'metric["val/loss"].best'
SCATTER = {"kind": "scatter", "x": "config.lr", "y": LOSS}
HOSTILE = "<b onclick=alert(1)>\"'&amp; \u202e"


@pytest.fixture(scope="module")
def sweep(site: "Site") -> list[Training]:
    made = []
    for place in range(40):
        config = {"lr": 10.0 ** -(1 + place % 4), "model": "large" if place % 2 else "small", "depth": place % 3}
        run = Training(site, "plots", f"run-{place:02d}" if place else HOSTILE, config=config)
        made.append(run.log([1, 2], val__loss=[9.0, 1.0 + place % 4 + place / 100]).finish())
    return made


def table(training: Training, *plots: dict[str, Any], **more: str) -> str:
    query = [("plot", urlencode(plot, doseq=True)) for plot in plots] + list(more.items())
    return f"{training.project_path}runs/?{urlencode(query or [('fresh', '1')])}"


def drawn(page: "Page", count: int = 1) -> "Locator":
    plots = page.locator("run-plot")
    expect(plots).to_have_count(count)
    for place in range(count):
        expect(plots.nth(place)).to_have_attribute("data-state", "drawn", timeout=20_000)  # a frame loads Plotly
    return plots


def box_of(place: "Locator") -> "FloatRect":
    box = place.bounding_box()
    assert box
    return box


def filter_of(page: "Page") -> str:
    return parse_qs(urlsplit(page.url).query).get("filter", [""])[0]


def best_ring(page: "Page") -> tuple[float, float]:
    """Where the ring around the best run is, in px of the page."""
    box = box_of(page.locator("run-plot .plot-over circle").first)
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(page: "Page", start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*end, steps=5)
    page.mouse.up()


def test_a_new_scatter_shows_the_metric_over_the_setting_that_went_with_it(visit: Visit, sweep: list[Training]) -> None:
    page = visit(table(sweep[0]))
    expect(page.locator("run-plots")).to_be_hidden()
    page.get_by_role("button", name="Plots").click()
    page.get_by_role("button", name="Scatter", exact=True).click()
    plot = drawn(page)
    expect(plot.get_by_role("button", name="Along x")).to_have_text("lr")
    expect(plot.get_by_role("button", name="Along y")).to_have_text("val/loss best")
    expect(plot.locator("[role=img]")).to_have_attribute(
        "aria-label", re.compile("^.val/loss best. over .lr. of 40 runs.*The best is")
    )
    expect(plot.locator(".plot-foot")).to_contain_text(f"40 runs · ○ best: \u2068{HOSTILE}\u2069 1")
    page.reload()
    drawn(page)
    page.get_by_role("button", name="Remove the plot").click()
    expect(page.locator("run-plot")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    drawn(page)


def test_names_are_found_by_search_and_the_keyboard(visit: Visit, sweep: list[Training]) -> None:
    page = visit(table(sweep[0], SCATTER))
    plot = drawn(page)
    plot.get_by_role("button", name="Along x").press("Enter")
    field = page.get_by_role("combobox", name="Along x")
    expect(field).to_be_focused()
    field.fill("dep")
    expect(page.get_by_role("listbox", name="Names").get_by_role("option")).to_have_count(1)
    field.press("Enter")
    expect(plot.get_by_role("button", name="Along x")).to_have_text("depth")
    expect(plot.get_by_role("button", name="Along x")).to_be_focused()
    plot.get_by_role("button", name="Coloured by").click()
    page.get_by_role("option", name="model").click()
    expect(plot.get_by_role("list", name="Colours: model")).to_contain_text("large20small20")
    plot.get_by_role("button", name="Along y").click()
    page.get_by_role("group", name="Which value").get_by_role("button", name="last").click()
    expect(plot.get_by_role("button", name="Along y")).to_have_text("val/loss")
    page.go_back()
    expect(plot.get_by_role("button", name="Along y")).to_have_text("val/loss best")
    page.get_by_role("button", name="Scales, ranges, files").click()
    page.get_by_role("checkbox", name="line of the best").check()
    expect(plot.locator(".plot-foot")).to_contain_text("line: best so far")
    page.keyboard.press("Escape")
    expect(page.get_by_role("checkbox", name="line of the best")).to_be_hidden()


def test_a_rectangle_narrows_the_table_and_back_widens_it(visit: Visit, sweep: list[Training]) -> None:
    page = visit(table(sweep[0], SCATTER))
    plot = drawn(page)
    x, y = best_ring(page)
    drag(page, (x - 20, y - 25), (x + 20, y + 12))
    expect(page.locator(".toast")).to_contain_text("Narrowed by \u2068lr\u2069 and \u2068val/loss best\u2069.")
    expect(page.locator(".pages")).to_contain_text("of 10")
    assert re.fullmatch(
        r'[\d.e-]+ <= config\.lr <= [\d.e-]+ and [\d.e-]+ <= metric\["val/loss"\]\.best <= [\d.e-]+', filter_of(page)
    )
    expect(page.locator("[name=filter]")).to_have_value(filter_of(page))
    expect(plot.locator(".plot-foot")).to_contain_text("10 runs")
    before = filter_of(page)
    box = box_of(plot.locator(".plot-body"))
    drag(page, (box["x"] + 60, box["y"] + 30), (box["x"] + box["width"] - 60, box["y"] + box["height"] - 50))
    expect(page.locator("[name=filter]")).not_to_have_value(before)
    assert filter_of(page).count(" and ") == 1, "each name has one range"
    page.go_back()
    expect(page.locator("[name=filter]")).to_have_value(before)
    page.locator(".toast").get_by_role("button", name="Undo").first.click()
    expect(page.locator(".pages")).to_contain_text("of 40")
    expect(plot.locator(".plot-foot")).to_contain_text("40 runs")


def test_ranges_can_be_typed_and_stand_beside_what_was_written(visit: Visit, sweep: list[Training]) -> None:
    page = visit(table(sweep[0], SCATTER, filter='config.model == "large" or config.depth == 1'))
    drawn(page)
    page.get_by_role("button", name="Scales, ranges, files").click()
    page.get_by_role("textbox", name="lr from").fill("0.005")
    page.get_by_role("textbox", name="lr to").fill("x")
    page.keyboard.press("Enter")
    expect(page.get_by_role("textbox", name="lr to")).to_be_focused()
    page.get_by_role("textbox", name="lr to").fill("0.2")
    page.keyboard.press("Enter")
    expect(page.locator("[name=filter]")).to_have_value(
        '(config.model == "large" or config.depth == 1) and 0.005 <= config.lr <= 0.2'
    )
    expect(page.locator("run-plot .plot-foot")).to_contain_text("13 runs")
    page.get_by_role("button", name="Scales, ranges, files").click()
    expect(page.get_by_role("textbox", name="lr from")).to_have_value("0.005")
    page.get_by_role("textbox", name="lr from").fill("")
    page.get_by_role("textbox", name="lr to").fill("")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("[name=filter]")).to_have_value('(config.model == "large" or config.depth == 1)')


def test_a_dot_and_its_row_show_each_other(visit: Visit, sweep: list[Training]) -> None:
    page = visit(table(sweep[0], SCATTER))
    plot = drawn(page)
    ring = best_ring(page)
    page.mouse.move(ring[0] + 2, ring[1] + 1)
    expect(page.locator(".plot-readout")).to_contain_text(HOSTILE)
    expect(page.locator(".plot-readout")).to_contain_text("0.1")
    expect(page.locator("tr.pointed")).to_have_attribute("data-name", HOSTILE)
    page.mouse.down()
    page.mouse.up()
    expect(page.locator("tr.current")).to_have_attribute("data-name", HOSTILE)
    page.keyboard.down("Shift")
    page.mouse.down()
    page.mouse.up()
    page.keyboard.up("Shift")
    expect(page.get_by_role("toolbar", name="Selected runs")).to_contain_text("1 selected")
    page.mouse.move(5, 5)
    expect(page.locator(".plot-readout")).to_be_hidden()
    expect(plot.locator(".plot-over circle")).to_have_count(2)
    page.locator("tr[data-name='run-07'] th").hover()
    expect(plot.locator(".plot-over circle")).to_have_count(3)
    page.mouse.move(5, 5)
    expect(plot.locator(".plot-over circle")).to_have_count(2)
    page.keyboard.press("j")
    expect(plot.locator(".plot-over circle")).to_have_count(3)


def test_bars_and_histograms_say_their_numbers_and_narrow_the_table(visit: Visit, sweep: list[Training]) -> None:
    bars = {"kind": "bars", "value": LOSS, "group": "config.model"}
    histogram = {"kind": "histogram", "value": "config.lr", "group": "config.model", "log": "1"}
    page = visit(table(sweep[0], bars, histogram))
    plots = drawn(page, 2)
    expect(plots.nth(0).locator(".plot-foot")).to_contain_text(
        "2 of 2 groups, the best first · 40 runs · mean ± standard deviation"
    )
    expect(plots.nth(0).locator("[role=img]")).to_have_attribute(
        "aria-label", re.compile("First: small 2.19, large 3.2")
    )
    expect(plots.nth(1).locator(".plot-foot")).to_contain_text("bins")
    box = box_of(plots.nth(1).locator(".plot-body"))
    page.mouse.move(box["x"] + 60, box["y"] + box["height"] - 60)
    expect(page.locator(".plot-readout")).to_contain_text("large10")
    page.mouse.down()
    page.mouse.up()
    expect(page.locator(".pages")).to_contain_text("of 10")
    assert re.fullmatch(r"[\d.e-]+ <= config\.lr <= [\d.e-]+", filter_of(page))
    page.go_back()
    expect(page.locator(".pages")).to_contain_text("of 40")
    box = box_of(plots.nth(0).locator(".plot-body"))
    page.mouse.move(box["x"] + 100, box["y"] + 60)
    expect(page.locator(".plot-readout")).to_contain_text("model: small")
    page.mouse.down()
    page.mouse.up()
    expect(page.locator("[name=filter]")).to_have_value('config.model == "small"')
    expect(page.locator(".pages")).to_contain_text("of 20")


def test_a_plot_fills_the_page_and_is_saved_as_a_file(visit: Visit, sweep: list[Training], tmp_path: Path) -> None:
    page = visit(table(sweep[0], SCATTER))
    plot = drawn(page)
    plot.get_by_role("button", name="Fill the page").click()
    assert box_of(plot)["height"] == 800
    page.keyboard.press("Escape")
    expect(plot).not_to_have_class(re.compile("whole"))
    assert box_of(plot)["height"] < 400
    saved = {}
    for kind in ("PNG", "SVG", "CSV"):
        page.get_by_role("button", name="Scales, ranges, files").click()
        with page.expect_download() as download:
            page.get_by_role("button", name=kind).click()
        assert download.value.suggested_filename == f"scatter-val-loss-best-lr.{kind.lower()}"
        download.value.save_as(tmp_path / kind)
        saved[kind] = (tmp_path / kind).read_bytes()
    assert saved["PNG"].startswith(b"\x89PNG")
    assert saved["SVG"].count(b"<path") > 40
    assert "lr\u2069, log".encode() in saved["SVG"]
    assert b">val/loss best over lr</text>" in saved["SVG"]
    rows = saved["CSV"].decode().splitlines()
    assert rows[0] == 'run,name,config.lr,"metric[""val/loss""].best"'
    assert len(rows) == 41


def test_what_cannot_be_drawn_says_why(visit: Visit, sweep: list[Training], trouble: Trouble) -> None:
    plots = [
        {"kind": "scatter", "x": "config.gone", "y": LOSS},
        {"kind": "bars", "value": "config.model"},
        {"kind": "scatter", "x": "1 +", "y": LOSS},
        {"kind": "pie"},
    ]
    page = visit(table(sweep[0], *plots))
    said = page.locator(".plot-said")
    expect(said.nth(0)).to_contain_text("No run of this project has config.gone: choose another name.")
    expect(said.nth(1)).to_contain_text("holds texts, which have no bars")
    expect(said.nth(2)).to_contain_text("Column 4 of the x")
    expect(said.nth(3)).to_contain_text("a kind of plot that there is not")
    page.get_by_role("button", name="Try again").click()
    expect(said.nth(2)).to_contain_text("Column 4 of the x")
    for _ in plots:
        page.get_by_role("button", name="Remove the plot").last.click()
    expect(page.locator("run-plot")).to_have_count(0)
    assert all("400" in one for one in trouble)
    trouble.clear()


def test_a_saved_view_keeps_its_plots(visit: Visit, sweep: list[Training]) -> None:
    page = visit(table(sweep[1], SCATTER))
    drawn(page)
    page.get_by_role("button", name="Views").click()
    page.get_by_role("textbox", name="Save as").fill("with a plot")
    page.get_by_role("textbox", name="Save as").press("Enter")
    expect(page.locator(".toast")).to_contain_text("Saved the view with a plot")
    page.goto(page.url.split("?")[0] + "?fresh=1")
    expect(page.locator("run-plots")).to_be_hidden()
    page.get_by_role("button", name="Views").click()
    page.get_by_role("link", name="with a plot").click()
    expect(drawn(page).get_by_role("button", name="Along x")).to_have_text("lr")


def test_importance_ranks_the_settings_and_then_fits_a_forest(visit: Visit, sweep: list[Training]) -> None:
    page = visit(table(sweep[0], {"kind": "importance", "target": LOSS}))
    plot = drawn(page)
    expect(plot.locator("tbody tr th").first).to_have_text("lr")
    expect(plot.locator(".plot-foot")).to_contain_text("from 40 runs · Spearman's ρ with 95 % interval")
    expect(plot.locator(".plot-foot")).to_contain_text("random forest, R²", timeout=60_000)
    expect(plot.locator("tbody tr").first.locator("small").first).to_contain_text("±")
    plot.get_by_role("button", name="lr", exact=True).click()
    plots = drawn(page, 2)
    expect(plots.nth(1).get_by_role("button", name="Along x")).to_have_text("lr")


def test_parallel_coordinates_are_brushed_in_their_frame(visit: Visit, sweep: list[Training], trouble: Trouble) -> None:
    columns = ["config.lr", "config.depth", "config.model", LOSS]
    page = visit(table(sweep[0], {"kind": "parallel", "col": columns, "colour": LOSS}))
    plot = drawn(page)
    frame = page.frame_locator("iframe")
    expect(frame.locator(".axis-title").first).to_have_text("lr, log")
    expect(plot.locator(".plot-foot")).to_contain_text("40 runs")
    axis = box_of(frame.locator(".axis-brush .background").nth(1))
    x = axis["x"] + axis["width"] / 2
    drag(page, (x, axis["y"] + axis["height"] * 0.75), (x, axis["y"] + axis["height"] - 2))
    expect(page.locator("[name=filter]")).to_have_value(re.compile(r"^[\d.e-]+ <= config\.depth <= [\d.e-]+$"))
    expect(page.locator(".pages")).to_contain_text("of 14")
    expect(plot.locator(".plot-foot")).to_contain_text("40 runs")
    page.go_back()
    expect(page.locator(".pages")).to_contain_text("of 40")
    page.get_by_role("button", name="Scales, ranges, files").click()
    page.get_by_role("button", name="Without depth").click()
    expect(frame.locator(".axis-title")).to_have_count(3)
    trouble[:] = [one for one in trouble if "GPU stall" not in one]


def test_the_frame_takes_words_from_its_page_alone_and_its_page_from_the_frame_alone(
    visit: Visit, sweep: list[Training], trouble: Trouble
) -> None:
    page = visit(table(sweep[0], {"kind": "parallel", "col": ["config.lr", "config.depth"]}))
    drawn(page)
    brush = {"paceline": "plotly", "type": "brush", "axis": 0, "ranges": [0, 1]}
    page.evaluate("message => window.postMessage(message, '*')", brush)
    frame = page.frames[1]
    for bad in ({**brush, "axis": 7}, {**brush, "ranges": [1, 0]}, {**brush, "ranges": "all"}, {"type": "brush"}, None):
        frame.evaluate("message => window.parent.postMessage(message, '*')", bad)
    page.wait_for_timeout(300)
    assert filter_of(page) == ""
    assert frame.evaluate("() => window.origin") == "null"
    assert frame.evaluate("() => fetch('/healthz').then(() => 'read', () => 'refused')") == "refused"
    assert frame.evaluate("() => { try { return document.cookie } catch { return 'refused' } }") == "refused"
    trouble[:] = [one for one in trouble if "GPU stall" not in one and "/healthz" not in one]


def test_a_plot_fits_a_phone_and_the_other_theme(phone: Visit, sweep: list[Training]) -> None:
    page = phone(table(sweep[0], SCATTER, {"kind": "histogram", "value": LOSS}))
    plots = drawn(page, 2)
    assert box_of(plots.first)["width"] <= 390
    page.get_by_role("button", name="Switch between dark and light").click()
    expect(plots.first).to_have_attribute("data-state", "drawn")
    plots.nth(1).scroll_into_view_if_needed()
    assert box_of(plots.nth(1))["x"] < 40
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390


BRUSHED = """async ({ filter, ranges }) => {
  const { withRanges, withoutRanges, rangeOf } = await import("/static/plots/filter-ranges.js");
  const once = withRanges(filter, ranges);
  const texts = ranges.map((range) => range.text);
  const found = texts.map((text) => rangeOf(once, text));
  return { once, twice: withRanges(once, ranges), without: withoutRanges(once, texts), found };
}"""


@pytest.mark.parametrize(
    "written",
    [
        "",
        "config.lr < 0.1",
        'config.note == " and ) or \\" (" and not config.a in (1, 2)',
        'tag == "a" or config.b > 1',
        "name.startswith('or and') and (config.b > 1 or config.b < 0)",
        "1 <= config.x and config.orand == 1",
    ],
)
def test_a_brush_is_part_of_a_filter_that_means_what_was_written(
    visit: Visit, sweep: list[Training], written: str
) -> None:
    page = visit(table(sweep[0]))
    hostile = 'config["a\\"] <= b and (\\\\ or \'"]'
    ranges = [
        {"text": hostile, "low": -1.5e-7, "high": 3e22},
        {"text": "config.model", "words": ['x" or "y', "\\", "a\nb", ""]},
        {"text": "created", "kind": "time", "low": 1_700_000_000, "high": 1_800_000_000},
        {"text": "config.model_name", "words": ["one"]},
    ]
    brushed = page.evaluate(BRUSHED, {"filter": written, "ranges": ranges})
    condition = parse(brushed["once"]).condition
    assert isinstance(condition, All)
    before = parse(written).condition
    rest = [] if before is None else list(before.parts) if isinstance(before, All) else [before]
    assert list(condition.parts[: len(rest)]) == rest
    added = [part for part in condition.parts[len(rest) :] if isinstance(part, Comparison)]
    assert [name.name for name in parse(brushed["once"]).names()][-6:] == [
        *("a\"] <= b and (\\ or '", "a\"] <= b and (\\ or '"),
        *("model", "created", "created", "model_name"),
    ]
    assert ('x" or "y', "\\", "a\nb", "") in [part.operand for part in added]
    assert brushed["twice"] == brushed["once"]
    assert parse(brushed["without"]).condition == before
    assert brushed["found"][0] == {"low": -1.5e-7, "high": 3e22}
    assert brushed["found"][1] == {"words": ['x" or "y', "\\", "a\nb", ""]}
    assert brushed["found"][3] == {"words": ["one"]}
