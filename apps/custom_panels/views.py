"""The pages of custom panels: the gallery, the editor, and the frame in which each is drawn."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_http_methods, require_safe

from apps.core.errors import NotFound
from apps.custom_panels.access import readable_panel, version_of
from apps.custom_panels.gallery import example
from apps.custom_panels.limits import MAX_NAME, MAX_NOTE
from apps.custom_panels.models import Panel
from apps.custom_panels.pages import Section, example_cards, panel_card, starter
from apps.custom_panels.queries import LONGEST_LIST, listed_panels
from apps.history.queries import heads
from apps.panels.frames import frame_document
from apps.runs.access import readable_project, writable_project, writes_to
from apps.runs.leading import leading_metrics
from apps.runs.models import Project
from apps.runs.queries import runs_of


@require_safe
@xframe_options_exempt
def panel_frame(request: HttpRequest) -> HttpResponse:
    """No eval: specs run under Vega's interpreter."""
    return frame_document(request, "custom_panels/panel_frame.html", "script-src 'self'", "style-src 'self'")


@require_safe
def gallery(request: HttpRequest, team: str, project: str) -> HttpResponse:
    found = readable_project(request.user, team, project)
    archived = request.GET.get("archived") == "1"
    panels = listed_panels(request.user, found, archived=archived)[:LONGEST_LIST]
    mine = [panel_card(found, one) for one in panels if one.owner == request.user]
    others = [
        panel_card(found, one, about=f"by {one.owner or 'the team'}") for one in panels if one.owner != request.user
    ]
    shown = [] if archived else example_cards(found)
    sections = [
        Section("mine", "Yours", "You have written none here.", mine),
        Section(
            "team", "The team's", "Nobody has shared one yet. Panels on a page of the project are listed here.", others
        ),
        Section("examples", "Examples", "", shown),
    ]
    if archived:
        everyones = [panel_card(found, one) for one in panels]
        sections = [Section("archived", "Archived", "Nothing is archived here.", everyones)]
    elif not request.user.is_authenticated:
        sections = sections[1:]
    context = {
        "project": found,
        "sections": sections,
        "archived": archived,
        "examples": shown,
        "writes": writes_to(request.user, found),
    }
    return render(request, "custom_panels/gallery.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_panel(request: HttpRequest, team: str, project: str) -> HttpResponse:
    """?from=, an example of the gallery; or a posted `document`, which is opened and not saved."""
    found = writable_project(request.user, team, project)
    slug = request.GET.get("from", "")
    if request.method == "POST":
        return _editor(request, found, None, name="", document=request.POST.get("document", ""), given=True)
    if slug:
        chosen = example(slug)
        if chosen is None:
            raise NotFound(f"The gallery has no example {slug[:60]}.")
        return _editor(request, found, None, name=chosen.name, document=chosen.document, given=True)
    return _editor(request, found, None, name="", document=starter(_first_metric(found)))


@require_safe
def edit_panel(request: HttpRequest, team: str, project: str, panel_id: int) -> HttpResponse:
    found = readable_project(request.user, team, project)
    panel = readable_panel(request.user, panel_id)
    if panel.project_id != found.pk:
        return redirect(panel)
    return _editor(request, found, panel, name=panel.name, document=version_of(panel).document)


def _editor(
    request: HttpRequest, project: Project, panel: Panel | None, *, name: str, document: str, given: bool = False
) -> HttpResponse:
    """given: whether the page was asked for with this document, which comes before a draft in the browser."""
    facts: dict[str, Any] = {"id": None, "version": None, "shared": True}
    if panel is not None:
        facts = {"id": panel.slug, "version": panel.version, "shared": panel.shared}
    context = {
        "project": project,
        "name": name,
        "document": document,
        "facts": facts,
        "given": given,
        "imported": request.method == "POST",
        "trail_end": name if panel else "New",
        "limits": {"name": MAX_NAME, "note": MAX_NOTE},
        "writes": writes_to(request.user, project),
    }
    return render(request, "custom_panels/editor.html", context)


def _first_metric(project: Project) -> str:
    """What a new chart begins with: of the newest run, the metric it is told by."""
    newest = runs_of(project).first()
    found = heads([newest.id]).get(newest.id, {}) if newest else {}
    return next(iter(leading_metrics(project, found, 1)), next(iter(found), "loss"))
