"""Files without a name, in which exports and imports lie while they are made: gone however their process ends."""

import tempfile
from typing import IO

from django.conf import settings


def spool_file() -> IO[bytes]:
    """An empty file to write and read."""
    settings.SPOOL_DIR.mkdir(parents=True, exist_ok=True)
    return tempfile.TemporaryFile(dir=settings.SPOOL_DIR)
