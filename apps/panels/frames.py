"""Documents in which a library draws: sandboxed, without an origin, and able to do nothing else.

The page around one talks with it through static/panels/sandboxed-frame.js.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

# No network, no address to go to, no origin to read anything of.
_POLICY = (
    "sandbox allow-scripts; default-src 'none'; {sources}; connect-src 'none'; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'self'"
)


def frame_document(request: HttpRequest, template: str, *sources: str) -> HttpResponse:
    """The same for everybody: what it draws comes from the page around it. sources: what it loads, as in a policy."""
    response = render(request, template)
    response["Content-Security-Policy"] = _POLICY.format(sources="; ".join(sources))
    response["Cache-Control"] = "private, max-age=300"
    return response
