"""The WSGI application, served by granian."""

import os

from django.core.wsgi import get_wsgi_application

from tracker_site.parent import die_with_supervisor

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracker_site.settings")
die_with_supervisor()  # a web process is a fork of the one the supervisor started

application = get_wsgi_application()
