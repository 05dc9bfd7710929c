"""What comparing refuses."""

from apps.core.errors import Invalid

MAX_COMPARED = 50  # runs
MAX_IGNORED = 200  # patterns of a project


class TooManyCompared(Invalid):
    code = "too_many_compared"

    def __init__(self, count: int) -> None:
        super().__init__(
            f"At most {MAX_COMPARED} runs are compared side by side; {count:,} came. "
            "Leave some out, or use the run table, which shows any number.",
            fields={"run": f"more than {MAX_COMPARED}"},
        )
