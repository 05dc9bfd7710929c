"""The data of a panel drawn on the server."""

import hashlib
from typing import Any

import orjson

from apps.custom_panels.columns import as_json
from apps.custom_panels.data import PanelData
from apps.rendering.look import Theme
from apps.rendering.pictures import Kind, picture


def panel_picture(
    found: PanelData, *, kind: Kind = "svg", width: int, height: int, scale: float = 2, theme: Theme = "light"
) -> bytes:
    """The SVG or PNG of a panel's chart. Raises CannotRender and PicturesBusy."""
    return picture(found.spec, _columns(found), kind=kind, width=width, height=height, scale=scale, theme=theme)


def picture_state(found: PanelData) -> str:
    """A digest of all that a picture shows: equal ones look the same."""
    shown = orjson.dumps([found.spec, _columns(found)], option=orjson.OPT_SERIALIZE_NUMPY)
    return hashlib.blake2b(shown, digest_size=16).hexdigest()


def _columns(found: PanelData) -> dict[str, dict[str, Any]]:
    return {
        name: {column: as_json(values) for column, values in rows.columns.items()}
        for name, rows in found.sources.items()
    }
