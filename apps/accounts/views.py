"""Signing in and out, and the page of one's API keys."""

from typing import cast

from django.contrib.auth import login, views
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts import services
from apps.accounts.models import Scope, User
from apps.core.errors import Invalid

sign_in = views.LoginView.as_view(template_name="accounts/sign_in.html", redirect_authenticated_user=True)
sign_out = views.LogoutView.as_view(next_page=reverse_lazy("sign_in"))


@never_cache
@require_GET
def one_time_link(request: HttpRequest, token: str) -> HttpResponse:
    """Sign in by a one-time link. Opened again in the same browser, it just leads home."""
    if not request.user.is_authenticated:
        login(request, services.use_sign_in_link(token), backend="django.contrib.auth.backends.ModelBackend")
    return redirect("home")


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def api_keys(request: HttpRequest) -> HttpResponse:
    user = cast(User, request.user)
    made, text, problem = None, "", ""
    if request.method == "POST":
        try:
            made, text = services.make_key(
                user=user, scope=request.POST.get("scope", ""), name=request.POST.get("name", "").strip()
            )
        except Invalid as error:
            problem = error.message
    context = {
        "keys": user.api_keys.order_by("-created_at", "-id"),
        "scopes": Scope.choices,
        "made": made,
        "made_text": text,
        "problem": problem,
    }
    return render(request, "accounts/api_keys.html", context, status=400 if problem else 200)


@login_required
@require_POST
def revoke_api_key(request: HttpRequest, key_id: int) -> HttpResponse:
    services.revoke_key(user=cast(User, request.user), key_id=key_id)
    return redirect("api_keys")
