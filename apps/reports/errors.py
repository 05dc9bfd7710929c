"""What saving a report refuses."""

from collections.abc import Sequence

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


class NotForItsReaders(TrackerError):
    """A report draws runs that not all who may read it may read: publishing would show them for ever."""

    code = "runs_of_others"
    status = 409

    def __init__(self, projects: Sequence[str]) -> None:
        named = ", ".join(projects[:5])
        super().__init__(
            f"This report draws runs of {named}, which some of its readers may not see; what is published is seen by "
            "all of them, for ever. Take these runs out of the report, or open that project to them first.",
            fields={"markdown": f"runs of {named}"},
        )


class PanelNotForItsReaders(TrackerError):
    """A report shows custom panels that not all who may read it may see: publishing would show them for ever."""

    code = "panels_of_others"
    status = 409

    def __init__(self, names: Sequence[str]) -> None:
        named = ", ".join(f"“{name}”" for name in names[:5])
        super().__init__(
            f"This report shows the panel {named}, which some of its readers may not see; what is published is seen by "
            "all of them, for ever. Share the panel with its team, or fork it into this project.",
            fields={"markdown": f"panel {named}"},
        )


class SnapshotTooLarge(TrackerError):
    code = "snapshot_too_large"
    status = 413

    def __init__(self, size: int, most: int) -> None:
        super().__init__(
            f"What this report shows takes {size:,} bytes so far; at most {most:,} are published at once. Draw fewer "
            "runs or charts, or split the report."
        )


class NoPicture(TrackerError):
    """What was sent as a picture is none that reports show."""

    code = "no_picture"
    status = 400

    def __init__(self, why: str) -> None:
        super().__init__(f"{why} Reports take PNG, JPEG, GIF and WebP pictures. Nothing was stored.")


class TooManyPictures(TrackerError):
    code = "too_many_pictures"
    status = 409

    def __init__(self, most: int) -> None:
        super().__init__(
            f"At most {most} pictures are put into one report; this would be one more. Nothing was stored."
        )
