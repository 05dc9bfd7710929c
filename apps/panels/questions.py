"""From what a request says to the chart questions it asks. Asks no database: what a question needs to know of its runs
(groups, when they started) is added in resolving.py.

Every bad field is named by its path (`questions[2].px`), all of them at once.
"""

import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, cast, get_args

from apps.core import ids
from apps.core.errors import Invalid
from apps.history.charts import Draw, Groups, Question, X
from apps.panels.errors import (
    MAX_GROUP_FIELDS,
    MAX_GROUPS,
    MAX_LINES,
    MAX_NAME_LENGTH,
    MAX_QUESTIONS,
    MAX_RUNS,
    PX_RANGE,
    SMOOTH_RANGE,
    TooManyLines,
    TooManyQuestions,
    TooManyRuns,
)
from apps.runs.grouping import field_problem

MAX_KEY_LENGTH = 250
WHOLE_RANGE = (-(2**63), 2**63 - 1)
FLOATS = (-sys.float_info.max, sys.float_info.max)
FIELDS = ("runs", "key", "x", "from", "to", "px", "draw", "group_by", "groups", "smooth", "growing")
_URL_FIELDS = ("run", *(name for name in FIELDS if name not in ("runs", "groups")))
_REPEATED = ("run", "group_by")
KEY_AXIS = "key:"  # before the name of the metric that x is, in a URL
_AXES = tuple(x for x in get_args(X) if x != "key")
_TRUTHS = {"true": True, "false": False}
_DRAWS: tuple[str, ...] = get_args(Draw)


class Asked(NamedTuple):
    """A question, and the fields of its runs to group them by; () for none or when it names its groups."""

    question: Question
    group_by: tuple[str, ...] = ()


def url_question(params: Mapping[str, list[str]]) -> Asked:
    """The question of `GET series/`: run and group_by (both repeated), key, x, from, to, px, draw, smooth."""
    bad = {name: f"is not one of {', '.join(_URL_FIELDS)}" for name in params if name not in _URL_FIELDS}
    bad |= {name: "is given more than once" for name, said in params.items() if name not in _REPEATED and said[1:]}
    if bad:
        raise Invalid("The request asks what series/ does not know.", fields=bad)
    said: dict[str, Any] = {name: values[0] for name, values in params.items() if name not in _REPEATED}
    said["runs"] = params.get("run", [])
    said["group_by"] = params.get("group_by")
    said["growing"] = _TRUTHS.get(said.get("growing", "false"))
    return _question(said, "", runs_path="run")


def body_questions(body: Any) -> list[Asked]:
    """The questions of `POST series/query`: {"questions": [{"runs", "key", …}]}."""
    if not isinstance(body, dict) or not isinstance(body.get("questions"), list):
        raise Invalid(
            'The body is {"questions": [{"runs": […], "key": "…"}]}.', fields={"questions": "a list is needed"}
        )
    if unknown := [name for name in body if name != "questions"]:
        raise Invalid("The body has one field, questions.", fields=dict.fromkeys(unknown, "is not known"))
    asked = body["questions"]
    if not asked:
        raise Invalid("Ask at least one question.", fields={"questions": "is empty"})
    if len(asked) > MAX_QUESTIONS:
        raise TooManyQuestions(len(asked))
    found, bad = [], {}
    for place, one in enumerate(asked):
        path = f"questions[{place}]"
        if not isinstance(one, dict):
            bad[path] = "is not an object"
            continue
        bad |= {f"{path}.{name}": f"is not one of {', '.join(FIELDS)}" for name in one if name not in FIELDS}
        try:
            found.append(_question(one, f"{path}."))
        except TooManyRuns:
            raise
        except Invalid as error:
            bad |= error.fields
    if bad:
        raise Invalid("Some questions cannot be answered.", fields=bad)
    lines = sum(max(len(one.question.run_ids), *_group_sizes(one.question.groups)) for one in found)
    if lines > MAX_LINES:
        raise TooManyLines(lines)
    return found


