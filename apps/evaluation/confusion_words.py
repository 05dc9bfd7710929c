"""How often one class was taken for another, as pages write it."""

from apps.core.templatetags.figures import figure, grouped, signed
from apps.evaluation.class_page import ShownCell
from apps.tables.confusions import ConfusionCell, ConfusionRow


def percent(share: float | None) -> str:
    """A share in per cent, to a tenth, and small ones to two figures."""
    if share is None:
        return "–"
    value = share * 100
    return f"{figure(round(value, 1) if value >= 1 else float(f'{value:.2g}'))} %"


def points(delta: float | None) -> str:
    """A difference of shares, in percentage points; nothing of less than a hundredth of one."""
    value = round((delta or 0.0) * 100, 1 if abs(delta or 0.0) >= 0.01 else 2)
    return f"{signed(value)} pp" if value else ""


def words(row: ConfusionRow, place: int, base: int) -> str:
    """A cell of a row of shares of the actual class: 212 of 974 “8” were called “3”: 21.8 %, baseline 4.1 %."""
    cell, before = row.cells[place], row.cells[base]
    if cell.missing:
        return f"“{row.actual}” or “{row.predicted}” is missing in this run."
    if cell.value is None:
        return f"“{row.actual}” has no examples in this run."
    beside = ""
    if place != base:
        beside = ", missing in the baseline" if before.missing else f", baseline {percent(before.value)}"
    return (
        f"{grouped(cell.number)} of {grouped(cell.whole)} “{row.actual}” were called “{row.predicted}”: "
        f"{percent(cell.value)}{beside}"
    )


def mistake_cells(row: ConfusionRow, norm: str, base: int) -> list[ShownCell]:
    """A pair of classes in every run, as it is listed: its count is said with its share."""
    cells = [mistake_cell(cell, norm, place == base, row) for place, cell in enumerate(row.cells)]
    if norm == "counts":
        return cells
    return [
        shown._replace(text=f"{grouped(cell.number)} · {shown.text}") if cell.number else shown
        for shown, cell in zip(cells, row.cells, strict=True)
    ]


def mistake_cell(cell: ConfusionCell, norm: str, is_base: bool, row: ConfusionRow) -> ShownCell:
    """A pair of classes in one run: more of a mistake is worse."""
    if norm == "counts":
        text, far = grouped(cell.number), signed(int(cell.delta)) if cell.delta else ""
    else:
        text, far = percent(cell.value) if cell.number else "0", points(cell.delta)
    of = {
        "row": f"“{row.actual}”",
        "column": f"called “{row.predicted}”",
        "all": "all examples",
        "counts": f"“{row.actual}”",
    }
    verdict = "" if not far or not cell.delta else "worse" if cell.delta > 0 else "better"
    title = "" if cell.missing else f"{grouped(cell.number)} of {grouped(cell.whole)} {of[norm]}"
    return ShownCell(text, "" if is_base else far, verdict, title, cell.missing)
