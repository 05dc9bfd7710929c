"""The tables of some runs as several pictures and panels ask for them: each read once."""

from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches
from typing import Generic

from apps.evaluation.questions import TableQuestion
from apps.runs.directions import Direction
from apps.runs.directions_known import directions
from apps.runs.models import Project, Run
from apps.tables.comparing import shared_key
from apps.tables.cost_queries import costs_of
from apps.tables.costs import Costs
from apps.tables.errors import NoSuchTable
from apps.tables.forms import Content, Form
from apps.tables.queries import Found, keys_of, newest_tables
from apps.tables.spans import steps_of_runs, tables_of_runs

MAX_NEAR = 1_000  # names looked through for one that was meant


class NotLogged(NoSuchTable):
    """None of the runs has it. options: of a question, one of which asked for it. named: whether there are others."""

    def __init__(self, message: str, *options: str, named: bool = True) -> None:
        super().__init__(message)
        self.options = options
        self.named = named


class Logged(Generic[Content]):
    """The tables of a kind of some runs: a query for their keys, one or two for each key and step that is asked for,
    and one for what a project says of them; none twice."""

    def __init__(self, form: Form[Content], run_ids: Sequence[int]) -> None:
        self.form = form
        self.run_ids = list(dict.fromkeys(run_ids))
        self._keys = {run_id: [one.key for one in some] for run_id, some in keys_of(form, self.run_ids).items()}
        self._tables: dict[tuple[str, int | None], dict[int, Found[Content] | None]] = {}
        self._directions: dict[tuple[int, tuple[str, ...]], Mapping[str, Direction]] = {}
        self._costs: dict[int, Costs] = {}

    def tables(self, runs: Sequence[Run], question: TableQuestion) -> tuple[str, list[Found[Content] | None]]:
        """The key that is shown, and of each of these runs its table, None without one. Raises NotLogged."""
        key, keys = shared_key((self._keys[run.id] for run in runs), question.key)
        if not keys:
            have = "This run has" if len(runs) == 1 else "These runs have"
            raise NotLogged(f"{have} no {self.form.named} yet.", named=False)
        if question.key and question.key != key:
            raise unknown(self.form.named, question.key, keys, "key")
        known = self._read(key, question.step)
        tables = [known.get(run.id) for run in runs]
        if not any(tables):
            raise NotLogged(f"No {self.form.named} “{key}” of these runs stands at step {question.step:,}.", "step")
        return key, tables

    def _read(self, key: str, step: int | None) -> dict[int, Found[Content] | None]:
        known = self._tables.get((key, step))
        if known is not None:
            return known
        run_ids = [run_id for run_id in self.run_ids if key in self._keys[run_id]]
        if step is None:
            newest = newest_tables(self.form, run_ids, key)
            known = {run_id: of_run.get(key) for run_id, of_run in newest.items()}
        else:
            heads = steps_of_runs(self.form, run_ids, key)
            wanted = {run_id: [head for head in some if head.step == step] for run_id, some in heads.items()}
            stored = tables_of_runs(self.form, key, wanted)
            known = {run_id: next(iter(some), None) for run_id, some in stored.items()}
        self._tables[key, step] = known
        return known

    def directions(self, project: Project, metrics: Sequence[str]) -> Mapping[str, Direction]:
        place = (project.pk, tuple(metrics))
        if place not in self._directions:
            self._directions[place] = directions(project, metrics)
        return self._directions[place]

    def costs(self, project: Project) -> Costs:
        if project.pk not in self._costs:
            self._costs[project.pk] = costs_of(project.pk)
        return self._costs[project.pk]


def unknown(what: str, name: str, known: Collection[str], *options: str) -> NotLogged:
    """That there is none of this name, with the nearest names there are."""
    names = list(known)[:MAX_NEAR]
    near = get_close_matches(name[:100], names, n=2)
    listed = ", ".join(f"“{one}”" for one in names[:5])
    hint = f"did you mean {' or '.join(f'“{one}”' for one in near)}?" if near else f"there are {listed}."
    return NotLogged(f"There is no {what} “{name[:100]}” in these runs; {hint}", *options)
