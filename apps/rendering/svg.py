"""Whether an SVG is a drawing and nothing else: what a drawing process answers is not trusted. No Django."""

import re
from typing import NamedTuple
from xml.etree import ElementTree

from apps.rendering.errors import CannotRender

_NAMESPACE = "{http://www.w3.org/2000/svg}"
_ELEMENTS_WORDS = "svg g path text tspan rect line circle defs clipPath linearGradient radialGradient stop title desc"
_ELEMENT_NAMES = "svg g path text tspan rect line circle defs clipPath linearGradient radialGradient stop title desc"
_ATTRIBUTE_NAMES = """
version class id display visibility width height viewBox transform d x y dx dy x1 y1 x2 y2 cx cy r rx ry fx fy fr points
fill fill-opacity fill-rule stroke stroke-width stroke-opacity stroke-dasharray stroke-dashoffset stroke-linecap
stroke-linejoin stroke-miterlimit opacity color font-family font-size font-weight font-style font-variant
text-anchor text-decoration dominant-baseline direction dir clip-path offset stop-color stop-opacity gradientUnits
gradientTransform spreadMethod pointer-events role style preserveAspectRatio
"""
_ELEMENTS, _ATTRIBUTES = (frozenset(names.split()) for names in (_ELEMENT_NAMES, _ATTRIBUTE_NAMES))
_FORBIDDEN = re.compile(r"url\s*\((?!\s*#)|[@\\]|expression\s*\(|image|javascript:", re.IGNORECASE)
_STYLED = ("style", "fill", "stroke", "clip-path", "font-family", "color")  # where CSS may name something else
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_PIXELS = re.compile(r"(\d+(?:\.\d+)?)(?:px)?")

_REFUSED = "Panels hold no links, pictures or scripts, and this one makes {}."


class Drawing(NamedTuple):
    """An SVG that shows nothing from elsewhere and runs nothing; width and height in px."""

    text: str
    width: float
    height: float


def checked(answer: bytes) -> Drawing:
    """A drawing process's answer, without characters that XML cannot hold. Raises CannotRender: it holds more."""
    text = _NOT_XML.sub("", answer.decode(errors="replace"))
    if "<!" in text or "<?" in text:
        raise CannotRender(_REFUSED.format("a document type"))
    try:
        root = ElementTree.fromstring(text)  # noqa: S314 - no document type, hence no entities
    except ElementTree.ParseError as error:
        raise CannotRender(f"The panel was drawn as no SVG: {error}.") from None
    for element in root.iter():
        _check(element)
    sides = [_PIXELS.fullmatch(root.get(name, "")) for name in ("width", "height")]
    width, height = (float(side.group(1)) if side else 0.0 for side in sides)
    return Drawing(text, width, height)


def _check(element: ElementTree.Element) -> None:
    name = element.tag.removeprefix(_NAMESPACE) if isinstance(element.tag, str) else ""
    if name not in _ELEMENTS:
        raise CannotRender(_REFUSED.format(f"<{name[:40]}>"))
    for attribute, value in element.attrib.items():
        if attribute not in _ATTRIBUTES and not attribute.startswith("aria-"):
            raise CannotRender(_REFUSED.format(f"{attribute[:60]}=…"))
        if attribute in _STYLED and _FORBIDDEN.search(value):
            raise CannotRender(_REFUSED.format(f'{attribute}="{value[:60]}"'))
