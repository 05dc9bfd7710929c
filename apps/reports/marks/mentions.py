"""Runs that a report's words mention: @run:3kf0m8w2c9a1b, or the address of a run's page. No Django."""

import re

from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from apps.core import ids

_ID = rf"({ids.PATTERN})(?![0-9A-Za-z])"
_IN_WORDS = re.compile(
    rf"(?<![\w@/])@run:{_ID}|(?<![\w/])https?://[^\s<>\"'/]{{1,200}}/runs/{_ID}/?(?![\w/?#])", re.IGNORECASE
)
_ADDRESS = re.compile(rf"https?://[^\s/]{{1,200}}/runs/{_ID}/?", re.IGNORECASE)
_DESTINATION = re.compile(rf"(?:@?run:)?{_ID}", re.IGNORECASE)


def mentions(state: StateCore) -> None:
    """Texts become mentions where they name a run; links whose address is a run's id lead to its page."""
    for token in state.tokens:
        if token.type == "inline" and token.children:
            token.children = _with_mentions(token.children)


def _with_mentions(children: list[Token]) -> list[Token]:
    found: list[Token] = []
    links = place = 0
    while place < len(children):
        child = children[place]
        if child.type == "link_open":
            href = str(child.attrs.get("href", ""))
            if child.markup == "autolink" and (named := _ADDRESS.fullmatch(href)) and (made := _mention(named, href)):
                found.append(made)
                place += 3
                continue
            if (named := _DESTINATION.fullmatch(href)) and _id_of(named) is not None:
                child.attrSet("href", f"/runs/{named[1].lower()}/")
        links += (child.type == "link_open") - (child.type == "link_close")
        found += _parted(child) if child.type == "text" and not links else [child]
        place += 1
    return found


def _parted(text: Token) -> list[Token]:
    """A text with its mentions as tokens of their own."""
    if "run" not in text.content:
        return [text]
    parts: list[Token] = []
    at = 0
    for named in _IN_WORDS.finditer(text.content):
        made = _mention(named, named[0])
        if made is None:
            continue
        parts += [Token("text", "", 0, content=text.content[at : named.start()]), made]
        at = named.end()
    return [*parts, Token("text", "", 0, content=text.content[at:])] if parts else [text]


def _mention(named: re.Match[str], written: str) -> Token | None:
    run_id = _id_of(named)
    return None if run_id is None else Token("run_mention", "", 0, content=written, meta={"run_id": run_id})


def _id_of(named: re.Match[str]) -> int | None:
    try:
        return ids.from_text(next(filter(None, named.groups())))
    except ValueError:  # thirteen such characters that are no id
        return None
