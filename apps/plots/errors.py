"""What plots refuse, and how much of anything they take."""

from apps.core.errors import Invalid, TrackerError

MAX_DRAWN = 5_000  # runs of a scatter plot that are drawn one by one
MAX_LINES = 2_000  # runs of parallel coordinates
MAX_AXES = 12  # of parallel coordinates
MAX_BARS = 100
MAX_BINS = 100
MAX_PARTS = 9  # groups of a histogram that have a colour of their own; the others are counted together
MAX_PARAMETERS = 60  # names of the config whose importance is computed
MAX_FITTED = 2_000  # runs that importance is computed from
FIT_SECONDS = 45


class UnknownSubject(Invalid):
    """What no axis can show."""

    def __init__(self, text: str, what: str) -> None:
        super().__init__(
            f"A plot shows config, summary, metric and system values, times, state and took; {text[:80]!r} came.",
            fields={what: "cannot be plotted"},
        )


class TooManyAxes(Invalid):
    def __init__(self, count: int) -> None:
        super().__init__(
            f"Parallel coordinates have 2 to {MAX_AXES} axes; {count} came.", fields={"col": f"{count} came"}
        )


class FitBusy(TrackerError):
    """Another importance is being computed."""

    code = "importance_busy"
    status = 503

    def __init__(self) -> None:
        super().__init__("Another importance is being computed; ask again in some seconds.", retry_after=5)


class FitFailed(TrackerError):
    """A forest was not fitted within its time or memory."""

    code = "importance_failed"
    status = 503

    def __init__(self, why: str) -> None:
        super().__init__(f"The importance could not be computed: {why}", retry_after=60)
