"""Panels to begin with: documents that work on the demo project, and on any that logs what they name."""

import json
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

FOLDER = Path(__file__).parent / "gallery"
_FIRST = (  # what a newcomer sees first; all others follow by name
    "seed-spread",
    "class-dumbbells",
    "learning-rate-heat-map",
    "worst-classes",
    "loss-landscape",
    "race",
)


class Example(NamedTuple):
    """slug: its file's name; name, about: of its chart; document: the text."""

    slug: str
    name: str
    about: str
    document: str


@cache
def examples() -> tuple[Example, ...]:
    """All of them, read once."""
    found = [_example(path) for path in sorted(FOLDER.glob("*.json"))]
    rank = {slug: place for place, slug in enumerate(_FIRST)}
    return tuple(sorted(found, key=lambda one: (rank.get(one.slug, len(rank)), one.slug)))


def example(slug: str) -> Example | None:
    return next((one for one in examples() if one.slug == slug), None)


def _example(path: Path) -> Example:
    text = path.read_text(encoding="utf-8")
    spec = json.loads(text)
    title: Any = spec["title"]
    return Example(path.stem, title["text"] if isinstance(title, dict) else title, spec["description"], text)
