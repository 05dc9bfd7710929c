"""Everything that is wrong with a panel's document: each thing with its line, in people's words. No Django."""

import re
from collections.abc import Collection
from typing import Any, Literal

from apps.rendering.data_names import vega_lite_names, vega_names
from apps.rendering.documents import Document
from apps.rendering.limits import MAX_PROBLEMS
from apps.rendering.problems import Problem
from apps.rendering.refusals import refused, without_rows
from apps.rendering.schemas import schema_problems
from apps.rendering.vega import vega_problems

Language = Literal["vega", "vega-lite"]

_SCHEMA_NAME = re.compile(r"https://vega\.github\.io/schema/(vega|vega-lite)/v(\d+)(?:\.\d+)*\.json")
_MAJORS = {"vega": ("5", "6"), "vega-lite": ("5", "6")}  # 5 draws as 6 does: what Altair 5 made is welcome


def language_of(document: Document) -> Language:
    """In which of the two a document is written: Vega-Lite when it does not say."""
    return language_named(document.spec.get("$schema"))


def language_named(schema: Any) -> Language:
    found = _SCHEMA_NAME.fullmatch(schema) if isinstance(schema, str) else None
    return "vega" if found and found.group(1) == "vega" else "vega-lite"


def problems_of(document: Document, known_sources: Collection[str]) -> list[Problem]:
    """At most MAX_PROBLEMS things, in the order of the text; [] of a document that may be drawn.

    What is refused comes before what its schema says: the latter looks only at documents whose size is bounded.
    """
    problems = [*_schema_name(document), *refused(document)]
    is_vega = language_of(document) == "vega"
    if not problems:
        problems = vega_problems(document) if is_vega else schema_problems(document, without_rows(document.spec))
    problems += (vega_names if is_vega else vega_lite_names)(document, known_sources)
    return sorted(dict.fromkeys(problems))[:MAX_PROBLEMS]


def _schema_name(document: Document) -> list[Problem]:
    said = document.spec.get("$schema")
    if said is None:
        return []
    found = _SCHEMA_NAME.fullmatch(said) if isinstance(said, str) else None
    if found and found.group(2) in _MAJORS[found.group(1)]:
        return []
    return [
        document.problem(
            ("$schema",),
            "Panels are Vega-Lite or Vega, version 6: https://vega.github.io/schema/vega-lite/v6.json or "
            "https://vega.github.io/schema/vega/v6.json.",
        )
    ]
