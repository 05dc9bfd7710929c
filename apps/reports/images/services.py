"""Pictures put into reports: their bytes lie beside the files of runs, equal ones once."""

from pathlib import Path

from django.conf import settings

from apps.accounts.models import User
from apps.artifacts import room
from apps.artifacts.errors import FileTooLarge
from apps.artifacts.models import Blob
from apps.artifacts.receiving import Received, received
from apps.artifacts.services import stored_bytes
from apps.core.bodies import Stream
from apps.core.json_values import text_problem
from apps.reports.errors import NoPicture, TooManyPictures
from apps.reports.images.pictures import Picture, picture_of
from apps.reports.models import MAX_IMAGE_NAME, Report, ReportImage
from apps.runs.models import Project

MAX_IMAGE_BYTES = 5 * 2**20
MAX_IMAGES = 200  # put into one report; and into reports of a project that were never saved


def put_image(
    *, project: Project, report: Report | None, author: User | None, name: str, stream: Stream
) -> ReportImage:
    """Store a picture for reports of a project; the same bytes again give the same one.

    Raises NoPicture, TooManyPictures, StorageUnavailable, what the guards of room refuse, and what the stream raises.
    """
    name = " ".join(name.split())[:MAX_IMAGE_NAME]
    if text_problem(name):
        raise NoPicture("Its name holds what cannot be stored.")
    try:
        with received(stream, Path(settings.FILES_INCOMING), MAX_IMAGE_BYTES) as file:
            known = ReportImage.objects.filter(project=project, sha256=file.sha256).first()
            if known is not None:
                return known
            picture = picture_of(file.path)
            room.look(project, file.size)
            return stored_bytes(
                file,
                lambda: Project.objects.select_for_update().get(id=project.id),
                lambda _, blob: _named(project, report, author, name or "picture", file, picture, blob),
            )
    except FileTooLarge as error:
        raise NoPicture(f"The picture has more than {MAX_IMAGE_BYTES:,} bytes, which is the most.") from error


def _named(
    project: Project,
    report: Report | None,
    author: User | None,
    name: str,
    file: Received,
    picture: Picture,
    blob: Blob,
) -> ReportImage:
    if ReportImage.objects.filter(project=project, report=report).count() >= MAX_IMAGES:
        raise TooManyPictures(MAX_IMAGES)
    found, _ = ReportImage.objects.get_or_create(
        project=project,
        sha256=file.sha256,
        defaults={"report": report, "author": author, "name": name, "blob": blob, **picture._asdict()},
    )
    return found
