"""The pages of teams: their people, invitations, service accounts, name."""

from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts import invitations, limits, members, queries, services
from apps.accounts.access import administered_team, own_team
from apps.accounts.errors import LastAdmin
from apps.accounts.models import Membership, Role, Scope, Team, User
from apps.accounts.signed_in import signed_in
from apps.core.errors import Invalid


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def teams(request: HttpRequest) -> HttpResponse:
    """One's teams; POST makes another."""
    user = cast(User, request.user)
    problem = ""
    if request.method == "POST":
        try:
            made = services.make_team(
                slug=request.POST.get("slug", "").strip(), admin=user, name=request.POST.get("name", "").strip()
            )
            messages.success(request, f"The team {made.name} is made. Invite the others.")
            return redirect("team", made.slug)
        except Invalid as error:
            problem = error.message
    context = {"memberships": queries.memberships_of(user), "problem": problem, "asked": request.POST}
    return render(request, "accounts/teams.html", context, status=400 if problem else 200)


@login_required
@never_cache
@require_safe
def team(request: HttpRequest, team: str) -> HttpResponse:
    """Who is in the team; for its admins also who is invited."""
    return _people_page(request, own_team(request.user, team))


def _people_page(request: HttpRequest, team: Team, status: int = 200, **more: Any) -> HttpResponse:
    context = {
        **_team_context(request, team, "people"),
        "people": queries.people_of(team),
        "invitations": invitations.open_invitations().filter(team=team),
        "roles": Role.choices,
        "mail": settings.MAIL_CONFIGURED,
        **more,
    }
    return render(request, "accounts/team.html", context, status=status)


def _team_context(request: HttpRequest, team: Team, here: str) -> dict[str, Any]:
    role = Membership.objects.get(team=team, user=cast(User, request.user)).role
    return {"team": team, "role": role, "is_admin": role == Role.ADMIN, "here": here}


@require_POST
@never_cache
@signed_in(back="team", keep=("team",))
def invite(request: HttpRequest, team: str) -> HttpResponse:
    """Make an invitation and show its link, this once; mail it where mail is set up."""
    found = administered_team(request.user, team)
    limits.count(request, "make_invitation", "invitations")
    asked = {"role": request.POST.get("role", ""), "email": request.POST.get("email", "").strip()}
    try:
        made, token = invitations.make_invitation(team=found, by=cast(User, request.user), **asked)
    except Invalid as error:
        return _people_page(request, found, status=400, problem=error.message, asked=asked)
    link = _address(request) + reverse("invitation", args=[token])
    sent = invitations.send_invitation(made, link)
    return _people_page(request, found, invited=made, link=link, sent=sent)


def _address(request: HttpRequest) -> str:
    """The address people use: of the settings, else of this request."""
    return settings.PUBLIC_URL or f"{request.scheme}://{request.get_host()}"


@require_POST
@signed_in(back="team", keep=("team",))
def revoke_invitation(request: HttpRequest, team: str, invitation_id: int) -> HttpResponse:
    found = administered_team(request.user, team)
    invitations.revoke_invitation(team=found, invitation_id=invitation_id, by=cast(User, request.user))
    messages.success(request, "The invitation was revoked: its link opens nothing any more.")
    return redirect("team", team)


@require_POST
@signed_in(back="team", keep=("team",))
def change_role(request: HttpRequest, team: str, user_id: int) -> HttpResponse:
    found = administered_team(request.user, team)
    try:
        changed = members.change_role(
            team=found, user_id=user_id, role=request.POST.get("role", ""), by=cast(User, request.user)
        )
        messages.success(request, f"{changed.user} is now {changed.get_role_display().lower()}.")
    except (Invalid, LastAdmin) as error:
        messages.error(request, error.message)
    return redirect("team_services" if request.POST.get("from") == "services" else "team", team)


@require_POST
@signed_in(back="team", keep=("team",))
def remove_member(request: HttpRequest, team: str, user_id: int) -> HttpResponse:
    found = administered_team(request.user, team)
    try:
        removed = members.remove_member(team=found, user_id=user_id, by=cast(User, request.user))
        messages.success(request, f"{removed} is no longer in {found.name}.")
    except LastAdmin as error:
        messages.error(request, error.message)
    return redirect("team_services" if request.POST.get("from") == "services" else "team", team)


@require_POST
@signed_in(back="team", keep=("team",))
def leave_team(request: HttpRequest, team: str) -> HttpResponse:
    found = own_team(request.user, team)
    user = cast(User, request.user)
    try:
        members.remove_member(team=found, user_id=user.id, by=user)
    except LastAdmin as error:
        messages.error(request, error.message)
        return redirect("team", team)
    messages.success(request, f"You left {found.name}.")
    return redirect("teams")


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def service_accounts(request: HttpRequest, team: str) -> HttpResponse:
    """The team's service accounts and their keys; POST makes another account."""
    found = administered_team(request.user, team)
    if request.method == "GET":
        return _services_page(request, found)
    asked = {"name": request.POST.get("name", "").strip(), "role": request.POST.get("role", "")}
    try:
        made = members.make_service_account(team=found, by=cast(User, request.user), **asked)
    except Invalid as error:
        return _services_page(request, found, status=400, problem=error.message, asked=asked)
    messages.success(request, f"{made} is made. Give it a key.")
    return redirect("team_services", team)


def _services_page(request: HttpRequest, team: Team, status: int = 200, **more: Any) -> HttpResponse:
    context = {
        **_team_context(request, team, "services"),
        "services": queries.service_accounts_of(team),
        "roles": [(role.value, role.label) for role in members.SERVICE_ROLES],
        "projects": queries.project_names(Team.objects.filter(id=team.id)),
        "scopes": [choice for choice in Scope.choices if choice[0] != Scope.ADMIN],
        **more,
    }
    return render(request, "accounts/services.html", context, status=status)


@require_POST
@never_cache
@signed_in(back="team_services", keep=("team",))
def make_service_key(request: HttpRequest, team: str, user_id: int) -> HttpResponse:
    """Make a key of a service account and show it, this once."""
    found = administered_team(request.user, team)
    account = members.service_account(found, user_id)
    asked = {name: request.POST.get(name, "").strip() for name in ("scope", "name", "project")}
    try:
        made, text = services.make_key(user=account, by=cast(User, request.user), **asked)
    except Invalid as error:
        return _services_page(request, found, status=400, problem=error.message)
    return _services_page(request, found, made=made, made_text=text)


@require_POST
@signed_in(back="team_services", keep=("team",))
def revoke_service_key(request: HttpRequest, team: str, user_id: int, key_id: int) -> HttpResponse:
    found = administered_team(request.user, team)
    account = members.service_account(found, user_id)
    services.revoke_key(user=account, key_id=key_id, by=cast(User, request.user))
    return redirect("team_services", team)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def team_settings(request: HttpRequest, team: str) -> HttpResponse:
    """The team's name."""
    found = administered_team(request.user, team)
    problem = ""
    if request.method == "POST":
        try:
            services.rename_team(team=found, name=request.POST.get("name", ""), by=cast(User, request.user))
            messages.success(request, "The name was changed.")
            return redirect("team_settings", team)
        except Invalid as error:
            problem = error.message
    context = {**_team_context(request, found, "settings"), "problem": problem}
    return render(request, "accounts/team_settings.html", context, status=400 if problem else 200)
