"""The settings the suite runs with: the site's own, on a temporary data folder that goes when pytest ends.

PACELINE_TEST_ON chooses the databases: "sqlite" (default), "postgresql", or "two" (two PostgreSQL databases, so that
the series plane lives apart from the metadata plane). What the shell says of DATABASE_URL and its like is ignored: a
test run never touches a database that is in use.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

for name in ("DATABASE_URL", "SERIES_DATABASE_URL", "REDIS_URL", "PACELINE_URL", "PACELINE_HOSTS", "PACELINE_DEBUG"):
    os.environ.pop(name, None)

_data = tempfile.mkdtemp(prefix="paceline-test-")
atexit.register(shutil.rmtree, _data, ignore_errors=True)
os.environ["PACELINE_DATA"] = _data
Path(_data, "static").mkdir()

from tracker_site.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {  # pages name static files as they are: nothing was collected
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
