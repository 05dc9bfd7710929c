"""The Celery app. Queues are listed in settings; a misspelt one fails."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracker_site.settings")

app = Celery("paceline")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
