"""A version's kept HTML as somebody sees it who may be nobody: pictures from where they may load them, no dead ends."""

import re
from collections.abc import Callable

from django.contrib.auth.models import AnonymousUser
from django.utils.safestring import SafeString, mark_safe

from apps.core import ids
from apps.reports.exports.addresses import Address, readdressed
from apps.reports.exports.pieces import named_pieces, piece_named
from apps.reports.models import Snapshot
from apps.runs.access import readable_ids
from apps.runs.models import Project, Visibility

_RUN = re.compile(rf"/runs/({ids.PATTERN})/")


def open_leads(snapshot: Snapshot, html: str, site: str = "") -> Address:
    """Where links of the HTML lead that anybody may follow: runs of public projects, and of the project if it is one.

    Everything else leads nowhere. site: put before what leads somewhere. One query, however many runs.
    """
    project: Project = snapshot.report.project
    named = {run_id for text in set(_RUN.findall(html)) if (run_id := _run_id(text)) is not None}
    readable = readable_ids(AnonymousUser(), list(named)) if named else set()
    whole = project.get_absolute_url() if project.visibility == Visibility.PUBLIC else None

    def leads(path: str) -> str | None:
        run = _RUN.match(path)
        followed = _run_id(run[1]) in readable if run else whole is not None and path.startswith(whole)
        return f"{site}{path}" if followed else None

    return leads


def _run_id(text: str) -> int | None:
    try:
        return ids.from_text(text)
    except ValueError:  # thirteen such characters that are no id
        return None


def shown_html(snapshot: Snapshot, html: str, piece_address: Callable[[str], str]) -> SafeString:
    """The HTML with its pieces at piece_address(sha256); links that not everybody may follow are words."""
    report, pieces, leads = snapshot.report, named_pieces(snapshot), open_leads(snapshot, html)

    def address(said: str) -> str | None:
        name = piece_named(report, said)
        if name is None:
            return leads(said)
        return piece_address(name) if name in pieces else None

    return mark_safe("".join(readdressed(html, address)))  # noqa: S308 - made by our templates from sanitised Markdown
