"""The WSGI application, served by granian."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from tracker_site.parent import die_with_supervisor

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracker_site.settings")
die_with_supervisor()  # a web process is a fork of the one the supervisor started

application = get_wsgi_application()
get_resolver().url_patterns  # noqa: B018  imports every view, so that no request waits for it

# What was imported stays: the garbage collector need not walk it again and again, a quarter of a large chart's time.
gc.collect()
gc.freeze()
