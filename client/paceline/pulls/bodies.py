"""The text of the one comment: how it is found again, which version it shows, and what of it fits."""

from __future__ import annotations

import re
from collections.abc import Callable

_MARKER = re.compile(r"\A\s*<!-- paceline-report:([0-9a-z]+) -->")
_VERSION = re.compile(r"^<!-- paceline-version:(\d{1,9}) -->$", re.MULTILINE)
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
ROOM = 200  # for what a cut closes: fences and folded parts


def marked(text: str, report: str, n: int) -> str:
    """The server's text as a comment: in its first line the report, in the second the version; both invisible."""
    marker, text = f"<!-- paceline-report:{report} -->", text.lstrip()
    rest = text[len(marker) :] if text.startswith(marker) else text
    return f"{marker}\n<!-- paceline-version:{n} -->\n{rest.strip()}\n"


def report_of(body: str) -> str:
    """Of which report a comment is, "" when of none."""
    found = _MARKER.match(body)
    return found[1] if found else ""


def version_of(body: str) -> int:
    """Which version a comment shows, 0 when it does not say."""
    found = _VERSION.search(body)
    return int(found[1]) if found else 0


def same(stored: str, body: str) -> bool:
    """Whether a host stored this body: they change line ends and what is blank at the end."""
    return stored.replace("\r\n", "\n").strip() == body.replace("\r\n", "\n").strip()


def unshared(body: str, url: str) -> str:
    """The body of a comment with the address of the version in the place of a share link to it."""
    site = url.partition("/r/")[0]
    return re.sub(rf"{re.escape(site)}/s/[\w-]+/", lambda _: url, body)


def shortened(text: str, most: int, url: str, size: Callable[[str], int] = len) -> str:
    """The text, or as many of its lines as fit with a link to the whole. size: in what `most` is counted."""
    if size(text) <= most:
        return text
    end = f"\n\n*The rest does not fit here: [the whole report]({url}).*\n"
    left, kept, folded, fence = most - size(end) - ROOM, [], 0, ""
    for line in text.splitlines():
        left -= size(line) + 1
        if left < 0:
            break
        kept.append(line)
        mark = _FENCE.match(line)
        if mark and not fence:
            fence = mark[1]
        elif mark and mark[1].startswith(fence):
            fence = ""
        if not fence:
            folded += line.count("<details") - line.count("</details>")
    closing = ([fence] if fence else []) + ["\n</details>"] * max(0, min(folded, 10))
    return "\n".join(kept + closing) + end
