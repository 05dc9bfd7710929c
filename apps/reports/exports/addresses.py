"""Kept HTML with other addresses: what is frozen once is served at more than one place. No Django."""

import html
import re
from collections.abc import Callable, Iterator

from apps.reports.exports.tags import TAG, attributes

_NAMES = frozenset(["href", "src", "srcset", "poster", "action", "formaction"])
_NAMED = re.compile(rf"\s(?:{'|'.join(sorted(_NAMES))})\s*=", re.IGNORECASE)
_ELSEWHERE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//|#")  # what addresses begin with that are not the site's own
_KEPT_IN_WORDS = ("class", "id", "title")
_AT_ONCE = 2**16  # characters that are handed on together

# The new address for one of the site's own, such as "/runs/…/"; None: it leads nowhere.
Address = Callable[[str], str | None]


def readdressed(kept: str, address: Address) -> Iterator[str]:
    """The HTML in parts, with what `address` says for each of the site's own addresses; the rest to the letter.

    A link that leads nowhere becomes its words, anything else loses the attribute.
    """
    parts: list[str] = []
    ends: list[str] = []  # of the open links
    size = end = 0
    for tag in TAG.finditer(kept):
        written = _written(tag, address)
        if tag[2].lower() == "a":
            if not tag[1]:
                ends.append("</span>" if written.startswith("<span") else "</a>")
            elif ends:
                written = ends.pop()
        parts += (kept[end : tag.start()], written)
        size += len(written) + tag.start() - end
        end = tag.end()
        if size > _AT_ONCE:
            yield "".join(parts)
            parts, size = [], 0
    yield "".join([*parts, kept[end:]])


def _written(tag: re.Match[str], address: Address) -> str:
    if tag[1] or not _NAMED.search(tag[3]):
        return tag[0]
    said = list(attributes(tag[3]))
    if not any(_is_ours(name, value) for name, value in said):
        return tag[0]
    new = [(name, address(value or "") if _is_ours(name, value) else value) for name, value in said]
    if tag[2].lower() == "a" and ("href", None) in new:
        return f"<span{''.join(_words(name, value) for name, value in new if name in _KEPT_IN_WORDS)}>"
    if any(name == "href" and (value or "").startswith("data:") for name, value in new):
        new.append(("download", None))  # browsers save such an address, and open none
    there = (_words(name, value) for name, value in new if value is not None or name not in _NAMES)
    return f"<{tag[2]}{''.join(there)}>"


def _is_ours(name: str, value: str | None) -> bool:
    return name in _NAMES and not _ELSEWHERE.match(value or "")


def _words(name: str, value: str | None) -> str:
    return f" {name}" if value is None else f' {name}="{html.escape(value)}"'
