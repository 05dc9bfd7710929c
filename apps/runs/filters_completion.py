"""What may be written next in a filter: names, what compares them, and values that runs of the project have."""

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from apps.runs.class_names import class_cells, read_class_name, start_of
from apps.runs.filters import DOCUMENTS, MOMENTS, SEARCHES, STARTS, TEXTS, parse_name
from apps.runs.filters_sql import compiled
from apps.runs.filters_syntax import FIGURES, Field, Filter, FilterError, Name, quoted
from apps.runs.models import Namespace, Project, RunValue, State, ValueKey

MOST = 20
WINDOW = 500  # characters before the place that are looked at
JOINTS = ("and", "or")
OPERATORS = ("==", "!=", "<", "<=", ">", ">=", "in", "not in", "is None", "is not None")
_QUOTED = r"""(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
_PATH = rf"[^\W\d]\w*(?:\.\w+|\[\s*{_QUOTED}(?:\s*,\s*{_QUOTED})?\s*\])*"
_COMPARES = r"==|!=|<=|>=|<|>|\bnot\s+in\b|\bin\b"
_OPEN_KEY = re.compile(r"(?P<root>\w+)\s*\[\s*$")
_ASKED = re.compile(rf"(?P<path>{_PATH})\s*(?:{_COMPARES})\s*(?:[(\[][^()\[\]]*)?$")
_SEARCHED = re.compile(rf"(?P<path>{_PATH})\.(?:{'|'.join(SEARCHES)})\(\s*$")
_HALF_PATH = re.compile(rf"(?:{_PATH})?\.?$")
_BEGINS = re.compile(r"(?:^|\(|\b(?:and|or|not))\s*$")
_TESTED = re.compile(rf"(?:{_COMPARES})\s*(?:[^\s()]+|\([^()]*\)|\w+\([^()]*\))$|\)$|\bNone$")
_FACTS = (*TEXTS, "state", *STARTS, *MOMENTS, "notes", "id", "tag")
_PARTED = {**{one: f"{one}." for one in (*DOCUMENTS, "metric")}, "class_": 'class_["', "cost": 'cost["'}


class Suggestion(NamedTuple):
    """Something that may stand there. kind: name, figure, operator, search, value or joint."""

    text: str
    kind: str


class Completion(NamedTuple):
    """Suggestions for the characters begin..end (from 0), best first."""

    begin: int
    end: int
    suggestions: list[Suggestion]


def completion(project: Project, text: str, at: int) -> Completion:
    """What may be written at a place of a filter for the runs of a project: at most MOST suggestions.

    A few queries for one range of an index each, however many runs there are.
    """
    left = text[:at]
    opened = _open_quote(left)
    if opened is not None:
        return _in_quotes(project, text, opened, at)
    half = _HALF_PATH.search(left, max(0, at - WINDOW))
    begin = half.start() if half else at
    word, before = left[begin:], left[:begin][-WINDOW:]
    if "." in word or "[" in word:
        return Completion(begin, at, _parts(project, word))
    if _BEGINS.search(before):
        return Completion(begin, at, _subjects(project, word))
    asked = _ASKED.search(before)
    if asked:
        return Completion(begin, at, _values(project, asked["path"], word))
    kind, words = ("joint", JOINTS) if _TESTED.search(before.rstrip()) else ("operator", OPERATORS)
    return Completion(begin, at, [Suggestion(one, kind) for one in words if one.startswith(word)])


def _open_quote(left: str) -> int | None:
    """Where the text begins that is not ended yet; None outside of texts."""
    opened: int | None = None
    place = 0
    while place < len(left):
        if opened is None and left[place] in "\"'":
            opened = place
        elif opened is not None and left[place] == "\\":
            place += 1
        elif opened is not None and left[place] == left[opened]:
            opened = None
        place += 1
    return opened


def _in_quotes(project: Project, text: str, opened: int, at: int) -> Completion:
    """Names in brackets, or values."""
    typed = re.sub(r"\\(.)", r"\1", text[opened + 1 : at])
    begin = max(0, opened - WINDOW)
    before = text[begin:opened]
    key = _OPEN_KEY.search(before)
    if key:
        rest = re.match(r"[^\"'\]\s]*[\"']?\s*\]?", text[at:])
        found = _names(project, key["root"], typed)
        end = at + (rest.end() if rest else 0)
        return Completion(begin + key.start(), end, [Suggestion(one.text, "name") for one in found])
    rest = re.match(r"[^\"'\s()]*[\"']", text[at:])
    end = at + (rest.end() if rest else 0)
    asked = _ASKED.search(before) or _SEARCHED.search(before)
    return Completion(opened, end, _values(project, asked["path"], quoted(typed)[:-1]) if asked else [])


def _subjects(project: Project, word: str) -> list[Suggestion]:
    """What a condition may begin with."""
    found = [Suggestion(_PARTED.get(one, one), "name") for one in (*_FACTS, *_PARTED) if one.startswith(word.lower())]
    if word:
        for root in _PARTED:
            found += [Suggestion(one.text, "name") for one in _names(project, root, word)]
    return found[:MOST]


def _parts(project: Project, word: str) -> list[Suggestion]:
    """Names of a document or metric, figures of a metric, searches of a text: for what has a dot or a bracket."""
    root = re.match(r"\w+", word)
    start, _, last = word.rpartition(".")
    found: list[Suggestion] = []
    if root and root[0] in _PARTED:
        typed = word[len(root[0]) :]
        if typed.startswith("."):
            found = [Suggestion(one.text, "name") for one in _names(project, root[0], typed[1:])]
        if root[0] == "class_":
            return [Suggestion(one.text, "name") for one in _class_columns(project, start, last)]
        if root[0] == "metric" and _is_name(start):
            found += [Suggestion(f"{start}.{one}", "figure") for one in FIGURES if one.startswith(last)]
    if _is_name(start) and not (root and root[0] in ("metric", "cost")):
        found += [Suggestion(f'{start}.{one}("', "search") for one in SEARCHES if one.startswith(last)]
    return found[:MOST]


def _is_name(text: str) -> bool:
    try:
        parse_name(text)
    except FilterError:
        return text in ("tag", "tags")
    return True


def _names(project: Project, root: str, typed: str) -> list[Name]:
    """The project's names of a kind with typed in them, those that begin with it first."""
    namespace = Namespace.METRIC_LAST.value if root == "metric" else root
    if root not in _PARTED:
        return []
    if root == "class_":
        return _classes(project, typed)
    keys = ValueKey.objects.filter(project=project, namespace=namespace).order_by("name")
    first = list(keys.filter(name__istartswith=typed).values_list("name", flat=True)[:MOST])
    others = keys.filter(name__icontains=typed).exclude(name__in=first).values_list("name", flat=True)
    return [Name(root, name) for name in [*first, *others[: MOST - len(first)]]]


