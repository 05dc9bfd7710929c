"""Values as a comparison writes them: exactly, and so that what differs looks different."""

import json
import re
from typing import Any

from apps.comparison.sections import Cell, Section
from apps.comparison.trees import MISSING
from apps.core.templatetags.figures import figure, signed

LOOKS_LIKE_ANOTHER = re.compile(
    r"\s*|[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?|true|false|none|null|nan|[-+]?inf(inity)?", re.IGNORECASE
)
LARGE = 1.5  # times the baseline's, from where on the factor says more than the difference


def written(value: Any, typed: bool = True) -> str:
    """A value with all its digits: None is a word, lists are JSON, "" is where it is missing.

    typed: a text that looks like a value of another kind has quotes.
    """
    if value is MISSING:
        return ""
    if isinstance(value, str):
        quoted = typed and LOOKS_LIKE_ANOTHER.fullmatch(value[:80])
        return json.dumps(value, ensure_ascii=False) if quoted else value
    if isinstance(value, (list, dict)):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def shown(cell: Cell, section: Section) -> str:
    """What stands in a cell; the numbers of results are rounded."""
    if section.judged and not cell.missing and not isinstance(cell.value, (str, list, dict)):
        return figure(cell.value)
    return written(cell.value, section.typed)


def apart(cell: Cell, section: Section) -> str:
    """How far a number is from the baseline's: ×3, ÷10 or +0.002; of results always the difference. "" without any."""
    if cell.delta is None or cell.delta == 0:
        return ""
    if not section.judged and cell.factor is not None:
        if cell.factor >= LARGE:
            return f"×{figure(cell.factor, 3)}"
        if cell.factor <= 1 / LARGE:
            return f"÷{figure(1 / cell.factor, 3)}"
    return signed(cell.delta)
