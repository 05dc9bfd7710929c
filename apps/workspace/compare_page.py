"""The compare page's shape: its columns and where their controls lead, its sections cut to what a page can hold."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import QueryDict

from apps.comparison.queries import FIGURES, Comparison
from apps.comparison.sections import Section
from apps.comparison.shown import ShownRow, shown_equal, shown_rows
from apps.core.links import link
from apps.runs.models import Run

FOLDED = ("system",)  # sections whose rows are shown when asked for


@dataclass(frozen=True)
class Head:
    """One run's column. base_url, remove_url: of the page with it as the baseline, and without it.

    code_query: of the page of how its code differs from the baseline's, "" for the baseline.
    """

    run: Run
    slot: int
    is_base: bool
    base_url: str
    remove_url: str
    code_query: str


@dataclass(frozen=True)
class ShownSection:
    """A section as the page shows it. equal: names with the value that all have.

    show_url: of the page with its rows, "" when they are shown.
    """

    section: Section
    rows: list[ShownRow]
    equal: list[tuple[str, str]]
    show_url: str
    equal_open: bool

    @property
    def more(self) -> int:
        """Rows that differ and are not listed."""
        return len(self.section.rows) - len(self.rows)

    @property
    def more_equal(self) -> int:
        return len(self.section.equal) - len(self.equal)


def heads(found: Comparison, params: QueryDict, slots: Mapping[int, int]) -> list[Head]:
    """The columns in the order of the URL."""
    shown = [run.slug for run in found.runs]
    return [
        Head(
            run,
            slots[run.id],
            run.id == found.base.id,
            link(params, base=run.slug),
            link(params, run=[one for one in shown if one != run.slug], base=_other_base(found, run)),
            f"?run={found.base.slug}&run={run.slug}" if run.id != found.base.id else "",
        )
        for run in found.runs
    ]


def _other_base(found: Comparison, without: Run) -> str:
    """The baseline of the page without a run: the same one, or the first that is left."""
    return "" if without.id == found.base.id else found.base.slug


def swap_url(found: Comparison, params: QueryDict) -> str:
    """The page of two runs with the other one first, and as the baseline; "" of more runs."""
    if len(found.runs) != 2:
        return ""
    return link(params, run=[run.slug for run in reversed(found.runs)], base="")


def figure_urls(params: QueryDict) -> list[tuple[str, str]]:
    """The figures a metric can be shown by, with the page of each."""
    return [(one, link(params, value=one if one != FIGURES[0] else "")) for one in FIGURES]


def shown_sections(found: Comparison, params: QueryDict) -> list[ShownSection]:
    """The sections in which any run has something."""
    base = found.runs.index(found.base)
    shown, opened = params.getlist("show"), params.getlist("equal")
    return [
        ShownSection(
            one,
            [] if (folded := one.name in FOLDED and one.name not in shown) else shown_rows(one, base),
            shown_equal(one),
            link(params, show=[*shown, one.name]) if folded else "",
            one.name in opened or "all" in opened,
        )
        for one in found.sections
        if not one.empty
    ]
