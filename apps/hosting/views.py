"""/metrics, for Prometheus."""

import hmac
from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from apps.core.errors import NotFound
from apps.core.metrics import all_processes
from apps.hosting.gauges import Gauges

FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_VIA")


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Counts of all processes and the state of the site. Others than those who may read get 404."""
    if not _may_read(request):
        raise NotFound("There is nothing here.")
    body = generate_latest(all_processes()) + generate_latest(Gauges())
    return HttpResponse(body, content_type=CONTENT_TYPE_LATEST)


def _may_read(request: HttpRequest) -> bool:
    """Whoever sends the token; without a token in the settings, this machine itself, not through a proxy."""
    if settings.METRICS_TOKEN:
        sent = request.META.get("HTTP_AUTHORIZATION", "")
        return hmac.compare_digest(sent.encode(), f"Bearer {settings.METRICS_TOKEN}".encode())
    if any(name in request.META for name in FORWARDED):
        return False
    try:
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False
