"""Every browser test fails on a script error, a console error, a policy violation or an answer that is an error."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from tests.conftest import QUIET_CHROMIUM
from tests.services.finders import chromium_program

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

    from tests.services.site import Site


class Trouble(list[str]):
    """What went wrong on a page; a test that wants an error empties it."""


def isolating(browser: "Browser") -> "Browser":
    """A Chromium that gives frames without an origin a process of their own, as all do but its headless shell."""
    program = str(chromium_program())
    return browser.browser_type.launch(executable_path=program, args=[*QUIET_CHROMIUM, "--site-per-process"])


def watch(page: "Page", trouble: Trouble) -> None:
    page.on("console", lambda message: trouble.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on(
        "response", lambda answer: trouble.append(f"{answer.status} {answer.url}") if answer.status >= 400 else None
    )


@pytest.fixture
def trouble() -> Iterator[Trouble]:
    found = Trouble()
    yield found
    assert found == []


@pytest.fixture
def visit(site: "Site", page: "Page", trouble: Trouble) -> "Callable[[str], Page]":
    """Signed in as admin: visit(path) opens a page of the site and gives it."""
    watch(page, trouble)
    site.sign_in(page)

    def open_page(path: str) -> "Page":
        page.goto(site.url + path)
        return page

    return open_page


@pytest.fixture
def phone(site: "Site", browser: "object", trouble: Trouble) -> "Iterator[Callable[[str], Page]]":
    """The same on a telephone."""
    context: BrowserContext = browser.new_context(  # type: ignore[attr-defined]
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, device_scale_factor=2
    )
    page = context.new_page()
    watch(page, trouble)
    site.sign_in(page)

    def open_page(path: str) -> "Page":
        page.goto(site.url + path)
        return page

    yield open_page
    context.close()
