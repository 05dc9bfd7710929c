"""What a question must know of its runs, from the metadata plane: their groups and when they started."""

from collections.abc import Sequence
from dataclasses import replace

from apps.history.charts import Groups, Question
from apps.panels.questions import Asked
from apps.runs.grouping import run_groups
from apps.runs.queries import attempt_starts

FROM_START = ("relative", "active")


def resolved(asked: Sequence[Asked]) -> list[Question]:
    """The questions with what they need filled in; call it when the asker may read all their runs.

    One query for those that count time from a run's start, and one for each way of grouping the same runs.
    """
    late = sorted({run_id for one in asked if one.question.x in FROM_START for run_id in one.question.run_ids})
    starts = attempt_starts(late) if late else []
    known: dict[tuple[tuple[int, ...], tuple[str, ...]], Groups] = {}
    questions = []
    for question, group_by in asked:
        if question.x in FROM_START:
            of_runs = set(question.run_ids)
            question = replace(question, starts=tuple(start for start in starts if start[0] in of_runs))
        if group_by:
            name = question.run_ids, group_by
            if name not in known:
                known[name] = tuple((group.name, group.run_ids) for group in run_groups(*name))
            question = replace(question, groups=known[name])
        questions.append(question)
    return questions
