"""Where run files lie, from the one text a host sets."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured


def file_storage(text: str, folder: Path) -> tuple[dict[str, Any], Path]:
    """STORAGES["files"] for PACELINE_FILES, and the folder for uploads that are still arriving.

    text: s3://bucket/prefix, an absolute folder, or "" for folder/files. What arrives lies beside a folder's files, so
    that it becomes one of them by a hard link. Raises ImproperlyConfigured.
    """
    if text.startswith("s3://"):
        parts = urlsplit(text)
        if not parts.netloc:
            raise ImproperlyConfigured(f"PACELINE_FILES is {text!r}; a bucket is s3://bucket or s3://bucket/prefix.")
        options = {"bucket": parts.netloc, "prefix": parts.path.strip("/")}
        return {"BACKEND": "apps.artifacts.s3.BucketStorage", "OPTIONS": options}, folder / "incoming"
    place = Path(text) if text else folder / "files"
    if "://" in text or not place.is_absolute():
        raise ImproperlyConfigured(f"PACELINE_FILES is {text!r}; it is s3://bucket/prefix or an absolute folder.")
    return {"BACKEND": "apps.artifacts.storage.FolderStorage", "OPTIONS": {"location": str(place)}}, place / "incoming"
