"""The filter language: conditions on runs in the syntax of Python expressions, read with ast and never evaluated.

    config.lr < 0.01 and tag == "baseline"
    metric["val/acc"].max > 0.9 and state in ("finished", "running")
    0.001 <= config["optimizer.lr"] <= 0.1 and not name.startswith("debug")
    created > ago(days=7) and cost["val"] <= 0.2

docs/filters.md tells all of it. What a filter means is in filters_sql.py; tests compare it with plain Python.
"""

import ast
import difflib
import keyword
import math
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any as Anything

from django.utils import timezone

from apps.core import ids
from apps.core.json_values import text_problem
from apps.runs.filters_syntax import (
    FIGURES,
    MAX_DEPTH,
    MAX_LENGTH,
    MAX_LISTED,
    MAX_TESTS,
    All,
    Any,
    Comparison,
    Condition,
    Field,
    Filter,
    FilterError,
    Literal,
    Name,
    Not,
    Tagged,
)
from apps.runs.models import State
from apps.runs.values_flat import MAX_TEXT, list_text

TEXTS = ("name", "group", "job_type")  # of the values index
STARTS = ("created", "started")  # of the values index, as seconds since epoch
MOMENTS = {"finished": "finished_at", "heartbeat": "heartbeat_at"}  # of the run itself, as they change
DOCUMENTS = ("config", "summary", "system")
NUMBERS = ("metric", "class", "cost")  # namespaces in which numbers alone are
SUBJECTS = (*TEXTS, "notes", "state", "id", *STARTS, *MOMENTS, "tag", "tags", *DOCUMENTS, "metric", "class_", "cost")
SPANS = ("weeks", "days", "hours", "minutes", "seconds")
SEARCHES = {"startswith": "starts", "endswith": "ends", "contains": "contains"}
_ORDER: dict[type[ast.cmpop], str] = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
_SAME: dict[type[ast.cmpop], str] = {ast.Eq: "==", ast.NotEq: "!=", ast.Is: "==", ast.IsNot: "!="}
_IN: dict[type[ast.cmpop], str] = {ast.In: "in", ast.NotIn: "not in"}
_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
_MISTAKES = (
    (re.compile(r"&&?"), "Write and, not &."),
    (re.compile(r"\|\|?"), "Write or, not |."),
    (re.compile(r"!(?!=)"), "Write not, not !."),
    (re.compile(r"(?<![<>=!])=(?!=)"), "Compare with ==, not with =."),
    (re.compile(rf"(?<=\.)(?:{'|'.join(keyword.kwlist)})\b"), "This is a word of the language: write it in brackets."),
)
_CONSTANTS = {"true": "True", "false": "False", "none": "None", "null": "None", "nil": "None"}
_STRING = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPES = frozenset("\\'\"nrtxuU")

Operand = Field | Name | ast.expr  # an ast.expr: a tag, or what must be a literal


def parse(text: str) -> Filter:
    """Read a filter; a blank one lets every run pass. Raises FilterError."""
    if len(text) > MAX_LENGTH:
        raise FilterError(
            f"A filter has at most {MAX_LENGTH:,} characters; this one has {len(text):,}.", MAX_LENGTH + 1
        )
    if not text.strip():
        return Filter(text, None)
    reader = _Reader(text)
    return Filter(text, reader.condition(reader.tree))


def parse_name(text: str) -> Field | Name:
    """Read what runs are sorted by or a column shows: `created`, `config.lr`, `metric["val/acc"].max`.

    Raises FilterError.
    """
    if len(text) > MAX_LENGTH:
        raise FilterError(f"A name has at most {MAX_LENGTH:,} characters; this one has {len(text):,}.", MAX_LENGTH + 1)
    reader = _Reader(text)
    found = reader.operand(reader.tree)
    if isinstance(found, Field | Name):
        return found
    raise reader.wrong(reader.tree, "This is not the name of one value.", near=reader.near_subject(reader.tree))


