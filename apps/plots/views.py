"""The frame that draws with Plotly: a document of its own, sandboxed, that may do nothing but draw."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

# Plotly makes functions from text and writes style attributes: here, where there is nothing to steal, it may.
_POLICY = "; ".join(
    (
        "sandbox allow-scripts",
        "default-src 'none'",
        "script-src 'self' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src data: blob:",
        "connect-src 'none'",
        "form-action 'none'",
        "base-uri 'none'",
        "frame-ancestors 'self'",
    )
)


@require_safe
@xframe_options_exempt
def plotly_frame(request: HttpRequest) -> HttpResponse:
    """The same for everybody: what it draws comes from the page around it."""
    response = render(request, "plots/plotly_frame.html")
    response["Content-Security-Policy"] = _POLICY
    response["Cache-Control"] = "private, max-age=300"
    return response
