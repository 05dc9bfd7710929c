"""What storing a file refuses."""

from apps.core.errors import Invalid, NotFound, TrackerError, Unavailable

RETRY_AFTER_SECONDS = 30


class FileTooLarge(TrackerError):
    code = "file_too_large"
    status = 413

    def __init__(self, came: str, limit: int) -> None:
        super().__init__(
            f"The file has {came}; at most {limit:,} bytes are allowed for one file (PACELINE_FILE_MB). "
            "Nothing was stored."
        )


class DigestDiffers(Invalid):
    """The bytes that arrived are not those that were sent."""

    code = "digest_differs"

    def __init__(self, said: str, found: str) -> None:
        super().__init__(
            "The file that arrived has another SHA-256 than X-Content-SHA256 says; nothing was stored. Send it again.",
            fields={"X-Content-SHA256": f"{said} was said, {found} arrived"},
        )


class StorageUnavailable(Unavailable):
    """The disk is full or read-only, or the bucket is away."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"The file storage cannot take this now ({why}). Nothing was stored; send it again later.",
            retry_after=RETRY_AFTER_SECONDS,
        )


class FileGone(Unavailable):
    """The row is there and its bytes are not: the storage lost them, or is not the one they were written to."""

    def __init__(self, path: str) -> None:
        super().__init__(
            f"The bytes of {path} cannot be read from the file storage now.", retry_after=RETRY_AFTER_SECONDS
        )


class NoSuchFile(NotFound):
    def __init__(self, path: str) -> None:
        super().__init__(f"This run has no file {path}.")


class RangeRefused(TrackerError):
    code = "range_refused"
    status = 416

    def __init__(self, size: int) -> None:
        self.size = size
        super().__init__(f"The file has {size:,} bytes; the asked range lies outside.")


class PathTaken(TrackerError):
    code = "path_taken"
    status = 409

    def __init__(self, path: str) -> None:
        super().__init__(f"Another file is called {path} by now; the deleted one stays deleted.")
