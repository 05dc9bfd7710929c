"""Where a page finds a file's bytes: on this host, or on FILES_URL behind a signed address that expires."""

from urllib.parse import urlsplit

from django.conf import settings
from django.core import signing
from django.urls import reverse

from apps.artifacts.models import RunFile

SIGNED_SECONDS = 6 * 3600  # as long as a page may stay open, or a film play
_SALT = "apps.artifacts.links"


def file_url(file: RunFile, *, download: bool = False) -> str:
    """The address of a file for who may read it now; for links and pictures on pages."""
    if settings.FILES_URL:
        address = settings.FILES_URL + reverse("signed_file", args=[signature(file), file.name])
    else:
        address = reverse("run_file", args=[file.run_id, file.path])
    return f"{address}?download" if download else address


def signature(file: RunFile) -> str:
    """What lets anyone read these bytes of this file for SIGNED_SECONDS."""
    return signing.dumps([file.id, file.sha256], salt=_SALT)


def signed_file(text: str) -> RunFile | None:
    """The file behind a signature; None when it is forged, has expired, or the file was deleted or replaced."""
    try:
        file_id, sha256 = signing.loads(text, salt=_SALT, max_age=SIGNED_SECONDS)
    except signing.BadSignature:
        return None
    files = RunFile.objects.select_related("blob").filter(deleted_at=None, run__deleted_at=None)
    return files.filter(id=file_id, blob__sha256=sha256).first()


def files_host() -> str:
    """The host (and port) of FILES_URL, "" without one."""
    return urlsplit(settings.FILES_URL).netloc
