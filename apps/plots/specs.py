"""Vega-Lite specs of plots whose datum is a run, without data: rows are bound by name in the browser.

Ticks and their labels are the page's: so times, durations, texts and numbers are written as everywhere, and one spec
serves them all. Lean like the line panels (apps/panels/specs.py).
"""

from typing import Any, Literal

import altair as alt

Scale = Literal["linear", "log"]

LEFT, RIGHT, TOP, BOTTOM = 54, 14, 22, 40  # px around a plot; the page widens the left one for long labels
_COLOURS = ("ink", "muted", "hairline", "accent")


def dot_plot(*, x: Scale, y: Scale) -> dict[str, Any]:
    """Dots over two axes, with a line in steps through some of them.

    Named data: "dots" (x, y, colour, size in px², opacity), "front" (x, y) in order of x, "titles" (x, y in px, text,
    align). Params: x_from, x_to, y_from, y_to, ink, muted, hairline, accent; x_ticks, x_labels, y_ticks, y_labels.
    """
    front = (
        alt.Chart(alt.NamedData("front"))
        .mark_line(strokeWidth=1.3, interpolate="step-after", clip=True, invalid=None, stroke=alt.ExprRef("accent"))
        .encode(x=_across(x), y=_along(y))
    )
    dots = (
        alt.Chart(alt.NamedData("dots"))
        .mark_point(filled=True, clip=False, invalid=None)
        .encode(
            x=_across(x),
            y=_along(y),
            color=alt.Color("colour:N", scale=None, legend=None),
            size=alt.Size("size:Q", scale=None, legend=None),
            opacity=alt.Opacity("opacity:Q", scale=None, legend=None),
        )
    )
    return _plot(front, dots)


def box_plot(*, x: Scale, lying: bool) -> dict[str, Any]:
    """Boxes between two values of x and two of y, lines across them, and words beside: lying bars, or a histogram.

    Named data: "boxes" (x, x2, y, y2, colour), "spans" (x, x2, y), "words" (x, y, text) and "titles"; params as above.
    """
    boxes = (
        alt.Chart(alt.NamedData("boxes"))
        .mark_rect(clip=True, invalid=None)
        .encode(
            x=_across(x, grid=lying),
            x2="x2:Q",
            y=_along("linear", grid=not lying),
            y2="y2:Q",
            fill=alt.Fill("colour:N", scale=None, legend=None),
        )
    )
    spans = (
        alt.Chart(alt.NamedData("spans"))
        .mark_rule(strokeWidth=1.4, clip=True, invalid=None, stroke=alt.ExprRef("ink"))
        .encode(x=_across(x, grid=lying), x2="x2:Q", y=_along("linear", grid=not lying))
    )
    words = (
        alt.Chart(alt.NamedData("words"))
        .mark_text(align="left", baseline="middle", dx=5, fontSize=10.5, invalid=None, fill=alt.ExprRef("muted"))
        .encode(x=_across(x, grid=lying), y=_along("linear", grid=not lying), text="text:N")
    )
    return _plot(boxes, spans, words)


def parallel_plot() -> dict[str, Any]:
    """Lines through several axes side by side; for pictures alone: on pages Plotly draws them.

    Named data: "lines" (line, x: place of the axis, y: 0..1, colour), "rules" (x): the axes, "words" (x, y, text):
    their ticks, and "titles"; params as above.
    """
    rules = (
        alt.Chart(alt.NamedData("rules"))
        .mark_rule(stroke=alt.ExprRef("muted"), strokeWidth=1)
        .encode(x=_across("linear"))
    )
    lines = (
        alt.Chart(alt.NamedData("lines"))
        .mark_line(strokeWidth=1.2, clip=True, invalid=None)
        .encode(
            x=_across("linear"),
            y=_along("linear", grid=False),
            detail="line:N",
            color=alt.Color("colour:N", scale=None, legend=None),
        )
    )
    words = (
        alt.Chart(alt.NamedData("words"))
        .mark_text(align="left", baseline="middle", dx=4, fontSize=10.5, limit=110, fill=alt.ExprRef("ink"))
        .encode(x=_across("linear"), y=_along("linear", grid=False), text="text:N")
    )
    return _plot(rules, lines, words)


def _across(scale: Scale, *, grid: bool = False) -> alt.X:
    axis = alt.Axis(
        title=None,
        grid=grid,
        values=alt.ExprRef("x_ticks"),
        labelExpr="x_labels[indexof(x_ticks, datum.value)]",
        labelOverlap="greedy",
        labelSeparation=6,
        labelLimit=120,
    )
    return alt.X("x:Q", axis=axis, scale=_scale("x", scale))


def _along(scale: Scale, *, grid: bool = True) -> alt.Y:
    axis = alt.Axis(
        title=None,
        grid=grid,
        values=alt.ExprRef("y_ticks"),
        labelExpr="y_labels[indexof(y_ticks, datum.value)]",
        labelOverlap="greedy",
        labelLimit=150,
    )
    return alt.Y("y:Q", axis=axis, scale=_scale("y", scale))


def _scale(name: str, scale: Scale) -> alt.Scale:
    ends = {"domainMin": alt.ExprRef(f"{name}_from"), "domainMax": alt.ExprRef(f"{name}_to")}
    return alt.Scale(type=scale, zero=False, nice=False, **ends)


def _plot(*layers: alt.Chart) -> dict[str, Any]:
    titles = (
        alt.Chart(alt.NamedData("titles"))
        .mark_text(
            fontSize=11, baseline="middle", fill=alt.ExprRef("muted"), align=alt.ExprRef("datum.align"), limit=420
        )
        .encode(
            x=alt.X("x:Q", scale=None, axis=None),
            y=alt.Y("y:Q", scale=None, axis=None),
            text="text:N",
        )
    )
    params = [alt.param(name=name, value=value) for name, value in _ENDS.items()]
    params += [alt.param(name=f"{name}_{what}", value=[]) for name in "xy" for what in ("ticks", "labels")]
    params += [alt.param(name=name, value="#888888") for name in _COLOURS]
    chart = (
        alt.layer(*layers, titles)
        .resolve_scale(x="shared", y="shared")
        .properties(
            width=360,
            height=200,
            padding={"left": LEFT, "right": RIGHT, "top": TOP, "bottom": BOTTOM},
            autosize=alt.AutoSizeParams(type="none"),
        )
        .add_params(*params)
        .configure(aria=False, background="transparent", font="system-ui, sans-serif")
        .configure_view(stroke=None)
        .configure_axis(
            domainColor=alt.ExprRef("hairline"),
            gridColor=alt.ExprRef("hairline"),
            tickColor=alt.ExprRef("hairline"),
            labelColor=alt.ExprRef("muted"),
            labelFontSize=11,
            tickSize=4,
            labelPadding=4,
        )
        .configure_axisY(domain=False, ticks=False)
    )
    spec: dict[str, Any] = chart.to_dict()
    return spec


_ENDS = {"x_from": 0.1, "x_to": 1, "y_from": 0.1, "y_to": 1}
