"""A published report as Markdown that needs nothing else: each panel block is the tables of its values."""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from apps.core.templatetags.figures import figure, grouped
from apps.reports.exports.value_tables import Facts, Piece, panel_tables
from apps.reports.exports.values import Value, ValueTable
from apps.reports.rendering import Fence, panel_fences
from apps.reports.text.alike import SHOWN_COMMIT
from apps.reports.text.inert import Row, clean, code, link_words, table

WIDTH = 120  # columns of a table
MAX_ROWS = 200  # of a table
MAX_VALUE = 40  # columns of a value


def data_markdown(facts: Facts, runs: Mapping[str, Any], piece: Piece, *, address: str, sha256: str) -> str:
    """The report's own words with the values of its panels, then its runs. runs: the facts of each by id."""
    names = {run: one["name"] for run, one in runs.items()}
    panels = {panel["line"]: panel for panel in facts["panels"]}
    lines, written, after = facts["markdown"].splitlines(), [], 0
    for fence in panel_fences(facts["markdown"]):
        panel = panels.get(fence.line)
        if panel is None or fence.line - 1 < after:
            continue
        written += lines[after : fence.line - 1]
        written += ["", *_panel(panel, panel_tables(facts, panel, names, piece)), ""]
        after = _end(fence, lines)
    written += lines[after:]
    at = datetime.datetime.fromisoformat(facts["published_at"])
    foot = f"[Version {facts['n']}][paceline-report], published {at.day} {at:%B %Y}, SHA-256 `{sha256}`"
    title = [] if facts["markdown"].startswith("# ") else [f"# {link_words(facts['title'])}", ""]
    parts = [*title, *written, "", *_runs(runs), "", "---", "", foot, "", f"[paceline-report]: {address}"]
    return "\n".join(parts) + "\n"


def _end(fence: Fence, lines: Sequence[str]) -> int:
    """The place of the line after a block: its closing fence may lack at the end of what it is in."""
    last = fence.line + fence.text.count("\n")
    closed = last < len(lines) and lines[last].lstrip(" >\t").startswith(("```", "~~~"))
    return last + 1 if closed else last


def _panel(panel: Facts, tables: Sequence[ValueTable]) -> list[str]:
    title = [f"**{link_words(panel['title'])}**", ""] if panel["title"] else []
    if not tables:
        return [*title, "*A panel without values.*"]
    return [*title, *(line for one in tables for line in [*_table(one), ""])][:-1]


def _table(found: ValueTable) -> list[str]:
    """A table with its name above."""
    numbers = [all(not isinstance(row[place], str) for row in found.rows) for place in range(len(found.columns))]
    rows = [Row(str(row[0]), [_cell(value) for value in row[1:]]) for row in found.rows[:MAX_ROWS]]
    head = [_heading(name) for name in found.columns]
    texts = [place for place, number in enumerate(numbers) if not number]
    more = [f"*and {grouped(len(found.rows) - MAX_ROWS)} more rows*"] if len(found.rows) > MAX_ROWS else []
    return [code(found.name, WIDTH), "", *table(head, rows, texts=texts, most=WIDTH), *(["", *more] if more else [])]


def _heading(name: str) -> str:
    return name if name.replace(" ", "").isalpha() and name.isascii() else code(name, MAX_VALUE)


def _cell(value: Value) -> str:
    return figure(value, 6) if value is None or isinstance(value, (int, float)) else code(str(value), MAX_VALUE)


def _runs(runs: Mapping[str, Any]) -> list[str]:
    """The runs that the report rests on."""
    if not runs:
        return []
    rows = [
        Row(
            one["name"],
            [
                f"`{run}`",
                clean(one["state"]),
                code(one["code"]["commit"][:SHOWN_COMMIT], MAX_VALUE) if one["code"]["commit"] else "–",
                "yes" if one["code"]["dirty"] else "no" if one["code"]["dirty"] is False else "–",
            ],
        )
        for run, one in list(runs.items())[:MAX_ROWS]
    ]
    more = ["", f"*and {grouped(len(runs) - MAX_ROWS)} more runs*"] if len(runs) > MAX_ROWS else []
    head = ["run", "id", "state", "commit", "uncommitted changes"]
    return ["## Runs", "", *table(head, rows, texts=[1, 2, 3, 4], most=WIDTH), *more]
