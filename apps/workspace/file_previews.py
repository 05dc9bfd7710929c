"""What the page of a file shows of it: its first lines, its table, its tree. Reads a bounded part of the file."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from apps.artifacts.kinds import AUDIO, IMAGE, MARKUP, TEXT, VIDEO
from apps.artifacts.models import RunFile
from apps.core.bodies import parse_json
from apps.core.errors import TrackerError

Form = Literal["image", "audio", "video", "text", "table", "tree", "none"]
TEXT_BYTES, MOST_TEXT_BYTES = 64 * 1024, 1024 * 1024  # of text shown at first, and after asking for more
TABLE_BYTES, COUNTED_BYTES = 256 * 1024, 8 * 1024 * 1024  # read for the first rows; counted in full up to
TREE_BYTES = 1024 * 1024
MAX_LINE = 2_000  # characters of one line
MAX_ROWS, MAX_COLUMNS, MAX_CELL = 100, 60, 200
MAX_NODES, MAX_DEPTH, OPEN_DEPTH, OPEN_ITEMS = 2_000, 20, 2, 40
_TABLES = {"text/csv": ",", "text/tab-separated-values": "\t"}


@dataclass
class Node:
    """One value of a JSON file. text: of a value without children; count: how many children it has, shown or not."""

    name: str
    text: str = ""
    style: str = ""
    brackets: str = ""
    count: int = 0
    children: list["Node"] = field(default_factory=list)
    open: bool = False

    @property
    def left_out(self) -> int:
        return self.count - len(self.children)


@dataclass
class Preview:
    """What is shown of a file.

    forms: the ways to look at it, when there are several; shown and more: bytes of text, now and on asking.
    """

    form: Form
    forms: tuple[Form, ...] = ()
    lines: list[str] = field(default_factory=list)
    shown: int = 0
    more: int = 0
    columns: list[str] = field(default_factory=list)
    columns_left_out: int = 0
    rows: list[list[str]] = field(default_factory=list)
    row_count: int | None = None
    root: Node | None = None
    note: str = ""


def preview_of(file: RunFile, form: str = "", length: int = TEXT_BYTES) -> Preview:
    """What to show of a file. form: how the reader wants it, when it can be shown so; length: bytes of text."""
    if file.kind in (IMAGE, AUDIO, VIDEO):
        return Preview(file.kind)  # type: ignore[arg-type]
    if file.kind not in (TEXT, MARKUP):
        return Preview("none")
    if file.media_type in _TABLES and form != "text":
        table = _table(file)
        if table is not None:
            return table
    if file.media_type == "application/json" and form != "text":
        return _tree(file) or _text(file, length, "This is no valid JSON, or too large for a tree: its text is shown.")
    preview = _text(file, length)
    if file.media_type in _TABLES:
        preview.forms = ("table", "text")
    elif file.media_type == "application/json":
        preview.forms = ("tree", "text")
    return preview


def _text(file: RunFile, length: int, note: str = "") -> Preview:
    length = min(max(length, TEXT_BYTES), MOST_TEXT_BYTES)
    head = file.head(length)
    text = head.decode(errors="ignore").removeprefix("\ufeff")
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    more = min(4 * length, MOST_TEXT_BYTES) if file.size > len(head) and length < MOST_TEXT_BYTES else 0
    return Preview("text", lines=[_line(line) for line in lines], shown=len(head), more=more, note=note)


def _line(line: str) -> str:
    line = line.removesuffix("\r").replace("\x1b", "␛")
    return line if len(line) <= MAX_LINE else f"{line[:MAX_LINE]} … {len(line) - MAX_LINE:,} more characters"


def _table(file: RunFile) -> Preview | None:
    """The first rows of a CSV file; None when it is not one."""
    head = file.head(TABLE_BYTES)
    text = head.decode(errors="ignore").removeprefix("\ufeff")
    whole = len(head) == file.size
    delimiter = _delimiter(text.partition("\n")[0], _TABLES[file.media_type])
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            rows.append(row)
            if len(rows) > MAX_ROWS + 1:
                break
    except csv.Error:
        return None
    if not whole and len(rows) <= MAX_ROWS + 1 and len(rows) > 1:
        rows.pop()  # cut somewhere
    if not rows:
        return None
    width = max(len(row) for row in rows)
    shown = [_cells(row) for row in rows[1 : MAX_ROWS + 1]]
    return Preview(
        "table",
        forms=("table", "text"),
        columns=_cells(rows[0]),
        columns_left_out=max(0, width - MAX_COLUMNS),
        rows=shown,
        row_count=_row_count(file, delimiter) if file.size <= COUNTED_BYTES else None,
    )


def _cells(row: list[str]) -> list[str]:
    return [cell if len(cell) <= MAX_CELL else f"{cell[: MAX_CELL - 1]}…" for cell in row[:MAX_COLUMNS]]


def _delimiter(line: str, usual: str) -> str:
    """The separator of a table by its first line: the usual one where it occurs."""
    return max((usual, ";", "\t", ",", "|"), key=lambda one: (line.count(one) > 0, one == usual, line.count(one)))


def _row_count(file: RunFile, delimiter: str) -> int | None:
    """Rows below the head line."""
    text = file.head(COUNTED_BYTES).decode(errors="ignore")
    try:
        return sum(1 for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if row) - 1
    except csv.Error:
        return None


def _tree(file: RunFile) -> Preview | None:
    """The values of a JSON file that can be folded; None when it is too large or not JSON."""
    if file.size > TREE_BYTES:
        return None
    try:
        value = parse_json(file.head(TREE_BYTES))
    except TrackerError:
        return None
    left = [MAX_NODES]
    root = _node("", value, 0, left)
    note = f"The first {MAX_NODES:,} values are shown." if left[0] <= 0 else ""
    return Preview("tree", forms=("tree", "text"), root=root, note=note)


def _node(name: str, value: Any, depth: int, left: list[int]) -> Node:
    """value as a node; left: how many more nodes there may be."""
    left[0] -= 1
    if not isinstance(value, (dict, list)):
        style = "text" if isinstance(value, str) else "value"
        return Node(name, text=_cut(json.dumps(value, ensure_ascii=False)), style=style)
    node = Node(name, brackets="{}" if isinstance(value, dict) else "[]", count=len(value))
    node.open = depth == 0 or (depth < OPEN_DEPTH and len(value) <= OPEN_ITEMS)
    if depth < MAX_DEPTH:
        for inner_name, inner in _items(value):
            if left[0] <= 0:
                break
            node.children.append(_node(inner_name, inner, depth + 1, left))
    return node


def _items(value: Any) -> Iterator[tuple[str, Any]]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    return ((_cut(str(name)), inner) for name, inner in pairs)


def _cut(text: str) -> str:
    shown = text if len(text) <= MAX_LINE else f"{text[:MAX_LINE]}…"
    return shown.encode(errors="backslashreplace").decode()  # JSON may hold half a character
