"""The settings the suite runs with: the site's own, on a temporary data folder that goes when pytest ends.

PACELINE_TEST_ON chooses the databases: "sqlite" (default), "postgresql", or "two" (two PostgreSQL databases, so that
the series plane lives apart from the metadata plane). The PostgreSQL is the one `make test` started, else one started
here. What the shell says of DATABASE_URL and its like is ignored: a test run never touches a database that is in use.
"""

import atexit
import os

from tests.services.folders import temporary_folder

for name in (
    "DATABASE_URL",
    "SERIES_DATABASE_URL",
    "REDIS_URL",
    "PACELINE_URL",
    "PACELINE_HOSTS",
    "PACELINE_DEBUG",
    "PACELINE_METRICS_TOKEN",
    "PACELINE_FILES",
    "PACELINE_FILES_URL",
):
    os.environ.pop(name, None)
for name in [name for name in os.environ if name.startswith(("PACELINE_GITHUB", "PACELINE_GOOGLE", "PACELINE_OIDC"))]:
    del os.environ[name]
for name in ("PACELINE_MAIL_URL", "PACELINE_SIGNUP_DOMAINS", "PACELINE_PROXIES"):
    os.environ.pop(name, None)

_data = temporary_folder("paceline-test-")
os.environ["PACELINE_DATA"] = str(_data)
os.environ["PACELINE_METRICS_DIR"] = str(_data / "metrics")
_static = _data / "static"
_static.mkdir()
os.environ["PACELINE_STATIC"] = str(_static)

TEST_ON = os.environ.get("PACELINE_TEST_ON", "sqlite")
if TEST_ON not in ("sqlite", "postgresql", "two"):
    raise ValueError(f"PACELINE_TEST_ON is {TEST_ON!r}; it is sqlite, postgresql or two.")
if TEST_ON != "sqlite":
    if "PACELINE_TEST_POSTGRESQL" not in os.environ:
        from tests.services.servers import start_postgresql

        _server, os.environ["PACELINE_TEST_POSTGRESQL"] = start_postgresql()
        atexit.register(_server.stop)
    os.environ["DATABASE_URL"] = os.environ["PACELINE_TEST_POSTGRESQL"] + "/paceline"
    if TEST_ON == "two":
        os.environ["SERIES_DATABASE_URL"] = os.environ["PACELINE_TEST_POSTGRESQL"] + "/series"

from tracker_site.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {  # pages name static files as they are: nothing was collected
    "files": FILES,  # noqa: F405
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
