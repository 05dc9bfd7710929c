"""Texts of users in a comment: shown as they are as far as that is harmless, and never wider than there is room.

Hosts of pull requests make links of what they find in a comment's words (@people, #numbers, addresses), but not in code
and not in a link's own words: names stand there and nowhere else. No Django.
"""

import re
import unicodedata
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

WIDTH = 60  # columns of a phone
NAMELESS = "(no name)"
_LIKE = str.maketrans({"`": "ˋ", "|": "¦"})  # what would end a piece of code, and a cell of a table
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>&|~$!#])")
_PING = "@\N{ZERO WIDTH SPACE}"


def clean(text: str) -> str:
    """A text on one line with single spaces, without what cannot be seen: control characters, marks of direction."""
    seen = "".join(one for one in " ".join(text.split()) if unicodedata.category(one) not in ("Cc", "Cf", "Cs", "Co"))
    return " ".join(seen.split()) or NAMELESS


def columns(text: str) -> int:
    """How wide a text is: letters of East Asia take two columns, marks above and below none."""
    return sum(map(_columns_of, text))


def _columns_of(letter: str) -> int:
    if unicodedata.category(letter) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def cut(text: str, most: int) -> str:
    """A text of at most so many columns; of a wider one the middle is left out, since names differ at both ends."""
    text = text if len(text) <= 4 * most else text[: 2 * most] + text[-2 * most :]
    if columns(text) <= most:
        return text
    ahead = most // 2
    return _begin(text, ahead) + "…" + _begin(text[::-1], most - ahead - 1)[::-1]


def _begin(text: str, most: int) -> str:
    wide = accumulate(map(_columns_of, text))
    return text[: sum(one <= most for one in wide)]


def code(text: str, most: int) -> str:
    """A text as code of at most so many columns with its backticks, in a cell of a table too."""
    return f"`{cut(clean(text).translate(_LIKE), most - 2)}`"


def link_words(text: str) -> str:
    """A text as the words of a link."""
    return _SPECIAL.sub(r"\\\1", clean(text)).replace("@", _PING)


class Row(NamedTuple):
    """A row of a table. name: a text of users, behind: what of ours stands behind it; cells: Markdown."""

    name: str
    cells: Sequence[str]
    behind: str = ""


def table(head: Sequence[str], rows: Sequence[Row], *, texts: Sequence[int] = (), most: int = WIDTH) -> list[str]:
    """The lines of a table, its columns as wide as they need, so that it reads as plain text too.

    Names are cut so that no line is wider than most. texts: columns that stand to the left as the first one does; the
    others are numbers.
    """
    others = [
        max(3, *(columns(one[place]) for one in [head[1:], *(row.cells for row in rows)]))
        for place in range(len(head) - 1)
    ]
    room = most - sum(others) - 3 * len(head) - 1
    names = [code(row.name, max(8, room - columns(row.behind))) + row.behind for row in rows]
    wide = [max(3, *map(columns, [head[0], *names])), *others]
    lines = [head, *([name, *row.cells] for name, row in zip(names, rows, strict=True))]
    right = [place not in (0, *texts) for place in range(len(head))]
    written = [_line([_padded(*cell) for cell in zip(line, wide, right, strict=True)]) for line in lines]
    rule = _line(["-" * (one - 1) + (":" if number else "-") for one, number in zip(wide, right, strict=True)])
    return [written[0], rule, *written[1:]]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _padded(text: str, wide: int, right: bool) -> str:
    gap = " " * (wide - columns(text))
    return gap + text if right else text + gap
