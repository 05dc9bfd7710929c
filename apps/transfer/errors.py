"""What the transfer of runs and projects refuses."""

from apps.core.errors import Invalid, TrackerError, Unavailable


class BadArchive(Invalid):
    """An archive is damaged, is not one of ours, or says what it does not hold; nothing of it was imported."""

    code = "bad_archive"

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} Nothing was imported.", fields={"body": what})


class ArchiveTooLarge(TrackerError):
    code = "body_too_large"
    status = 413

    def __init__(self, came: int, allowed: int, what: str) -> None:
        super().__init__(
            f"The archive has {came:,} {what}; at most {allowed:,} are imported over HTTP. "
            "Use `manage.py import_project` on the server."
        )


class ClientIdTaken(TrackerError):
    code = "client_id_taken"
    status = 409

    def __init__(self, client_id: str) -> None:
        super().__init__(
            f"The project has a run with the client_id {client_id!r} already, which came from elsewhere. Nothing was "
            "imported. Import into another project, or archive and delete that run first.",
            fields={"client_id": f"{client_id} is taken"},
        )


class ImportUnderWay(Unavailable):
    code = "import_under_way"

    def __init__(self) -> None:
        super().__init__("An import is under way; send this one again when it has ended.", retry_after=60)
