"""The pages of a person's mentions."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.models import User
from apps.accounts.signed_in import signed_in
from apps.comments.queries import LONGEST_LIST, mention_of, mentions_of
from apps.comments.services import read_all_mentions, read_mention


@login_required
@require_safe
def mentions(request: HttpRequest) -> HttpResponse:
    """Where others name one."""
    assert isinstance(request.user, User)
    found = mentions_of(request.user)
    context = {
        "mentions": found,
        "unread": sum(one.mention.read_at is None for one in found),
        "longest": LONGEST_LIST,
        "more": len(found) == LONGEST_LIST,
    }
    return render(request, "comments/mentions.html", context)


@login_required
@require_safe
def mention(request: HttpRequest, mention_id: int) -> HttpResponse:
    """Lead to the comment, which is read then."""
    assert isinstance(request.user, User)
    found = mention_of(request.user, mention_id)
    read_mention(found.mention)
    assert found.found is not None
    return redirect(found.found.url)


@require_POST
@signed_in(back="mentions")
def read_all(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, User)
    read_all_mentions(request.user)
    return redirect("mentions")
