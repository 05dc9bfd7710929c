"""One published panel as a page for frames of other sites."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from apps.core.errors import NotFound
from apps.core.look import THEMES
from apps.reports.exports.frozen_panels import panel_html
from apps.reports.models import Snapshot
from apps.reports.snapshots import page_html
from apps.sharing.shown import shown_html

# The only pages that may stand in others' frames: there is nothing on them to click but what leads away from them.
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'none'; base-uri 'none'; "
    "frame-ancestors {frames}"
)


def embedded_panel(
    request: HttpRequest,
    snapshot: Snapshot,
    panel: int,
    *,
    whole: str,
    piece_address: Callable[[str], str],
    anywhere: bool = True,
) -> HttpResponse:
    """A panel alone, counted from 1, in the theme of ?theme= or of its reader.

    whole: the address of all of the version. anywhere: whether any site may show it in a frame. Raises NotFound.
    """
    found = panel_html(page_html(snapshot.report, snapshot), panel)
    if found is None:
        raise NotFound(f"This version has no panel {panel}.")
    said = request.GET.get("theme", "")
    context = {
        "snapshot": snapshot,
        "html": shown_html(snapshot, found, piece_address),
        "whole": whole,
        "theme": said if said in THEMES else THEMES[0],
    }
    response = render(request, "sharing/embed.html", context)
    response["Content-Security-Policy"] = _POLICY.format(frames="*" if anywhere else "'self'")
    response["Cross-Origin-Resource-Policy"] = "cross-origin" if anywhere else "same-origin"
    response.xframe_options_exempt = True
    return response
