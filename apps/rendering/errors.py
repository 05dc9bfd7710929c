"""What drawing on the server refuses."""

from collections.abc import Sequence

from apps.core.errors import Invalid, TrackerError, Unavailable
from apps.rendering.problems import Problem


class BadDocument(Invalid):
    """A text that is no JSON document within the limits. problems: what and where, at least one."""

    code = "bad_document"

    def __init__(self, problems: Sequence[Problem]) -> None:
        first = problems[0]
        super().__init__(
            f"Line {first.line}, column {first.column}: {first.message}",
            fields={f"line {one.line}, column {one.column}": one.message for one in problems},
        )
        self.problems = list(problems)


class CannotRender(TrackerError):
    """A panel that cannot be drawn, however often it is asked for; the message says why and what to do."""

    code = "cannot_render"
    status = 422


class PicturesBusy(Unavailable):
    """Too many pictures are waiting to be drawn; the same request may succeed soon."""

    code = "pictures_busy"
