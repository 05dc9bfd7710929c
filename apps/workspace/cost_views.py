"""What mistakes cost in a project: read and changed by whoever writes to it."""

from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from apps.accounts.models import User
from apps.accounts.signed_in import signed_in
from apps.core.errors import Invalid, NotFound
from apps.runs.access import writable_project
from apps.runs.models import Project
from apps.tables.cost_queries import cost_versions, costs_of, indexing_of
from apps.tables.cost_services import change_costs
from apps.tables.costs import Costs, read_costs

MOST_LISTED = 200  # rules; the API has all


@never_cache
@require_http_methods(["GET", "POST"])
@signed_in(back="cost_settings", keep=("team", "project"))
def cost_settings(request: HttpRequest, team: str, project: str) -> HttpResponse:
    """Each change is a new version; an earlier one can be taken again."""
    found = writable_project(request.user, team, project)
    problem = None
    if request.method == "POST":
        try:
            before = costs_of(found.pk)
            version = change_costs(found, _asked(found, before, request.POST), by=cast(User, request.user))
            messages.success(request, f"The costs are those of version {version}. Old runs follow.")
            return redirect("cost_settings", team, project)
        except Invalid as error:
            problem = error
    costs = costs_of(found.pk)
    rules = _rules(costs)
    context = {
        "project": found,
        "costs": costs,
        "rules": rules[:MOST_LISTED],
        "more": max(0, len(rules) - MOST_LISTED),
        "versions": cost_versions(found.pk),
        "indexing": indexing_of(found),
        "problem": problem,
        "asked": request.POST,
    }
    return render(request, "workspace/cost_settings.html", context, status=400 if problem else 200)


def _rules(costs: Costs) -> list[tuple[str, str | None, float]]:
    """(actual, predicted or None for any other, cost), by class."""
    of_class: list[tuple[str, str | None, float]] = [(name, None, cost) for name, cost in costs.actual.items()]
    pairs: list[tuple[str, str | None, float]] = [(one, other, cost) for (one, other), cost in costs.pairs.items()]
    return sorted([*of_class, *pairs], key=lambda rule: (rule[0], rule[1] or ""))


def _asked(project: Project, costs: Costs, params: Any) -> Costs:
    """The costs that a form asks for. Raises BadCosts, and NotFound for a version that is not there."""
    if "version" in params:
        chosen = [one for one in cost_versions(project.pk) if str(one.version) == params["version"]]
        if not chosen:
            raise NotFound("That version of the costs is not kept any more.")
        return read_costs(chosen[0].costs)
    said = costs.as_json()
    actual, predicted = params.get("actual", "").strip(), params.get("predicted", "").strip()
    if "default" in params:
        said["default"] = _number(params["default"])
    else:
        said["pairs"] = [one for one in said["pairs"] if one[:2] != [actual, predicted]]
        if not predicted:
            said["actual"].pop(actual, None)
        if "remove" not in params:
            cost = _number(params.get("cost", ""))
            if predicted:
                said["pairs"].append([actual, predicted, cost])
            else:
                said["actual"][actual] = cost
    return read_costs(said)


def _number(text: str) -> Any:
    """A number as people write it; what is none stays as it is, to be refused by name."""
    try:
        return float(text.strip().replace(",", "."))
    except ValueError:
        return text
