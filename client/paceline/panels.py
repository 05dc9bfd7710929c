"""Custom panels from a notebook: rows of the project's runs to draw from, and charts saved as living panels.

    chart = alt.Chart(paceline.history("val/loss")).mark_line().encode(x="step", y="value", color="name")
    paceline.save_panel(chart, "Validation loss")

The rows are drawn in the notebook now; in the panel the question stands in their place, and is asked again each time.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from paceline.connection import Failure
from paceline.frames import declared_source, frame_of, named_source, source_of
from paceline.server import Server
from paceline.settings import read_settings
from paceline.starting import project_address, unsaid

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
_TRANSFORMER = "paceline"


class PanelError(RuntimeError):
    """A panel that the server does not take, or rows that it does not give; the message says why."""


class _Place(NamedTuple):
    server: Server
    project: str  # team/project


def history(
    keys: str | Iterable[str],
    runs: Iterable[Any] | None = None,
    filter: str = "",
    *,
    fields: Any = None,
    points: int | None = None,
    project: str | None = None,
    url: str | None = None,
    api_key: str | None = None,
) -> Any:
    """The points of one metric or several, a row each: run, name, color, key, step, time, seconds, value, low, high.

    runs: only these, their ids or what paceline.init() gave; default: the newest of the project. filter: in the run
    table's language. fields: more columns, ["config.lr"] or {"lr": "config.lr"}. points: rows a run and key at most.
    A DataFrame of pandas or polars or a pyarrow Table, whichever is at hand. Raises PanelError.
    """
    asked = {"keys": [keys] if isinstance(keys, str) else list(keys), "points": points}
    return _rows("history", asked, runs, filter, fields, project, url, api_key)


def runs_table(
    filter: str = "",
    *,
    fields: Any = None,
    runs: Iterable[Any] | None = None,
    project: str | None = None,
    url: str | None = None,
    api_key: str | None = None,
) -> Any:
    """The runs, a row each: run, name, color, state, group, created, started, finished, seconds, and the fields.

    fields: {"lr": "config.lr", "accuracy": 'metric["val/accuracy"].best'}, or a list of names. Raises PanelError.
    """
    return _rows("runs", {}, runs, filter, fields, project, url, api_key)


def class_table(
    key: str,
    filter: str = "",
    *,
    step: int | str = "last",
    columns: Iterable[str] | None = None,
    fields: Any = None,
    runs: Iterable[Any] | None = None,
    project: str | None = None,
    url: str | None = None,
    api_key: str | None = None,
) -> Any:
    """The cells of runs' class tables, a row each: run, name, step, class, column, value, support, delta.

    step: "last", "all" or a number. columns: only these metrics. Raises PanelError.
    """
    asked = {"key": key, "step": step, "columns": list(columns) if columns is not None else None}
    return _rows("class_table", asked, runs, filter, fields, project, url, api_key)


def confusion_table(
    key: str,
    filter: str = "",
    *,
    step: int | str = "last",
    fields: Any = None,
    runs: Iterable[Any] | None = None,
    project: str | None = None,
    url: str | None = None,
    api_key: str | None = None,
) -> Any:
    """The cells of runs' confusion matrices, a row each: run, name, step, actual, predicted, count and its shares.

    Raises PanelError.
    """
    return _rows("confusion", {"key": key, "step": step}, runs, filter, fields, project, url, api_key)


def save_panel(
    chart: Any,
    name: str,
    project: str | None = None,
    note: str = "",
    *,
    sources: Mapping[str, Any] | None = None,
    shared: bool | None = None,
    url: str | None = None,
    api_key: str | None = None,
) -> str:
    """Save a chart as a panel of the project and give its address; the panel of this name gets a new version.

    chart: of Altair, a dict of Vega-Lite or Vega, or a JSON file. Rows that history() and its like gave are replaced by
    their question, so that the panel lives; other inline rows stay as they are. sources: what fills data that the chart
    only names, {"loss": {"kind": "history", "keys": ["val/loss"]}} or {"loss": paceline.history("val/loss")}. shared:
    False keeps a new panel one's own. Nothing new is saved when nothing changed. Raises PanelError and ValueError.
    """
    document = _document(chart, sources or {})
    place = _place(project, url, api_key)
    path = f"projects/{place.project}/panels/"
    try:
        found = place.server.get(f"{path}?name=", quoted=quote(name, safe=""))["panels"]
        if found:
            place.server.post(f"panels/{found[0]['id']}/versions/", {"document": document, "note": note})
            return str(found[0]["url"])
        more = {} if shared is None else {"shared": shared}
        return str(place.server.post(path, {"name": name, "document": document, "note": note, **more})["url"])
    except Failure as failure:
        raise _told(failure) from failure
    finally:
        place.server.close()


def _rows(
    kind: str,
    asked: Mapping[str, Any],
    runs: Iterable[Any] | None,
    filter: str,
    fields: Any,
    project: str | None,
    url: str | None,
    api_key: str | None,
) -> Any:
    """Ask the server, and keep what was asked beside the answer."""
    wanted = {**asked, "filter": _with_runs(filter, runs), "fields": fields}
    declared = {"kind": kind, **{name: value for name, value in wanted.items() if value not in (None, "", [], {})}}
    name = named_source(declared)
    empty = {"$schema": SCHEMA, "usermeta": {"paceline": {"sources": {name: declared}}}}
    document = json.dumps({**empty, "data": {"name": name}, "mark": "point"})
    place = _place(project, url, api_key)
    try:
        answer = place.server.post(f"projects/{place.project}/panel-data/", {"document": document})
    except Failure as failure:
        raise _told(failure) from failure
    finally:
        place.server.close()
    return frame_of(answer["sources"][name]["columns"], name)


def _with_runs(filter: str, runs: Iterable[Any] | None) -> str:
    if runs is None:
        return filter
    ids = [str(getattr(run, "server_id", run)) for run in ([runs] if isinstance(runs, str) else runs)]
    only = f"id in ({', '.join(json.dumps(one) for one in ids)},)"
    return f"({filter}) and {only}" if filter.strip() else only


def _place(project: str | None, url: str | None, api_key: str | None) -> _Place:
    """Where panels go. Raises PanelError when nobody said so."""
    settings = read_settings(url=url, api_key=api_key)
    team, slug = project_address(project, settings)
    missing = unsaid(settings, team)
    if missing:
        raise PanelError(f"{missing} missing: there is no server to ask.")
    return _Place(Server(settings.server, settings.api_key), f"{team}/{slug}")


def _told(failure: Failure) -> PanelError:
    more = [f"{field}: {what}" for field, what in failure.fields.items() if what not in failure.message]
    return PanelError("\n".join([failure.message, *more]))


# --- Charts ---


def _document(chart: Any, sources: Mapping[str, Any]) -> str:
    """The text that is saved. Raises ValueError."""
    typed = ""
    if isinstance(chart, (str, os.PathLike)):
        typed = _text_of(chart)
        try:
            spec = json.loads(typed)
        except ValueError as error:
            raise ValueError(f"{str(chart)[:80]} is no JSON: {error}") from error
    else:
        spec = _spec_of(chart)
    if not isinstance(spec, dict):
        raise ValueError("A chart is one object: a chart of Altair, a dict, or a JSON file.")
    before = json.dumps(spec)
    _bind(spec, sources)
    return typed if typed and json.dumps(spec) == before else json.dumps(spec, indent=2, ensure_ascii=False)


def _text_of(chart: str | os.PathLike[str]) -> str:
    if isinstance(chart, str) and chart.lstrip().startswith("{"):
        return chart
    return Path(chart).read_text(encoding="utf-8")


def _spec_of(chart: Any) -> Any:
    """The dict of a chart; rows that are an answer of the server are named in it, not written out."""
    if isinstance(chart, Mapping):
        return json.loads(json.dumps(chart))
    if not hasattr(chart, "to_dict"):
        raise ValueError(f"{type(chart).__name__} is no chart: give one of Altair, a dict, or a JSON file.")
    altair = sys.modules.get("altair")
    if altair is None or not type(chart).__module__.startswith("altair"):
        return chart.to_dict()

    def transformed(data: Any) -> Any:
        name = source_of(data)
        return {"name": name} if name else altair.to_values(data)

    altair.data_transformers.register(_TRANSFORMER, transformed)
    with altair.data_transformers.enable(_TRANSFORMER):
        return chart.to_dict()


def _bind(spec: dict[str, Any], sources: Mapping[str, Any]) -> None:
    """Declare the sources that a chart names. Raises ValueError for data that nothing fills, and for addresses."""
    given = {name: _declaration(name, source) for name, source in sources.items()}
    usermeta = _object(spec.get("usermeta"))
    ours = _object(usermeta.get("paceline"))
    declared = dict(ours.get("sources") or {})
    there = {*declared, *(spec.get("datasets") or {})}
    for data in _all_data(spec):
        if "url" in data:
            address = data["url"]
            raise ValueError(
                f"The chart loads {str(address)[:200]!r}; panels load nothing. Read the file here and draw its rows, "
                "alt.Chart(pandas.read_csv(…)), or log it and draw paceline.history(…)."
            )
        name = data.get("name")
        if not isinstance(name, str):
            continue
        if name in given:
            data.pop("values", None)
            declared[name] = given[name]
        elif declared_source(name) is not None and name not in there:
            data.pop("values", None)  # the rows of a notebook without a library of tables
            declared[name] = declared_source(name)
        elif "values" not in data and "source" not in data and "transform" not in data and name not in there:
            raise ValueError(
                f'The chart draws data named "{name}", which nothing fills. Say what does: '
                f'sources={{"{name}": {{"kind": "history", "keys": ["val/loss"]}}}}, or paceline.history("val/loss").'
            )
    unused = [name for name in given if name not in declared]
    if unused:
        raise ValueError(f"The chart has no data named {', '.join(map(repr, unused))}.")
    if declared:
        spec["usermeta"] = {**usermeta, "paceline": {**ours, "sources": declared}}


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _declaration(name: str, source: Any) -> dict[str, Any]:
    """A source as it is declared, from a dict or from rows that the server gave."""
    if isinstance(source, Mapping) and "kind" in source:
        return dict(source)
    known = source.get("name", "") if isinstance(source, Mapping) else source_of(source)
    declared = declared_source(known) if known else None
    if declared is None:
        raise ValueError(
            f'sources["{name}"] is no source: give {{"kind": "history", …}} or paceline.history(…) as it came.'
        )
    return declared


def _all_data(node: Any) -> Iterator[dict[str, Any]]:
    """Every object of a spec that says where rows come from, in Vega-Lite and in Vega."""
    if isinstance(node, list):
        for inner in node:
            yield from _all_data(inner)
    elif isinstance(node, dict):
        for name, inner in list(node.items()):
            if name in ("datasets", "usermeta", "values"):
                continue
            if name == "data" and isinstance(inner, dict):
                yield inner
            elif name == "data" and isinstance(inner, list):
                yield from (one for one in inner if isinstance(one, dict))
            else:
                yield from _all_data(inner)
