"""The `group` of a block: which of its runs count as alike."""

from collections.abc import Sequence

from apps.reports.block_fields import BlockProblem, Fields
from apps.runs.grouping import CONFIG, EXCEPT, FACTS, RunGroup, field_problem, run_groups

ALL = "all"
BUT = "all but "


def read_groups(fields: Fields) -> tuple[str, ...]:
    """The fields of apps/runs/grouping.py that runs are grouped by; () without `group`.

    `lr` is config.lr; runs are alike but for their seed by `all but seed`, and all of them by `all`, which stays.
    Raises BlockProblem.
    """
    texts = fields.texts("group", "A field")
    if texts == (ALL,):
        return texts
    if texts and texts[0].startswith(BUT):
        named = [*texts[0].removeprefix(BUT).split(), *texts[1:]]
        found = [f"-{_field(text.strip(','))}" for text in named]
    else:
        found = [_field(text) for text in texts]
    problem = field_problem(found) if found else ""
    if problem:
        raise BlockProblem(f"“group” cannot be read: {problem}.", fields.line_of("group"))
    return tuple(found)


def groups_of(run_ids: Sequence[int], fields: Sequence[str]) -> list[RunGroup]:
    """The runs in groups: one query."""
    return [RunGroup("all runs", tuple(run_ids))] if tuple(fields) == (ALL,) else run_groups(run_ids, fields)


def _field(text: str) -> str:
    return text if text in FACTS or text.startswith((CONFIG, EXCEPT)) else CONFIG + text
