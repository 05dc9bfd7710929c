"""The frame that draws with Plotly."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from apps.panels.frames import frame_document


@require_safe
@xframe_options_exempt
def plotly_frame(request: HttpRequest) -> HttpResponse:
    """Plotly makes functions from text and writes style attributes: here, where there is nothing to steal, it may."""
    return frame_document(
        request,
        "plots/plotly_frame.html",
        "script-src 'self' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src data: blob:",
    )
