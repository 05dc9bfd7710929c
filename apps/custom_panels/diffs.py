"""What two versions of a document differ in, as a unified diff. No Django."""

import difflib

from apps.core.errors import Invalid
from apps.custom_panels.limits import MAX_DIFF_LINES


def unified(old: str, new: str, *, old_name: str, new_name: str) -> str:
    """The diff of two texts, "" of equal ones. Raises Invalid for more lines than are compared."""
    before, after = old.split("\n"), new.split("\n")
    most = max(len(before), len(after))
    if most > MAX_DIFF_LINES:
        message = f"Documents of at most {MAX_DIFF_LINES:,} lines are compared; one has {most:,}."
        raise Invalid(message, fields={"diff": f"{most:,} lines"})
    lines = difflib.unified_diff(before, after, old_name, new_name, lineterm="")
    return "\n".join(lines)
