"""Tables of an evaluation as pictures: what is drawn on a plane of px, and its frame."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from apps.rendering.canvas import Canvas, canvas_spec
from apps.rendering.framing import EDGE, FOOT, HEAD, Name, framed
from apps.rendering.pictures import PictureSight, picture
from apps.tables.store import Head

_NO_GUTTERS = {"left": 0, "right": 0, "top": 0, "bottom": 0}


@dataclass(frozen=True)
class Drawing:
    """A picture before its frame. height: px of its plane; said: facts below the title; names: the legend below all."""

    canvas: Canvas
    height: float
    title: str
    said: Sequence[str]
    foot: str = ""
    names: Sequence[Name] = ()


def drawing_picture(drawing: Drawing, sight: PictureSight) -> bytes:
    """The picture of a drawing that was made for this sight. Raises CannotRender and PicturesBusy."""
    frame = framed(
        canvas_spec(),
        width=sight.width,
        height=round(HEAD + FOOT + drawing.height),
        gutters=_NO_GUTTERS,
        title=drawing.title,
        said=" · ".join(drawing.said),
        foot=drawing.foot,
        names=list(drawing.names),
        look=sight.look,
    )
    return picture(frame.spec, {**drawing.canvas.data, **frame.data}, kind=sight.kind, scale=sight.scale, own=True)


def plane_of(sight: PictureSight) -> tuple[int, int]:
    """Width and height in px that a drawing has."""
    return sight.width - 2 * EDGE, sight.height - HEAD - FOOT


def step_words(heads: Iterable[Head | None]) -> str:
    """At which step tables stand: step 150, steps 100 to 150; "" of none."""
    steps = sorted({head.step for head in heads if head is not None})
    if not steps:
        return ""
    return f"step {steps[0]:,}" if len(steps) == 1 else f"steps {steps[0]:,} to {steps[-1]:,}"
