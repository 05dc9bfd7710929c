"""A chart as an SVG or a PNG, drawn in a process of its own that reaches nothing and ends in time."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import orjson
import pyarrow as pa

from apps.rendering.checks import language_named
from apps.rendering.drawing import MORE_MEMORY
from apps.rendering.errors import CannotRender
from apps.rendering.limits import MAX_ROWS, MAX_SCALE, MAX_SIDE
from apps.rendering.look import LOOKS, Look, Theme, dressed, house_config
from apps.rendering.processes import DRAW_SECONDS, Died, DrawingProcess, pool
from apps.rendering.svg import Drawing, checked

Kind = Literal["svg", "png"]
Columns = Mapping[str, Sequence[Any]]
Rows: TypeAlias = Columns | Sequence[Mapping[str, Any]] | pa.Table

KINDS: Mapping[Kind, str] = {"svg": "image/svg+xml", "png": "image/png"}
MAX_DRAWN_SIDE = 4_000  # px, of a picture whose size follows from its rows
MAX_PIXELS = 32_000_000  # of a PNG
# JSON's escapes of what XML cannot hold, after an even number of backslashes; U+FFFE and U+FFFF as they stand.
_NOT_DRAWABLE = re.compile(rb"(?<!\\)((?:\\\\)*)\\(?:u00[01][0-9a-f]|[bf])|\xef\xbf[\xbe\xbf]")
_PNG = b"\x89PNG\r\n\x1a\n"
_COMPOSED = ("concat", "hconcat", "vconcat", "facet", "repeat")  # their views have the sizes


@dataclass(frozen=True)
class PictureSight:
    """How a picture is looked at. width, height: px, without the legend; scale: pixels of a PNG for each px."""

    kind: Kind = "svg"
    width: int = 640
    height: int = 320
    scale: float = 2
    theme: Theme = "light"

    @property
    def look(self) -> Look:
        return LOOKS[self.theme]


def picture(
    spec: Mapping[str, Any],
    data: Mapping[str, Rows],
    *,
    kind: Kind = "svg",
    width: int = 600,
    height: int = 300,
    scale: float = 2,
    theme: Theme = "light",
    own: bool = False,
) -> bytes:
    """The picture of a Vega or Vega-Lite spec over named rows.

    data: of each name, rows, columns of equal length, or an Arrow table. width, height: px of the whole picture of a
    chart that says neither, and of a chart's side that it does not say itself. scale: pixels of a PNG for each px.
    own: the spec is ours, not what somebody wrote; it is drawn as it is, in a process that stays. Others are checked
    before (checks.py), and get the theme's colours and fonts.

    Raises CannotRender (what its message says will be so again), PicturesBusy (not now).
    """
    _check_asked(width, height, scale)
    columns = {name: _columns(rows) for name, rows in data.items()}
    rows = sum(len(next(iter(one.values()), ())) for one in columns.values())
    if rows > MAX_ROWS:
        raise CannotRender(f"A picture is drawn from at most {MAX_ROWS:,} rows; {rows:,} came. Aggregate or filter.")
    spec = dict(spec) if own else _dressed(spec, width, height, theme)
    asked = {"draw": spec, "language": language_named(spec.get("$schema")), "data": columns}
    try:
        request = _drawable(orjson.dumps(asked, option=orjson.OPT_SERIALIZE_NUMPY, default=_plain))
    except orjson.JSONEncodeError as error:
        raise CannotRender(f"The panel could not be drawn: {error}.") from None
    return _asked(lambda process: _drawn(process, request, kind, scale), own=own)


def png_of(svg: bytes, *, scale: float = 2) -> bytes:
    """The PNG of an SVG that picture() answered some time. scale: pixels for each px of it.

    Raises CannotRender (what its message says will be so again), PicturesBusy (not now).
    """
    drawing = checked(svg)
    _check_size(drawing, "png", scale)
    return _asked(lambda process: _painted(process, drawing, scale), own=True)


def _asked(what: Callable[[DrawingProcess], bytes], *, own: bool) -> bytes:
    """What a process answers; one that ended of itself before it was asked is taken for another once."""
    for attempt in (1, 2):
        try:
            with pool().process(own=own) as process:
                return what(process)
        except Died as death:
            if death.late or death.code != 0 or attempt == 2:
                raise CannotRender(_why(death)) from None
    raise AssertionError("the second attempt returns or raises")


def _drawn(process: DrawingProcess, request: bytes, kind: Kind, scale: float) -> bytes:
    drawing = checked(process.ask(request, DRAW_SECONDS))
    _check_size(drawing, kind, scale)
    return drawing.text.encode() if kind == "svg" else _painted(process, drawing, scale)


def _painted(process: DrawingProcess, drawing: Drawing, scale: float) -> bytes:
    painted = process.ask(orjson.dumps({"paint": drawing.text, "scale": scale}), DRAW_SECONDS)
    if not painted.startswith(_PNG):
        raise CannotRender("The panel was painted as no PNG.")
    return painted


def _check_asked(width: int, height: int, scale: float) -> None:
    for name, side in (("width", width), ("height", height)):
        if not 1 <= side <= MAX_SIDE:
            raise CannotRender(f"A picture's {name} is 1..{MAX_SIDE:,} px; {side:,} came.")
    if not 0.1 <= scale <= MAX_SCALE:
        raise CannotRender(f"A picture's scale is 0.1..{MAX_SCALE}; {scale:g} came.")


def _check_size(drawing: Drawing, kind: Kind, scale: float) -> None:
    if max(drawing.width, drawing.height) > MAX_DRAWN_SIDE:
        raise CannotRender(
            f"The panel is {drawing.width:,.0f} × {drawing.height:,.0f} px; at most {MAX_DRAWN_SIDE:,} px a side are "
            "drawn. Give it a width and height, or fewer values along them."
        )
    pixels = math.ceil(drawing.width * scale) * math.ceil(drawing.height * scale)
    if kind == "png" and pixels > MAX_PIXELS:
        raise CannotRender(
            f"The picture has {pixels:,} pixels; at most {MAX_PIXELS:,} are painted. Ask for a smaller scale."
        )


def _why(death: Died) -> str:
    if death.late:
        return f"The panel took longer than {DRAW_SECONDS:.0f} s to draw; draw fewer rows, or aggregate them first."
    return (
        "The panel could not be drawn: its process ended, as it does when it needs more than "
        f"{MORE_MEMORY // 2**20:,} MB of memory. Draw fewer rows or layers, or aggregate them first."
    )


def _columns(rows: Rows) -> dict[str, Any]:
    """Columns of equal length; a column that some rows lack has None there."""
    if isinstance(rows, pa.Table):
        return {name: rows.column(name).to_pylist() for name in rows.column_names}
    if isinstance(rows, Mapping):
        return dict(rows)
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: [row.get(name) for row in rows] for name in names}


def _drawable(request: bytes) -> bytes:
    """JSON without the characters that end vl-convert's process, which measures texts as XML."""
    return _NOT_DRAWABLE.sub(rb"\1", request)


def _plain(value: Any) -> Any:
    """What JSON has no word for: a sequence of other kinds is a list, and anything else its text."""
    return list(value) if isinstance(value, (range, tuple, set)) else str(value)


def _dressed(spec: Mapping[str, Any], width: int, height: int, theme: Theme) -> dict[str, Any]:
    """A spec in the house's theme, with a size, and without what is said to others than Vega."""
    whole = {name: value for name, value in spec.items() if name != "usermeta"}
    whole["config"] = dressed(whole.get("config"), house_config(theme))
    whole.setdefault("background", LOOKS[theme].surface)
    whole.setdefault("padding", 12)
    if not any(name in whole for name in _COMPOSED):
        sides = {"width": width, "height": height}
        open_sides = [name for name in sides if whole.get(name, "container") == "container"]
        whole |= {name: sides[name] for name in open_sides}
        if len(open_sides) == len(sides):
            whole.setdefault("autosize", {"type": "fit", "contains": "padding"})
    return whole
