"""What is wrong with a panel's text, all of it: as JSON, as a chart, and as questions to a project."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from apps.custom_panels.parameters import Parameter, inside
from apps.custom_panels.sources import SOURCES, Declared, Source, filled_spec, sources_of
from apps.rendering.checks import problems_of
from apps.rendering.documents import Document, read_document
from apps.rendering.errors import BadDocument
from apps.rendering.problems import Problem


class Checked(NamedTuple):
    """A text that was looked at. document: None where it is no JSON; problems: in the order of the text.

    spec: what Vega is given, the document with the values of its parameters.
    """

    document: Document | None
    spec: dict[str, Any]
    sources: dict[str, Source]
    parameters: dict[str, Parameter]
    problems: list[Problem]


def checked(text: str, given: Mapping[str, Any] | None = None) -> Checked:
    """Everything that is wrong with a text, with those values of its parameters, or their defaults.

    Raises Invalid for values that cannot be taken.
    """
    try:
        document = read_document(text)
    except BadDocument as error:
        return Checked(None, {}, {}, {}, error.problems)
    declared = sources_of(document, given)
    drawn = _with_values(document, declared, given or {})
    problems = sorted({*declared.problems, *problems_of(drawn, _declared_names(document))})
    return Checked(document, drawn.spec, declared.sources, declared.parameters, problems)


def good_document(text: str, given: Mapping[str, Any] | None = None) -> Document:
    """The document of a text that can be drawn. Raises BadDocument, and Invalid for values of its parameters."""
    found = checked(text, given)
    if found.document is None or found.problems:
        raise BadDocument(found.problems)
    return found.document


def _with_values(document: Document, declared: Declared, given: Mapping[str, Any]) -> Document:
    """The document as it is drawn: `"${size}"` is a number then. Places in the text stay what they are."""
    if any(problem.path.startswith("usermeta.paceline.parameters") for problem in declared.problems):
        return document
    return replace(document, spec=filled_spec(document, declared.parameters, given))


def _declared_names(document: Document) -> set[str]:
    """The names of all declared sources: one that cannot be read is one problem, not two."""
    declared = inside(document, SOURCES)
    return set(declared) if isinstance(declared, dict) else set()
