"""Pages in a real browser: no errors, no sideways scroll, the newcomer's key, the keyboard."""

import json
import re
import urllib.request
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.browser.trainings import Training, compare_path

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.services.site import Site

Visit = Callable[[str], "Page"]


@pytest.fixture(scope="module")
def pair(site: "Site") -> list[Training]:
    """Two runs with everything a page may show."""
    made = []
    long_key: dict[str, Any] = {"very/long/" + "k" * 120: [1.0, 2.0, 3.0]}
    for place, name in enumerate(["a run with a rather long name that goes on " * 2, "short"]):
        config = {"optimizer": {"lr": 0.1 * (place + 1), "name": "sgd"}, "seed": place, "note": "x" * 300}
        run = Training(site, "pages", name, config=config, tags=["one"], notes="Notes.")
        run.log(
            [1, 2, 3],
            loss=[3.0, 2.0, 1.0],
            val__accuracy=[0.1, 0.2, 0.3],
            **long_key,
        )
        made.append(run.finish())
    return made


def paths(pair: list[Training]) -> list[str]:
    return ["/", pair[0].project_path, compare_path(*pair), pair[0].path, "/accounts/keys/", "/admin/nothing-here/"]


@pytest.mark.parametrize("place", range(6))
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_errors(
    visit: Visit, page: "Page", pair: list[Training], trouble: list[str], place: int, scheme: str
) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    visit(paths(pair)[place])
    page.wait_for_load_state("networkidle")
    if place == 5:  # the page of what does not exist is one
        assert all("404" in one for one in trouble)
        trouble.clear()
    assert page.title().endswith("· Paceline")
    assert page.locator("main").inner_text().strip()


@pytest.mark.parametrize("place", range(5))
def test_no_page_scrolls_sideways_on_a_telephone(phone: Visit, pair: list[Training], place: int) -> None:
    page = phone(paths(pair)[place])
    page.wait_for_load_state("networkidle")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.evaluate("document.documentElement.scrollHeight") > 200


def test_charts_are_drawn_on_a_telephone(phone: Visit, pair: list[Training]) -> None:
    page = phone(pair[0].path)
    page.locator("panel-chart.drawn").first.wait_for()


def test_a_newcomer_makes_a_key_that_works_and_sees_it_once(site: "Site", visit: Visit) -> None:
    first = Training(site, "newcomers", "gone")
    site.manage(
        "shell",
        "-c",
        f"from apps.runs.models import Run; Run.objects.filter(project__slug='newcomers').delete()  # {first.id}",
    )
    page = visit("/admin/newcomers/")
    page.get_by_role("button", name="Make an ingest key").click()
    shown = page.locator("[data-secret]")
    shown.wait_for()
    key = shown.inner_text()
    assert len(key) >= 40
    assert f"PACELINE_API_KEY={key}" in page.locator("pre").first.inner_text()
    request = urllib.request.Request(
        f"{site.url}/api/v1/projects/admin/newcomers/runs/",
        json.dumps({"name": "first"}).encode(),
        {"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.status == 201
    page.reload()
    assert key not in page.content()


def test_the_keyboard_moves_selects_and_compares(visit: Visit, pair: list[Training]) -> None:
    page = visit(pair[0].project_path)
    page.locator("panel-chart.drawn").first.wait_for()
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert page.locator(".run.current").count() == 1
    assert page.locator(".run.current").get_attribute("data-run") == page.locator(".run").nth(1).get_attribute(
        "data-run"
    )
    page.keyboard.press("x")
    assert not page.locator(".run").nth(1).locator("input").is_checked()
    page.keyboard.press("x")
    page.wait_for_timeout(600)
    page.keyboard.press("?")
    page.get_by_role("dialog").wait_for()
    page.keyboard.press("Escape")
    page.keyboard.press("c")
    page.wait_for_url(re.compile("/compare/"))
    assert page.get_by_role("heading", name="2 runs compared").count() == 1


def test_filtering_narrows_the_list_as_one_types(visit: Visit, pair: list[Training]) -> None:
    page = visit(pair[0].project_path)
    page.keyboard.press("/")
    page.keyboard.type("short")
    page.wait_for_url(re.compile("name=short"))
    expect(page.locator(".run-rows > ul:last-of-type > .run")).to_have_count(1)
    assert page.locator("[data-filter]").input_value() == "short"
    page.get_by_label("Filter metrics").fill("accuracy")
    page.wait_for_url(re.compile("metric=accuracy"))
    expect(page.locator("panel-chart")).to_have_count(1)


def test_the_form_compares_without_scripts(site: "Site", browser: object, pair: list[Training]) -> None:
    context = browser.new_context(java_script_enabled=False)  # type: ignore[attr-defined]
    page = context.new_page()
    site.sign_in(page)
    page.goto(site.url + pair[0].project_path)
    page.get_by_role("button", name="Compare").click()
    assert page.get_by_role("heading", name="2 runs compared").count() == 1
    assert "optimizer.lr" in page.locator("#differs").inner_text()
    assert page.locator("#metrics").get_by_text("val/accuracy").count() == 1
    context.close()


def test_density_is_kept(visit: Visit, pair: list[Training]) -> None:
    page = visit(pair[0].project_path)
    page.get_by_role("button", name=re.compile("density")).click()
    page.reload()
    assert page.locator("html").get_attribute("data-density") == "compact"


def test_nothing_jumps_when_charts_arrive(visit: Visit, page: "Page", pair: list[Training]) -> None:
    page.add_init_script(
        """window.shift = 0;
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shift += entry.value;
        }).observe({ type: "layout-shift", buffered: true });"""
    )
    visit(pair[0].project_path)
    page.locator("panel-chart.drawn").first.wait_for()
    page.wait_for_timeout(500)
    assert page.evaluate("window.shift") < 0.01
