"""The styles of a published page, as one text: for a file that loads nothing."""

from functools import cache
from pathlib import Path

from django.contrib.staticfiles import finders

STYLES = ("core/paceline.css", "panels/panels.css", "reports/report.css")  # what reports/snapshot.html links


@cache
def styles() -> str:
    """Their text, read once. They name no other file."""
    texts = []
    for name in STYLES:
        found = finders.find(name)
        if found is None:
            raise FileNotFoundError(name)
        texts.append(Path(found).read_text(encoding="utf-8"))
    return "\n".join(texts)
