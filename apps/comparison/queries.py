"""What is different between runs: the one comparison that the page, the API and reports show."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from apps.artifacts.models import RunFile
from apps.comparison import facts
from apps.comparison.arguments import arguments
from apps.comparison.errors import MAX_COMPARED, TooManyCompared
from apps.comparison.ignoring import ignores
from apps.comparison.models import IgnoredKey
from apps.comparison.sections import MAX_NAMES, Cell, Ignores, Row, Section, cell, judged, section, sorted_out
from apps.comparison.trees import MISSING, flattened
from apps.history.queries import Head, heads
from apps.runs.code_facts import code, commit_url, range_url, untracked
from apps.runs.directions import Direction
from apps.runs.directions_known import directions
from apps.runs.models import Project, Run

DIFF_PATH = "code/diff.patch"  # of the run file that holds the uncommitted diff
MACHINE = ("system/", "sys/")  # metrics of the machine have a section of their own
Figure = Literal["best", "last", "min", "max"]
FIGURES: tuple[Figure, ...] = ("best", "last", "min", "max")


@dataclass(frozen=True)
class Comparison:
    """Runs, and by sections what differs between them. base: the run that the others are compared with.

    patterns: the ignore list that was used; heads: of the runs' metrics, for whoever draws charts too.
    """

    runs: list[Run]
    base: Run
    figure: Figure
    sections: list[Section]
    patterns: list[str]
    heads: Mapping[int, Mapping[str, Head]]

    @property
    def differ(self) -> int:
        return sum(len(one.rows) for one in self.sections)

    @property
    def equal(self) -> int:
        return sum(len(one.equal) for one in self.sections)

    @property
    def ignored(self) -> int:
        return sum(len(one.ignored) for one in self.sections)

    @property
    def identical(self) -> bool:
        """Whether the runs agree in everything; a run agrees with itself."""
        return not (self.differ or self.ignored or any(one.left_out for one in self.sections))


def comparison(
    project: Project, runs: Sequence[Run], *, base: Run | None = None, figure: Figure = "best"
) -> Comparison:
    """Compare runs with a baseline, the first one unless another is named: six queries, however many runs.

    project: whose ignore list and metric directions count. runs: at least one, whole, each once, in the order wanted.
    Raises TooManyCompared.
    """
    if len(runs) > MAX_COMPARED:
        raise TooManyCompared(len(runs))
    base = base or runs[0]
    place = next(place for place, run in enumerate(runs) if run.id == base.id)
    patterns = list(IgnoredKey.objects.filter(project=project).order_by("pattern").values_list("pattern", flat=True))
    hidden = ignores(patterns)
    found = heads([run.id for run in runs])

    def of(name: str, title: str, read: Callable[[Any], dict[str, Any]], **how: bool) -> Section:
        documents = [read(run.config if name == "config" else run.provenance) for run in runs]
        return section(name, title, documents, place, hidden, **how)

    sections = [
        of("config", "Config", flattened, numbers=True),
        of("command", "Command", arguments, as_written=True),
        _code(runs, place, hidden),
        of("data", "Data", facts.data),
        of("environment", "Environment", facts.environment),
        of("packages", "Packages", facts.packages),
        of("hardware", "Hardware", facts.hardware, numbers=True),
        _summary(project, runs, place, hidden),
        *_metrics(project, runs, found, place, figure, hidden),
    ]
    return Comparison(list(runs), base, figure, sections, patterns, found)


def _code(runs: Sequence[Run], base: int, hidden: Ignores) -> Section:
    """Commit, branch, remote and what was not committed: one query for the diffs' digests."""
    known = [code(run.provenance) for run in runs]
    digests = diff_digests(runs)
    commits, changes = [], []
    for run, facts_ in zip(runs, known, strict=True):
        first = known[base]
        apart = facts_.commit != first.commit and facts_.remote == first.remote
        url = range_url(first.remote, first.commit, facts_.commit) if apart else ""
        commits.append((facts_.commit, url or commit_url(facts_.remote, facts_.commit)))
        digest = digests.get(run.id)
        nothing = "none" if facts_.commit and facts_.dirty is False else "not kept" if facts_.dirty else ""
        changes.append((f"diff {digest[:10]}" if digest else nothing, ""))
    rows = [
        _row("commit", commits, base),
        _row("uncommitted changes", changes, base),
        _row("untracked files", [(_listed(run), "") for run in runs], base),
        _row("branch", [(one.branch, "") for one in known], base),
        _row("remote", [(one.remote, "") for one in known], base),
    ]
    kept = [row for row in rows if not all(one.missing for one in row.cells)]
    return sorted_out(Section("code", "Code"), kept, hidden)


