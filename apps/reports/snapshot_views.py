"""The pages of what was published: one version for ever, its pieces, what changed since; and publishing."""

from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.signed_in import signed_in
from apps.core.errors import TrackerError
from apps.reports.access import may_write, readable_report, writable_report
from apps.reports.discussion.pages import snapshot_panels
from apps.reports.discussion.shown import Typed, discussion
from apps.reports.held_pieces import JSON
from apps.reports.marks.contents import LONG, headings
from apps.reports.models import Publishing, Report, Snapshot
from apps.reports.publishing import publish
from apps.reports.snapshot_changes import changes_since
from apps.reports.snapshot_queries import piece_of, publishing_of, snapshot_of, snapshots_of
from apps.reports.snapshots import kept_answer, page_html

if TYPE_CHECKING:
    from apps.accounts.models import User


@require_safe
def snapshot(request: HttpRequest, report_id: int, n: int) -> HttpResponse:
    report = readable_report(request.user, report_id)
    return snapshot_page(request, report, snapshot_of(report, n))


def snapshot_page(
    request: HttpRequest, report: Report, found: Snapshot, *, typed: Typed | None = None, status: int = 200
) -> HttpResponse:
    """The page of a published version: kept HTML in the site's frame, which works without JavaScript.

    typed: of a comment that was refused.
    """
    said = discussion(
        request.user,
        report,
        version=found.n,
        revision=found.revision,
        panels=snapshot_panels(found),
        asked=request.GET,
        typed=typed,
    )
    html = page_html(report, found)
    contents = headings(html)
    context = {
        "report": report,
        "project": report.project,
        "snapshot": found,
        "contents": contents if len(contents) >= LONG else [],
        "newest": snapshots_of(report).first(),
        "newer_revisions": report.revision - found.revision,
        "html": said.linked(html),
        "may_write": may_write(request.user, report.project),
        "discussion": said,
    }
    return render(request, "reports/snapshot.html", context, status=status)


@require_safe
def snapshot_json(request: HttpRequest, report_id: int, n: int) -> HttpResponse:
    """The bytes whose SHA-256 is on the page."""
    report = readable_report(request.user, report_id)
    found = snapshot_of(report, n)
    return kept_answer(request, bytes(found.canonical), JSON, found.sha256)


@require_safe
def piece(request: HttpRequest, report_id: int, sha256: str) -> HttpResponse:
    """A picture, drawn data, facts of a run: the bytes whose SHA-256 is in the address."""
    report = readable_report(request.user, report_id)
    content_type, body = piece_of(report, sha256)
    return kept_answer(request, body, content_type, sha256)


@require_safe
def changes(request: HttpRequest, report_id: int, n: int) -> HttpResponse:
    report = readable_report(request.user, report_id)
    found = snapshot_of(report, n)
    context: dict[str, Any] = {
        "report": report,
        "project": report.project,
        "snapshot": found,
        "changes": changes_since(request.user, report, found),
    }
    return render(request, "reports/changes.html", context)


@require_POST
@signed_in(back="report", keep=("report_id",))
def publish_report(request: HttpRequest, report_id: int) -> HttpResponse:
    """Freeze the revision that the form was shown with."""
    report = writable_report(request.user, report_id)
    revision = request.POST.get("revision", "")
    user: User = request.user  # type: ignore[assignment]
    try:
        asked = publish(report=report, by=user, revision=int(revision) if revision.isdecimal() else None)
    except TrackerError as error:
        context = {"report": report, "project": report.project, "asked": _refused(error)}
        return render(request, "reports/publishing.html", context, status=error.status)
    return redirect("publishing", report_id=report.id, publishing_id=asked.id)


@login_required
@require_safe
def publishing(request: HttpRequest, report_id: int, publishing_id: int) -> HttpResponse:
    """How far it is; the version itself once that is there."""
    report = writable_report(request.user, report_id)
    asked = publishing_of(report, publishing_id)
    if asked.snapshot is not None:
        return redirect(asked.snapshot)
    return render(request, "reports/publishing.html", {"report": report, "project": report.project, "asked": asked})


def _refused(error: TrackerError) -> Publishing:
    return Publishing(state=Publishing.State.FAILED, message=error.message)
