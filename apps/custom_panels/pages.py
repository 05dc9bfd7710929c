"""What the pages of custom panels show: cards of panels, and the document an editor begins with."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse

from apps.custom_panels.gallery import examples
from apps.custom_panels.models import Panel
from apps.custom_panels.parameters import parameters_of
from apps.custom_panels.placing import Page, placed_panels
from apps.custom_panels.queries import newest_versions
from apps.rendering.documents import read_document
from apps.runs.access import AnyUser, writes_to
from apps.runs.models import Project

_STARTER = {
    "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
    "usermeta": {
        "paceline": {
            "sources": {"history": {"kind": "history", "keys": ["${metric}"], "points": 300}},
            "parameters": {"metric": {"label": "Metric", "kind": "metric", "default": "loss"}},
        }
    },
    "data": {"name": "history"},
    "mark": "line",
    "encoding": {
        "x": {"field": "step", "type": "quantitative", "title": "Step"},
        "y": {"field": "value", "type": "quantitative", "title": "${metric}", "scale": {"zero": False}},
        "color": {"field": "color", "type": "nominal", "scale": None},
        "detail": {"field": "run"},
        "tooltip": [{"field": "name"}, {"field": "step"}, {"field": "value"}],
    },
}


@dataclass(frozen=True)
class Card:
    """A panel as a page shows it. id: of a panel; script: of the element with an example's document.

    declared: the parameters that its reader may choose; parameters: their chosen values; both as JSON, "" for none.
    """

    name: str
    about: str = ""
    id: str = ""
    version: int | None = None
    script: str = ""
    document: str = ""
    edit_url: str = ""
    copy_url: str = ""
    declared: str = ""
    parameters: str = ""


@dataclass(frozen=True)
class Section:
    """Part of the gallery. kind: "mine", "team" or "examples"; empty: what is said where it has no card."""

    kind: str
    title: str
    empty: str
    cards: list[Card] = field(default_factory=list)


@dataclass(frozen=True)
class PlacedCards:
    """The custom panels on a page of a project. writes: whether its reader may move them and take them away."""

    page: Page
    cards: list[Card]
    writes: bool


def panel_card(project: Project, panel: Panel, **more: Any) -> Card:
    """more: other fields of the card."""
    panel.project = project  # which is at hand, so that no query asks for it
    return Card(panel.name, id=panel.slug, edit_url=panel.get_absolute_url(), **more)


def placed_cards(user: AnyUser, project: Project, page: Page) -> PlacedCards | None:
    """Those the user may see, None where there is none: four queries at most."""
    placed = placed_panels(user, project, page)
    if not placed:
        return None
    versions = newest_versions([one.panel for one in placed])
    cards = [
        panel_card(project, panel, **_chosen(versions[panel.id].document, parameters)) for panel, parameters in placed
    ]
    return PlacedCards(page, cards, writes_to(user, project))


def _chosen(document: str, chosen: Mapping[str, Any]) -> dict[str, str]:
    """The fields of a card whose reader may choose: what there is to choose, and what of that is chosen."""
    declared, _ = parameters_of(read_document(document))
    kept = {name: value for name, value in chosen.items() if name in declared}
    listed = [one.as_json() for one in declared.values()]
    return {"declared": json.dumps(listed), "parameters": json.dumps(kept)} if listed else {}


def example_cards(project: Project) -> list[Card]:
    """All examples; each is drawn from its document and copied into the editor."""
    new = reverse("new_panel", args=[project.team.slug, project.slug])
    return [
        Card(
            one.name,
            about=one.about,
            script=f"example-{one.slug}",
            document=one.document,
            copy_url=f"{new}?from={one.slug}",
        )
        for one in examples()
    ]


def starter(metric: str) -> str:
    """The document of a new panel: lines of one metric."""
    text = json.dumps(_STARTER, indent=2)
    return text.replace('"default": "loss"', f'"default": {json.dumps(metric, ensure_ascii=False)}') + "\n"
