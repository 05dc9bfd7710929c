"""Which panels stand on the pages of a project, in which order, with which values of their parameters."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple, cast, get_args

from django.db import transaction

from apps.core import ids
from apps.core.errors import Invalid
from apps.core.json_values import text_problem
from apps.custom_panels.access import readable_panels
from apps.custom_panels.limits import MAX_PARAMETERS, MAX_PLACED, MAX_VALUE
from apps.custom_panels.models import Panel, PanelPlaces
from apps.runs.access import AnyUser
from apps.runs.models import Project

Page = Literal["project", "compare"]
PAGES: tuple[Page, ...] = get_args(Page)


class Placed(NamedTuple):
    """A panel on a page. parameters: chosen values by name; those of parameters it has no more do no harm."""

    panel: Panel
    parameters: dict[str, Any]

    def as_json(self) -> dict[str, Any]:
        return {"panel": self.panel.slug, "parameters": self.parameters}


def placed_panels(user: AnyUser, project: Project, page: Page) -> list[Placed]:
    """Those of a readable project that the user may see and nobody archived, in order: two queries."""
    row = PanelPlaces.objects.filter(project=project, page=page).first()
    said = row.panels if row else []
    wanted = [ids.from_text(one["panel"]) for one in said]
    known = {one.id: one for one in readable_panels(user, project).filter(id__in=wanted, archived_at=None)}
    return [
        Placed(known[panel_id], one["parameters"])
        for panel_id, one in zip(wanted, said, strict=True)
        if panel_id in known
    ]


@transaction.atomic
def place_panels(user: AnyUser, project: Project, page: Page, said: Any) -> list[Placed]:
    """Let exactly these panels stand on a page of a project the user may write to: [{"panel", "parameters"}] in order.

    A page is everybody's, so panels that were their owner's alone are shared with it. Raises Invalid.
    """
    wanted = _read(said)
    known = {one.id: one for one in readable_panels(user, project).filter(id__in=wanted)}
    bad = {
        f"panels.{ids.to_text(panel_id)}": "is no panel of this project" for panel_id in wanted.keys() - known.keys()
    }
    if bad:
        raise Invalid("Some of these panels are not there.", fields=bad)
    listed = [Placed(known[panel_id], parameters) for panel_id, parameters in wanted.items()]
    PanelPlaces.objects.update_or_create(
        project=project, page=page, defaults={"panels": [one.as_json() for one in listed]}
    )
    Panel.objects.filter(id__in=wanted, shared=False).update(shared=True)
    return listed


def _read(said: Any) -> dict[int, dict[str, Any]]:
    """Panels in order, each once, with the values of their parameters. Raises Invalid."""
    if not isinstance(said, list) or not all(isinstance(one, Mapping) for one in said):
        raise Invalid('Panels are a list: [{"panel": "…", "parameters": {}}].', fields={"panels": "is no such list"})
    if len(said) > MAX_PLACED:
        message = f"At most {MAX_PLACED} panels stand on a page; {len(said)} came."
        raise Invalid(message, fields={"panels": "too many"})
    found: dict[int, dict[str, Any]] = {}
    bad = {}
    for place, one in enumerate(cast(Sequence[Mapping[str, Any]], said)):
        try:
            panel_id = ids.from_text(str(one.get("panel", "")))
        except ValueError as error:
            bad[f"panels[{place}].panel"] = str(error)
            continue
        parameters = one.get("parameters", {})
        if not _are_values(parameters):
            bad[f"panels[{place}].parameters"] = f"is an object of at most {MAX_PARAMETERS} texts and numbers"
        else:
            found[panel_id] = dict(parameters)
    if bad:
        raise Invalid("These panels cannot be placed.", fields=bad)
    return found


def _are_values(said: Any) -> bool:
    if not isinstance(said, Mapping) or len(said) > MAX_PARAMETERS:
        return False
    return all(_is_value(one) for one in [*said.keys(), *said.values()])


def _is_value(one: Any) -> bool:
    if isinstance(one, str):
        return len(one) <= MAX_VALUE and not text_problem(one)
    return isinstance(one, int | float) and math.isfinite(one) and abs(one) < 2**63
