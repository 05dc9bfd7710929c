"""The compare page: what is different between runs, then their metrics, then their charts."""

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.models import User
from apps.accounts.signed_in import signed_in
from apps.comparison.asking import asked_base, asked_figure, asked_ids
from apps.comparison.markdown import as_markdown
from apps.comparison.previous import previous_run
from apps.comparison.queries import comparison
from apps.comparison.services import ignore_key, show_key
from apps.core.errors import Invalid
from apps.core.links import link
from apps.core.live import live_page
from apps.custom_panels.pages import placed_cards
from apps.evaluation.class_page import kept_fields, shown_classes
from apps.evaluation.confusion_page import compared_confusions, shown_confusions
from apps.evaluation.curve_page import shown_curves
from apps.evaluation.picture_links import picture_query
from apps.panels.arranging import arrangement
from apps.panels.queries import board
from apps.runs.access import readable_project, readable_runs, writable_project, writes_to
from apps.workspace import queries
from apps.workspace.compare_page import figure_urls, heads, shown_sections, swap_url

CONFUSIONS = 12  # kinds of mistakes listed; the page of the matrices has more


@live_page
@require_safe
def compare(request: HttpRequest, team: str, project: str) -> HttpResponse:
    found = readable_project(request.user, team, project)
    runs = readable_runs(request.user, asked_ids(request.GET))
    if not runs:
        return render(request, "workspace/compare_nothing.html", {"project": found})
    compared = comparison(found, runs, base=asked_base(request.GET, runs), figure=asked_figure(request.GET))
    if request.GET.get("format") == "md":
        address = request.build_absolute_uri("/").rstrip("/")
        page = request.build_absolute_uri(link(request.GET))
        return HttpResponse(as_markdown(compared, address, page), content_type="text/markdown; charset=utf-8")
    panels = board(
        runs, compared.heads, only=request.GET.get("metric", "").strip(), arranged=arrangement(found, request.user)
    )
    confusions = compared_confusions(found, runs, compared.base, request.GET.get("matrix", ""))
    context = {
        "project": found,
        "compared": compared,
        "heads": heads(compared, request.GET, panels.slots),
        "sections": shown_sections(compared, request.GET),
        "figures": figure_urls(request.GET),
        "runs_query": picture_query(runs, compared.base),
        "swap_url": swap_url(compared, request.GET),
        "markdown_url": f"{link(request.GET)}&format=md",
        "with_itself": len(runs) == 1 and len(request.GET.getlist("run")) > 1,
        "previous": previous_run(runs[0]) if len(runs) == 1 else None,
        "writes": writes_to(request.user, found),
        "board": panels,
        "placed": placed_cards(request.user, found, "compare"),
        "classes": shown_classes(found, runs, compared.base, request.GET),
        "class_fields": kept_fields(request.GET, "class", "format"),
        "confusions": confusions
        and shown_confusions(confusions, runs, compared.base, request.GET, here="#confusions", rows=CONFUSIONS),
        "confusion_fields": kept_fields(request.GET, "confusion", "format"),
        "matrices_url": f"{reverse('compare_confusion', args=[team, project])}{link(request.GET)}",
        "curves": shown_curves(runs, compared.base, request.GET),
        "curves_url": f"{reverse('compare_curves', args=[team, project])}{link(request.GET)}",
        "live": queries.any_running(runs),
    }
    return render(request, "workspace/compare.html", context)


@require_POST
@signed_in(back="compare", keep=("team", "project"))
def ignore(request: HttpRequest, team: str, project: str) -> HttpResponse:
    """Put a key or a typed pattern on the project's ignore list, or show one again; leads back to the comparison."""
    found = writable_project(request.user, team, project)
    back = reverse("compare", args=[team, project])
    try:
        if "show" in request.POST:
            show_key(found, request.POST["show"])
        else:
            ignore_key(found, request.POST.get("key") or request.POST.get("pattern", ""), cast(User, request.user))
    except Invalid as error:
        messages.error(request, error.message)
    return redirect(f"{back}?{request.POST.get('back', '').removeprefix('?')}")