def _group_sizes(groups: Groups) -> tuple[int, int]:
    return 0, sum(len(run_ids) for _, run_ids in groups)


def _question(said: Mapping[str, Any], path: str, runs_path: str = "runs") -> Asked:
    bad: dict[str, str] = {}
    run_ids = _run_ids(said.get("runs"), path, runs_path, bad)
    key = said.get("key")
    if not isinstance(key, str) or not 1 <= len(key) <= MAX_KEY_LENGTH or not _is_unicode(key):
        bad[f"{path}key"] = f"a metric's name of 1..{MAX_KEY_LENGTH} characters is needed"
    x, draw = said.get("x", "step"), said.get("draw", "lines")
    x_key = _x_key(x, f"{path}x", bad)
    if draw not in _DRAWS:
        bad[f"{path}draw"] = f"{draw!r} is not one of {', '.join(_DRAWS)}"
    start: float | None
    end: float | None
    if x_key:
        start = _number(said.get("from"), f"{path}from", FLOATS, bad)
        end = _number(said.get("to"), f"{path}to", FLOATS, bad)
    else:
        start = _integer(said.get("from"), f"{path}from", WHOLE_RANGE, bad)
        end = _integer(said.get("to"), f"{path}to", WHOLE_RANGE, bad)
    if start is not None and end is not None and start > end:
        bad[f"{path}from"] = f"{start} is after to, {end}"
    px = _integer(said.get("px"), f"{path}px", PX_RANGE, bad)
    smooth = _number(said.get("smooth"), f"{path}smooth", SMOOTH_RANGE, bad)
    group_by = _group_by(said.get("group_by"), f"{path}group_by", bad)
    groups = _named_groups(said.get("groups"), f"{path}groups", run_ids, bad)
    growing = said.get("growing", False)
    if not isinstance(growing, bool):
        bad[f"{path}growing"] = "true or false is needed"
    if x_key and draw == "mean":
        bad[f"{path}draw"] = "over another metric, lines are drawn only"
    if x_key and smooth is not None:
        bad[f"{path}smooth"] = "over another metric nothing is smoothed"
    if draw == "band" and x != "step":
        bad.setdefault(f"{path}x", "a band is drawn over steps only")
    if draw == "band" and smooth is not None:
        bad[f"{path}smooth"] = "a band is not smoothed; draw lines or mean"
    if group_by and groups:
        bad[f"{path}groups"] = "group_by and groups do not go together"
    for name, value in (("group_by", group_by), ("groups", groups)):
        if value and draw != "band":
            bad[f"{path}{name}"] = 'goes with "draw": "band" only'
    if bad:
        raise Invalid("The question cannot be answered.", fields=bad)
    question = Question(
        run_ids=run_ids,
        key=cast(str, key),
        x="key" if x_key else cast(X, x),
        start=None if x_key else cast(int | None, start),
        end=None if x_key else cast(int | None, end),
        px=800 if px is None else px,
        draw=cast(Draw, draw),
        smooth=smooth,
        x_key=x_key,
        span=(start, end) if x_key else (None, None),
        growing=growing,
    )
    if draw == "band":
        question = replace(question, groups=groups or (("all runs", run_ids),))
    return Asked(question, group_by)


def _x_key(said: Any, path: str, bad: dict[str, str]) -> str:
    """The metric that x is, from {"key": …} or "key:…"; "" for an axis of another kind."""
    if isinstance(said, str) and said in _AXES:
        return ""
    key = said.removeprefix(KEY_AXIS) if isinstance(said, str) and said.startswith(KEY_AXIS) else ""
    if isinstance(said, dict) and set(said) == {"key"}:
        key = said["key"]
    if isinstance(key, str) and 1 <= len(key) <= MAX_KEY_LENGTH and _is_unicode(key):
        return key
    bad[path] = f'is not one of {", ".join(_AXES)}, nor {{"key": "<metric>"}} (in a URL {KEY_AXIS}<metric>)'
    return ""


