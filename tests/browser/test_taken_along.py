"""A published report taken along: one file that opens without a network, and the same on paper."""

import re
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.trainings import Training, send

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.services.site import Site

MARKDOWN = "See [there](https://example.org/x).\n\n```panel\nkind: line\nkeys: [loss]\n```\n"


def shared(site: "Site") -> str:
    """The address of a link to a published report over one run."""
    Training(site, "taken-along", "one").log([1, 2, 3], loss=[3.0, 2.0, 1.0])
    report = send(site, "POST", "/api/v1/projects/admin/taken-along/reports/", {"title": "Taken", "markdown": MARKDOWN})
    send(site, "POST", f"/api/v1/reports/{report['id']}/publish/", {})
    made = send(site, "POST", f"/api/v1/reports/{report['id']}/published/1/shares/", {})
    return re.sub("^https?://[^/]*", site.url, made["url"])


def drawn(page: "Page", theme: str) -> bool:
    """Whether the picture of this theme is the one that is there."""
    return bool(
        page.evaluate(
            """async (theme) => {
              const shown = [...document.querySelectorAll(".frozen-chart img")].filter((one) => one.checkVisibility());
              await Promise.all(shown.map((one) => one.decode()));
              return shown.length === 1 && shown[0].className === `for-${theme}` && shown[0].naturalWidth > 0;
            }""",
            theme,
        )
    )


def test_the_file_opens_without_a_network_in_both_themes_and_asks_nobody(site, browser, tmp_path: Path) -> None:
    with urllib.request.urlopen(f"{shared(site)}report.html", timeout=30) as answer:
        file = tmp_path / "taken.html"
        file.write_bytes(answer.read())
    context = browser.new_context(offline=True)
    page = context.new_page()
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.goto(file.as_uri())
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        assert drawn(page, theme)
    assert [one for one in asked if not one.startswith(("file:", "data:"))] == []
    assert said == []
    expect(page.locator("script")).to_have_count(0)
    context.close()


def test_on_paper_it_is_light_opened_and_without_the_site_around_it(site, browser):
    context = browser.new_context()
    page = context.new_page()
    page.goto(shared(site))
    expect(page.get_by_role("cell", name="1", exact=True).first).not_to_be_visible()
    page.emulate_media(media="print", color_scheme="dark")
    assert drawn(page, "light")
    expect(page.locator(".values td").first).to_be_visible()
    expect(page.locator(".export-menu")).not_to_be_visible()
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(252, 252, 251)"
    context.close()
