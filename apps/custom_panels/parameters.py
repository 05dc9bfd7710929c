"""The parameters of a document, and `${name}` in its texts replaced by their values: never by code. No Django.

- A text that is nothing but `${name}` becomes the value itself: of a number a number.
- In other texts the value stands as text.
- In expressions and filters it stands as what it is there: inside quotes with its own quotes escaped, elsewhere as a
  number or a quoted text. So no value can say more than a value.
"""

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from apps.core.errors import Invalid
from apps.core.json_values import text_problem
from apps.custom_panels.limits import MAX_CHOICES, MAX_PARAMETERS, MAX_VALUE
from apps.rendering.documents import Document
from apps.rendering.problems import Path, Problem

KINDS = ("text", "number", "metric", "field", "choice")
OURS: Path = ("usermeta", "paceline")
PARAMETERS: Path = (*OURS, "parameters")
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,39}")
_FIELDS = ("label", "default", "kind", "choices")
_PLACE = re.compile(r"\$\{([^{}]*)\}")
_EXPRESSIONS = frozenset(
    (
        *("expr", "signal", "update", "init", "test", "filter", "calculate", "labelExpr", "events"),
        *("trigger", "insert", "remove", "modify", "toggle"),
    )
)
_COMPOSED = frozenset(("and", "or", "not"))  # of filters

Value = str | float | int


class Parameter(NamedTuple):
    """What a reader of the chart may choose. choices: of the kind choice, [] of others."""

    name: str
    label: str
    kind: str
    default: Value
    choices: list[Value]

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "label": self.label,
            "kind": self.kind,
            "default": self.default,
            "choices": self.choices,
        }


def parameters_of(document: Document) -> tuple[dict[str, Parameter], list[Problem]]:
    """The parameters that a document declares, and what is wrong with them."""
    declared = inside(document, PARAMETERS)
    if declared is None:
        return {}, []
    if not isinstance(declared, dict):
        return {}, [document.problem(PARAMETERS, 'Parameters are an object: {"metric": {"default": "val/loss"}}.')]
    found: dict[str, Parameter] = {}
    problems: list[Problem] = []
    if len(declared) > MAX_PARAMETERS:
        message = f"A panel has at most {MAX_PARAMETERS} parameters; {len(declared)} came."
        return {}, [document.problem(PARAMETERS, message)]
    for name, said in declared.items():
        path = (*PARAMETERS, name)
        if not NAME.fullmatch(name):
            message = "A parameter's name has letters, digits and _ and begins with no digit, at most 40 characters."
            problems.append(document.problem(path, message, at_name=True))
            continue
        bad = list(_problems(document, path, said))
        problems += bad
        if not bad:
            kind = said.get("kind", "text")
            found[name] = Parameter(name, said.get("label", name), kind, said["default"], said.get("choices", []))
    return found, problems


def _problems(document: Document, path: Path, said: Any) -> Iterator[Problem]:
    if not isinstance(said, dict):
        yield document.problem(path, 'A parameter is an object: {"label": "Metric", "default": "val/loss"}.')
        return
    for field in said:
        if field not in _FIELDS:
            message = f'A parameter has {", ".join(_FIELDS)}; "{field[:60]}" is none of them.'
            yield document.problem((*path, field), message, at_name=True)
    kind = said.get("kind", "text")
    if kind not in KINDS:
        yield document.problem((*path, "kind"), f"A parameter's kind is one of {', '.join(KINDS)}.")
        return
    if not isinstance(said.get("label", ""), str) or len(said.get("label", "")) > MAX_VALUE:
        yield document.problem((*path, "label"), f"A label is a text of at most {MAX_VALUE} characters.")
    choices = said.get("choices", [])
    if not isinstance(choices, list) or len(choices) > MAX_CHOICES or any(_bad_value(one) for one in choices):
        yield document.problem((*path, "choices"), f"Choices are a list of at most {MAX_CHOICES} texts and numbers.")
        return
    if (kind == "choice") != bool(choices):
        yield document.problem(path, 'A parameter of the kind "choice", and no other, has choices.')
    elif "default" not in said:
        yield document.problem(path, "A parameter needs a default, so that the chart can be drawn at once.")
    elif bad := _bad_value(said["default"]):
        yield document.problem((*path, "default"), f"The default {bad}.")
    elif kind == "number" and isinstance(said["default"], str):
        yield document.problem((*path, "default"), "The default of a number is a number, without quotes.")
    elif kind == "choice" and said["default"] not in choices:
        yield document.problem((*path, "default"), "The default is one of the choices.")
    elif kind != "choice" and kind != "number" and not isinstance(said["default"], str):
        yield document.problem((*path, "default"), f"The default of a {kind} is a text.")


def _bad_value(value: Any) -> str:
    if isinstance(value, str):
        return text_problem(value) or (
            f"has {len(value):,} characters; at most {MAX_VALUE} are allowed" if len(value) > MAX_VALUE else ""
        )
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return "is no text and no finite number"
    return ""


