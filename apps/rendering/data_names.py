"""Which data a spec names, and which of those names it may. No Django."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from apps.rendering.documents import Document
from apps.rendering.problems import Path, Problem
from apps.rendering.refusals import SOURCE_HINT, without_rows
from apps.rendering.schemas import unknown_word

_GENERATORS = ("sequence", "graticule", "sphere")
_INNER = ("layer", "concat", "hconcat", "vconcat")


def vega_lite_names(document: Document, known_sources: Collection[str]) -> list[Problem]:
    """Data of a Vega-Lite spec that is neither declared nor in the document."""
    spec = document.spec
    datasets = spec.get("datasets")
    named = {*known_sources, *(datasets if isinstance(datasets, dict) else ())}
    bare = without_rows(spec)
    asked = list(_vega_lite_data(bare, ()))
    named |= {one["name"] for _, one in asked if "values" in one and isinstance(one.get("name"), str)}
    problems = []
    for path, one in asked:
        name = one.get("name")
        if isinstance(name, str) and name not in named:
            problems.append(document.problem((*path, "name"), _undeclared(name, named)))
        elif name is None and "values" not in one and "url" not in one and not any(kind in one for kind in _GENERATORS):
            problems.append(document.problem(path, SOURCE_HINT))
    return sorted(problems)


def vega_names(document: Document, known_sources: Collection[str]) -> list[Problem]:
    """Data of a Vega spec that is neither declared, nor in the document, nor made in it."""
    bare = without_rows(document.spec)
    made: set[str] = set()
    roots: list[tuple[Path, str]] = []
    used: list[tuple[Path, str]] = []
    for path, node in _objects(bare, ()):
        if path[-2:-1] == ("data",) and isinstance(path[-1], int):
            _sort_data(node, path, made, roots, used)
        if path[-1:] == ("facet",) and isinstance(node.get("name"), str):
            made.add(node["name"])
        if path[-2:-1] == ("marks",) and isinstance(node.get("name"), str):
            made.add(node["name"])
        if isinstance(node.get("data"), str):
            used.append(((*path, "data"), node["data"]))
    problems = [
        document.problem((*path, "name"), _undeclared(name, known_sources))
        for path, name in roots
        if name not in known_sources
    ]
    every = {*made, *known_sources, *(name for _, name in roots)}
    problems += [document.problem(path, _undeclared(name, every)) for path, name in used if name not in every]
    return sorted(problems)


def _sort_data(
    node: Mapping[str, Any],
    path: Path,
    made: set[str],
    roots: list[tuple[Path, str]],
    used: list[tuple[Path, str]],
) -> None:
    """Puts an entry of `data` among what the spec makes, or among the roots that a source must fill."""
    name, source = node.get("name"), node.get("source")
    for one in source if isinstance(source, list) else [source]:
        if isinstance(one, str):
            used.append(((*path, "source"), one))
    if not isinstance(name, str):
        return
    listed = node.get("transform")
    transforms = listed if isinstance(listed, list) else []
    generated = any(isinstance(one, dict) and one.get("type") in _GENERATORS for one in transforms)
    if source is not None or "values" in node or generated or "on" in node:
        made.add(name)
    else:
        roots.append((path, name))


def _undeclared(name: str, declared: Collection[str]) -> str:
    said = unknown_word(name, sorted(declared)).replace("is not known here", "is no data that is declared", 1)
    return said if declared else f"{said} {SOURCE_HINT}"


def _vega_lite_data(node: Any, path: Path) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Every object that says where rows come from."""
    if isinstance(node, dict):
        for name, inner in node.items():
            if path == () and name in ("usermeta", "datasets"):
                continue
            if name == "data" and isinstance(inner, dict):
                yield (*path, name), inner
            else:
                yield from _vega_lite_data(inner, (*path, name))
    elif isinstance(node, list):
        for place, inner in enumerate(node):
            yield from _vega_lite_data(inner, (*path, place))


def _objects(node: Any, path: Path) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    if isinstance(node, dict):
        yield path, node
        for name, inner in node.items():
            if path or name != "usermeta":
                yield from _objects(inner, (*path, name))
    elif isinstance(node, list):
        for place, inner in enumerate(node):
            yield from _objects(inner, (*path, place))
