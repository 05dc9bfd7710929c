"""Drafts over HTTP: kept as one types, shown against the newest revision, discarded."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.models import User
from apps.accounts.signed_in import signed_in
from apps.core.answers import json_time
from apps.core.errors import Invalid
from apps.core.parameters import integer_of
from apps.reports.access import writable_report
from apps.reports.models import Draft, Report, Revision
from apps.reports.writing.asked import asked_project, asked_report
from apps.reports.writing.autosave import discard, keep_draft, own_draft
from apps.reports.writing.conflicts import conflict_of


@require_POST
@signed_in(back="home")
def keep(request: HttpRequest) -> HttpResponse:
    """Keep an editor's words. Answers when, and the newest revision when that is not what they are based on."""
    report = asked_report(request)
    project = report.project if report else asked_project(request.user, request.POST.get("project", ""))
    revision = integer_of(request.POST, "revision", 1, 2**31 - 1) if request.POST.get("revision") else None
    try:
        kept = keep_draft(
            author=_person(request),
            project=project,
            report=report,
            editor=request.POST.get("editor", ""),
            title=request.POST.get("title", ""),
            markdown=request.POST.get("markdown", ""),
            revision=revision,
        )
    except Invalid as error:
        return JsonResponse({"code": error.code, "message": error.message, "fields": error.fields}, status=400)
    newer = report is not None and revision is not None and report.revision != revision
    return JsonResponse(
        {"kept_at": json_time(kept.updated_at) if kept else None, "newest": _newest(report) if newer else None}
    )


@login_required
@require_safe
def unsaved(request: HttpRequest, draft_id: int) -> HttpResponse:
    """A draft against the newest revision of its report."""
    kept = own_draft(_person(request), draft_id)
    if kept.report is None:
        return redirect(_editor_of(kept))
    report = writable_report(request.user, kept.report.id)
    return _page(request, report, kept.markdown, kept.revision, kept)


@require_POST
@signed_in(back="report", keep=("report_id",))
def against_newest(request: HttpRequest, report_id: int) -> HttpResponse:
    """The words of an open editor against the newest revision."""
    report = writable_report(request.user, report_id)
    revision = request.POST.get("revision", "")
    based_on = int(revision) if revision.isdecimal() and len(revision) < 10 else None
    return _page(request, report, request.POST.get("markdown", "").replace("\r\n", "\n"), based_on, None)


@require_POST
@signed_in(back="home")
def discard_draft(request: HttpRequest, draft_id: int) -> HttpResponse:
    """Offer a draft no longer; with `undo` offer it again."""
    kept = own_draft(_person(request), draft_id)
    undo = request.POST.get("do") == "undo"
    discard(kept, undo=undo)
    path = _editor_of(kept, restore=undo)
    return redirect(path if undo else f"{path}{'&' if '?' in path else '?'}discarded={kept.slug}")


def _page(
    request: HttpRequest, report: Report, markdown: str, based_on: int | None, kept: Draft | None
) -> HttpResponse:
    context = {
        "report": report,
        "project": report.project,
        "conflict": conflict_of(report, markdown, based_on),
        "draft": kept,
    }
    return render(request, "reports/unsaved.html", context)


def _editor_of(kept: Draft, *, restore: bool = True) -> str:
    """The address of the editor that restores a draft, or only of its report."""
    asked = {"draft": kept.slug} if restore else {}
    if kept.report is None:
        return f"{reverse('new_report')}?{urlencode({'project': str(kept.project), **asked})}"
    path = reverse("edit_report", args=[kept.report.id])
    return f"{path}?{urlencode(asked)}" if asked else path


def _newest(report: Report | None) -> dict[str, object] | None:
    found = Revision.objects.filter(report=report).select_related("author").defer("markdown").order_by("-n").first()
    if found is None:
        return None
    by = found.author.get_username() if found.author else None
    return {"revision": found.n, "by": by, "saved_at": json_time(found.created_at)}


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # signed in, as the views demand
    return request.user
