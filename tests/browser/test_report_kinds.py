"""Reports with panels of every kind, drawn in a browser: live, and as they were published."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.conftest import Trouble
from tests.browser.test_accessibility import send
from tests.browser.trainings import Training
from tests.custom_panels.documents import document

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.services.site import Site

MARKDOWN = """What changed?

```panel
kind: runs
columns: [state, config.lr, config.model, loss, took]
sort: loss
baseline: {baseline}
```

```panel
kind: difference
only: [config, metrics]
baseline: {baseline}
runs: {{name: ["run 0", "run 1"]}}
```

```panel
kind: line
keys: [loss]
```

```panel
kind: scatter
x: config.lr
y: loss
colour: config.model
x_log: true
```

```panel
kind: bars
value: loss
group: config.model
```

```panel
kind: distribution
value: loss
```

```panel
kind: parallel
axes: [config.lr, config.model, loss]
colour: loss
```

```panel
kind: custom
panel: {panel}
height: 200
```
"""


@pytest.fixture(scope="module")
def report(site: "Site") -> str:
    runs = []
    for place in range(8):
        facts: dict[str, Any] = {"config": {"lr": 10.0 ** (-place % 4 - 1), "model": "mlp" if place % 2 else "cnn"}}
        run = Training(site, "every-kind", f"run {place}", **facts)
        run.log([1, 2, 3], loss=[3.0, 2.0 - place / 8, 1.0 + place / 10])
        runs.append(run.finish())
    text = document(title="Runs")
    panel = send(site, "POST", "/api/v1/projects/admin/every-kind/panels/", {"name": "Who ran", "document": text})
    markdown = MARKDOWN.format(baseline=runs[0].id, panel=panel["id"])
    made = send(site, "POST", "/api/v1/projects/admin/every-kind/reports/", {"title": "Kinds", "markdown": markdown})
    assert made["problems"] == []
    return str(made["id"])


def test_every_kind_is_drawn(report: str, visit: "Callable[[str], Page]", trouble: Trouble) -> None:
    page = visit(f"/r/{report}/draft/")
    for plot in page.locator("report-plot").all():
        plot.scroll_into_view_if_needed()
    page.locator("report-plot[data-state=drawn]").nth(3).wait_for()
    panel = page.locator("custom-panel")
    panel.scroll_into_view_if_needed()
    page.locator("custom-panel[data-state=drawn]").wait_for()
    assert "run 0" in page.locator(".report-runs").inner_text()
    assert "baseline" in page.locator(".report-difference").inner_text()
    trouble[:] = [one for one in trouble if "GPU stall" not in one]  # of the lines that Plotly draws


@pytest.fixture(scope="module")
def version(report: str, site: "Site") -> str:
    """The path of its published version."""
    asked = send(site, "POST", f"/api/v1/reports/{report}/publish/", {})
    while asked["state"] == "waiting":
        time.sleep(0.2)
        asked = send(site, "GET", f"/api/v1/reports/{report}/publishings/{asked['id']}/", None)
    assert asked["state"] == "done", asked
    return f"/r/{report}/1/"


def test_what_was_published_needs_no_script(version: str, site: "Site", browser: "Browser") -> None:
    page = browser.new_context(java_script_enabled=False).new_page()
    site.sign_in(page)
    page.goto(site.url + version)
    pictures = page.locator(".frozen-chart img:visible")
    assert pictures.count() == 6
    for picture in pictures.all():
        picture.scroll_into_view_if_needed()
        picture.evaluate("one => one.decode()")
    assert page.locator(".report-plot, panel-board, panel-chart, custom-panel").count() == 0
    page.context.close()


def test_a_published_chart_is_pointed_at_and_zoomed_in_what_was_kept(
    version: str, site: "Site", visit: "Callable[[str], Page]"
) -> None:
    page = visit("/")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(site.url + version)
    stage = page.locator("kept-board .kept-stage").first
    stage.scroll_into_view_if_needed()
    height = stage.evaluate("one => one.clientHeight")
    chart = stage.locator("panel-chart.drawn")
    chart.wait_for()
    assert stage.evaluate("one => one.clientHeight") == height
    assert int(chart.get_attribute("data-drawn") or 0) == 24
    chart.hover()
    page.locator(".readout").get_by_text("run 0").wait_for()
    box = chart.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.55, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.9, box["y"] + 60, steps=4)
    page.mouse.up()
    page.wait_for_function("document.querySelector('kept-board').view.from !== null")
    assert [one for one in asked if "series" in one and "/api/" in one] == []
