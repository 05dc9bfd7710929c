"""The run that one is first compared with: what was tried before it."""

import re

from apps.runs.models import Run
from apps.runs.queries import runs_of

LOOKED_AT = 500  # earlier runs of the project
_NUMBERED = re.compile(r"[\s._-]*(?:(?:seed|try|trial|run|v|fold)[\s._=-]*)?\d+$", re.IGNORECASE)


def stem(name: str) -> str:
    """A name without the number at its end: "mlp-3", "mlp seed=4" and "mlp" are one."""
    return _NUMBERED.sub("", name.strip()) or name.strip()


def previous_run(run: Run) -> Run | None:
    """The newest of the 500 runs before it that is of its group; else of its name's stem; else by the same user.

    None when there is none of them. Archived and deleted runs are passed over. Two queries.
    """
    earlier = runs_of(run.project).exclude(id=run.id).filter(created_at__lte=run.created_at)
    near = list(earlier.values_list("id", "group", "name", "created_by")[:LOOKED_AT])
    alike = stem(run.name)
    fitting = [
        *(run_id for run_id, group, _, _ in near if group and group == run.group),
        *(run_id for run_id, _, name, _ in near if stem(name) == alike),
        *(run_id for run_id, _, _, user in near if user is not None and user == run.created_by_id),
    ]
    return earlier.filter(id=fitting[0]).first() if fitting else None
