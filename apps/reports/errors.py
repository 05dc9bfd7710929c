"""What saving a report refuses."""

from apps.core.errors import TrackerError


class ReportChanged(TrackerError):
    """Someone else saved the report since it was read."""

    code = "report_changed"
    status = 409

    def __init__(self, based_on: int, revision: int) -> None:
        super().__init__(
            f"This report was saved by someone else meanwhile: it is at revision {revision}, your text is based on "
            f"{based_on}. Nothing was saved; read it again, then save on top of it.",
            fields={"revision": f"{based_on} came, the report is at {revision}"},
        )