def _classes(project: Project, typed: str) -> list[Name]:
    """The project's classes with typed in their names, those that begin with it first."""
    keys = ValueKey.objects.filter(project=project, namespace=Namespace.CLASS).order_by("name")
    begins = keys.filter(name__istartswith=start_of(typed)[:-2])
    found: dict[str, None] = {}
    for rows in (begins, keys.filter(name__icontains=start_of(typed)[2:-2])):
        for text in rows.values_list("name", flat=True).iterator():
            one = read_class_name(text).name
            if typed.lower() in one.lower():
                found[one] = None
            if len(found) == MOST:
                break
    return [Name("class", one) for one in list(found)[:MOST]]


def _class_columns(project: Project, path: str, typed: str) -> list[Name]:
    """The columns that begin with typed of the class that path names, with its table where it must be named."""
    try:
        asked = parse_name(f"{path}.column")
    except FilterError:
        return []
    assert isinstance(asked, Name)
    keys = ValueKey.objects.filter(project=project, namespace=Namespace.CLASS, name__startswith=start_of(asked.name))
    cells = [read_class_name(text) for text in keys.order_by("name").values_list("name", flat=True)]
    fitting = [one for one in cells if one.name == asked.name and asked.table in ("", one.table)]
    columns = {one.column: one for one in fitting if one.column.startswith(typed)}
    names = [Name("class", asked.name, column, table=asked.table) for column in columns]
    unclear = class_cells(project, names).unclear
    clear = [name for name in names if name not in unclear]
    return [*clear, *(one.written() for one in fitting if Name("class", one.name, one.column) in unclear)][:MOST]


def _values(project: Project, path: str, typed: str) -> list[Suggestion]:
    """Values that runs have, as one writes them, that begin with what was typed."""
    if path in ("tag", "tags"):
        tags = ValueKey.objects.filter(project=project, namespace=Namespace.TAG).order_by("name")
        some = tags.filter(name__startswith=typed[1:]).values_list("name", flat=True)[:MOST]
        return _written(some, typed)
    try:
        name = parse_name(path)
    except FilterError:
        return []
    if name == Field("state"):
        return _written(State.values, typed)
    if (isinstance(name, Field) and name.name in MOMENTS) or (isinstance(name, Name) and name.name in STARTS):
        return [Suggestion("ago(days=7)", "value"), Suggestion("ago(hours=1)", "value")]
    if isinstance(name, Field) or (name.namespace == "metric" and name.figure == "best"):
        return []
    try:
        key_ids = compiled(Filter("", None), project, also=[name]).keys.ids(name)
    except FilterError:
        return []
    numbers = [] if typed.startswith('"') else _distinct(key_ids, "number", "")
    texts = _distinct(key_ids, "text", typed[1:])
    shown = [f"{number:.15g}" for number in numbers]
    return [Suggestion(one, "value") for one in shown if one.startswith(typed)] + _written(texts, typed)


def _written(texts: Iterable[str], typed: str) -> list[Suggestion]:
    return [Suggestion(quoted(text), "value") for text in texts if quoted(text).startswith(typed)][:MOST]


def _distinct(key_ids: tuple[int, ...], column: str, start: str) -> list[Any]:
    """The first different values of a name: each is one step in the index, however many runs have it."""
    rows = RunValue.objects.filter(key_id__in=key_ids, **{f"{column}__isnull": False}).order_by(column)
    values = rows.values_list(column, flat=True)
    found: list[Any] = []
    following = values.filter(**{f"{column}__gte": start}).first() if start else values.first()
    while following is not None and len(found) < MOST:
        found.append(following)
        following = values.filter(**{f"{column}__gt": following}).first()
    return found
