"""The frame in which custom panels are drawn, in a real browser: specs that would leave it, loop or grow do nothing."""

import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Trouble, isolating, watch
from tests.browser.hostile_specs import ENDLESS, HOSTILE
from tests.browser.trainings import Training

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Dialog, Page, Request

    from tests.services.site import Site

BARS = {
    "data": {"name": "rows"},
    "mark": "bar",
    "encoding": {"x": {"field": "name", "type": "nominal"}, "y": {"field": "value", "type": "quantitative"}},
}
ROWS = {"rows": {"name": ["a", "b"], "value": [1, 2], "run": ["0123456789abc", "0123456789abd"]}}

# What pages do: open a frame, draw in it. It is kept on the window as `panels`.
OPEN = """async (count) => {
  const { FramedPanel } = await import("/static/custom_panels/framed-panel.js");
  const style = document.createElement("link");
  Object.assign(style, { rel: "stylesheet", href: "/static/custom_panels/custom-panels.css" });
  await new Promise((loaded) => { style.onload = loaded; document.head.append(style); });
  window.panels = [];
  window.pointed = [];
  for (let at = 0; at < count; at += 1) {
    const host = document.body.appendChild(document.createElement("div"));
    host.className = "tried panel-stage";
    Object.assign(host.style, { position: "fixed", top: "100px", width: "400px", height: "300px", zIndex: 99 });
    host.style.left = `${at * 420}px`;
    window.panels.push(new FramedPanel(host, { title: `tried ${at}`, pointed: (run) => window.pointed.push(run) }));
  }
}"""
DRAW = """async ([at, spec, data]) => {
  try {
    const { ms, height, notes } = await window.panels[at].draw(spec, data);
    return { drawn: true, ms, height, notes };
  } catch (error) {
    return { drawn: false, message: error.message, stopped: Boolean(error.stopped) };
  }
}"""
DRAW_DEEP = f"""(levels) => {{
  let deep = {{ mark: "bar" }};
  for (let at = 0; at < levels; at += 1) deep = {{ layer: [deep] }};
  return ({DRAW})([0, deep, {{}}]);
}}"""
STATE = """() => ({
  title: document.title, html: document.querySelector("main").innerHTML.length, cookie: document.cookie,
  taken: window.taken, polluted: ({}).polluted, href: location.href, frames: document.querySelectorAll("iframe").length,
})"""

TRIED = "(async () => { try { return String(await (%s)); } catch (error) { return error.name; } })()"
REACHES = (
    *("document.cookie", "localStorage.length", "top.document.title", "parent.document", "indexedDB.open('x')"),
    *("fetch('/api/v1/me/')", "window.open('/')", "navigator.serviceWorker.ready"),
    "new Promise((good) => { setTimeout('window.ran = 1'); setTimeout(() => good(window.ran), 50); })",
    "document.head.append(Object.assign(document.createElement('script'), { text: 'window.ran = 1' })) ?? window.ran",
    "new Promise((good, bad) => Object.assign(new Image(), { onload: good, onerror: () => bad(Error()), src: '/x' }))",
)
REFUSALS = ("SecurityError", "TypeError", "EvalError", "Error", "null", "undefined")


@pytest.fixture
def stage(site: "Site", page: "Page", trouble: Trouble) -> "Callable[..., Page]":
    """A signed-in page of the site with some empty frames over it."""
    return opener(site, page, trouble)


@pytest.fixture
def isolating_stage(site: "Site", browser: "Browser", trouble: Trouble) -> "Iterator[Callable[..., Page]]":
    """The same in a browser whose page goes on while a frame does not."""
    own = isolating(browser)
    yield opener(site, own.new_page(), trouble)
    own.close()


def opener(site: "Site", page: "Page", trouble: Trouble) -> "Callable[..., Page]":
    watch(page, trouble)
    site.sign_in(page)
    project = Training(site, "framed", "one").project_path

    def open_frames(count: int = 1) -> "Page":
        page.goto(site.url + project)
        page.evaluate(OPEN, count)
        return page

    return open_frames


