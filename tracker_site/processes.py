"""How many processes and threads the site runs with; the environment may say otherwise (docs/hosting.md)."""

import os

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


def web_processes() -> int:
    """One on SQLite, whose single group-commit thread lives in it; else one a core, four at most."""
    if _on_sqlite():
        return 1
    return _number("PACELINE_WEB_PROCESSES", min(os.cpu_count() or 1, 4))


def web_threads() -> int:
    """Threads that answer requests, in each process. Each keeps a database connection."""
    return _number("PACELINE_WEB_THREADS", 16)


def worker_processes() -> int:
    """Background processes: one is enough for a laptop and for most teams."""
    return _number("PACELINE_WORKER_PROCESSES", 1)


def _on_sqlite() -> bool:
    return any(database["ENGINE"] == "django.db.backends.sqlite3" for database in settings.DATABASES.values())


def _number(name: str, default: int) -> int:
    text = os.environ.get(name, "").strip()
    if not text:
        return default
    if not text.isdigit() or not 1 <= int(text) <= 256:
        raise ImproperlyConfigured(f"{name} is {text!r}; it must be a whole number from 1 to 256.")
    return int(text)
