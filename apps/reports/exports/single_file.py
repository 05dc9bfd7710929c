"""A published version as one HTML file: it opens anywhere, without a network, for as long as there are browsers."""

import secrets
from base64 import b64encode
from collections.abc import Iterator

from django.http import StreamingHttpResponse
from django.template.loader import render_to_string
from django.utils.http import content_disposition_header
from django.utils.text import slugify

from apps.reports.exports.addresses import Address, readdressed
from apps.reports.exports.pieces import named_pieces, piece_named
from apps.reports.exports.styles import styles
from apps.reports.models import Snapshot
from apps.reports.snapshot_queries import piece_of
from apps.reports.snapshots import page_html


def single_file(snapshot: Snapshot, *, source: str, leads: Address) -> Iterator[str]:
    """The file in parts, its pictures and data inside: one query for each, so that it is never whole in memory.

    source: the address that it says it is from, "" for none. leads: where links to this site lead.
    """
    report, pieces = snapshot.report, named_pieces(snapshot)

    def address(said: str) -> str | None:
        name = piece_named(report, said)
        if name is None:
            return leads(said)
        if name not in pieces:
            return None
        content_type, body = piece_of(report, name)
        return f"data:{content_type};base64,{b64encode(body).decode()}"

    place = secrets.token_hex(16)  # of the body: nothing that an author writes can be it
    context = {"snapshot": snapshot, "source": source, "styles": styles(), "body": place}
    before, after = render_to_string("reports/exports/single_file.html", context).split(place)
    yield before
    yield from readdressed(page_html(report, snapshot), address)
    yield after


def single_file_answer(snapshot: Snapshot, *, source: str, leads: Address) -> StreamingHttpResponse:
    """The file, for saving."""
    response = StreamingHttpResponse(
        single_file(snapshot, source=source, leads=leads), content_type="text/html; charset=utf-8"
    )
    response["Content-Disposition"] = content_disposition_header(True, file_name(snapshot, "html")) or "attachment"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-cache"
    return response


def file_name(snapshot: Snapshot, extension: str) -> str:
    """What a saved version is called."""
    return f"{slugify(snapshot.title)[:60].strip('-') or 'report'}-v{snapshot.n}.{extension}"