class _Reader:
    """Reads one text. Its columns are counted in characters, from 1; those of ast in bytes of UTF-8."""

    def __init__(self, text: str) -> None:
        problem = text_problem(text)
        if problem:
            raise FilterError(f"The filter {problem}.", 1)
        self._line = re.sub(r"\s", " ", text)
        self._skipped = len(self._line) - len(self._line.lstrip())
        self._tests = 0
        self._listed = 0
        self._refuse_escapes()
        self.tree = self._parsed()

    # --- text to tree ---

    def _refuse_escapes(self) -> None:
        for found in _STRING.finditer(self._line):
            for escape in _ESCAPE.finditer(found[0]):
                if escape[1] not in _ESCAPES:
                    at = found.start() + escape.start()
                    raise FilterError("Write \\\\ for a backslash in a text.", at + 1, 2)

    def _parsed(self) -> ast.expr:
        line = self._line.strip()
        try:
            tree = ast.parse(line, mode="eval").body
        except (MemoryError, RecursionError):
            raise FilterError(f"A filter is nested at most {MAX_DEPTH} deep; this one is deeper.", 1) from None
        except (SyntaxError, ValueError) as error:
            raise self._wrong_syntax(line, error) from None
        level = [tree]
        for _ in range(MAX_DEPTH):
            level = [inner for one in level for inner in ast.iter_child_nodes(one) if isinstance(inner, ast.expr)]
            if not level:
                return tree
        raise self.wrong(level[0], f"A filter is nested at most {MAX_DEPTH} deep; this one is deeper.")

    def _wrong_syntax(self, line: str, error: SyntaxError | ValueError) -> FilterError:
        bare = _STRING.sub(lambda found: "_" * len(found[0]), line)
        for pattern, advice in _MISTAKES:
            found = pattern.search(bare)
            if found:
                return FilterError(advice, self._skipped + found.start() + 1, len(found[0]))
        offset = getattr(error, "offset", 0)
        if not offset:
            return FilterError("Something is missing at the end.", self._skipped + len(line) + 1)
        column = min(offset, len(line) + 1)
        said = getattr(error, "msg", "") or "it cannot be read"
        return FilterError(f"This is no filter: {said}.", self._skipped + column)

    def place(self, node: ast.expr) -> tuple[int, int]:
        """The column where a part begins, and how many characters it has."""
        line = self._line.strip().encode()
        before = len(line[: node.col_offset].decode())
        length = len(line[node.col_offset : node.end_col_offset].decode())
        return self._skipped + before + 1, length

    def wrong(self, node: ast.expr, message: str, near: Iterable[str] = ()) -> FilterError:
        """The refusal of a part of the text."""
        return FilterError(message, *self.place(node), tuple(near))

    def _written(self, node: ast.expr, at_most: int = 40) -> str:
        column, length = self.place(node)
        text = self._line[column - 1 : column - 1 + length]
        return text if length <= at_most else f"{text[:at_most]}…"

    # --- conditions ---

    def condition(self, node: ast.expr) -> Condition:
        if isinstance(node, ast.BoolOp):
            parts = tuple(self.condition(one) for one in node.values)
            return All(parts) if isinstance(node.op, ast.And) else Any(parts)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return Not(self.condition(node.operand))
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            pairs = zip(sides, node.ops, sides[1:], strict=False)
            tests = tuple(self._compared(left, how, right) for left, how, right in pairs)
            return tests[0] if len(tests) == 1 else All(tests)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in SEARCHES:
            return self._searched(node, node.func)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            near = difflib.get_close_matches(node.func.attr, SEARCHES)
            raise self.wrong(
                node, f"A text can be asked .startswith, .endswith and .contains, not .{node.func.attr}.", near
            )
        found = self.operand(node) if isinstance(node, ast.Name | ast.Attribute | ast.Subscript) else node
        if isinstance(found, Field | Name) or self._is_tag(found):
            raise self.wrong(node, f"Compare it with something, as in {self._written(node)} == 1.")
        raise self.wrong(node, f"{self._written(node)} is no condition.")

    def _count(self, node: ast.expr) -> None:
        self._tests += 1
        if self._tests > MAX_TESTS:
            raise self.wrong(node, f"A filter has at most {MAX_TESTS} comparisons; this one has more.")

    def _searched(self, node: ast.Call, asked: ast.Attribute) -> Condition:
        """x.startswith("…") and its like."""
        self._count(node)
        if len(node.args) != 1 or node.keywords:
            raise self.wrong(node, f'.{asked.attr} takes one text: .{asked.attr}("…").')
        how = SEARCHES[asked.attr]
        subject, text = self.operand(asked.value), self._text(node.args[0])
        if self._is_tag(subject):
            return Tagged(how, text)
        return Comparison(self._searchable(asked.value, subject), how, text)

    def _searchable(self, node: ast.expr, subject: Operand) -> Field | Name:
        if isinstance(subject, Name) and subject.namespace not in NUMBERS and not _is_start(subject):
            return subject
        if subject == Field("notes"):
            return Field("notes")
        raise self.wrong(node, f"{self._written(node)} is no text.")

    def _compared(self, left: ast.expr, operator: ast.cmpop, right: ast.expr) -> Condition:
        self._count(right)
        one, other = self.operand(left), self.operand(right)
        kind = type(operator)
        if kind in _IN:
            return self._inside(left, one, _IN[kind], right, other)
        how = _ORDER.get(kind) or _SAME[kind]
        if isinstance(one, Field | Name) or self._is_tag(one):
            return self._test(left, one, how, right, other, isinstance(operator, ast.Is | ast.IsNot))
        if isinstance(other, Field | Name) or self._is_tag(other):
            return self._test(right, other, _TURNED[how], left, one, isinstance(operator, ast.Is | ast.IsNot))
        raise self.wrong(left, "One side of a comparison must be a value of the run.", self.near_subject(left))

    def _test(
        self, node: ast.expr, subject: Operand, how: str, other: ast.expr, operand: Operand, is_: bool
    ) -> Condition:
        """subject how operand, of which subject is a fact of the run."""
        if isinstance(other, ast.Constant) and other.value is None:
            sometimes = isinstance(subject, Name) and subject.namespace != "run"
            if how not in ("==", "!=") or not (sometimes or subject == Field("finished")):
                raise self.wrong(
                    other, f"{self._written(node)} cannot be None." if how in ("==", "!=") else "None has no order."
                )
            assert isinstance(subject, Field | Name)
            return Comparison(subject, "missing" if how == "==" else "there")
        if is_:
            raise self.wrong(other, "Only None is asked for with is; compare with ==.")
        if self._is_tag(subject):
            text = self._text(other)
            if how not in ("==", "!="):
                raise self.wrong(node, "A tag is compared with == and !=, or searched in tags.")
            return Tagged("==", text) if how == "==" else Not(Tagged("==", text))
        assert isinstance(subject, Field | Name)
        if isinstance(operand, Field | Name):
            if not (isinstance(subject, Name) and isinstance(operand, Name)) or "run" in (
                subject.namespace,
                operand.namespace,
            ):
                raise self.wrong(other, f"{self._written(node)} is compared with a plain value, not with another name.")
            return Comparison(subject, how, operand)
        return Comparison(subject, how, self._fitting(node, subject, how, other))

    def _inside(self, left: ast.expr, one: Operand, how: str, right: ast.expr, other: Operand) -> Condition:
        """left in right: a value in a list, a text in a text, a tag in tags."""
        negated = how == "not in"
        if isinstance(right, ast.Tuple | ast.List | ast.Set):
            self._listed += len(right.elts)
            if self._listed > MAX_LISTED:
                raise self.wrong(
                    right, f"Lists hold at most {MAX_LISTED:,} values together; these hold {self._listed:,}."
                )
            if self._is_tag(one):
                tagged = Tagged("in", tuple(self._text(each) for each in right.elts))
                return Not(tagged) if negated else tagged
            if not isinstance(one, Field | Name):
                raise self.wrong(left, "Before in there must be a value of the run.", self.near_subject(left))
            if (isinstance(one, Field) and one.name in MOMENTS) or (isinstance(one, Name) and _is_start(one)):
                raise self.wrong(left, f"{self._written(left)} is a time: compare it with < and >.")
            return Comparison(one, how, tuple(self._fitting(left, one, "==", each) for each in right.elts))
        if isinstance(left, ast.Constant) and isinstance(left.value, str):
            text = self._text(left)
            found: Condition
            if self._is_tag(other):
                found = Tagged("==", text)
            else:
                found = Comparison(self._searchable(right, other), "contains", text)
            return Not(found) if negated else found
        if isinstance(other, Field | Name):
            raise self.wrong(left, "Only a text can be in a text.")
        raise self.wrong(right, "After in there must be a list, like (1, 2).")

    # --- names ---

    def operand(self, node: ast.expr) -> Operand:
        """A fact of the run when node names one; else node itself. Raises FilterError for a name there is none of."""
        steps: list[tuple[str, ast.expr]] = []  # from the inside: a name after a dot, or text in brackets
        inner, table = node, ""
        while isinstance(inner, ast.Attribute | ast.Subscript):
            if isinstance(inner, ast.Attribute):
                steps.insert(0, (inner.attr, inner))
            elif isinstance(inner.slice, ast.Tuple) and len(inner.slice.elts) == 2 and _is_class(inner.value):
                table, name = (self._bracketed(one) for one in inner.slice.elts)
                steps.insert(0, (name, inner))
            else:
                steps.insert(0, (self._bracketed(inner.slice), inner))
            inner = inner.value
        if not isinstance(inner, ast.Name):
            if steps:
                raise self.wrong(inner, "This has no parts.")
            return node
        if inner.id in ("tag", "tags") and not steps:
            return node
        column, length = self.place(node)
        if inner.id in (*DOCUMENTS, "cost") and steps:
            return Name(inner.id, ".".join(text for text, _ in steps), column=column, length=length)
        if inner.id == "metric" and steps:
            return self._metric(steps, column, length)
        if inner.id == "class_" and len(steps) == 2:
            return Name("class", steps[0][0], steps[1][0], column, length, table)
        return self._plain(inner, steps, column, length)

    def _bracketed(self, node: ast.expr) -> str:
        """The name in brackets."""
        if not (isinstance(node, ast.Constant) and isinstance(node.value, str)):
            raise self.wrong(node, 'In brackets there must be a name: ["…"].')
        return self._text(node)

    def _plain(self, inner: ast.Name, steps: Sequence[tuple[str, ast.expr]], column: int, length: int) -> Operand:
        """A name without parts."""
        if inner.id not in SUBJECTS:
            raise self.wrong(inner, f"There is no {inner.id} here.", self.near_subject(inner))
        if inner.id == "class_":
            advice = 'A class is asked for with a column of its table: class_["8"].recall or class_["val", "8"].recall.'
            raise self.wrong(inner, advice)
        if inner.id == "cost":
            raise self.wrong(inner, 'Say of which confusion matrix: cost["val"].')
        if inner.id in (*DOCUMENTS, "metric"):
            raise self.wrong(inner, f'Say which: {inner.id}.lr or {inner.id}["a name"].')
        if steps:
            raise self.wrong(steps[0][1], f"{inner.id} has no parts.")
        if inner.id in (*TEXTS, *STARTS):
            return Name("run", inner.id, column=column, length=length)
        return Field(inner.id)

    def _metric(self, steps: Sequence[tuple[str, ast.expr]], column: int, length: int) -> Name:
        """metric.loss, metric["val/acc"].max: without a figure it is the last value."""
        name, figure = [text for text, _ in steps], "last"
        last, node = steps[-1]
        if len(steps) > 1 and isinstance(node, ast.Attribute):
            if last in FIGURES:
                name, figure = name[:-1], last
            elif isinstance(steps[-2][1], ast.Subscript):
                near = difflib.get_close_matches(last, FIGURES)
                raise self.wrong(node, f"A metric has .last, .min, .max and .best, not .{last}.", near)
        return Name("metric", ".".join(name), figure, column, length)

    def near_subject(self, node: ast.expr) -> list[str]:
        """Names that are written like the unknown one at the root of node."""
        while isinstance(node, ast.Attribute | ast.Subscript):
            node = node.value
        if not isinstance(node, ast.Name) or node.id in SUBJECTS:
            return []
        if node.id.lower() in _CONSTANTS:
            return [_CONSTANTS[node.id.lower()]]
        return difflib.get_close_matches(node.id.lower(), (*SUBJECTS, "ago"), n=2)

    @staticmethod
    def _is_tag(operand: Operand) -> bool:
        return isinstance(operand, ast.Name) and operand.id in ("tag", "tags")

    # --- literals ---

    def _fitting(self, node: ast.expr, subject: Field | Name, how: str, other: ast.expr) -> Literal:
        """The literal other, as subject can be compared with it."""
        named = self._written(node)
        if subject == Field("state"):
            text = self._text(other)
            if how not in ("==", "!="):
                raise self.wrong(node, "A state has no order: compare it with == or in.")
            if text not in State.values:
                near = difflib.get_close_matches(text, State.values)
                raise self.wrong(other, f"A state is one of {', '.join(State.values)}.", near)
            return text
        if subject == Field("id"):
            if how not in ("==", "!="):
                raise self.wrong(node, "An id has no order: compare it with == or in.")
            try:
                return str(ids.from_text(self._text(other)))
            except ValueError as error:
                raise self.wrong(other, str(error)) from None
        if isinstance(subject, Field) and subject.name in MOMENTS:
            return self._moment(named, other)
        if subject == Field("notes"):
            if how not in ("==", "!="):
                raise self.wrong(node, "Notes have no order: search them with .contains.")
            return self._text(other)
        assert isinstance(subject, Name)
        if _is_start(subject):
            return self._moment(named, other).timestamp()
        value = self._literal(other, how)
        if subject.namespace == "run" and not isinstance(value, str):
            raise self.wrong(other, f"{named} is a text; {self._written(other)} is a number.")
        if subject.namespace in NUMBERS and isinstance(value, str):
            raise self.wrong(other, f"{named} is a number; {self._written(other)} is a text.")
        return value

    def _literal(self, node: ast.expr, how: str) -> float | str:
        """A number (true and false are 1 and 0), a text, or a list as the index holds it."""
        if isinstance(node, ast.List | ast.Tuple) and how in ("==", "!="):
            return list_text([self._json(each) for each in node.elts])
        value = self._json(node)
        if isinstance(value, str):
            return value[:MAX_TEXT]
        if value is None:
            raise self.wrong(node, "None is asked for alone, with == or is.")
        return float(value)

    def _json(self, node: ast.expr) -> Anything:
        if isinstance(node, ast.List | ast.Tuple):
            return [self._json(each) for each in node.elts]
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
            value = self._json(node.operand)
            if isinstance(value, int | float):
                return -value if isinstance(node.op, ast.USub) else value
        if isinstance(node, ast.Constant) and isinstance(node.value, bool | int | float | str | None):
            if isinstance(node.value, str):
                return self._text(node)
            if isinstance(node.value, int | float) and not _is_float64(node.value):
                raise self.wrong(node, "This number is larger than a float64 can hold.")
            return node.value
        if isinstance(node, ast.BinOp):
            raise self.wrong(node, "There is no arithmetic here: compare with a number.")
        raise self.wrong(node, f"{self._written(node)} is no number and no text.", self.near_subject(node))

    def _text(self, node: ast.expr) -> str:
        if not (isinstance(node, ast.Constant) and isinstance(node.value, str)):
            raise self.wrong(node, f"{self._written(node)} is no text: write it in quotes.")
        problem = text_problem(node.value)
        if problem:
            raise self.wrong(node, f"This text {problem}.")
        return node.value

    def _moment(self, named: str, node: ast.expr) -> datetime:
        """A moment: ago(days=7), or "2026-01-31" or "2026-01-31 12:00" in UTC or with an offset."""
        if isinstance(node, ast.Call):
            return self._ago(node)
        if not (isinstance(node, ast.Constant) and isinstance(node.value, str)):
            raise self.wrong(node, f'{named} is a time: compare it with "2026-01-31" or ago(days=7).')
        try:
            moment = datetime.fromisoformat(node.value.strip())
            return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
        except (ValueError, OverflowError):
            advice = 'This is no time: write "2026-01-31", "2026-01-31 12:00" or ago(days=7).'
            raise self.wrong(node, advice) from None

    def _ago(self, node: ast.Call) -> datetime:
        if not (isinstance(node.func, ast.Name) and node.func.id == "ago"):
            near = difflib.get_close_matches(node.func.id, ["ago"]) if isinstance(node.func, ast.Name) else []
            raise self.wrong(node.func, "The one function is ago.", near)
        if node.args or not node.keywords:
            raise self.wrong(node, "Say how long: ago(days=7).")
        span = timedelta()
        for each in node.keywords:
            if each.arg not in SPANS:
                near = difflib.get_close_matches(each.arg or "", SPANS)
                raise self.wrong(each.value, f"ago counts {', '.join(SPANS)}.", near)
            amount = self._json(each.value)
            if isinstance(amount, bool) or not isinstance(amount, int | float):
                raise self.wrong(each.value, f"{each.arg} must be a number.")
            try:
                span += timedelta(**{each.arg: amount})
                moment = timezone.now() - span
            except OverflowError:
                raise self.wrong(each.value, "That is longer ago than the year 1.") from None
        return moment


def _is_class(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "class_"


def _is_start(name: Name) -> bool:
    return name.namespace == "run" and name.name in STARTS


def _is_float64(value: float) -> bool:
    try:
        return math.isfinite(float(value))
    except OverflowError:
        return False
