"""From what a request says to the chart questions it asks. No Django.

Every bad field is named by its path (`questions[2].px`), all of them at once.
"""

from collections.abc import Mapping
from typing import Any, Literal, cast

from apps.core import ids
from apps.core.errors import Invalid
from apps.history.charts import Question
from apps.panels.errors import MAX_LINES, MAX_QUESTIONS, MAX_RUNS, PX_RANGE, TooManyLines, TooManyQuestions, TooManyRuns

MAX_KEY_LENGTH = 250
WHOLE_RANGE = (-(2**63), 2**63 - 1)
FIELDS = ("runs", "key", "x", "from", "to", "px", "draw")
_AXES = ("step", "time")
_DRAWS = ("lines", "mean")


def url_question(params: Mapping[str, list[str]]) -> Question:
    """The question of `GET series/`: run (repeated), key, x, from, to, px, draw."""
    known = ("run", *FIELDS[1:])
    bad = {name: f"is not one of {', '.join(known)}" for name in params if name not in known}
    bad |= {name: "is given more than once" for name, said in params.items() if name != "run" and len(said) > 1}
    if bad:
        raise Invalid("The request asks what series/ does not know.", fields=bad)
    said: dict[str, Any] = {name: values[0] for name, values in params.items() if name != "run"}
    said["runs"] = params.get("run", [])
    return _question(said, "", runs_path="run")


def body_questions(body: Any) -> list[Question]:
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
    lines = sum(len(question.run_ids) for question in found)
    if lines > MAX_LINES:
        raise TooManyLines(lines)
    return found


def _question(said: Mapping[str, Any], path: str, runs_path: str = "runs") -> Question:
    bad: dict[str, str] = {}
    run_ids = _run_ids(said.get("runs"), path, runs_path, bad)
    key = said.get("key")
    if not isinstance(key, str) or not 1 <= len(key) <= MAX_KEY_LENGTH or not _is_unicode(key):
        bad[f"{path}key"] = f"a metric's name of 1..{MAX_KEY_LENGTH} characters is needed"
    x, draw = said.get("x", "step"), said.get("draw", "lines")
    if x not in _AXES:
        bad[f"{path}x"] = f"{x!r} is not one of {', '.join(_AXES)}"
    if draw not in _DRAWS:
        bad[f"{path}draw"] = f"{draw!r} is not one of {', '.join(_DRAWS)}"
    start = _integer(said.get("from"), f"{path}from", WHOLE_RANGE, bad)
    end = _integer(said.get("to"), f"{path}to", WHOLE_RANGE, bad)
    if start is not None and end is not None and start > end:
        bad[f"{path}from"] = f"{start} is after to, {end}"
    px = _integer(said.get("px"), f"{path}px", PX_RANGE, bad)
    if bad:
        raise Invalid("The question cannot be answered.", fields=bad)
    return Question(
        run_ids=run_ids,
        key=cast(str, key),
        x=cast(Literal["step", "time"], x),
        start=start,
        end=end,
        px=800 if px is None else px,
        draw=cast(Literal["lines", "mean"], draw),
    )


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
