"""What the ingest API refuses."""

from apps.core.errors import Invalid, TrackerError

MAX_POINTS_PER_BATCH = 1_000_000
MAX_KEY_LENGTH = 250
MAX_COLUMNS = 10_002  # of an Arrow stream: as many keys as a run may have, step and time
MAX_CELLS = 8_000_000  # of an Arrow stream, nulls included, which cost next to nothing to send
MAX_LINES_PER_BATCH = 100_000
MAX_LISTED = 20


class BadBatch(Invalid):
    """Some values of a batch cannot be taken; nothing of it was stored."""

    code = "bad_batch"

    def __init__(self, fields: dict[str, str], count: int) -> None:
        listed = f" The first {len(fields)} are listed." if count > len(fields) else ""
        what = "One value" if count == 1 else f"{count:,} values"
        super().__init__(f"{what} of this batch cannot be taken; nothing was stored.{listed}", fields=fields)


class TooManyPoints(TrackerError):
    code = "too_many_points"
    status = 413

    def __init__(self, came: int, allowed: int = MAX_POINTS_PER_BATCH, what: str = "points") -> None:
        super().__init__(f"The batch has {came:,} {what}; at most {allowed:,} are allowed. Send it in several parts.")


class TooManyLines(TrackerError):
    code = "too_many_lines"
    status = 413

    def __init__(self, lines: int) -> None:
        super().__init__(
            f"The batch has {lines:,} lines; at most {MAX_LINES_PER_BATCH:,} are allowed. Send it in several parts."
        )


class UnknownAttempt(Invalid):
    code = "unknown_attempt"

    def __init__(self, attempt: int, newest: int) -> None:
        super().__init__(
            f"The run has {newest} attempt{'s' if newest > 1 else ''}; attempt {attempt} is not one of them.",
            fields={"attempt": f"must be 1..{newest}"},
        )
