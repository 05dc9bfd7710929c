"""The frame in which each custom panel is drawn: a document of its own, sandboxed, that may do nothing but draw."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

# No eval: specs run under Vega's interpreter. No network, no address to go to, no origin to read anything of.
_FRAME_POLICY = "; ".join(
    (
        "sandbox allow-scripts",
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'none'",
        "form-action 'none'",
        "base-uri 'none'",
        "frame-ancestors 'self'",
    )
)


@require_safe
@xframe_options_exempt
def panel_frame(request: HttpRequest) -> HttpResponse:
    """The same for everybody: what it draws comes from the page around it."""
    response = render(request, "custom_panels/panel_frame.html")
    response["Content-Security-Policy"] = _FRAME_POLICY
    response["Cache-Control"] = "private, max-age=300"
    return response
