"""What asking for series refuses."""

from apps.core.errors import Invalid

MAX_RUNS = 1_000
MAX_QUESTIONS = 200
MAX_LINES = 20_000
PX_RANGE = (16, 4_096)
SMOOTH_RANGE = (1e-3, 1e18)  # half-lives, in units of x
MAX_GROUPS = 1_000
MAX_GROUP_FIELDS = 16
MAX_NAME_LENGTH = 500  # of a group, and of a field to group by


class TooManyRuns(Invalid):
    code = "too_many_runs"

    def __init__(self, count: int, path: str) -> None:
        super().__init__(
            f"A chart takes at most {MAX_RUNS:,} runs; {count:,} came.", fields={path: f"more than {MAX_RUNS:,}"}
        )


class TooManyQuestions(Invalid):
    code = "too_many_questions"

    def __init__(self, count: int) -> None:
        super().__init__(
            f"One request takes at most {MAX_QUESTIONS} questions; {count:,} came.",
            fields={"questions": f"more than {MAX_QUESTIONS}"},
        )


class TooManyLines(Invalid):
    code = "too_many_lines"

    def __init__(self, count: int) -> None:
        super().__init__(
            f"The questions of one request take at most {MAX_LINES:,} lines (runs x questions); {count:,} came.",
            fields={"questions": f"more than {MAX_LINES:,} lines"},
        )
