"""What the panels of a published report were drawn from, as CSV."""

import csv
import io
from collections.abc import Iterator, Mapping

from apps.core.sheets import cell_text
from apps.reports.exports.value_tables import Facts, Piece, drawn_tables
from apps.reports.exports.values import Value


def data_csv(facts: Facts, names: Mapping[str, str], piece: Piece, *, first: int = 1) -> Iterator[str]:
    """A row a point, a line of names before those that have other columns, chart by chart.

    first: the number of the first panel.
    """
    head: list[str] = []
    for number, panel in enumerate(facts["panels"], first):
        for table in drawn_tables(panel, names, piece):
            written = io.StringIO()
            sheet = csv.writer(written)
            if table.columns != head:
                head = table.columns
                sheet.writerow(["panel", "chart", *map(cell_text, head)])
            for row in table.rows:
                sheet.writerow([number, cell_text(table.name), *map(_cell, row)])
            yield written.getvalue()


def _cell(value: Value) -> Value:
    return cell_text(value) if isinstance(value, str) else value
