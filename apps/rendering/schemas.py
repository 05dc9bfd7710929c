"""Whether a spec is Vega-Lite, by the schema in the pinned Altair, and in people's words why not. No Django."""

import json
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import lru_cache
from importlib.util import find_spec
from itertools import islice
from pathlib import Path as File
from typing import Any
from urllib.parse import quote

from apps.rendering.documents import Document
from apps.rendering.limits import MAX_PROBLEMS
from apps.rendering.problems import Path, Problem

SCHEMA = "vegalite/v6/schema/vega-lite-schema.json"  # in Altair's package
_SHOWN = 12  # words offered in place of an unknown one
_PROSE = ("description", "default")
_REFERENCE = "#/definitions/"

# How much an error speaks against the branch of an anyOf that it is in: an error further in says that the branch was
# meant and something inside it is wrong.
_AGAINST = {"Type": 100.0, "Constant": 100.0, "Enum": 100.0, "AdditionalProperties": 30.0, "Required": 20.0}
_AGAINST_OTHER = 50.0
_FADING = 0.3  # for each level further in
_TYPES = {
    "string": "a text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "null": "null",
    "array": "a list",
    "object": "an object",
}


# By the word that makes a spec one: asked for this alone, the validator says a hundredth as much of a wrong spec as
# when it tries all of them.
_VIEWS = {
    "layer": "TopLevelLayerSpec",
    "concat": "TopLevelConcatSpec",
    "hconcat": "TopLevelHConcatSpec",
    "vconcat": "TopLevelVConcatSpec",
    "repeat": "TopLevelRepeatSpec",
    "facet": "TopLevelFacetSpec",
}
_ONE_VIEW = "TopLevelUnitSpec"


@lru_cache(maxsize=1)
def _definitions() -> dict[str, Any]:
    """Of the schema, read once: a tenth of a second."""
    package = find_spec("altair")
    if package is None or package.origin is None:
        raise RuntimeError("Altair, whose package holds the schema of Vega-Lite, is not installed.")
    schema = _lean(json.loads((File(package.origin).parent / SCHEMA).read_text(encoding="utf-8")))
    definitions: dict[str, Any] = schema["definitions"]
    return definitions


@lru_cache(maxsize=len(_VIEWS) + 1)
def _validator(view: str) -> Any:
    import jsonschema_rs  # 15 MB that only who checks a panel needs

    return jsonschema_rs.Draft7Validator({"$ref": _REFERENCE + view, "definitions": _definitions()}, offline=True)


def _lean(node: Any) -> Any:
    """The schema without its prose, and with references as the validator wants them: percent-encoded."""
    if isinstance(node, list):
        return [_lean(one) for one in node]
    if not isinstance(node, dict):
        return node
    lean = {name: _lean(one) for name, one in node.items() if not (name in _PROSE and isinstance(one, str))}
    if isinstance(reference := lean.get("$ref"), str):
        lean["$ref"] = _REFERENCE + quote(reference.removeprefix(_REFERENCE), safe="")
    return lean


def schema_problems(document: Document, spec: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with a Vega-Lite spec by its schema, in the order of the text.

    spec: the document's, without rows: they cost time and are checked elsewhere.
    """
    validator = _validator(next((view for word, view in _VIEWS.items() if word in spec), _ONE_VIEW))
    whole = {"data": {"name": ""}, **spec}  # a chart may leave its data to the views in it
    if validator.is_valid(whole):
        return []
    problems: set[Problem] = set()
    for error in islice(validator.iter_errors(whole), MAX_PROBLEMS):
        beside: dict[Path, list[Any]] = {}
        for leaf in _leaves(error):
            beside.setdefault(tuple(leaf.instance_path), []).append(leaf)
        for reason in _reasons(error):
            problems.update(_said(document, _definitions(), reason, beside[tuple(reason.instance_path)]))
    return sorted(problems)


def _leaves(error: Any) -> Iterator[Any]:
    context = getattr(error.kind, "context", None)
    if context is None:
        yield error
        return
    for branch in context:
        for inner in branch:
            yield from _leaves(inner)


def _reasons(error: Any) -> list[Any]:
    """The errors of the branch that was most likely meant."""
    context = getattr(error.kind, "context", None)
    if context is None:
        return [error]
    branches = [[reason for inner in branch for reason in _reasons(inner)] for branch in context]
    return min(branches, key=lambda reasons: _against(reasons, len(error.instance_path)))


def _against(reasons: Sequence[Any], depth: int) -> float:
    """What speaks against a branch: all that is wrong with the value itself, and the worst of what is inside it."""
    own, inside = 0.0, 0.0
    for reason in reasons:
        name = type(reason.kind).__name__
        weight = _AGAINST.get(name, _AGAINST_OTHER)
        further = len(reason.instance_path) - depth
        if further:
            inside = max(inside, weight * _FADING**further)
        else:
            own += weight * (len(reason.kind.unexpected) if name == "AdditionalProperties" else 1)
    return own + inside


def _said(document: Document, definitions: Mapping[str, Any], reason: Any, beside: Sequence[Any]) -> Iterator[Problem]:
    """A reason in words. beside: all errors of the same value, whatever branch they are in: what else it might be."""
    path = tuple(reason.instance_path)
    kind = type(reason.kind).__name__
    if kind == "AdditionalProperties":
        known = _known_names(definitions, reason.schema_path)
        for name in reason.kind.unexpected:
            yield document.problem((*path, name), unknown_word(name, known), at_name=True)
        return
    if kind == "Required":
        yield document.problem(path, f'"{reason.kind.property}" is missing here.')
        return
    if kind in ("Enum", "Constant") and isinstance(reason.instance, str):
        yield document.problem(path, unknown_word(reason.instance, _options(beside)))
    elif kind in ("Type", "Enum", "Constant"):
        wanted = list(dict.fromkeys(_TYPES.get(one, one) for one in _types(beside)))
        said = f"{' or '.join(wanted)} is expected here, not {_shown(reason.instance)}."
        yield document.problem(path, said[:1].upper() + said[1:])
    else:
        yield document.problem(path, reason.message[:200])


def _known_names(definitions: Mapping[str, Any], schema_path: Sequence[str | int]) -> list[str]:
    node: Any = {"definitions": definitions}
    for part in schema_path[:-1]:
        node = node[part]
    return list(node.get("properties", {}))


def _options(errors: Sequence[Any]) -> list[str]:
    found: dict[str, None] = {}
    for one in errors:
        kind = one.kind
        options = getattr(kind, "options", None) or [getattr(kind, "expected_value", None)]
        found.update(dict.fromkeys(option for option in options if isinstance(option, str)))
    return list(found)


def _types(errors: Sequence[Any]) -> list[str]:
    found = [name for one in errors for name in getattr(one.kind, "types", ())]
    return found if found and not _options(errors) else [*found, "string"]


def unknown_word(word: str, known: Sequence[str]) -> str:
    """That a word is not known, and which ones are: the nearest, or all when they are few."""
    said = f'"{word[:60]}" is not known here'
    if near := get_close_matches(word, known, 1, 0.7):
        return f'{said}; did you mean "{near[0]}"?'
    if not known:
        return f"{said}."
    shown = ", ".join(f'"{one}"' for one in known[:_SHOWN])
    return f"{said}; known are {shown}{f' and {len(known) - _SHOWN} more' if len(known) > _SHOWN else ''}."


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return f'the text "{value[:40]}"'
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    return json.dumps(value)[:40]
