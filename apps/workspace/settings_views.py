"""The settings of a project, for its team's admins."""

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.models import User
from apps.accounts.signed_in import signed_in
from apps.core.errors import Invalid
from apps.panels.arranging import aliases_of
from apps.panels.services import change_aliases
from apps.runs.access import administered_project
from apps.runs.models import Visibility
from apps.runs.services import change_project

MEANINGS = {
    Visibility.PRIVATE: "People of the team read it.",
    Visibility.TEAM: "Everybody with an account on this site reads it.",
    Visibility.PUBLIC: "Everybody who can reach this site reads it and its runs, without signing in.",
}


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def project_settings(request: HttpRequest, team: str, project: str) -> HttpResponse:
    found = administered_project(request.user, team, project)
    asked = {"name": found.name, "description": found.description, "visibility": found.visibility}
    problem = None
    if request.method == "POST":
        asked = {name: request.POST.get(name, "").strip() for name in asked}
        try:
            change_project(found, **asked, by=cast(User, request.user))
            messages.success(request, "The settings were saved.")
            return redirect("project_settings", team, project)
        except Invalid as error:
            problem = error
    context = {
        "project": found,
        "administers": True,
        "asked": asked,
        "choices": [(value, Visibility(value).label, meaning) for value, meaning in MEANINGS.items()],
        "problem": problem,
        "aliases": aliases_of(found),
    }
    return render(request, "workspace/project_settings.html", context, status=400 if problem else 200)


@require_POST
@signed_in(back="project_settings", keep=("team", "project"))
def share_chart(request: HttpRequest, team: str, project: str) -> HttpResponse:
    """Let a metric be drawn in the chart of another one, or give it its own back; leads back to the settings."""
    found = administered_project(request.user, team, project)
    separate = request.POST.get("separate")
    key, main = (request.POST.get(name, "").strip() for name in ("key", "main"))
    try:
        change_aliases(found, {key: main} if separate is None else {separate: None}, cast(User, request.user))
    except Invalid as error:
        messages.error(request, f"{error.message} {'; '.join(error.fields.values())}.")
    return redirect("project_settings", team, project)