def draw(page: "Page", spec: dict[str, Any], data: dict[str, Any] | None = None, at: int = 0) -> dict[str, Any]:
    said: dict[str, Any] = page.evaluate(DRAW, [at, spec, data or {}])
    return said


def test_a_spec_is_drawn_over_rows_in_the_colours_of_the_page(stage: "Callable[..., Page]") -> None:
    page = stage()
    said = draw(page, BARS, ROWS)
    assert said["drawn"], said
    assert 200 < said["height"] <= 300
    frame = page.frames[-1]
    assert frame.evaluate("document.querySelectorAll('canvas').length") == 1
    surface = "getComputedStyle(document.documentElement).getPropertyValue('--surface')"
    light = frame.evaluate(surface)
    page.get_by_role("button", name="light").or_(page.locator("[data-do=theme]")).first.click()
    page.wait_for_timeout(400)
    assert frame.evaluate(surface) != light


def test_a_frame_is_of_no_origin_and_reaches_nothing(stage: "Callable[..., Page]", trouble: Trouble) -> None:
    page = stage()
    draw(page, BARS, ROWS)
    frame = page.frames[-1]
    assert frame.evaluate("origin") == "null"
    for reach in REACHES:
        assert frame.evaluate(TRIED % reach) in REFUSALS, reach
    trouble.clear()  # which names each of these


def test_a_spec_that_fails_leaves_the_last_good_chart(stage: "Callable[..., Page]") -> None:
    page = stage()
    draw(page, BARS, ROWS)
    broken = draw(page, {**BARS, "mark": "no such mark"}, ROWS)
    assert not broken["drawn"]
    assert broken["message"]
    frame = page.frames[-1]
    assert frame.evaluate("document.querySelectorAll('canvas').length") == 1
    assert draw(page, BARS, ROWS)["drawn"]
    assert frame.evaluate("document.querySelectorAll('canvas').length") == 1


def test_the_run_whose_mark_is_pointed_at_is_told_to_the_page(stage: "Callable[..., Page]") -> None:
    page = stage()
    draw(page, BARS, ROWS)
    page.mouse.move(320, 320)
    page.mouse.move(321, 322)
    page.wait_for_function("window.pointed.length > 0")
    assert page.evaluate("window.pointed[0]") == "0123456789abd"
    page.mouse.move(10, 10)
    page.wait_for_function("window.pointed.at(-1) === null")


def test_messages_of_another_window_or_another_shape_are_passed_over(stage: "Callable[..., Page]") -> None:
    page = stage()
    draw(page, BARS, ROWS)
    page.evaluate(
        """() => {
          window.postMessage({ paceline: "panel", type: "event", name: "point", run: "0123456789abc" }, "*");
          window.postMessage({ paceline: "panel", type: "drawn", id: 1 }, "*");
        }"""
    )
    frame = page.frames[-1]
    frame.evaluate(
        """() => {
          const point = { paceline: "panel", type: "event", name: "point" };
          const runs = ["<script>", { toString: "x" }, 1, "0123456789abcd"];
          const others = [...runs.map((run) => ({ ...point, run })), { ...point, paceline: "plotly" }];
          const drawn = { paceline: "panel", type: "drawn", id: 99, ms: 1, height: 1, notes: [] };
          for (const message of [1, null, "x", {}, ...others, drawn]) parent.postMessage(message, "*");
        }"""
    )
    page.wait_for_timeout(200)
    assert page.evaluate("window.pointed") == []
    frame.evaluate("window.postMessage({ paceline: 'panel', type: 'draw', id: 5, spec: {}, data: {}, look: {} }, '*')")
    assert frame.evaluate("document.querySelectorAll('canvas').length") == 1


