"""What the run table shows, to and from the page's URL. Everything it shows is in the URL; defaults are left out."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict

from apps.runs.models import State

PAGE_LENGTHS = (25, 50, 100, 200, 500)
USUAL_LENGTH = 50
MAX_PLOTS, MAX_PLOT = 8, 2_000  # plots, and characters of one
MIN_WIDTH, MAX_WIDTH = 48, 800  # px of a column
FRESH = "fresh"  # in the URL of a table that shows nothing but defaults: without it the remembered table would be shown
ARCHIVED = "archived"  # among the states one chooses from; not a state of a run


@dataclass(frozen=True)
class TableState:
    """What a URL says of a table.

    columns: as they are written, None for those that fit the runs; pins: those of them that stay while one scrolls.
    widths: px by column. base: the slug of the baseline run. groups: names that runs are grouped by; opened: filters
    of the groups whose runs are listed. plots: over its runs, as the page's plot-state.js writes them. view: the id of
    the saved view it began with.
    """

    filter: str = ""
    states: tuple[str, ...] = ()
    archived: bool = False
    sorts: tuple[str, ...] = ()
    columns: tuple[str, ...] | None = None
    pins: tuple[str, ...] = ()
    widths: Mapping[str, int] = field(default_factory=dict)
    base: str = ""
    groups: tuple[str, ...] = ()
    opened: tuple[str, ...] = ()
    plots: tuple[str, ...] = ()
    length: int = USUAL_LENGTH
    cursor: str = ""
    view: str = ""

    @property
    def filtered(self) -> bool:
        return bool(self.filter or self.states)

    def but(self, **changes: Any) -> "TableState":
        """The same with some changes; what changes which runs are listed, or their order, begins at the first page."""
        restart: dict[str, Any] = (
            {}
            if changes.keys() <= {"columns", "pins", "widths", "base", "cursor", "view", "opened", "plots"}
            else {"cursor": ""}
        )
        return replace(self, **restart, **changes)

    def query(self, **changes: Any) -> str:
        """The URL's query of the table with some changes."""
        return "?" + (urlencode(self.params(**changes)) or f"{FRESH}=1")

    def params(self, **changes: Any) -> list[tuple[str, str]]:
        """The same as names and values."""
        return _params(self.but(**changes) if changes else self)

    def look(self) -> str:
        """The query of how the table looks, at its first page: what is remembered and saved."""
        return urlencode(_params(replace(self, cursor="", view="")))


def read_state(params: QueryDict) -> TableState:
    """The state of a URL. What it cannot mean is left out, what filters and names say is read later."""
    length = params.get("rows", "")
    columns = tuple(dict.fromkeys(params.getlist("col")))
    return TableState(
        filter=params.get("filter", "").strip(),
        states=tuple(dict.fromkeys(one for one in params.getlist("state") if one in State.values)),
        archived=params.get("archived") == "1" or ARCHIVED in params.getlist("state"),
        sorts=tuple(dict.fromkeys(one for one in params.getlist("sort") if one)),
        columns=columns or None,
        pins=tuple(one for one in dict.fromkeys(params.getlist("pin")) if one in columns),
        widths=dict(_widths(params.getlist("w"))),
        base=params.get("base", ""),
        groups=tuple(dict.fromkeys(one for one in params.getlist("group") if one)),
        opened=tuple(dict.fromkeys(params.getlist("open"))),
        plots=tuple(one for one in params.getlist("plot") if 0 < len(one) <= MAX_PLOT)[:MAX_PLOTS],
        length=int(length) if length in map(str, PAGE_LENGTHS) else USUAL_LENGTH,
        cursor=params.get("cursor", ""),
        view=params.get("view", ""),
    )


def _widths(texts: list[str]) -> list[tuple[str, int]]:
    found = []
    for text in texts:
        width, _, column = text.partition(":")
        if width.isascii() and width.isdigit() and len(width) < 5:
            found.append((column, min(MAX_WIDTH, max(MIN_WIDTH, int(width)))))
    return found


def _params(state: TableState) -> list[tuple[str, str]]:
    found = [("filter", state.filter)] if state.filter else []
    found += [("state", one) for one in state.states]
    found += [("archived", "1")] if state.archived else []
    found += [("sort", one) for one in state.sorts]
    found += [("col", one) for one in state.columns or ()]
    found += [("pin", one) for one in state.pins]
    found += [("w", f"{width}:{column}") for column, width in state.widths.items()]
    found += [("base", state.base)] if state.base else []
    found += [("group", one) for one in state.groups]
    found += [("open", one) for one in state.opened]
    found += [("plot", one) for one in state.plots]
    found += [("rows", str(state.length))] if state.length != USUAL_LENGTH else []
    found += [("view", state.view)] if state.view else []
    found += [("cursor", state.cursor)] if state.cursor else []
    return found
