"""Kept HTML with other addresses: what is frozen once is served at more than one place. No Django."""

import html
import re
from collections.abc import Callable, Iterator

from apps.reports.exports.copying import Copier

_NAMES = frozenset(["href", "src", "srcset", "poster", "action", "formaction"])
_AT_ONCE = 2**16  # characters read before what is ready is handed on
_ELSEWHERE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//|#")  # what addresses begin with that are not the site's own

# The new address for one of the site's own, such as "/runs/…/"; None: it leads nowhere.
Address = Callable[[str], str | None]


def readdressed(kept: str, address: Address) -> Iterator[str]:
    """The HTML in parts, with what `address` says for each of the site's own addresses; the rest to the letter.

    A link that leads nowhere becomes its words, anything else loses the attribute.
    """
    reader = _Readdresser(address)
    for begin in range(0, len(kept), _AT_ONCE):
        reader.feed(kept[begin : begin + _AT_ONCE])
        yield reader.taken()
    reader.close()
    yield reader.taken()


class _Readdresser(Copier):
    def __init__(self, address: Address) -> None:
        super().__init__()
        self._address = address
        self._ends: list[str] = []  # of the open links

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if not any(_is_ours(name, value) for name, value in attrs):
            super().handle_starttag(tag, attrs)
            written = tag
        else:
            new = [(name, self._address(value or "") if _is_ours(name, value) else value) for name, value in attrs]
            written = "span" if tag == "a" and ("href", None) in new else tag
            self.write(
                f"<{written}{''.join(_words(name, value) for name, value in new if _stays(written, name, value))}>"
            )
        if tag == "a":
            self._ends.append(written)

    def handle_endtag(self, tag: str) -> None:
        super().handle_endtag(self._ends.pop() if tag == "a" and self._ends else tag)


def _is_ours(name: str, value: str | None) -> bool:
    return name in _NAMES and not _ELSEWHERE.match(value or "")


def _stays(tag: str, name: str, value: str | None) -> bool:
    if tag == "span":
        return name in ("class", "id", "title")
    return value is not None or name not in _NAMES


def _words(name: str, value: str | None) -> str:
    return f" {name}" if value is None else f' {name}="{html.escape(value)}"'