@pytest.fixture(scope="module")
def one_page(site: "Site", browser: "Browser") -> "Iterator[tuple[Page, list[str], list[str]]]":
    """One page for all hostile specs, with every request that was not stopped before it left, and every dialog."""
    context = browser.new_context(viewport={"width": 900, "height": 700})
    requests: list[str] = []
    dialogs: list[str] = []

    def left(request: "Request") -> None:
        if request.failure != "csp":
            requests.append(request.url)

    context.on("response", lambda answer: requests.append(answer.url))
    context.on("requestfailed", left)
    page = context.new_page()

    def dismissed(dialog: "Dialog") -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", dismissed)
    page.on("popup", lambda popup: dialogs.append(popup.url))
    site.sign_in(page)
    page.goto(site.url + Training(site, "framed", "hostile").project_path)
    page.evaluate(OPEN, 1)
    draw(page, BARS, ROWS)
    yield page, requests, dialogs
    context.close()


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_spec_does_nothing(one_page: "tuple[Page, list[str], list[str]]", name: str) -> None:
    page, requests, dialogs = one_page
    before, began = page.evaluate(STATE), len(requests)
    draw(page, HOSTILE[name])
    for x, y in ((150, 250), (200, 320), (260, 360), (120, 380)):  # so that whatever waits for events has them
        page.mouse.move(x, y)
        page.mouse.click(x, y)
    page.mouse.wheel(0, 40)
    page.wait_for_timeout(60)
    assert page.evaluate(STATE) == before
    assert [url for url in requests[began:] if "/api/v1/live/" not in url] == []
    assert dialogs == []
    frame = page.frames[-1]
    assert frame.url.endswith("/frames/panel/")
    assert frame.evaluate("[typeof window.taken, typeof ({}).polluted, document.scripts.length]") == [
        "undefined",
        "undefined",
        1,
    ]
    assert frame.locator("a, img, svg, iframe, object, embed, script:not([src]), form:not(.vega-bindings)").count() == 0
    assert draw(page, BARS, ROWS)["drawn"], "the next panel is drawn as ever"


@pytest.mark.parametrize("name", ENDLESS)
def test_a_spec_without_an_end_is_stopped_and_the_page_goes_on(
    isolating_stage: "Callable[..., Page]", trouble: Trouble, name: str
) -> None:
    page = isolating_stage(2)
    assert draw(page, BARS, ROWS, at=0)["drawn"]
    assert draw(page, BARS, ROWS, at=1)["drawn"]
    page.evaluate(f"window.ended = ({DRAW})([1, {json.dumps(ENDLESS[name])}, {{}}])")
    longest = page.evaluate(
        """async () => {
          let longest = 0;
          let last = performance.now();
          for (let turn = 0; turn < 60; turn += 1) {
            await new Promise((resolve) => setTimeout(resolve, 30));
            longest = Math.max(longest, performance.now() - last);
            last = performance.now();
          }
          return longest;
        }"""
    )
    assert longest < 1000, "the page answers while the spec runs"
    said = page.evaluate("window.ended")
    assert not said["drawn"]
    assert said["stopped"]
    assert "did not answer for 10 seconds" in said["message"]
    expect(page.locator(".tried iframe")).to_have_count(2)  # the last good chart, in a new frame
    assert draw(page, BARS, ROWS, at=0)["drawn"], "the other panel goes on"
    trouble.clear()  # a frame that ran out of memory says so


def test_a_spec_nested_too_deeply_fails_alone(stage: "Callable[..., Page]") -> None:
    page = stage()
    assert draw(page, BARS, ROWS)["drawn"]
    for levels in (50, 500, 5_000):
        said = page.evaluate(DRAW_DEEP, levels)
        assert said["drawn"] or said["message"]
    said = draw(page, {"vconcat": [{"hconcat": [BARS] * 20}] * 20}, ROWS)
    assert said["drawn"] or said["message"]
    assert draw(page, BARS, ROWS)["drawn"]


def test_a_hundred_thousand_rows_are_drawn(stage: "Callable[..., Page]") -> None:
    page = stage()
    dots = {
        **BARS,
        "mark": "point",
        "encoding": {"x": {"field": "x", "type": "quantitative"}, "y": {"field": "y", "type": "quantitative"}},
    }
    rows = {"rows": {"x": [place % 500 for place in range(100_000)], "y": [place / 7 for place in range(100_000)]}}
    assert draw(page, dots, rows)["drawn"]
