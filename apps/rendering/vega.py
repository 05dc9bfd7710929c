"""What a Vega spec is made of: no package we pin carries Vega's schema, so known words are listed here. No Django.

Words are those of Vega 6 that draw or compute; what loads (the transform `load`, marks `image`) is not among them.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from apps.rendering import limits
from apps.rendering.documents import Document
from apps.rendering.problems import Path, Problem
from apps.rendering.schemas import unknown_word

_TOP = """
$schema description background width height padding autosize config signals data scales projections axes legends title
marks encode usermeta layout style name
"""
_MARKS = "arc area group line path rect rule shape symbol text trail"
_TRANSFORMS = """
aggregate bin collect contour countpattern crossfilter density dotbin extent filter flatten fold force formula geojson
geopath geopoint geoshape graticule heatmap identifier impute isocontour joinaggregate kde kde2d label linkpath loess
lookup nest pack partition pie pivot project quantile regression resolvefilter sample sequence stack stratify timeunit
tree treelinks treemap voronoi window wordcloud
"""
_SCALES = """
linear log pow sqrt symlog time utc identity ordinal band point quantile quantize threshold bin-ordinal sequential
"""
TOP, MARKS, TRANSFORMS, SCALES = (tuple(words.split()) for words in (_TOP, _MARKS, _TRANSFORMS, _SCALES))
_LISTS = ("signals", "data", "scales", "projections", "axes", "legends", "marks")
_SIDES = ("width", "height")


def vega_problems(document: Document) -> list[Problem]:
    """What is wrong with the build of a Vega spec, in the order of the text."""
    found = [document.problem(path, message, at_name=named) for path, message, named in _group(document.spec, ())]
    return sorted(found)


def _group(spec: Mapping[str, Any], path: Path) -> Iterator[tuple[Path, str, bool]]:
    """A spec, or a group mark in it: both hold data, scales and marks."""
    if not path:
        for name in spec:
            if name not in TOP:
                yield (name,), unknown_word(name, TOP), True
    for name in _LISTS:
        listed = spec.get(name, [])
        if not isinstance(listed, list):
            yield (*path, name), "A list is expected here.", False
            continue
        for place, one in enumerate(listed):
            here = (*path, name, place)
            if not isinstance(one, dict):
                yield here, "An object is expected here.", False
            else:
                yield from _PARTS[name](one, here) if name in _PARTS else ()


def _data(one: Mapping[str, Any], path: Path) -> Iterator[tuple[Path, str, bool]]:
    if not isinstance(one.get("name"), str):
        yield path, '"name" is missing here.', False
    yield from _transforms(one, path)


def _transforms(one: Mapping[str, Any], path: Path) -> Iterator[tuple[Path, str, bool]]:
    listed = one.get("transform", [])
    for place, transform in enumerate(listed if isinstance(listed, list) else ()):
        here = (*path, "transform", place)
        said = transform.get("type") if isinstance(transform, dict) else None
        if not isinstance(said, str):
            yield here, "A transform is an object with its type as a text.", False
        elif said not in TRANSFORMS:
            yield (*here, "type"), unknown_word(said, TRANSFORMS), False


def _scale(one: Mapping[str, Any], path: Path) -> Iterator[tuple[Path, str, bool]]:
    said = one.get("type", "linear")
    if not isinstance(said, str) or said not in SCALES:
        yield (*path, "type"), unknown_word(str(said), SCALES), False


def _mark(one: Mapping[str, Any], path: Path) -> Iterator[tuple[Path, str, bool]]:
    said = one.get("type")
    if not isinstance(said, str):
        yield path, '"type" is missing here, as a text.', False
    elif said not in MARKS:
        yield (*path, "type"), unknown_word(said, MARKS), False
    elif said == "group":
        yield from _group(one, path)
    yield from _transforms(one, path)


def _signal(one: Mapping[str, Any], path: Path) -> Iterator[tuple[Path, str, bool]]:
    if not isinstance(one.get("name"), str):
        yield path, '"name" is missing here.', False
    value = one.get("value")
    if one.get("name") in _SIDES and isinstance(value, (int, float)) and value > limits.MAX_SIDE:
        yield (*path, "value"), f"At most {limits.MAX_SIDE:,} px are allowed here; {value:,} came.", False


_PARTS = {"data": _data, "scales": _scale, "marks": _mark, "signals": _signal}
