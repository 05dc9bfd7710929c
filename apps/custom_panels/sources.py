"""The sources that a document declares in usermeta.paceline.sources: what each asks, read and checked. No database.

"sources": {"loss": {"kind": "history", "keys": ["${metric}"], "filter": "config.lr > 0.1", "fields": ["config.lr"]}}
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from apps.core.errors import Invalid
from apps.core.json_values import text_problem
from apps.custom_panels.aggregating import BIN, BIN_END, FIGURES, Aggregate, Bin, Figure
from apps.custom_panels.limits import (
    MAX_AGGREGATES,
    MAX_BINS,
    MAX_FIELDS,
    MAX_FILLED,
    MAX_KEYS,
    MAX_POINTS,
    MAX_SOURCES,
)
from apps.custom_panels.parameters import (
    NAME,
    OURS,
    Parameter,
    Value,
    filled,
    filled_filter,
    inside,
    parameters_of,
    unknown_places,
    values_of,
)
from apps.rendering.documents import Document
from apps.rendering.problems import Path, Problem
from apps.runs.filters import parse
from apps.runs.filters_syntax import Filter, FilterError

SOURCES: Path = (*OURS, "sources")
MAX_KEY_LENGTH = 250
LAST, ALL = "last", "all"  # steps of a class table or confusion matrix
_OF_RUN = ("run", "name", "color", "baseline")
COLUMNS: dict[str, tuple[str, ...]] = {
    "history": (*_OF_RUN, "key", "step", "time", "seconds", "value", "low", "high"),
    "runs": (*_OF_RUN, "state", "group", "created", "started", "finished", "seconds"),
    "config": (*_OF_RUN, "path", "value"),
    "class_table": (*_OF_RUN, "step", "class", "column", "value", "support", "delta"),
    "confusion": (*_OF_RUN, "step", "actual", "predicted", "count", "share_of_actual", "share_of_predicted"),
}
_OWN: dict[str, tuple[str, ...]] = {
    "history": ("keys", "points"),
    "runs": (),
    "config": (),
    "class_table": ("key", "step", "columns"),
    "confusion": ("key", "step"),
}
_EVERY = ("kind", "filter", "fields", "bin", "aggregate")


@dataclass(frozen=True)
class Source:
    """What one source asks. fields: columns to names of the filter language, as they were written.

    keys: metrics of a history; key, step, columns: of tables; points: a run and key, None where it is not said.
    """

    name: str
    kind: str
    filter: Filter
    fields: Mapping[str, str]
    keys: tuple[str, ...] = ()
    points: int | None = None
    key: str = ""
    step: int | str = LAST
    columns: tuple[str, ...] = ()
    bins: tuple[Bin, ...] = ()
    aggregate: Aggregate | None = None


class Declared(NamedTuple):
    """What a document declares. problems: everything that is wrong with it; sources are those that can be read."""

    sources: dict[str, Source]
    parameters: dict[str, Parameter]
    problems: list[Problem]


def sources_of(document: Document, given: Mapping[str, Any] | None = None) -> Declared:
    """The sources of a document. given: values of its parameters, their defaults where it is silent.

    Raises Invalid for values that cannot be taken; what is wrong with the document is among its problems.
    """
    parameters, problems = parameters_of(document)
    if problems:
        return Declared({}, parameters, problems)
    problems = unknown_places(document, parameters)
    values = values_of(parameters, given or {})
    declared = inside(document, SOURCES)
    if declared is None:
        return Declared({}, parameters, problems)
    if not isinstance(declared, dict):
        message = 'Sources are an object: {"loss": {"kind": "history", "keys": ["val/loss"]}}.'
        return Declared({}, parameters, [*problems, document.problem(SOURCES, message)])
    if len(declared) > MAX_SOURCES:
        message = f"A panel has at most {MAX_SOURCES} sources; {len(declared)} came."
        return Declared({}, parameters, [*problems, document.problem(SOURCES, message)])
    found: dict[str, Source] = {}
    for name, said in declared.items():
        reader = _Reader(document, name, said, values, parameters)
        source = reader.source()
        problems += reader.problems
        if source is not None and not reader.problems:
            found[name] = source
    return Declared(found, parameters, problems)


def columns_of(source: Source) -> list[str]:
    """The columns that the chart sees of a source."""
    if source.aggregate is None:
        return [
            *COLUMNS[source.kind],
            *source.fields,
            *(one.column + end for one in source.bins for end in (BIN, BIN_END)),
        ]
    ends = [name.removesuffix(BIN) + BIN_END for name in source.aggregate.by if name.endswith(BIN)]
    return list(dict.fromkeys([*source.aggregate.by, *ends, *source.aggregate.take]))


def filled_spec(document: Document, parameters: Mapping[str, Parameter], given: Mapping[str, Any]) -> dict[str, Any]:
    """The document with the values of its parameters: what Vega is given.

    Raises Invalid, also where long values at many places make too long a document.
    """
    whole: dict[str, Any] = filled(document.spec, values_of(parameters, given))
    size = len(json.dumps(whole)) if parameters else 0
    if size > MAX_FILLED:
        message = f"With these parameters the document has {size:,} bytes; at most {MAX_FILLED:,} are drawn."
        raise Invalid(message, fields={"parameters": f"{size:,} bytes"})
    return whole


class _Reader:
    """Reads one source; what is wrong gathers in problems."""

    def __init__(
        self,
        document: Document,
        name: str,
        said: Any,
        values: Mapping[str, Value],
        parameters: Mapping[str, Parameter],
    ) -> None:
        self.problems: list[Problem] = []
        self._document = document
        self._name = name
        self._path = (*SOURCES, name)
        self._said = said
        self._values = values
        self._parameters = parameters

    def source(self) -> Source | None:
        if not NAME.fullmatch(self._name):
            message = "A source's name has letters, digits and _ and begins with no digit, at most 40 characters."
            self._wrong((), message, at_name=True)
            return None
        if not isinstance(self._said, dict):
            self._wrong((), 'A source is an object: {"kind": "runs"}.')
            return None
        kind = self._said.get("kind")
        if not isinstance(kind, str) or kind not in COLUMNS:
            self._wrong(("kind",), f"A source's kind is one of {', '.join(COLUMNS)}.")
            return None
        known = (*_EVERY, *_OWN[kind])
        for name in self._said:
            if name not in known:
                message = f'A source of the kind {kind} has {", ".join(known)}; "{name[:60]}" is none of them.'
                self._wrong((name,), message, at_name=True)
        fields = self._fields(COLUMNS[kind])
        columns = [*COLUMNS[kind], *fields]
        bins = self._bins(columns)
        columns += [one.column + end for one in bins for end in (BIN, BIN_END)]
        needs_keys, has_key = kind == "history", "key" in _OWN[kind]
        return Source(
            name=self._name,
            kind=kind,
            filter=self._filter(),
            fields=fields,
            keys=self._texts("keys", MAX_KEYS, MAX_KEY_LENGTH, needed=True) if needs_keys else (),
            points=self._whole("points", 2, MAX_POINTS) if needs_keys else None,
            key=self._key() if has_key else "",
            step=self._step() if has_key else LAST,
            columns=self._texts("columns", MAX_KEYS, MAX_KEY_LENGTH) if kind == "class_table" else (),
            bins=bins,
            aggregate=self._aggregate(columns),
        )

    def _wrong(self, path: Path, message: str, *, at_name: bool = False) -> None:
        self.problems.append(self._document.problem((*self._path, *path), message, at_name=at_name))

    def _filled(self, name: str) -> Any:
        return filled(self._said.get(name), self._values)

    def _filter(self) -> Filter:
        said = self._said.get("filter", "")
        if not isinstance(said, str):
            self._wrong(("filter",), 'A filter is a text: "config.lr > 0.1".')
            return Filter("", None)
        try:
            return parse(filled_filter(said, self._values, self._parameters))
        except FilterError as error:
            self._wrong_filter(("filter",), said, error)
            return Filter("", None)

    def _wrong_filter(self, path: Path, said: str, error: FilterError) -> None:
        """A problem at the place in the text, where that is what was typed letter by letter."""
        problem = self._document.problem((*self._path, *path), f"Column {error.column} of it: {error.problem}")
        if not any(mark in said for mark in ('"', "\\", "${")) and said.isprintable():
            problem = problem._replace(column=problem.column + error.column, message=error.problem)
        self.problems.append(problem)

    def _fields(self, taken: tuple[str, ...]) -> dict[str, str]:
        said = self._filled("fields")
        if said is None:
            return {}
        if isinstance(said, list):
            pairs = [(one, one, place) for place, one in enumerate(said)]
        elif isinstance(said, dict):
            pairs = [(name, one, name) for name, one in said.items()]
        else:
            self._wrong(("fields",), 'Fields are a list of names, ["config.lr"], or an object, {"lr": "config.lr"}.')
            return {}
        if len(pairs) > MAX_FIELDS:
            self._wrong(("fields",), f"A source has at most {MAX_FIELDS} fields; {len(pairs)} came.")
            return {}
        found: dict[str, str] = {}
        for column, name, place in pairs:
            if not isinstance(name, str) or not 1 <= len(name) <= 500 or text_problem(name):
                self._wrong(("fields", place), 'A field is a name as in filters: "config.lr".')
            elif column in taken:
                self._wrong(("fields", place), f'"{column}" is a column of every row already; call it something else.')
            elif not 1 <= len(column) <= 500 or text_problem(column):
                self._wrong(("fields", place), "A column's name has 1..500 characters.")
            else:
                found[column] = name
        return found

    def _texts(self, name: str, most: int, longest: int, *, needed: bool = False) -> tuple[str, ...]:
        said = self._filled(name)
        if said is None and not needed:
            return ()
        texts = [said] if isinstance(said, str) else said
        if not isinstance(texts, list) or not 1 <= len(texts) <= most:
            self._wrong((name,), f'"{name}" is a list of 1..{most} names.')
            return ()
        for place, one in enumerate(texts):
            if not isinstance(one, str) or not 1 <= len(one) <= longest or text_problem(one):
                self._wrong((name, place), f"A name is a text of 1..{longest} characters.")
                return ()
        return tuple(dict.fromkeys(texts))

    def _whole(self, name: str, least: int, most: int) -> int | None:
        said = self._filled(name)
        if said is None:
            return None
        if isinstance(said, bool) or not isinstance(said, int) or not least <= said <= most:
            self._wrong((name,), f'"{name}" is a whole number of {least:,}..{most:,}; {_shown(said)} came.')
            return None
        return said

    def _key(self) -> str:
        said = self._filled("key")
        if not isinstance(said, str) or not 1 <= len(said) <= MAX_KEY_LENGTH or text_problem(said):
            self._wrong(("key",), 'A table has a key: "key": "val".')
            return ""
        return said

    def _step(self) -> int | str:
        said = self._filled("step")
        if said is None or said in (LAST, ALL):
            return said or LAST
        if isinstance(said, bool) or not isinstance(said, int) or not -(2**63) <= said < 2**63:
            self._wrong(("step",), f'A step is a whole number, "{LAST}" or "{ALL}"; {_shown(said)} came.')
            return LAST
        return said

    def _bins(self, columns: list[str]) -> tuple[Bin, ...]:
        said = self._filled("bin")
        if said is None:
            return ()
        several = isinstance(said, list)
        found = []
        for place, one in enumerate(said if several else [said]):
            path: Path = ("bin", place) if several else ("bin",)
            if not isinstance(one, dict) or not {"column", "into"} <= one.keys() <= {"column", "into", "log"}:
                self._wrong(path, 'A bin is {"column": "value", "into": 50}, with "log": true for bins of one ratio.')
                continue
            into, log = one["into"], one.get("log", False)
            if one["column"] not in columns:
                self._wrong((*path, "column"), self._unknown(one["column"], columns))
            elif isinstance(into, bool) or not isinstance(into, int) or not 1 <= into <= MAX_BINS:
                self._wrong((*path, "into"), f"Rows are put into 1..{MAX_BINS:,} bins; {_shown(into)} came.")
            elif not isinstance(log, bool):
                self._wrong((*path, "log"), '"log" is true or false.')
            else:
                found.append(Bin(one["column"], into, log))
        return tuple(found)

    def _aggregate(self, columns: list[str]) -> Aggregate | None:
        said = self._filled("aggregate")
        if said is None:
            return None
        by = said.get("by", []) if isinstance(said, dict) else None
        take = said.get("take") if isinstance(said, dict) else None
        by = [by] if isinstance(by, str) else by
        if not isinstance(by, list) or not isinstance(take, dict) or not said.keys() <= {"by", "take"}:
            self._wrong(("aggregate",), 'Aggregate as {"by": ["step"], "take": {"mean": "mean:value"}}.')
            return None
        if len(by) > MAX_AGGREGATES or not 1 <= len(take) <= MAX_AGGREGATES:
            message = f"Rows are aggregated by at most {MAX_AGGREGATES} columns, with 1..{MAX_AGGREGATES} figures."
            self._wrong(("aggregate",), message)
            return None
        for place, name in enumerate(by):
            if name not in columns:
                self._wrong(("aggregate", "by", place), self._unknown(name, columns))
        figures = {}
        for name, text in take.items():
            figure = self._figure(name, text, columns)
            if name in by or (name.endswith(BIN_END) and name.removesuffix(BIN_END) + BIN in by):
                self._wrong(("aggregate", "take", name), f'"{name}" is a column that rows are aggregated by.')
            elif figure is not None:
                figures[name] = figure
        return Aggregate(tuple(dict.fromkeys(map(str, by))), figures)

    def _figure(self, name: str, text: Any, columns: list[str]) -> Figure | None:
        """One of "mean:value", "quantile:0.9:value", "count"; without a column it is of `value`."""
        how, _, rest = text.partition(":") if isinstance(text, str) else ("", "", "")
        path: Path = ("aggregate", "take", name)
        if how not in FIGURES:
            self._wrong(path, f'A figure is one of {", ".join(FIGURES)} and a column: "mean:value".')
            return None
        share = 0.5
        if how == "quantile":
            number, _, rest = rest.partition(":")
            share = _share(number)
            if not 0 <= share <= 1:
                self._wrong(path, 'A quantile has a share of 0..1 and a column: "quantile:0.9:value".')
                return None
        column = rest or ("" if how == "count" else "value")
        if column and column not in columns:
            self._wrong(path, self._unknown(column, columns))
            return None
        return Figure(how, column, share)

    @staticmethod
    def _unknown(name: Any, columns: list[str]) -> str:
        return f"There is no column {_shown(name)}; there are {', '.join(columns)}."[:600]


def _shown(value: Any) -> str:
    return f'"{value[:60]}"' if isinstance(value, str) else repr(value)[:60]


def _share(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return -1.0
