"""The table of contents: the headings of sanitised HTML. No Django."""

import re
from typing import NamedTuple

from markdown_it.rules_core import StateCore

MAX_HEADINGS = 300
LONG = 4  # headings from which on a report has its contents beside it
_HEADING = re.compile(r'<h([2-4]) id="(section-[^"<>]{1,200})">(.{1,2000}?)</h\1>', re.DOTALL)
_TAG = re.compile(r"<[^>]*>")


class Heading(NamedTuple):
    """level: 2..4. anchor: its id. html: its words, without tags."""

    level: int
    anchor: str
    html: str


def headings(html: str) -> list[Heading]:
    """The first MAX_HEADINGS of a text."""
    found = []
    for one in _HEADING.finditer(html):
        words = _TAG.sub("", one[3]).strip()
        if words and "<" not in words:
            found.append(Heading(int(one[1]), one[2], words))
        if len(found) == MAX_HEADINGS:
            break
    return found


def contents_html(found: list[Heading]) -> str:
    """The list that stands where the author wrote [toc]."""
    items = "".join(f'<li class="level-{one.level}"><a href="#{one.anchor}">{one.html}</a></li>' for one in found)
    return f'<nav class="report-contents" aria-label="Contents"><ul>{items}</ul></nav>' if items else ""


def contents_places(state: StateCore) -> None:
    """The first paragraph that says [toc] is the place of the contents."""
    for place, token in enumerate(state.tokens[1:], 1):
        before = state.tokens[place - 1]
        if before.type == "paragraph_open" and token.content.strip().lower() in ("[toc]", "[[toc]]"):
            token.type, token.children = "contents", None
            before.hidden = state.tokens[place + 1].hidden = True
            return
