"""What the transfer of runs and projects refuses."""

from apps.core.errors import NotFound


class NoSuchMetric(NotFound):
    def __init__(self, name: str) -> None:
        super().__init__(f"The run has no metric {name!r}.", fields={"key": f"{name!r} was not logged"})
