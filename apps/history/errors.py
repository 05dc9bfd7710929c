"""What the series store refuses, and why."""

from apps.core.errors import TrackerError

MAX_KEYS_PER_RUN = 10_000


class BatchDiffers(TrackerError):
    code = "batch_differs"
    status = 409

    def __init__(self, writer: str, seq: int) -> None:
        super().__init__(
            f"Batch {seq} of writer {writer} is stored with other content. "
            "A retry must send the same content; new content needs a new seq."
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


class TooManyPoints(TrackerError):
    """More points than one read may take into memory."""

    code = "too_many_points"
    status = 400

    def __init__(self, came: int, most: int) -> None:
        super().__init__(f"{came:,} points are to be read one by one; at most {most:,} are allowed.")
        self.came = came
        self.most = most
