"""The ```panel blocks of a report: YAML that says what a panel draws of which runs."""

from typing import Any

import yaml

from apps.reports.block_fields import BlockProblem, Fields, composed, near, short
from apps.reports.kinds.kind import MAX_RUNS, Kind, PanelBlock, RunFilter
from apps.reports.kinds.known import KINDS
from apps.runs.filters import parse
from apps.runs.filters_syntax import FilterError

COMMON = ("kind", "runs", "title", "height")  # options of every kind
FILTERS = ("id", "ids", "name", "names", "group", "groups", "tag", "tags", "filter")

MAX_PATTERNS = 100
MAX_TITLE_LENGTH = 200
HEIGHTS = (80, 1_200)  # CSS pixels


def panel_block(text: str, line: int) -> PanelBlock:
    """The block in the YAML text. line: of the text's first line in the report, from 1. Raises BlockProblem."""
    fields = Fields(composed(text, line), line)
    kind = _kind(fields)
    options = kind.read(fields)
    run_ids, filters = _runs(fields)
    return PanelBlock(
        kind=kind,
        options=options,
        line=line - 1,
        runs_line=fields.line_of("runs"),
        run_ids=run_ids,
        filters=filters,
        chosen="runs" in fields,
        baseline=_baseline(fields) if kind.compares else None,
        title=fields.text("title", most=MAX_TITLE_LENGTH),
        height=fields.whole("height", *HEIGHTS, unit="px"),
        notes=_notes(fields, kind),
    )


def _kind(fields: Fields) -> Kind[Any]:
    if "kind" not in fields:
        raise BlockProblem("The block does not say its “kind”. Add “kind: line”.", fields.line(fields.root))
    name = fields.text("kind", most=10**6)
    if name not in KINDS:
        raise BlockProblem(
            f"There is no panel kind “{short(name)}”; the kinds are: {', '.join(KINDS)}.",
            fields.line(fields.entries["kind"][1]),
        )
    return KINDS[name]


def _notes(fields: Fields, kind: Kind[Any]) -> tuple[str, ...]:
    """What no option of the kind is."""
    known = (*COMMON, *(("baseline",) if kind.compares else ()), *kind.options)
    return tuple(
        f"Line {fields.line_of(name)}: “{name}” is no option of a {kind.name} panel{near(name, known)}"
        for name in fields.entries
        if name not in known
    )


def _baseline(fields: Fields) -> int | None:
    return fields.run_id(fields.entries["baseline"][1]) if "baseline" in fields else None


def _runs(fields: Fields) -> tuple[tuple[int, ...], tuple[RunFilter, ...]]:
    """The ids and filters of `runs`; without it, the filter that fits every run."""
    if "runs" not in fields:
        return (), (RunFilter(),)
    run_ids: dict[int, None] = {}
    filters: dict[RunFilter, None] = {}
    for item in fields.items(fields.entries["runs"][1]):
        if isinstance(item, yaml.MappingNode):
            listed, wanted = _filter(item, fields.first)
            run_ids.update(dict.fromkeys(listed))
            if wanted is not None:
                filters[wanted] = None
        else:
            run_ids[fields.run_id(item)] = None
    line = fields.line_of("runs")
    if not run_ids and not filters:
        raise BlockProblem('“runs” is empty. Name run ids, or a filter such as “{name: "mlp*"}”.', line)
    if len(run_ids) > MAX_RUNS:
        raise BlockProblem(f"“runs” names {len(run_ids):,} runs; a panel draws at most {MAX_RUNS:,}.", line)
    if len(filters) > MAX_PATTERNS:
        raise BlockProblem(f"“runs” has {len(filters):,} filters; at most {MAX_PATTERNS} are read.", line)
    return tuple(run_ids), tuple(filters)


def _filter(node: yaml.MappingNode, first: int) -> tuple[list[int], RunFilter | None]:
    """The run ids that a filter lists, and the rest of it."""
    fields = Fields(node, first)
    texts: dict[str, list[str]] = {"name": [], "group": [], "tag": [], "filter": []}
    run_ids: list[int] = []
    for name, (_, value_node) in fields.entries.items():
        if name not in FILTERS:
            raise BlockProblem(f"Runs cannot be chosen by “{short(name)}”{near(name, FILTERS)}.", fields.line_of(name))
        if name in ("id", "ids"):
            run_ids += [fields.run_id(item) for item in fields.items(value_node)]
        else:
            texts[name.removesuffix("s")] += fields.patterns(name)
    for expression in texts["filter"]:
        try:
            parse(expression)
        except FilterError as error:
            raise BlockProblem(f"“filter”: {error.message}", fields.line_of("filter")) from error
    if (count := sum(map(len, texts.values()))) > MAX_PATTERNS:
        raise BlockProblem(f"A filter has {count} patterns; at most {MAX_PATTERNS} are read.", fields.line(node))
    if not any(texts.values()):
        return run_ids, None
    return run_ids, RunFilter(*(tuple(texts[name]) for name in ("name", "group", "tag", "filter")))
