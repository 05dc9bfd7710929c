"""What a team stores and may store, and which of its runs go: pages for its admins and the site's."""

from collections.abc import Mapping
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from rest_framework.exceptions import ValidationError

from apps.accounts.models import Membership, Role, Team, User
from apps.core.api_errors import field_paths
from apps.hosting import retention, services
from apps.hosting.access import hosted_team, is_site_admin, limited_team
from apps.hosting.models import RetentionRule, TeamQuota
from apps.hosting.queries import projects_of, uses
from apps.hosting.serializers import QuotaChange, RuleChange
from apps.runs.access import administered_project

GB = 10**9
LISTED = 10  # runs that a preview names
RULE = ("keep_days", "keep_last", "keep_tags", "grace_days")


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def team_storage(request: HttpRequest, team: str) -> HttpResponse:
    """Use against quota, and the projects with their rules. POST sets the quota, for the site's admin."""
    found = hosted_team(request.user, team)
    problems: dict[str, str] = {}
    if request.method == "POST":
        limited_team(request.user, team)
        try:
            services.set_quota(team=found, **_asked_quota(request.POST), by=request.user)
            messages.success(request, "The quota was set.")
            return redirect("team_storage", team)
        except ValidationError as error:
            problems = field_paths(error.detail)
    quota = TeamQuota.objects.filter(team=found).first() or TeamQuota(team=found)
    sets = is_site_admin(request.user)
    context = {
        **_team_context(request, found),
        "quota": quota,
        "file_gb": None if quota.max_file_bytes is None else quota.max_file_bytes / GB,
        "projects": projects_of(found),
        "sets_quota": sets,
        "teams": uses() if sets else [],
        "asked": request.POST,
        "problems": problems,
    }
    return render(request, "hosting/storage.html", context, status=400 if problems else 200)


def _team_context(request: HttpRequest, team: Team) -> dict[str, Any]:
    user = cast(User, request.user)
    is_admin = Membership.objects.filter(team=team, user=user, role=Role.ADMIN).exists()
    return {"team": team, "is_admin": is_admin, "here": "storage"}


def _asked_quota(form: Mapping[str, str]) -> dict[str, int | None]:
    """The quota of a form, whose files are in GB. Raises ValidationError."""
    points, gigabytes = form.get("max_points", "").strip(), form.get("file_gb", "").strip()
    try:
        size = round(float(gigabytes) * GB) if gigabytes else None
    except (ValueError, OverflowError) as error:
        raise ValidationError({"files": "a number of GB is needed"}) from error
    asked = QuotaChange(data={"max_points": points or None, "max_file_bytes": size})
    asked.is_valid(raise_exception=True)
    return dict(asked.validated_data)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def project_retention(request: HttpRequest, team: str, project: str) -> HttpResponse:
    """The rule of a project. With ?keep_days=… a rule is tried: what would go by it now; POST keeps one."""
    found = administered_project(request.user, team, project)
    known = RetentionRule.objects.filter(project=found).first()
    if request.POST.get("do") == "remove":
        services.remove_rule(project=found, by=request.user)
        messages.success(request, f"No run of {found} goes any more.")
        return redirect("team_storage", team)
    form = request.POST if request.method == "POST" else request.GET
    problems: dict[str, str] = {}
    tried = None
    if _typed(form):
        try:
            fields = _asked_rule(form)
            if request.method == "POST":
                services.set_rule(project=found, **fields, by=request.user)
                messages.success(request, f"The rule of {found} was saved. Workers let runs go by it within minutes.")
                return redirect("project_retention", team, project)
            tried = RetentionRule(project=found, **fields)
        except ValidationError as error:
            problems = field_paths(error.detail)
    context = {
        **_team_context(request, found.team),
        "project": found,
        "known": known,
        "tried": tried,
        "asked": {**_form_of(tried or known or RetentionRule(project=found)), **_typed(form)},
        "problems": problems,
        **_preview(tried or known),
    }
    return render(request, "hosting/retention.html", context, status=400 if problems else 200)


def _typed(form: Mapping[str, str]) -> dict[str, str]:
    return {name: form[name] for name in RULE if name in form}


def _asked_rule(form: Mapping[str, str]) -> dict[str, Any]:
    """The rule of a form, whose tags are parted by commas. Raises ValidationError."""
    said = {name: text.strip() for name, text in _typed(form).items() if text.strip()}
    tags = [tag.strip() for tag in said.get("keep_tags", "").split(",") if tag.strip()]
    asked = RuleChange(data={**said, "keep_tags": tags})
    asked.is_valid(raise_exception=True)
    return dict(asked.validated_data)


def _form_of(rule: RetentionRule) -> dict[str, str]:
    """A rule as its form shows it."""
    numbers = {name: getattr(rule, name) for name in ("keep_days", "keep_last", "grace_days")}
    shown = {name: "" if value is None else str(value) for name, value in numbers.items()}
    return {**shown, "keep_tags": ", ".join(rule.keep_tags)}


def _preview(rule: RetentionRule | None) -> dict[str, Any]:
    """What goes by a rule now."""
    if rule is None:
        return {"plan": None}
    plan = retention.plan(rule)
    going = plan.going
    return {
        "plan": plan,
        "going": going[:LISTED],
        "oldest": going[0] if going else None,
        "more": max(0, len(going) - LISTED),
        "cited": plan.cited[:LISTED],
        "more_cited": max(0, len(plan.cited) - LISTED),
    }
