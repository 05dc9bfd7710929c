"""Reads over the pictures of reports."""

from collections.abc import Collection

from apps.accounts.errors import SignInNeeded
from apps.artifacts import storage
from apps.core.errors import NotFound
from apps.reports.models import ReportImage
from apps.runs.access import AnyUser, readable_projects
from apps.runs.models import Project


def readable_image(user: AnyUser, image_id: int) -> ReportImage:
    """A picture of a project that the user may read, with its blob: one query. Raises NotFound."""
    images = ReportImage.objects.select_related("blob").filter(project__in=readable_projects(user))
    found = images.filter(id=image_id).first()
    if found is None:
        raise NotFound("There is no such picture that you may see.") if user.is_authenticated else SignInNeeded
    return found


def images_among(project: Project, sums: Collection[str]) -> dict[str, ReportImage]:
    """The project's pictures with these SHA-256: one query, none for none."""
    if not sums:
        return {}
    return {one.sha256: one for one in ReportImage.objects.filter(project=project, sha256__in=sums).order_by("id")}


def image_bytes(image: ReportImage) -> bytes:
    """Raises FileGone."""
    return b"".join(storage.pieces(image.blob.name, image.name, 0, image.blob.size))
