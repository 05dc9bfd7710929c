"""Confusion matrices as pages list them: the mistakes of runs beside each other, and what they cost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.http import QueryDict
from django.urls import reverse
from django.utils.http import urlencode

from apps.core.links import link
from apps.core.templatetags.figures import figure, signed
from apps.evaluation.class_page import MAX_SEARCH, Choice, ShownCell
from apps.evaluation.confusion_words import mistake_cells, percent, points, words
from apps.evaluation.picture_links import picture_query
from apps.runs.models import Project, Run
from apps.tables.comparing import shared_key
from apps.tables.confusions import NORMS, ORDERS, Aligned, ConfusionRow, risen, searched
from apps.tables.cost_queries import costs_of
from apps.tables.costs import Costs, expected_cost
from apps.tables.forms import CONFUSION
from apps.tables.matrices import Matrix
from apps.tables.queries import Found, keys_of, newest_tables

ROWS = 40  # mistakes listed at first
MOST_ROWS = 1_000
MOST_TAKEN = 50_000  # of a CSV file
FLAGS = 3
NORM_TITLES = {
    "row": "Share of the examples of the actual class",
    "counts": "How many examples",
    "column": "Share of the examples taken for the class",
    "all": "Share of all examples",
}
ORDER_TITLES = {
    "worst": "What rose most against the baseline first",
    "most": "The most frequent first",
    "best": "What fell most first",
    "name": "In the order of the classes",
}


class Confusions(NamedTuple):
    """What is compared: one matrix of each run, None without one, on one axis. costs: of an example, by run."""

    key: str
    keys: list[str]
    tables: list[Found[Matrix] | None]
    aligned: Aligned
    costs: list[float | None]


class ShownMistake(NamedTuple):
    """A pair of classes as it is written."""

    actual: str
    predicted: str
    cells: list[ShownCell]


@dataclass(frozen=True)
class Rise:
    """A mistake that rose: "8 taken for 3: 21.8 %, +17.7 % in mlp-4 against mlp-3"."""

    actual: str
    predicted: str
    share: str
    delta: str
    words: str
    run: Run
    base: Run


@dataclass(frozen=True)
class ShownConfusions:
    """The mistakes of some runs. rows: those listed, matching: how many kinds there are of them.

    steps: the step of each run's matrix, "" without one. classes: how many there are. picture: the query of its
    picture.
    """

    key: str
    norm: str
    classes: int
    rows: list[ShownMistake]
    matching: int
    costs: list[ShownCell]
    keys: list[Choice]
    norms: list[tuple[Choice, str]]
    orders: list[tuple[Choice, str]]
    steps: list[str]
    rises: list[Rise]
    search: str
    all_url: str
    picture: str

    @property
    def more(self) -> int:
        return self.matching - len(self.rows)

    @property
    def most(self) -> bool:
        """Whether as many are listed as a page can hold."""
        return len(self.rows) >= MOST_ROWS


def compared_confusions(
    project: Project, runs: Sequence[Run], base: Run, asked: str = "", at: Mapping[int, Found[Matrix]] | None = None
) -> Confusions | None:
    """The newest confusion matrices of runs beside each other, of the key that is asked for; None when no run has any.

    at: matrices of some runs that are taken instead. Three queries, for two runs as for fifty.
    """
    run_ids = [run.id for run in runs]
    listed = keys_of(CONFUSION, run_ids)
    key, keys = shared_key(([one.key for one in of_run] for of_run in listed.values()), asked)
    if not keys:
        return None
    newest = newest_tables(CONFUSION, run_ids, key)
    tables = [(at or {}).get(run.id) or newest[run.id].get(key) for run in runs]
    return confusions_beside(tables, runs.index(base), costs_of(project.pk), key=key, keys=keys)


def confusions_beside(
    tables: list[Found[Matrix] | None], base: int, costs: Costs, *, key: str, keys: Sequence[str] = ()
) -> Confusions:
    """Matrices on one axis, and what they cost. base: the place of the baseline's."""
    logged = [found and found.table for found in tables]
    each = [None if one is None else expected_cost(one, costs) for one in logged]
    return Confusions(key, list(keys), tables, Aligned(logged, base), each)


