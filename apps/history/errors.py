"""What the series store refuses, and why."""

from apps.core.errors import TrackerError

MAX_KEYS_PER_RUN = 10_000
MAX_GAPS = 4_096


class BatchDiffers(TrackerError):
    code = "batch_differs"
    status = 409

    def __init__(self, writer: str, seq: int) -> None:
        super().__init__(
            f"Batch {seq} of writer {writer} is stored with other content. "
            "A retry must send the same content; new content needs a new seq."
        )


class TooManyGaps(TrackerError):
    code = "too_many_gaps"
    status = 429

    def __init__(self, writer: str, gaps: int) -> None:
        super().__init__(
            f"The stored seqs of writer {writer} have {gaps:,} gaps; at most {MAX_GAPS:,} are allowed. "
            "Send the missing batches first, or start a new writer.",
            retry_after=5,
        )


class TooManyKeys(TrackerError):
    code = "too_many_keys"
    status = 400

    def __init__(self, keys: int) -> None:
        super().__init__(f"The run would have {keys:,} metric keys; at most {MAX_KEYS_PER_RUN:,} are allowed.")


class KeyCollision(TrackerError):
    code = "key_collision"
    status = 400

    def __init__(self, name: str, stored: str) -> None:
        super().__init__(f"The key {name!r} has the same 63-bit hash as {stored!r} of this run; choose another name.")
