"""The values of a published version as they are answered: Markdown with data, LaTeX, CSV of what was drawn."""

from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from apps.core.answers import known_tags
from apps.core.parameters import integer_of
from apps.reports.answers import absolute_url
from apps.reports.exports.data_markdown import data_markdown
from apps.reports.exports.latex import latex_tables
from apps.reports.exports.sheet import data_csv
from apps.reports.exports.value_tables import Piece
from apps.reports.models import Report, Snapshot
from apps.reports.snapshot_queries import piece_of, pieces_of
from apps.reports.text.answers import MARKDOWN, as_file, said_by, text_answer


def data_answer(request: HttpRequest, snapshot: Snapshot, path: str = "") -> HttpResponse:
    """The report's Markdown with the values of its panels in place of the blocks. path: of the page, else its own."""
    _, facts = said_by(snapshot)
    address = absolute_url(request, path or snapshot.get_absolute_url())
    runs = _runs(snapshot.report, facts)
    text = data_markdown(facts, runs, _piece(snapshot.report), address=address, sha256=snapshot.sha256)
    return text_answer(request, text, MARKDOWN)


def latex_answer(request: HttpRequest, snapshot: Snapshot, path: str = "") -> HttpResponse:
    _, facts = said_by(snapshot)
    address = absolute_url(request, path or snapshot.get_absolute_url())
    names = {run: one["name"] for run, one in _runs(snapshot.report, facts).items()}
    text = latex_tables(facts, names, _piece(snapshot.report), address=address)
    return text_answer(
        request, text, "application/x-tex; charset=utf-8", f"report-{snapshot.report.slug}-{snapshot.n}.tex"
    )


def csv_answer(request: HttpRequest, snapshot: Snapshot) -> HttpResponseBase:
    """What the panels were drawn from, a row a point; ?panel=2: the second one alone."""
    _, facts = said_by(snapshot)
    only = integer_of(request.GET, "panel", 1, max(1, len(facts["panels"])))
    tag = f'"{snapshot.sha256}-{only or 0}"'
    if tag in known_tags(request):
        response: HttpResponseBase = HttpResponse(status=304)
    else:
        shown = {**facts, "panels": facts["panels"] if only is None else facts["panels"][only - 1 : only]}
        names = {run: one["name"] for run, one in _runs(snapshot.report, facts).items()}
        sheet = data_csv(shown, names, _piece(snapshot.report), first=only or 1)
        response = StreamingHttpResponse((text.encode() for text in sheet), content_type="text/csv; charset=utf-8")
    return as_file(response, tag, f"report-{snapshot.report.slug}-{snapshot.n}.csv")


def _runs(report: Report, facts: dict[str, Any]) -> dict[str, Any]:
    """What the snapshot says of each run, by id: one query per 500."""
    found = pieces_of(report, facts["runs"].values())
    return {run: orjson.loads(found[name]) for run, name in facts["runs"].items()}


def _piece(report: Report) -> Piece:
    """Reads the data that a chart was drawn from when it is asked for, since all of it may be 64 MiB: a query each."""

    def said(sha256: str) -> Any:
        _, body = piece_of(report, sha256)
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError:  # a table that was kept as CSV
            return body.decode()

    return said
