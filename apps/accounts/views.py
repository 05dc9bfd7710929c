"""Signing in and out, one's own account and API keys."""

import logging
from collections.abc import Callable
from typing import cast

from allauth.account.views import LoginView, SignupView
from allauth.socialaccount.adapter import get_adapter as provider_adapter
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.github.views import oauth2_callback as github_callback
from allauth.socialaccount.providers.google.views import oauth2_callback as google_callback
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LogoutView
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from requests import RequestException

from apps.accounts import queries, services
from apps.accounts.audit import record
from apps.accounts.models import Scope, User
from apps.accounts.sign_up import by_domain, invitation_of
from apps.accounts.signed_in import signed_in
from apps.core.errors import Invalid, NotFound, Unavailable

logger = logging.getLogger(__name__)

sign_in = LoginView.as_view(
    extra_context={"mail": settings.MAIL_CONFIGURED, "by_domain": by_domain() and settings.SIGNUP_DOMAINS}
)
sign_out = LogoutView.as_view(next_page=reverse_lazy("sign_in"))


def sign_up(request: HttpRequest) -> HttpResponseBase:
    """The form of a new account; closed without an invitation or a domain that may sign up."""
    context = {"invitation": invitation_of(request), "domains": settings.SIGNUP_DOMAINS}
    return SignupView.as_view(extra_context=context)(request)


@never_cache
@require_GET
def one_time_link(request: HttpRequest, token: str) -> HttpResponse:
    """Sign in by a one-time link. Opened again in the same browser, it just leads home."""
    if not request.user.is_authenticated:
        user = services.use_sign_in_link(token)
        login(request, user)
        record(user, "sign_in.succeeded", target=str(user), by="one-time link")
    return redirect("home")


@never_cache
@require_http_methods(["GET", "POST"])
def sign_in_with(request: HttpRequest, provider: str) -> HttpResponse:
    """POST leaves for a provider's sign-in page; GET asks first, since nobody else's link should start it.

    By a page that moves on at once, not by a redirect: the policy of our pages lets a form lead to this site only.
    """
    try:
        found = provider_adapter().get_provider(request, provider)
    except SocialApp.DoesNotExist as error:
        raise NotFound("Nobody signs in with this provider here.") from error
    if request.method == "GET":
        process = "connect" if request.GET.get("process") == "connect" else "login"
        return render(request, "socialaccount/login.html", {"provider": found, "process": process})
    try:
        away = found.redirect_from_request(request)
    except (RequestException, LookupError) as error:  # it does not answer, or not as the standard says
        logger.warning("The sign-in provider %s does not work: %s", found.name, error)
        raise Unavailable(f"{found.name} does not answer. Try again later, or sign in by password.") from error
    if "Location" not in away:
        return away
    return render(request, "accounts/leaving.html", {"url": away["Location"], "provider": found.name})


def _back_from(callback: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A provider's callback, which is not there while the provider is not set up."""

    @require_GET
    def come_back(request: HttpRequest) -> HttpResponseBase:
        try:
            return callback(request)
        except SocialApp.DoesNotExist as error:
            raise NotFound("Nobody signs in with this provider here.") from error

    return come_back


back_from_github = _back_from(github_callback)
back_from_google = _back_from(google_callback)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    user = cast(User, request.user)
    problem = ""
    if request.method == "POST":
        try:
            services.rename_user(
                user=user,
                first_name=request.POST.get("first_name", ""),
                last_name=request.POST.get("last_name", ""),
            )
            messages.success(request, "Your name was changed.")
            return redirect("account")
        except Invalid as error:
            problem = error.message
    return render(request, "accounts/account.html", {"problem": problem}, status=400 if problem else 200)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def api_keys(request: HttpRequest) -> HttpResponse:
    user = cast(User, request.user)
    made, text, problem = None, "", ""
    if request.method == "POST":
        try:
            made, text = services.make_key(
                user=user,
                scope=request.POST.get("scope", ""),
                name=request.POST.get("name", "").strip(),
                project=request.POST.get("project", "").strip(),
            )
        except Invalid as error:
            problem = error.message
    context = {
        "keys": queries.keys_of(user),
        "scopes": Scope.choices,
        "projects": queries.project_names(user.teams.all()),
        "made": made,
        "made_text": text,
        "problem": problem,
    }
    return render(request, "accounts/api_keys.html", context, status=400 if problem else 200)


@require_POST
@signed_in(back="api_keys")
def revoke_api_key(request: HttpRequest, key_id: int) -> HttpResponse:
    services.revoke_key(user=cast(User, request.user), key_id=key_id)
    return redirect("api_keys")