def values_of(parameters: Mapping[str, Parameter], given: Mapping[str, Any]) -> dict[str, Value]:
    """The value of each parameter: the one given, else its default. Numbers may be given as text.

    Raises Invalid, naming every value that cannot be taken.
    """
    bad = {
        f"parameters.{name[:60]}": f"is not one of {', '.join(parameters) or 'them: the panel has no parameters'}"
        for name in given
        if name not in parameters
    }
    values: dict[str, Value] = {}
    for name, parameter in parameters.items():
        try:
            values[name] = _taken(parameter, given[name]) if given.get(name) is not None else parameter.default
        except ValueError as error:
            bad[f"parameters.{name}"] = str(error)
    if bad:
        raise Invalid(" ".join(f"{path} {what}." for path, what in bad.items()), fields=bad)
    return values


def _taken(parameter: Parameter, value: Any) -> Value:
    """Raises ValueError with what is wrong."""
    if problem := _bad_value(value):
        raise ValueError(problem)
    if parameter.kind == "choice":
        chosen = next((one for one in parameter.choices if one == value or str(one) == value), None)
        if chosen is None:
            raise ValueError(f"is not one of its choices: {', '.join(map(str, parameter.choices))[:200]}")
        return chosen
    if parameter.kind != "number":
        return str(value)
    try:
        number = float(value)
    except ValueError:
        raise ValueError("is no number") from None
    if not math.isfinite(number):
        raise ValueError("is no finite number")
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


def inside(document: Document, path: Path) -> Any:
    """What stands at a path of objects, None where nothing does."""
    found: Any = document.spec
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    return found


def unknown_places(document: Document, names: Mapping[str, Parameter]) -> list[Problem]:
    """Every `${name}` of a document that names no parameter."""
    return [
        document.problem(path, f'There is no parameter "{name[:60]}"; declare it in usermeta.paceline.parameters.')
        for path, text in _texts(document.spec, ())
        for name in _PLACE.findall(text)
        if name not in names and path[: len(PARAMETERS)] != PARAMETERS
    ]


def _texts(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for name, one in value.items():
            yield from _texts(one, (*path, name))
    elif isinstance(value, list):
        for place, one in enumerate(value):
            yield from _texts(one, (*path, place))


def filled(value: Any, values: Mapping[str, Value], *, code: bool = False) -> Any:
    """A part of a document with the values of its parameters. code: whether a text that stands here is an expression;
    what is inside an object is one by the name it has there.
    """
    if isinstance(value, str):
        return filled_text(value, values, code=code)
    if isinstance(value, dict):
        return {
            name: filled(one, values, code=name in _EXPRESSIONS or (code and name in _COMPOSED))
            for name, one in value.items()
        }
    if isinstance(value, list):
        return [filled(one, values, code=code) for one in value]
    return value


def filled_text(text: str, values: Mapping[str, Value], *, code: bool = False) -> Value:
    """One text with the values of its parameters; a name that is none stays as it is."""
    whole = _PLACE.fullmatch(text)
    if whole and whole[1] in values and not code:
        return values[whole[1]]
    return _replaced(text, lambda name, quote: _said(values[name], quote, code=code) if name in values else None)


def filled_filter(text: str, values: Mapping[str, Value], parameters: Mapping[str, Parameter]) -> str:
    """A filter with the values of its parameters: those of the kind field stand as names, outside of quotes."""

    def said(name: str, quote: str) -> str | None:
        if name not in values:
            return None
        if not quote and parameters[name].kind == "field":
            return str(values[name])
        return _said(values[name], quote, code=True)

    return _replaced(text, said)


def _said(value: Value, quote: str, *, code: bool) -> str:
    if not code:
        return str(value)
    if quote:
        return _escaped(str(value))
    return f'"{_escaped(value)}"' if isinstance(value, str) else repr(value)


def _escaped(text: str) -> str:
    """A text inside quotes of either kind, in Vega's expressions and in filters."""
    plain = json.dumps(text, ensure_ascii=False)[1:-1].replace("'", "\\u0027").replace('\\"', "\\u0022")
    return plain.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029").replace("`", "\\u0060")


def _replaced(text: str, said: Callable[[str, str], str | None]) -> str:
    """text with each `${name}` replaced by what is said for it, given the quote it stands in ("" for none)."""
    parts: list[str] = []
    done, quote, at = 0, "", 0
    for found in _PLACE.finditer(text):
        while at < found.start():
            letter = text[at]
            if quote and letter == "\\":
                at += 1
            elif letter == quote:
                quote = ""
            elif not quote and letter in "\"'":
                quote = letter
            at += 1
        new = said(found[1], quote)
        parts += [text[done : found.start()], found[0] if new is None else new]
        done = at = found.end()
    return "".join([*parts, text[done:]])
