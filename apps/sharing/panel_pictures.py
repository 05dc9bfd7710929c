"""Charts of published panels as PNGs: painted from the pictures that were published."""

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse

from apps.core.errors import NotFound
from apps.rendering.answers import asked_sight, picture_answer, picture_tag
from apps.rendering.pictures import png_of
from apps.reports.models import Snapshot
from apps.reports.snapshot_queries import piece_of

_KEPT_SECONDS = 86_400  # whoever reads a pull request asks again for what others saw today


def panel_png(request: HttpRequest, snapshot: Snapshot, panel: int, chart: int) -> HttpResponse:
    """The PNG of a chart of a panel, both counted from 1; ?theme= and ?scale= as other pictures have them.

    The entity tag is of the published picture. Raises NotFound, Invalid, CannotRender, PicturesBusy.
    """
    sight = asked_sight(request.GET, "png")
    name, scale = _picture(snapshot, panel, chart, sight.theme), sight.scale
    response = picture_answer(request, "png", picture_tag(name, scale), lambda: _painted(snapshot, name, scale))
    # Any site may show it: whoever has its address has what it shows.
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def _picture(snapshot: Snapshot, panel: int, chart: int, theme: str) -> str:
    panels = snapshot.said["panels"]
    charts = panels[panel - 1].get("charts", []) if 1 <= panel <= len(panels) else []
    name = charts[chart - 1]["pictures"].get(theme) if 1 <= chart <= len(charts) else None
    if name is None:
        raise NotFound(f"This version has no picture {chart} of a panel {panel}.")
    return str(name)


def _painted(snapshot: Snapshot, name: str, scale: float) -> bytes:
    key = f"panel-png:{name}:{scale}"
    kept = cache.get(key)
    if kept is None:
        _, svg = piece_of(snapshot.report, name)
        kept = png_of(svg, scale=scale)
        cache.set(key, kept, _KEPT_SECONDS)
    return bytes(kept)
