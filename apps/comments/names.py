"""Who is named in a text by @name: found where it is written, marked where it is shown. No Django."""

import re
from collections.abc import Collection, Iterator

MAX_NAMES = 50  # looked for in one text

_NAMED = re.compile(r"(?<![\w@.+/-])@([\w.+@-]{1,150})")
_CODE = re.compile(r"```.*?(?:```|\Z)|~~~.*?(?:~~~|\Z)|`[^`\n]*`", re.DOTALL)
_TAG = re.compile(r'(<(?:[^<>"]|"[^"]*")*>)')
_QUIET = re.compile(r"<(/?)(?:code|pre|a)[\s>]")  # inside of these a name is no mention


def names_in(text: str) -> list[str]:
    """What may be names in a Markdown text, in lower case, the first MAX_NAMES: with and without a last full stop."""
    found: dict[str, None] = {}
    for match in _NAMED.finditer(_CODE.sub(" ", text)):
        found.update(dict.fromkeys(_spellings(match[1])))
        if len(found) >= MAX_NAMES:
            break
    return list(found)[:MAX_NAMES]


def marked(html: str, names: Collection[str]) -> str:
    """Safe HTML with these names in <mark class="mention">. names: in lower case."""
    if not names:
        return html
    inside = 0
    parts = []
    for part in _TAG.split(html):
        if part.startswith("<"):
            quiet = _QUIET.match(part)
            inside += (-1 if quiet[1] else 1) if quiet else 0
            parts.append(part)
        else:
            parts.append(part if inside else _NAMED.sub(lambda match: _marked(match, names), part))
    return "".join(parts)


def _marked(match: re.Match[str], names: Collection[str]) -> str:
    for spelling in _spellings(match[1]):
        if spelling in names:
            return f'<mark class="mention">@{match[1][: len(spelling)]}</mark>{match[1][len(spelling) :]}'
    return match[0]


def _spellings(written: str) -> Iterator[str]:
    """The name as it is written, then without the signs that may end a sentence behind it."""
    name = written.lower()
    yield name
    shorter = name.rstrip(".+-@")
    if shorter and shorter != name:
        yield shorter
