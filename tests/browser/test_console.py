"""The console in a real browser: a long log, finding, following, links to lines, copying, hostile text."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.browser.trainings import Training

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from tests.services.site import Site

Visit = Callable[[str], "Page"]
LONG = 120_000


class Printing(Training):
    """A run that prints."""

    def print(self, *texts: str, stream: str = "stdout", **more: Any) -> "Printing":
        start = 1_767_225_600_000
        lines = [{"time": start + place, "stream": stream, "text": one, **more} for place, one in enumerate(texts)]
        self.seq += 1
        self._post(f"runs/{self.id}/logs/", {"writer": "browser", "seq": self.seq, "lines": lines})
        return self


@pytest.fixture(scope="module")
def long_log(site: "Site") -> Printing:
    run = Printing(site, "console", "long")
    for begin in range(0, LONG, 40_000):
        run.print(*[f"step {n} loss 0.{n}" for n in range(begin + 1, begin + 40_001)])
    run.finish()
    return run


def path(run: Training, end: str = "") -> str:
    return f"{run.path}console/{end}"


def line(page: "Page", n: int) -> "Locator":
    return page.locator(".console-line", has=page.locator(f'.n:text-is("{n}")'))


def seen(page: "Page") -> tuple[int, int]:
    """The first and last line numbers on screen."""
    numbers: list[int] = page.evaluate(
        """() => {
          const box = document.querySelector('.console-lines').getBoundingClientRect();
          return [...document.querySelectorAll('.console-line .n')].filter((one) => {
            const at = one.getBoundingClientRect();
            return at.bottom > box.top + 4 && at.top < box.bottom - 4;
          }).map((one) => Number(one.textContent));
        }"""
    )
    return numbers[0], numbers[-1]


def test_a_long_log_opens_at_its_end_with_few_elements_and_scrolls_anywhere(visit: Visit, long_log: Printing):
    page = visit(path(long_log))
    expect(line(page, LONG)).to_be_visible()
    assert seen(page)[1] == LONG
    assert page.locator(".console-line").count() < 100
    scroller = page.locator(".console-lines")
    scroller.focus()
    page.keyboard.press("g")
    expect(line(page, 1)).to_be_in_viewport()
    assert seen(page)[0] == 1
    scroller.evaluate("(one) => { one.scrollTop = one.scrollHeight / 2; }")
    expect(line(page, LONG // 2 + 3).locator(".t")).to_have_text(re.compile("loss"))
    first, last = seen(page)
    assert abs((first + last) / 2 - LONG / 2) < 100
    expect(line(page, first + 1).locator(".t")).to_have_text(f"step {first + 1} loss 0.{first + 1}")
    page.mouse.move(600, 500)
    page.mouse.wheel(0, 200)
    expect(line(page, first + 11)).to_be_visible()
    page.wait_for_timeout(100)
    assert seen(page)[0] == first + 10
    page.keyboard.press("G")
    expect(line(page, LONG)).to_be_in_viewport()


def test_wrapped_lines_scroll_to_both_ends(visit: Visit, site: "Site"):
    run = (
        Printing(site, "console", "wrapped")
        .print(*[f"{n} " + "word " * (n % 7) * 40 for n in range(1, 2_001)])
        .finish()
    )
    page = visit(path(run))
    page.locator("[data-act=wrap]").click()
    expect(line(page, 2_000)).to_be_in_viewport()
    box = page.locator(".console-lines").bounding_box()
    last = line(page, 2_000).bounding_box()
    assert box is not None
    assert last is not None
    assert abs(box["y"] + box["height"] - last["y"] - last["height"]) < 22
    page.locator(".console-lines").focus()
    page.mouse.move(600, 500)
    for _ in range(5):
        page.mouse.wheel(0, -400)
        page.wait_for_timeout(60)
    first, last_seen = seen(page)
    assert 1_900 < first < last_seen < 2_000
    page.keyboard.press("g")
    expect(line(page, 1)).to_be_in_viewport()
    page.keyboard.press("w")
    assert line(page, 6).bounding_box()["height"] < 30  # type: ignore[index]


def test_finding_steps_through_matches_and_is_in_the_address(visit: Visit, long_log: Printing, trouble: list[str]):
    page = visit(path(long_log))
    page.keyboard.press("/")
    page.keyboard.type("STEP 777")
    count = page.locator("[data-part=count]")
    expect(count).to_have_text(re.compile(r"^1 of 1 ?111$|^1 of the first|of 111$"))
    current = page.locator(".console-line.current")
    expect(current.locator("mark")).to_have_text("step 777")
    before = int(current.locator(".n").inner_text())
    page.keyboard.press("Enter")
    expect(current.locator(".n")).not_to_have_text(str(before))
    page.keyboard.press("Shift+Enter")
    expect(current.locator(".n")).to_have_text(str(before))
    assert "search=STEP+777" in page.url
    page.get_by_label("Match case").click()
    expect(count).to_have_text("No line")
    page.get_by_label("Match case").click()
    page.get_by_label("Regular expression").click()
    page.locator("[name=search]").fill(r"^step 12\d loss")
    expect(count).to_have_text(re.compile(r" of 10$"))
    page.locator("[name=search]").fill("(")
    expect(count).to_contain_text("no regular expression")
    assert all("400" in one for one in trouble)
    trouble.clear()


def test_a_link_to_lines_shows_and_copies_them_without_numbers(visit: Visit, page: "Page", long_log: Printing):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = visit(path(long_log, "#L54321-L54323"))
    expect(line(page, 54_322)).to_be_in_viewport()
    expect(page.locator(".console-line.chosen")).to_have_count(3)
    page.locator("[data-act=copy]").click()
    expect(page.locator("[data-part=chosen]")).to_contain_text("copied 3")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == "\n".join(f"step {n} loss 0.{n}" for n in range(54_321, 54_324))
    line(page, 54_325).locator(".n").click()
    assert page.url.endswith("#L54325")
    line(page, 54_330).locator(".n").click(modifiers=["Shift"])
    assert page.url.endswith("#L54325-L54330")
    page.reload()
    expect(page.locator(".console-line.chosen")).to_have_count(6)


def test_a_selection_is_copied_without_numbers_and_times(visit: Visit, page: "Page", site: "Site"):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    run = Printing(site, "console", "selection").print("\x1b[32mone\x1b[0m", "two").finish()
    visit(path(run))
    page.keyboard.press("t")
    expect(page.locator("time.c").first).to_be_visible()
    page.evaluate("getSelection().selectAllChildren(document.querySelector('.console-pane'))")
    page.keyboard.press("Control+c")
    assert page.evaluate("navigator.clipboard.readText()").split("\n") == ["one", "two"]


def test_following_sticks_to_the_end_until_one_scrolls_up(visit: Visit, site: "Site"):
    run = Printing(site, "console", "followed").print(*[f"line {n}" for n in range(1, 201)])
    page = visit(path(run))
    expect(line(page, 200)).to_be_in_viewport()
    run.print("201st", " 10%|#         |", unfinished=False)
    expect(line(page, 202)).to_be_in_viewport()
    run.print(" 50%|#####     |", stream="stderr", unfinished=True)
    expect(page.locator(".console-line").last.locator(".t")).to_have_text(" 50%|#####     |")
    follow = page.locator("[data-act=follow]")
    expect(follow).to_be_hidden()
    page.mouse.move(600, 500)
    page.mouse.wheel(0, -600)
    expect(follow).to_be_visible()
    before = seen(page)
    run.print("later", stream="stderr")
    expect(page.locator("[name=search]")).to_have_attribute("placeholder", "Find in 203 lines")
    assert seen(page) == before
    follow.click()
    expect(line(page, 203)).to_be_in_viewport()
    expect(follow).to_be_hidden()
    run.print("last words")
    expect(line(page, 204)).to_be_in_viewport()


def test_colours_are_classes_and_hostile_text_runs_nothing(visit: Visit, site: "Site"):
    hostile = "<script>document.title = 'owned'</script><img src=x onerror=\"document.title='owned'\">"
    run = Printing(site, "console", "colours")
    run.print(
        "\x1b[1;31mred\x1b[0m plain \x1b[38;5;208morange\x1b[0m \x1b[38;2;10;200;30mgreen\x1b[m",
        hostile,
        "\x1b]8;;javascript:alert(1)\x07link\x1b]8;;\x07",
        "\u202eturned\u202c \x07",
        "\x1b[38;2;999;0;0mno colour\x1b[0m \x1b[38;5mcut",
    )
    run.print("oh no", stream="stderr")
    run.finish()
    page = visit(path(run))
    red = line(page, 1).locator(".t > span").nth(0)
    expect(red).to_have_class("ansi-bold ansi-ink-1")
    orange = line(page, 1).locator(".t > span").nth(2)
    assert orange.evaluate("(one) => one.style.getPropertyValue('--ansi-ink')") == "#ff8700"
    colours = {one.evaluate("(one) => getComputedStyle(one).color") for one in (red, orange)}
    assert len(colours) == 2
    expect(line(page, 2).locator(".t")).to_have_text(hostile)
    assert page.locator(".console-pane script, .console-pane img, .console-pane a:not(.n)").count() == 0
    expect(line(page, 3).locator(".t")).to_have_text("link")
    expect(line(page, 4).locator(".t")).to_have_text("⟨202e⟩turned⟨202c⟩ ␇")
    expect(line(page, 5).locator(".t")).to_have_text("no colour cut")
    expect(line(page, 6).locator(".s")).to_have_text("err")
    assert "owned" not in page.title()


def test_a_long_line_can_be_read_whole(visit: Visit, site: "Site"):
    run = Printing(site, "console", "wide").print("w" * 30_000).finish()
    page = visit(path(run))
    page.locator("[data-whole]").dispatch_event("click")
    expect(page.locator("[data-whole]")).to_have_count(0)
    assert len(line(page, 1).locator(".t").inner_text()) == 30_000


def test_a_telephone_shows_it_without_scrolling_sideways(phone: Visit, long_log: Printing, site: "Site"):
    page = phone(path(long_log))
    expect(line(page, LONG)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page = phone(path(Printing(site, "console", "silent")))
    expect(page.get_by_text("Nothing printed yet.")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_first_line_of_an_open_page_appears_by_itself(visit: Visit, site: "Site"):
    run = Printing(site, "console", "begins")
    page = visit(path(run))
    expect(page.get_by_text("Nothing printed yet.")).to_be_visible()
    run.print("hello")
    expect(line(page, 1).locator(".t")).to_have_text("hello")
    expect(page.get_by_text("Nothing printed yet.")).to_be_hidden()
