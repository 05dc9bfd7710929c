"""The words of a comment as safe HTML: a report's Markdown, but for what would not be at home in a few lines."""

import re
from collections.abc import Collection
from functools import lru_cache

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from apps.comments.names import marked
from apps.reports.rendering import Fence, pieces

_TAG = re.compile(r'<(?:[^<>"]|"[^"]*")*>')
_ID = re.compile(r' id="[^"]*"')
_HEADING = re.compile(r"^<(/?)h[1-6]\b")


def comment_html(text: str, named: Collection[str]) -> SafeString:
    """The words of a comment. named: the people it mentions, in lower case."""
    return mark_safe(marked(_rendered(text), frozenset(named)))  # noqa: S308


@lru_cache(maxsize=4_096)
def _rendered(text: str) -> str:
    """Ids are left out, since the report beside has its own; headings are bold lines, panel blocks their source."""
    parts = []
    for one in pieces(text):
        parts.append(f"<pre><code>{escape(one.text)}</code></pre>" if isinstance(one, Fence) else one.html)
    return _TAG.sub(_plainer, "".join(parts))


def _plainer(match: re.Match[str]) -> str:
    tag = _ID.sub("", match[0])
    heading = _HEADING.match(tag)
    if heading is None:
        return tag
    return "</strong></p>" if heading[1] else "<p><strong>"
