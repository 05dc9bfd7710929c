"""Pages that stay current: their parts, which of them a page that is open holds, and those that differ.

A template puts `{% live "name" %}…{% endlive %}` around one element with that id. The page that is loaded says the
digest of every part; asked again with these (by apps/panels/live_api.py), the same view answers the parts that differ.
Parts may hold others: a list holds its rows, and is itself only their order. No database.
"""

import base64
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest
from django.utils.safestring import SafeString, mark_safe

_PLACE = re.compile("<!--live ([^>]+)-->")
_ATTRIBUTE = "_live_parts"

View = Callable[..., Any]
live_views: set[View] = set()


@dataclass
class LiveParts:
    """The parts of one drawing of a page. held: digests by name when an open page asks, None when it is loaded.

    html holds those drawn now: without those inside them, in whose place is `<!--live name-->`. live: whether something
    of the page works now; waits: whether runs may come to it.
    """

    held: Mapping[str, str] | None = None
    digests: dict[str, str] = field(default_factory=dict)
    html: dict[str, str] = field(default_factory=dict)
    outermost: list[str] = field(default_factory=list)
    depth: int = 0
    live: bool = False
    waits: bool = False

    def has(self, name: str, digest: str) -> bool:
        """Whether the asker holds a part as it is now."""
        return self.held is not None and self.held.get(name) == digest

    def add(self, name: str, digest: str, html: str | None) -> SafeString:
        """Note a part that was drawn, or with None need not be. Returns what stands in its place."""
        self.digests[name] = digest
        if html is not None:
            self.html[name] = html
        if self.depth == 0:
            self.outermost.append(name)
            if self.held is None:
                return mark_safe(self._filled(name))  # noqa: S308 templates drew it
        return mark_safe(f"<!--live {name}-->")  # noqa: S308 names are ours

    def _filled(self, name: str) -> str:
        return _PLACE.sub(lambda place: self._filled(place[1]), self.html[name])

    @property
    def changed(self) -> dict[str, str]:
        """Parts that the asker lacks: their HTML by name."""
        held = self.held or {}
        return {name: html for name, html in self.html.items() if held.get(name) != self.digests[name]}

    @property
    def outline(self) -> str:
        """Names the outermost parts; when they are others the page is another one, to be loaded anew."""
        return digest_of("\n".join(self.outermost))


def live_parts(request: HttpRequest) -> LiveParts:
    """The parts of the page that is drawn for a request."""
    found = getattr(request, _ATTRIBUTE, None)
    if found is None:
        found = LiveParts()
        setattr(request, _ATTRIBUTE, found)
    return found


def ask_parts(request: HttpRequest, held: Mapping[str, str]) -> LiveParts:
    """Make a request one of an open page that holds these digests."""
    parts = LiveParts(held)
    setattr(request, _ATTRIBUTE, parts)
    return parts


def live_page(view: View) -> View:
    """Let a view be asked for the parts of its page that differ. It only reads, and its template has live parts."""
    live_views.add(view)
    return view


def digest_of(text: str) -> str:
    """16 characters that differ when the text does."""
    return base64.urlsafe_b64encode(hashlib.blake2b(text.encode(), digest_size=12).digest()).decode()
