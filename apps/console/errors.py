"""What the console store refuses, and why."""

from apps.core.errors import Invalid, TrackerError, Unavailable

MAX_SEARCH_LENGTH = 1_000
MAX_PATTERN_STEPS = 4_000


class BatchDiffers(TrackerError):
    code = "batch_differs"
    status = 409

    def __init__(self, writer: str, seq: int) -> None:
        super().__init__(
            f"Batch {seq} of writer {writer} is stored with other lines. "
            "A retry must send the same lines; other lines need a new seq, and another process another writer."
        )


class BadPattern(Invalid):
    code = "bad_pattern"

    def __init__(self, problem: str) -> None:
        super().__init__(f"The search is no regular expression: {problem}.", fields={"search": problem})


class PatternTooLarge(Invalid):
    code = "bad_pattern"

    def __init__(self, steps: int) -> None:
        super().__init__(
            f"The regular expression has {steps:,} steps; at most {MAX_PATTERN_STEPS:,} are allowed. "
            "Repetitions such as {0,100} multiply them: write * or fewer.",
            fields={"search": "is too large"},
        )


class SearchTooLong(Invalid):
    def __init__(self, length: int) -> None:
        super().__init__(
            f"A search has at most {MAX_SEARCH_LENGTH:,} characters; {length:,} came.", fields={"search": "is too long"}
        )


class TooManySearches(Unavailable):
    code = "busy"

    def __init__(self) -> None:
        super().__init__("Too many searches run at once; ask again in a moment.", retry_after=2)
