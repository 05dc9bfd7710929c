"""What a share link opens: one published version, and nothing else of the site."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from apps.core.errors import NotFound
from apps.reports.exports.pieces import named_pieces
from apps.reports.exports.single_file import single_file_answer
from apps.reports.exports.value_answers import csv_answer, data_answer, latex_answer
from apps.reports.held_pieces import JSON
from apps.reports.snapshot_queries import piece_of
from apps.reports.snapshots import kept_answer, page_html
from apps.reports.text.answers import comment_answer
from apps.sharing.answers import by_link
from apps.sharing.embedding import embedded_panel
from apps.sharing.models import ShareLink, ShareUse
from apps.sharing.panel_pictures import panel_png
from apps.sharing.services import note_use
from apps.sharing.shown import open_leads, shown_html


@by_link
def shared_page(request: HttpRequest, link: ShareLink) -> HttpResponse:
    """The version's page without the site around it."""
    _note(request, link, ShareUse.What.PAGE)
    snapshot, token = link.snapshot, _token(request)
    html = shown_html(
        snapshot, page_html(snapshot.report, snapshot), lambda name: reverse("shared_piece", args=[token, name])
    )
    return render(request, "sharing/shared.html", {"snapshot": snapshot, "token": token, "html": html})


@by_link
def shared_json(request: HttpRequest, link: ShareLink) -> HttpResponse:
    """The bytes whose SHA-256 is on the page."""
    _note(request, link, ShareUse.What.EXPORT)
    return kept_answer(request, bytes(link.snapshot.canonical), JSON, link.snapshot.sha256)


@by_link
def shared_comment(request: HttpRequest, link: ShareLink) -> HttpResponse:
    """The version as the text of a pull request's comment, which leads to the link."""
    _note(request, link, ShareUse.What.EXPORT)
    return comment_answer(request, link.snapshot, reverse("shared_report", args=[_token(request)]))


@by_link
def shared_data(request: HttpRequest, link: ShareLink) -> HttpResponse:
    """The version's Markdown with the values of its panels."""
    _note(request, link, ShareUse.What.EXPORT)
    return data_answer(request, link.snapshot, reverse("shared_report", args=[_token(request)]))


@by_link
def shared_csv(request: HttpRequest, link: ShareLink) -> HttpResponseBase:
    """What the panels were drawn from."""
    _note(request, link, ShareUse.What.EXPORT)
    return csv_answer(request, link.snapshot)


@by_link
def shared_latex(request: HttpRequest, link: ShareLink) -> HttpResponse:
    _note(request, link, ShareUse.What.EXPORT)
    return latex_answer(request, link.snapshot, reverse("shared_report", args=[_token(request)]))


@by_link
def shared_file(request: HttpRequest, link: ShareLink) -> HttpResponseBase:
    """The version as one HTML file: it does not say by which link it came, since files are handed on."""
    _note(request, link, ShareUse.What.EXPORT)
    snapshot = link.snapshot
    site = settings.PUBLIC_URL or f"{request.scheme}://{request.get_host()}"
    leads = open_leads(snapshot, page_html(snapshot.report, snapshot), site)
    return single_file_answer(snapshot, source="", leads=leads)


@by_link
def shared_piece(request: HttpRequest, link: ShareLink, sha256: str) -> HttpResponse:
    """A picture, drawn data, facts of a run: of this version alone, though its report keeps those of others too."""
    if sha256 not in named_pieces(link.snapshot):
        raise NotFound("This version has no such piece.")
    content_type, body = piece_of(link.snapshot.report, sha256)
    return kept_answer(request, body, content_type, sha256)


@by_link
def shared_panel(request: HttpRequest, link: ShareLink, panel: int) -> HttpResponse:
    """One panel, for frames of other sites."""
    _note(request, link, ShareUse.What.PANEL)
    token = _token(request)
    return embedded_panel(
        request,
        link.snapshot,
        panel,
        whole=reverse("shared_report", args=[token]),
        piece_address=lambda name: reverse("shared_piece", args=[token, name]),
    )


@by_link(caching="no-cache")
def shared_picture(request: HttpRequest, link: ShareLink, panel: int, chart: int) -> HttpResponse:
    """A chart as a PNG, for pages that others keep: pull requests, wikis."""
    _note(request, link, ShareUse.What.PICTURE)
    return panel_png(request, link.snapshot, panel, chart)


@by_link
def nothing_shared(request: HttpRequest, link: ShareLink, rest: str) -> HttpResponse:  # noqa: ARG001
    """Any other address below a link."""
    raise NotFound("This version has no such page.")


def _note(request: HttpRequest, link: ShareLink, what: ShareUse.What) -> None:
    if request.method == "GET":  # HEAD shows nobody anything
        note_use(link, what)


def _token(request: HttpRequest) -> str:
    """The token by which the request came: the address of what the page loads."""
    match = request.resolver_match
    return str(match.kwargs["token"]) if match else ""
