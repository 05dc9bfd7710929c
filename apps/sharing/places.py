"""Where a version and its panels are found by somebody who has a link, or by everybody."""

from collections.abc import Callable
from typing import NamedTuple

from django.http import HttpRequest
from django.urls import reverse
from rest_framework.request import Request

from apps.reports.answers import absolute_url
from apps.reports.models import Snapshot


class PanelPlace(NamedTuple):
    """Where one panel may be shown. picture: of its first chart, "" without one."""

    number: int
    title: str
    frame: str
    picture: str


def link_address(request: HttpRequest | Request, token: str) -> str:
    return absolute_url(request, reverse("shared_report", args=[token]))


def shared_panels(request: HttpRequest, snapshot: Snapshot, token: str) -> list[PanelPlace]:
    """The panels of a version under a link."""
    return _panels(
        snapshot,
        frame=lambda panel: absolute_url(request, reverse("shared_panel", args=[token, panel])),
        picture=lambda panel: absolute_url(request, reverse("shared_picture", args=[token, panel, 1])),
    )


def public_panels(request: HttpRequest, snapshot: Snapshot) -> list[PanelPlace]:
    """The panels of a version that everybody may read."""
    named = [snapshot.report_id, snapshot.n]
    return _panels(
        snapshot,
        frame=lambda panel: absolute_url(request, reverse("snapshot_panel", args=[*named, panel])),
        picture=lambda panel: absolute_url(request, reverse("snapshot_picture", args=[*named, panel, 1])),
    )


def _panels(snapshot: Snapshot, *, frame: Callable[[int], str], picture: Callable[[int], str]) -> list[PanelPlace]:
    return [
        PanelPlace(
            number,
            panel.get("title") or ", ".join(chart["key"] for chart in panel.get("charts", [])) or f"Panel {number}",
            frame(number),
            picture(number) if any(chart["pictures"] for chart in panel.get("charts", [])[:1]) else "",
        )
        for number, panel in enumerate(snapshot.said["panels"], 1)
    ]
