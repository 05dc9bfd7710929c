"""The pages of a report's revisions: all of them, one, what differs between two."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.models import User
from apps.accounts.signed_in import signed_in
from apps.core.parameters import integer_of
from apps.reports import services
from apps.reports.access import may_write, readable_report, writable_report
from apps.reports.bodies import report_body
from apps.reports.differences import text_difference
from apps.reports.queries import revision_of, revisions_of
from apps.reports.rendering import remembered_pieces

ON_A_PAGE = 100


@require_safe
def revisions(request: HttpRequest, report_id: int) -> HttpResponse:
    """?before=n: those below it."""
    report = readable_report(request.user, report_id)
    found = revisions_of(report)
    before = integer_of(request.GET, "before", 1, 2**31 - 1)
    listed = list((found.filter(n__lt=before) if before else found)[: ON_A_PAGE + 1])
    context = {
        "report": report,
        "project": report.project,
        "revisions": listed[:ON_A_PAGE],
        "more": len(listed) > ON_A_PAGE,
        "may_write": may_write(request.user, report.project),
    }
    return render(request, "reports/revisions.html", context)


@require_safe
def revision(request: HttpRequest, report_id: int, n: int) -> HttpResponse:
    """The words of a revision, its panels drawn as the runs are now."""
    report = readable_report(request.user, report_id)
    found = revision_of(report, n)
    context = {
        "report": report,
        "revision": found,
        "may_write": may_write(request.user, report.project),
        **report_body(request.user, report.project, remembered_pieces(found.markdown, title=found.title)),
    }
    return render(request, "reports/revision.html", context)


@require_safe
def difference(request: HttpRequest, report_id: int) -> HttpResponse:
    """?from=n&to=n&view=side: what leads from one to the other; without them, from the last but one to the newest."""
    report = readable_report(request.user, report_id)
    newest = integer_of(request.GET, "to", 1, 2**31 - 1) or report.revision
    new = revision_of(report, newest)
    old = revision_of(report, integer_of(request.GET, "from", 1, 2**31 - 1) or max(1, newest - 1))
    side = request.GET.get("view") == "side"
    found = text_difference(
        old.markdown, new.markdown, old_name=f"revision {old.n}", new_name=f"revision {new.n}", side=side
    )
    context = {
        "report": report,
        "project": report.project,
        "old": old,
        "new": new,
        "sides": (old, new),
        "file": found.file,
        "left_out": found.left_out,
        "side": side,
        "may_write": may_write(request.user, report.project),
    }
    return render(request, "reports/diff.html", context)


@require_POST
@signed_in(back="report_revisions", keep=("report_id",))
def restore(request: HttpRequest, report_id: int, n: int) -> HttpResponse:
    report = writable_report(request.user, report_id)
    author = request.user if isinstance(request.user, User) else None
    services.restore_revision(report=report, revision=revision_of(report, n), author=author)
    messages.success(request, f"Revision {n} is the text again, as revision {report.revision}.")
    return redirect("report_draft", report_id=report.id)
