"""Which panel of a report a comment is about, found again when blocks moved, were edited, or a new version came."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import yaml

MAX_WORDS = 250  # of a title, and of a key, that are kept with a comment
MAX_KEYS = 20
MAX_BLOCK, MAX_LINES = 32_768, 2_000
_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_FENCE = re.compile(r"`{3,}|~{3,}")
_AROUND = " \t>"  # before a line of a block that stands in a list or a quotation


class PanelPlace(NamedTuple):
    """A panel of a report's text. number: among those that are drawn, from 1."""

    number: int
    kind: str
    title: str
    keys: tuple[str, ...]

    @property
    def words(self) -> str:
        """What it is called."""
        return self.title or ", ".join(self.keys[:3]) or f"{self.kind or 'a'} panel"

    @property
    def facts(self) -> dict[str, Any]:
        """As it is kept with a comment."""
        return {"number": self.number, "kind": self.kind, "title": self.title, "keys": list(self.keys)}


def panels_of(markdown: str, lines: Sequence[int]) -> list[PanelPlace]:
    """The panels that are drawn of a text. lines: of their opening fences, from 1, in order."""
    written = markdown.split("\n")
    found = []
    for number, line in enumerate(lines, start=1):
        options = _options(written, line)
        keys = [key for name in ("key", "keys") for key in _texts(options.get(name))]
        kind, title = _texts(options.get("kind")), _texts(options.get("title"))
        found.append(PanelPlace(number, "".join(kind[:1]), "".join(title[:1]), tuple(keys[:MAX_KEYS])))
    return found


def kept_place(place: Mapping[str, Any]) -> PanelPlace | None:
    """The panel that a comment was about; None when it is about the whole report."""
    if not place:
        return None
    number = place.get("number")
    kind, title, keys = (_texts(place.get(name)) for name in ("kind", "title", "keys"))
    return PanelPlace(
        number if isinstance(number, int) else 0, "".join(kind[:1]), "".join(title[:1]), tuple(keys[:MAX_KEYS])
    )


def same_panel(place: PanelPlace, panels: Sequence[PanelPlace]) -> PanelPlace | None:
    """The panel among these that a place means: alike in all, else in title, else in keys; of several the nearest."""
    for alike in (
        lambda one: one[1:] == place[1:],
        lambda one: one.title and (one.kind, one.title) == (place.kind, place.title),
        lambda one: one.keys and (one.kind, one.keys) == (place.kind, place.keys),
    ):
        found = [one for one in panels if alike(one)]
        if found:
            return min(found, key=lambda one: (abs(one.number - place.number), one.number))
    return None


def _options(written: Sequence[str], line: int) -> Mapping[Any, Any]:
    """The options of the block that begins at a line, as texts; {} for what cannot be read."""
    opening = written[line - 1] if line <= len(written) else ""
    fence = _FENCE.search(opening)
    if fence is None:
        return {}
    body: list[str] = []
    for text in written[line:]:
        if text.strip(_AROUND).startswith(fence[0]) or len(body) > MAX_LINES:
            break
        body.append(text)
    indent = min((len(text) - len(text.lstrip(_AROUND)) for text in body if text.strip(_AROUND)), default=0)
    block = "\n".join(text[indent:] for text in body)
    if len(block) > MAX_BLOCK:
        return {}
    try:
        found = yaml.load(block, Loader=_LOADER)  # noqa: S506 - it makes texts, lists and mappings alone
    except (yaml.YAMLError, RecursionError, TypeError):
        return {}
    return found if isinstance(found, Mapping) else {}


def _texts(value: Any) -> list[str]:
    listed = value if isinstance(value, list) else [value]
    return [one[:MAX_WORDS] for one in listed if isinstance(one, str) and one]
