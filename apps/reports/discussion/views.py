"""The forms of comments on reports. Each leads back to the page it was sent from, at the comment."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from apps.accounts.models import User
from apps.accounts.signed_in import signed_in
from apps.comments import services
from apps.comments.access import commenting, own_comment, removable_comment
from apps.comments.errors import TooManyComments
from apps.comments.models import Comment
from apps.comments.queries import comment_of
from apps.core import ids
from apps.core.errors import Invalid, NotFound
from apps.reports.access import readable_report
from apps.reports.discussion.posting import comment_on, reply_on
from apps.reports.discussion.shown import Typed
from apps.reports.discussion.subject import subject_of
from apps.reports.models import Report
from apps.reports.snapshot_queries import snapshot_of
from apps.reports.snapshot_views import snapshot_page
from apps.reports.views import draft_page


@require_POST
@signed_in(back="report", keep=("report_id",))
def add(request: HttpRequest, report_id: int) -> HttpResponse:
    """Begin a thread, or reply in one (`to`)."""
    report, user = _asked(request, report_id)
    text, to = request.POST.get("text", ""), request.POST.get("to", "")
    version, revision = _version(request), _number(request, "revision") or report.revision
    panel = _number(request, "about")

    def said() -> Comment:
        if to:
            return reply_on(report, user, to=_id(to), text=text, version=version, revision=revision)
        return comment_on(report, user, text=text, version=version, revision=revision, panel=panel)

    return _answered(request, report, said, Typed(text, "", "reply" if to else "new", to, panel))


@require_POST
@signed_in(back="report", keep=("report_id",))
def edit(request: HttpRequest, report_id: int, comment_id: int) -> HttpResponse:
    report, user = _asked(request, report_id)
    comment = own_comment(user, report.project, comment_of(subject_of(report), comment_id))
    text = request.POST.get("text", "")
    typed = Typed(text, "", "edit", comment.slug)
    return _answered(request, report, lambda: services.edit_comment(comment, text), typed)


@require_POST
@signed_in(back="report", keep=("report_id",))
def delete(request: HttpRequest, report_id: int, comment_id: int) -> HttpResponse:
    """Take a comment away; the page then offers to bring it back."""
    report, user = _asked(request, report_id)
    comment = removable_comment(user, report.project, comment_of(subject_of(report), comment_id))
    services.delete_comment(comment)
    return redirect(f"{_page(request, report)}?deleted={comment.slug}#comments")


@require_POST
@signed_in(back="report", keep=("report_id",))
def restore(request: HttpRequest, report_id: int, comment_id: int) -> HttpResponse:
    report, user = _asked(request, report_id)
    comment = removable_comment(user, report.project, comment_of(subject_of(report), comment_id, deleted=True))
    services.restore_comment(comment)
    return redirect(f"{_page(request, report)}#comment-{comment.slug}")


@require_POST
@signed_in(back="report", keep=("report_id",))
def resolve(request: HttpRequest, report_id: int, comment_id: int) -> HttpResponse:
    """Say that a thread is done with; with `open`, that it is not."""
    report, user = _asked(request, report_id)
    comment = comment_of(subject_of(report), comment_id)
    services.resolve_thread(comment, by=user, resolved="open" not in request.POST)
    return redirect(f"{_page(request, report)}#comment-{comment.slug}")


def _asked(request: HttpRequest, report_id: int) -> tuple[Report, User]:
    report = readable_report(request.user, report_id)
    return report, commenting(request.user, report.project)


def _answered(request: HttpRequest, report: Report, write: Callable[[], Comment], typed: Typed) -> HttpResponse:
    """The page at the comment that was written; or again with what was typed, and why it was refused."""
    try:
        comment = write()
    except (Invalid, TooManyComments) as error:
        refused = typed._replace(problem=error.message)
        version = _version(request)
        if version is None:
            return draft_page(request, report, typed=refused, status=error.status)
        return snapshot_page(request, report, snapshot_of(report, version), typed=refused, status=error.status)
    return redirect(f"{_page(request, report)}#comment-{comment.slug}")


def _page(request: HttpRequest, report: Report) -> str:
    """The address of the page that a form was sent from."""
    version = _version(request)
    if version is not None:
        return reverse("snapshot", args=[report.pk, version])
    return reverse("report_draft", args=[report.pk])


def _version(request: HttpRequest) -> int | None:
    """The published version that the form stood on; None for the draft."""
    return _number(request, "version") or None


def _number(request: HttpRequest, name: str) -> int:
    text = request.POST.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else 0


def _id(text: str) -> int:
    try:
        return ids.from_text(text)
    except ValueError as error:
        raise NotFound("There is no such comment here.") from error
