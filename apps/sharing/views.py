"""The page on which a version is shared, and its panels where anybody may see them anyway."""

from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.signed_in import signed_in
from apps.core.errors import TrackerError
from apps.reports.access import readable_report, writable_report
from apps.reports.models import Report, Snapshot
from apps.reports.snapshot_queries import snapshot_of
from apps.runs.models import Visibility
from apps.sharing.embedding import embedded_panel
from apps.sharing.models import MAX_NAME_LENGTH
from apps.sharing.panel_pictures import panel_png
from apps.sharing.places import link_address, public_panels, shared_panels
from apps.sharing.queries import link_of, links_of, uses_of
from apps.sharing.services import LASTING, USUAL_LASTING, make_link, restore_link, revoke_link

if TYPE_CHECKING:
    from apps.accounts.models import User

FRAME_HEIGHT = 460  # px of a panel with its legend
_WORDS = {"7": "7 days", "30": "30 days", "90": "90 days", "never": "until it is revoked"}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def share(request: HttpRequest, report_id: int, n: int) -> HttpResponse:
    """The links of a version; POST makes one and shows it, this once."""
    snapshot = _writable_snapshot(request, report_id, n)
    if request.method != "POST":
        return _share_page(request, snapshot)
    lasting, name = request.POST.get("lasting", ""), request.POST.get("name", "")
    user: User = request.user  # type: ignore[assignment]
    try:
        made, token = make_link(snapshot=snapshot, by=user, days=LASTING.get(lasting, 0), name=name)
    except TrackerError as error:
        return _share_page(request, snapshot, status=error.status, problem=error.message, name=name, lasting=lasting)
    panels = shared_panels(request, snapshot, token)
    return _share_page(request, snapshot, made=made, address=link_address(request, token), panels=panels)


@require_POST
@signed_in(back="share_snapshot", keep=("report_id", "n"))
def revoke_share(request: HttpRequest, report_id: int, n: int, link_id: int) -> HttpResponse:
    snapshot = _writable_snapshot(request, report_id, n)
    link = link_of(snapshot, link_id)
    revoke_link(link=link, by=request.user)  # type: ignore[arg-type]
    return redirect(f"{reverse('share_snapshot', args=[report_id, n])}?revoked={link.slug}")


@require_POST
@signed_in(back="share_snapshot", keep=("report_id", "n"))
def restore_share(request: HttpRequest, report_id: int, n: int, link_id: int) -> HttpResponse:
    snapshot = _writable_snapshot(request, report_id, n)
    restore_link(link=link_of(snapshot, link_id), by=request.user)  # type: ignore[arg-type]
    return redirect("share_snapshot", report_id, n)


@require_safe
def snapshot_panel(request: HttpRequest, report_id: int, n: int, panel: int) -> HttpResponse:
    """One panel of a version, for frames: of other sites only where everybody sees the project."""
    report = readable_report(request.user, report_id)
    return embedded_panel(
        request,
        snapshot_of(report, n),
        panel,
        whole=reverse("snapshot", args=[report_id, n]),
        piece_address=lambda name: reverse("snapshot_piece", args=[report_id, name]),
        anywhere=_is_public(report),
    )


@require_safe
def snapshot_picture(request: HttpRequest, report_id: int, n: int, panel: int, chart: int) -> HttpResponse:
    """A chart of a version as a PNG."""
    return panel_png(request, snapshot_of(readable_report(request.user, report_id), n), panel, chart)


def _is_public(report: Report) -> bool:
    return report.project.visibility == Visibility.PUBLIC


def _writable_snapshot(request: HttpRequest, report_id: int, n: int) -> Snapshot:
    return snapshot_of(writable_report(request.user, report_id), n)


def _share_page(request: HttpRequest, snapshot: Snapshot, *, status: int = 200, **more: Any) -> HttpResponse:
    links, uses = list(links_of(snapshot)), uses_of(snapshot)
    for link in links:
        link.shown_uses = uses.get(link.id, [])  # type: ignore[attr-defined]
    revoked = request.GET.get("revoked")
    panels = public_panels(request, snapshot) if _is_public(snapshot.report) else []
    context = {
        "report": snapshot.report,
        "project": snapshot.report.project,
        "snapshot": snapshot,
        "runs": snapshot.runs.count(),
        "open_links": [link for link in links if link.state == "open"],
        "ended_links": [link for link in links if link.state != "open"],
        "revoked": next((link for link in links if link.slug == revoked and link.state == "revoked"), None),
        "lastings": _WORDS.items(),
        "lasting": USUAL_LASTING,
        "longest_name": MAX_NAME_LENGTH,
        "frame_height": FRAME_HEIGHT,
        "panels": panels,
        **more,
    }
    response = render(request, "sharing/share.html", context, status=status)
    response["Cache-Control"] = "private, no-store"  # a link is shown once
    return response
