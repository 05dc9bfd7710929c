"""The no-op baseline of live ingest: a POST view that reads the body and answers, on the same server and middleware.

Settings and URLs of a second granian: `DJANGO_SETTINGS_MODULE=benchmarks.noop python manage.py web`.
"""

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from tracker_site.settings import *  # noqa: F403

ROOT_URLCONF = "benchmarks.noop"
NAME = "no-op POST view, same server and middleware"


@csrf_exempt
def noop(request: HttpRequest) -> HttpResponse:
    return HttpResponse(b'{"read": %d}' % len(request.body), content_type="application/json")


urlpatterns = [path("noop", noop)]