def diff_digests(runs: Sequence[Run]) -> dict[int, str]:
    """Run ids to the SHA-256 of their uncommitted diff, for runs that have one: one query."""
    files = RunFile.objects.filter(run__in=runs, path=DIFF_PATH, deleted_at=None)
    return dict(files.order_by("run_id").values_list("run_id", "blob__sha256"))


def _row(name: str, values: Sequence[tuple[Any, str]], base: int) -> Row:
    """A row of the code section. values: with an address each; "" is missing."""
    shown = [(MISSING if value in ("", []) else value, url) for value, url in values]
    return Row(name, f"code.{name}", [cell(value, shown[base][0], url=url) for value, url in shown])


def _listed(run: Run) -> list[str]:
    names, more = untracked(run.provenance)
    return [*names, f"and {more} more"] if more else names


def _summary(project: Project, runs: Sequence[Run], base: int, hidden: Ignores) -> Section:
    documents = [flattened(run.summary) for run in runs]
    known = directions(project, list(dict.fromkeys(name for one in documents for name in one))[:MAX_NAMES])
    found = Section("summary", "Summary", left_out=len({name for one in documents for name in one}) - len(known))
    rows = []
    for name in known:
        values = [document.get(name, MISSING) for document in documents]
        cells = [judged(value, values[base], known[name]) for value in values]
        rows.append(Row(name, f"summary.{name}", cells, direction=known[name]))
    return sorted_out(found, sorted(rows, key=lambda row: row.name.lower()), hidden)


def _metrics(
    project: Project,
    runs: Sequence[Run],
    found: Mapping[int, Mapping[str, Head]],
    base: int,
    figure: Figure,
    hidden: Ignores,
) -> list[Section]:
    """What was logged over steps, and what the machine did meanwhile: one query for the directions."""
    names = sorted({name for of_run in found.values() for name in of_run}, key=lambda name: (name.lower(), name))
    known = directions(project, names[:MAX_NAMES])
    rows = []
    for name in names[:MAX_NAMES]:
        shown = _figure(figure, known[name])
        metrics = [found.get(run.id, {}).get(name) for run in runs]
        values = [MISSING if head is None else getattr(head, shown) for head in metrics]
        cells: list[Cell] = [
            judged(value, values[base], known[name], head.nan + head.pinf + head.ninf if head else 0)
            for value, head in zip(values, metrics, strict=True)
        ]
        rows.append(Row(name, f"metrics.{name}", cells, shown, known[name]))
    learned = [row for row in rows if not row.name.startswith(MACHINE)]
    machine = [row for row in rows if row.name.startswith(MACHINE)]
    metrics_section = Section("metrics", "Metrics", left_out=len(names) - len(rows))
    return [
        sorted_out(metrics_section, learned, hidden),
        sorted_out(Section("system", "System metrics"), machine, hidden),
    ]


def _figure(figure: Figure, direction: Direction) -> str:
    """The figure of a metric that answers to a name; its best is its last where nobody knows which end is good."""
    if figure != "best":
        return figure
    return {Direction.MIN: "min", Direction.MAX: "max", Direction.UNKNOWN: "last"}[direction]
