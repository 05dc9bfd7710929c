"""What commenting refuses."""

from apps.core.errors import TrackerError


class TooManyComments(TrackerError):
    code = "too_many_comments"
    status = 409

    def __init__(self, most: int) -> None:
        super().__init__(
            f"There are {most:,} comments here already; more are not kept. Delete some that are done with."
        )
