"""What differs between two texts of a report, as pages show it."""

from typing import NamedTuple

from django.utils.html import escape

from apps.core.diffs import parsed
from apps.core.shown_diffs import ShownFile, shown_file
from apps.reports.revision_diffs import unified

DIFF_LINES = 5_000  # of a diff that a page shows


class Difference(NamedTuple):
    """file: None when the texts are equal. left_out: lines of the diff beyond DIFF_LINES."""

    file: ShownFile | None
    left_out: int = 0


def text_difference(old: str, new: str, *, old_name: str, new_name: str, side: bool = False) -> Difference:
    """What leads from the old text to the new one. side: side by side."""
    text = unified(old, new, old_name=old_name, new_name=new_name)
    if not text:
        return Difference(None)
    diff = parsed(f"diff --git a/report.md b/report.md\n{text}", DIFF_LINES)
    file = diff.files[0]
    return Difference(shown_file(file, {line: escape(line.text) for line in file.lines}, side=side), diff.left_out)
