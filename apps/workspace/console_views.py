"""The console page of a run. Without scripts it shows some lines and leads to those before and after."""

from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps.console import queries
from apps.console.ansi import visible
from apps.console.lines import STREAMS
from apps.console.queries import Page, Shown
from apps.core.live import live_page
from apps.runs.access import readable_run
from apps.workspace.run_page import run_context

LINES = 500
WIDTH = 2_000


class Row(NamedTuple):
    """A line for the template."""

    n: int | None
    time: int
    stream: str
    text: str
    more: int


@live_page
@require_safe
def run_console(request: HttpRequest, run_id: int) -> HttpResponse:
    """The newest lines, or those from ?from= on. Which part is in view with scripts is told by the address' #L5."""
    run = readable_run(request.user, run_id)
    page = _page(request, run_id)
    first = page.lines[0].n if page.lines else None
    here = reverse("run_console", args=[run_id])
    context: dict[str, Any] = {
        **run_context(run, request.user),
        "rows": [_row(line) for line in [*page.lines, *page.unfinished]],
        "total": page.total,
        "first": first,
        "last": page.lines[-1].n if page.lines else None,
        "older": f"{here}?from={max(1, first - LINES)}" if first is not None and first > 1 else "",
        "newer": f"{here}?from={page.next}" if page.more else "",
        "server": request.build_absolute_uri("/").rstrip("/"),
        "lines_url": reverse("logs", args=[run_id]),
        "text_url": reverse("logs_text", args=[run_id]),
    }
    return render(request, "workspace/run_console.html", context)


def _page(request: HttpRequest, run_id: int) -> Page:
    """The lines to write into the page: none when its own script reads it again to see how the run is."""
    if request.headers.get("Sec-Fetch-Dest") == "empty":
        return queries.page(run_id, start=None, limit=1, width=WIDTH)
    text = request.GET.get("from", "")
    start = int(text) if text.isascii() and text.isdigit() and 0 < len(text) < 19 else None
    return queries.page(run_id, start=start, limit=LINES, width=WIDTH)


def _row(line: Shown) -> Row:
    return Row(line.n, line.time, STREAMS[line.stream], visible(line.text.encode()), line.more)
