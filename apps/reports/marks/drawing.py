"""Marks as one reader sees them: runs by name and state, pictures of the project."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.html import format_html

from apps.core import ids
from apps.reports.images.queries import images_among
from apps.reports.marks.mark import ImageMark, Mark, RunMark
from apps.reports.models import Report, ReportImage
from apps.reports.queries import readable_among
from apps.reports.rendering import Fence, Html
from apps.runs.access import AnyUser
from apps.runs.models import Project, Run

MAX_MENTIONED = 500  # different runs of a report; further ones stay as they were written


@dataclass(frozen=True)
class Drawing:
    """Draws marks. runs: those that may be named, by id; others stay as they were written.

    images: the project's pictures, by SHA-256. kept_in: the report whose pieces they are, when it is published.
    """

    runs: Mapping[int, Run]
    images: Mapping[str, ReportImage]
    kept_in: Report | None = None

    def __call__(self, mark: Mark) -> str:
        return self._run(mark) if isinstance(mark, RunMark) else self._image(mark)

    def _run(self, mark: RunMark) -> str:
        run = self.runs.get(mark.run_id)
        if run is None:
            return format_html('<code title="No run that you may read">{}</code>', mark.written)
        path = reverse("run", args=[run.id])
        words = '<a class="run-mention" href="{}">{} <span class="run-mention-state">{}</span></a>'
        return format_html(words, path, run.name or ids.to_text(run.id), run.state_now)

    def _image(self, mark: ImageMark) -> str:
        image = self.images.get(mark.sha256)
        if image is None:
            return format_html('<span class="muted">[{}: there is no such picture]</span>', mark.alt or "picture")
        if self.kept_in is None:
            address = reverse("report_image", args=[image.id])
        else:
            address = reverse("snapshot_piece", args=[self.kept_in.id, image.sha256])
        words = '<img class="report-image" src="{}" alt="{}" width="{}" height="{}" loading="lazy">'
        return format_html(words, address, mark.alt, image.width, image.height)


def marks_among(pieces: Sequence[Html | Fence]) -> list[Mark]:
    """All marks of a report, in order."""
    return [mark for piece in pieces if isinstance(piece, Html) for mark in piece.marks]


def live_drawing(user: AnyUser, project: Project, pieces: Sequence[Html | Fence]) -> Drawing:
    """What a reader may see of a report's marks: one query where there are mentions, one where there are pictures."""
    marks = marks_among(pieces)
    wanted = mentioned_runs(marks)
    sums = {mark.sha256 for mark in marks if isinstance(mark, ImageMark)}
    return Drawing(readable_among(user, wanted) if wanted else {}, images_among(project, sums))


def mentioned_runs(marks: Iterable[Mark]) -> list[int]:
    """The first MAX_MENTIONED different runs among marks."""
    return list(dict.fromkeys(mark.run_id for mark in marks if isinstance(mark, RunMark)))[:MAX_MENTIONED]