def shown_confusions(
    found: Confusions, runs: Sequence[Run], base: Run, params: QueryDict, *, here: str = "", rows: int | None = None
) -> ShownConfusions:
    """The list of mistakes, what they cost, and its controls. here: what its links lead to; rows: listed at first."""
    norm, order = one_of(NORMS, params.get("norm", "")), one_of(ORDERS, params.get("confusion_order", ""))
    search = params.get("confusion", "")[:MAX_SEARCH]
    cells = found.aligned.mistakes(searched(found.aligned.classes, search))
    most = MOST_ROWS if params.get("confusions") == "all" else rows or ROWS
    several = sum(one is not None for one in found.tables) > 1
    listed = found.aligned.rows(found.aligned.ranked(cells, norm, order, most), norm)
    orders = [name for name in ORDERS if several or name in ("most", "name")]
    shown_order = order if order in orders else orders[0]
    return ShownConfusions(
        found.key,
        norm,
        len(found.aligned.classes),
        [ShownMistake(row.actual, row.predicted, mistake_cells(row, norm, found.aligned.base)) for row in listed],
        len(cells),
        cost_cells(found, runs.index(base)),
        [Choice(key, link(params, matrix=key, step="") + here, key == found.key) for key in found.keys],
        [
            (Choice(name, link(params, norm=name if name != NORMS[0] else "") + here, name == norm), NORM_TITLES[name])
            for name in NORMS
        ],
        [
            (
                Choice(
                    name, link(params, confusion_order=name if name != ORDERS[0] else "") + here, name == shown_order
                ),
                ORDER_TITLES[name],
            )
            for name in orders
        ],
        [f"step {one.head.step}" if one else "" for one in found.tables],
        rises_of(found, runs, base),
        search,
        link(params, confusions="all") + here,
        picture_query(
            runs,
            base,
            key=found.key,
            norm=norm if norm != NORMS[0] else "",
            difference="false" if params.get("as") == "own" else "",
        ),
    )


def all_mistakes(found: Confusions, params: Mapping[str, str]) -> list[ConfusionRow]:
    """The first MOST_TAKEN mistakes that a search does not leave out, in the order asked for."""
    cells = found.aligned.mistakes(searched(found.aligned.classes, params.get("confusion", "")[:MAX_SEARCH]))
    order = one_of(ORDERS, params.get("confusion_order", ""))
    return found.aligned.rows(found.aligned.ranked(cells, NORMS[0], order, MOST_TAKEN), NORMS[0])


def one_of(names: Sequence[str], asked: str) -> str:
    """The name asked for, else the first."""
    return asked if asked in names else names[0]


def cost_cells(found: Confusions, base: int) -> list[ShownCell]:
    """The expected cost of each run, with how far it is from the baseline's."""
    before = found.costs[base]
    cells = []
    for place, cost in enumerate(found.costs):
        delta = None if cost is None or before is None or place == base else cost - before
        verdict = "" if not delta else "worse" if delta > 0 else "better"
        cells.append(
            ShownCell(figure(cost, 4), signed(delta), verdict, "" if cost is None else str(cost), cost is None)
        )
    return cells


def rises_of(found: Confusions, runs: Sequence[Run], base: Run) -> list[Rise]:
    """The mistakes that rose most."""
    rises = []
    for place, row in risen(found.aligned, FLAGS):
        cell = row.cells[place]
        said = words(row, place, found.aligned.base)
        rises.append(Rise(row.actual, row.predicted, percent(cell.value), points(cell.delta), said, runs[place], base))
    return rises


class RunConfusions(NamedTuple):
    """What the overview of a run says: what an example costs, and the mistakes that rose beside the run before it."""

    key: str
    url: str
    cost: ShownCell
    rises: list[Rise]


def run_rises(run: Run, previous: Run | None) -> RunConfusions | None:
    """What the overview of a run says of its confusion matrix; None without one. Three queries."""
    runs = [previous, run] if previous else [run]
    found = compared_confusions(run.project, runs, runs[0])
    if found is None or found.tables[-1] is None:
        return None
    url = f"{reverse('run_confusion', args=[run.id])}?{urlencode({'matrix': found.key})}"
    return RunConfusions(found.key, url, cost_cells(found, 0)[-1], rises_of(found, runs, runs[0]))