def _group_by(said: Any, path: str, bad: dict[str, str]) -> tuple[str, ...]:
    """Fields to group by: one, or a list of them."""
    if said is None:
        return ()
    fields = [said] if isinstance(said, str) else said
    if not isinstance(fields, list) or not 1 <= len(fields) <= MAX_GROUP_FIELDS:
        bad[path] = f"1..{MAX_GROUP_FIELDS} fields are needed"
    elif not all(isinstance(one, str) and len(one) <= MAX_NAME_LENGTH and _is_unicode(one) for one in fields):
        bad[path] = f"a field is a text of at most {MAX_NAME_LENGTH} characters"
    elif problem := field_problem(fields):
        bad[path] = problem
    return () if path in bad else tuple(dict.fromkeys(fields))


def _named_groups(said: Any, path: str, run_ids: Sequence[int], bad: dict[str, str]) -> Groups:
    """Groups named one by one: [{"name", "runs"}], of runs that are asked for."""
    if said is None:
        return ()
    if not isinstance(said, list) or not 1 <= len(said) <= MAX_GROUPS:
        bad[path] = f"a list of 1..{MAX_GROUPS:,} groups is needed"
        return ()
    groups = []
    for place, one in enumerate(said):
        here = f"{path}[{place}]"
        if not isinstance(one, dict) or set(one) != {"name", "runs"}:
            bad[here] = "name and runs are needed, and nothing else"
            continue
        name = one["name"]
        if not isinstance(name, str) or len(name) > MAX_NAME_LENGTH or not _is_unicode(name):
            bad[f"{here}.name"] = f"a text of at most {MAX_NAME_LENGTH} characters is needed"
        members = _run_ids(one["runs"], f"{here}.", "runs", bad)
        if strangers := set(members) - set(run_ids):
            bad[f"{here}.runs"] = f"{ids.to_text(min(strangers))} is not among the question's runs"
        groups.append((name, members))
    return tuple(groups)


def _run_ids(said: Any, path: str, name: str, bad: dict[str, str]) -> tuple[int, ...]:
    if not isinstance(said, list) or not said:
        bad[f"{path}{name}"] = "at least one run's id is needed"
        return ()
    if len(said) > MAX_RUNS:
        raise TooManyRuns(len(said), f"{path}{name}")
    found = []
    for place, text in enumerate(said):
        try:
            found.append(ids.from_text(text if isinstance(text, str) else ""))
        except ValueError as error:
            bad[f"{path}{name}[{place}]"] = str(error)
    return tuple(dict.fromkeys(found))


def _is_unicode(text: str) -> bool:
    """Whether the text can be written as UTF-8: no lone surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _integer(said: Any, path: str, limits: tuple[int, int], bad: dict[str, str]) -> int | None:
    """An integer, also as a string of digits (steps beyond ±2^53 travel so); None when nothing was said."""
    if said is None:
        return None
    low, high = limits
    try:
        if isinstance(said, str) and len(said) > 20:
            raise ValueError
        number = int(said) if isinstance(said, (int, str)) and not isinstance(said, bool) else None
    except ValueError:
        number = None
    if number is None or not low <= number <= high:
        bad[path] = f"an integer in {low}..{high} is needed"
        return None
    return number


def _number(said: Any, path: str, limits: tuple[float, float], bad: dict[str, str]) -> float | None:
    """A number, also as text; None when nothing was said."""
    if said is None:
        return None
    low, high = limits
    try:
        number = float(said) if isinstance(said, (int, float, str)) and not isinstance(said, bool) else math.nan
    except (ValueError, OverflowError):
        number = math.nan
    if not low <= number <= high:
        bad[path] = f"a number in {low:g}..{high:g} is needed"
        return None
    return number
