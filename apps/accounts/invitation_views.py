"""What somebody sees who opens an invitation's link."""

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from apps.accounts import limits, sign_up
from apps.accounts.invitations import open_invitation, use_invitation
from apps.accounts.models import Membership


@never_cache
@require_http_methods(["GET", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Which team invites whom as what; POST joins, when signed in."""
    limits.count(request, "open_invitation", "invitations opened")
    found = open_invitation(token)
    if request.method == "POST":
        if not request.user.is_authenticated:
            return redirect_to_login(request.path)
        team = use_invitation(found.id, request.user)
        messages.success(request, f"Welcome to {team.name}.")
        return redirect("team", team.slug)
    if not request.user.is_authenticated:
        sign_up.remember_invitation(request, found)
    already = request.user.is_authenticated and Membership.objects.filter(team=found.team, user=request.user).exists()
    response = render(request, "accounts/invitation.html", {"invitation": found, "already": already})
    response["Referrer-Policy"] = "no-referrer"  # the address is the secret
    return response
