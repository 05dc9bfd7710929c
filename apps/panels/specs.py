"""Vega-Lite specs of the built-in panels, without data: rows are bound by name in the browser.

Lean on purpose (aria off, domains given, no legend, no tooltips): half the drawing time under Vega's interpreter.
"""

import copy
from typing import Any, Literal

import altair as alt

XAxis = Literal["step", "time", "duration", "value"]
YScale = Literal["linear", "log"]

# What the page sets before drawing: sizes, ranges, and its own colours, so that charts follow the theme.
INK, MUTED, HAIRLINE = "ink", "muted", "hairline"
LEFT, RIGHT, TOP, BOTTOM = 54, 12, 8, 22  # the same gutters on every chart, so that eyes can run down a column

_STEP_LABEL = "abs(datum.value) >= 1e15 ? format(datum.value, '~e') : format(datum.value, '~s')"
_DURATION_LABEL = (
    "datum.value == 0 ? '0'"
    " : abs(datum.value) < 1e3 ? format(datum.value, '.4~g') + ' ms'"
    " : abs(datum.value) < 6e4 ? format(datum.value / 1e3, '.4~g') + ' s'"
    " : abs(datum.value) < 36e5 ? format(datum.value / 6e4, '.4~g') + ' min'"
    " : abs(datum.value) < 864e5 ? format(datum.value / 36e5, '.4~g') + ' h'"
    " : format(datum.value / 864e5, '.4~g') + ' d'"
)
_VALUE_LABEL = (
    "datum.value == 0 ? '0'"
    " : abs(datum.value) < 1e-3 || abs(datum.value) >= 1e15 ? replace(format(datum.value, '.2~e'), 'e+', 'e')"
    " : abs(datum.value) >= 1e4 ? format(datum.value, '.5~s') : format(datum.value, '.6~g')"
)


def line_panel(*, x: XAxis = "step", y: YScale = "linear") -> dict[str, Any]:
    """Lines of many runs over one key.

    Named data: "lines" (line, x, y, colour, dash): one path per `line`, a run's unbroken stretch; "bands" (line, x,
    low, high, colour): extremes around a mean; "dots" (x, y, colour): points with no neighbour to join; "marks" (x,
    row, shape, colour): non-finite values, row in pixels from the top. Params: x_from, x_to, y_from, y_to, ink, muted,
    hairline; x_ticks, where the ticks of a duration (ms) are.
    """
    values = alt.Scale(type=y, zero=False, nice=False, domainMin=alt.ExprRef("y_from"), domainMax=alt.ExprRef("y_to"))
    places = alt.Scale(
        type="time" if x == "time" else "linear",
        nice=False,
        zero=alt.Undefined if x == "time" else False,
        domainMin=alt.ExprRef("x_from"),
        domainMax=alt.ExprRef("x_to"),
    )
    step_axis = alt.Axis(
        title=None, grid=False, tickCount=alt.ExprRef("clamp(width / 70, 2, 12)"), tickMinStep=1, labelExpr=_STEP_LABEL
    )
    time_axis = alt.Axis(title=None, grid=False, tickCount=alt.ExprRef("clamp(width / 110, 2, 12)"))
    duration_axis = alt.Axis(title=None, grid=False, values=alt.ExprRef("x_ticks"), labelExpr=_DURATION_LABEL)
    metric_axis = alt.Axis(
        title=None, grid=False, tickCount=alt.ExprRef("clamp(width / 70, 2, 12)"), labelExpr=_VALUE_LABEL
    )
    axes = {"step": step_axis, "time": time_axis, "duration": duration_axis, "value": metric_axis}
    at = alt.X("x:T" if x == "time" else "x:Q", scale=places, axis=axes[x])
    value_axis = alt.Axis(title=None, tickCount=alt.ExprRef("clamp(height / 38, 2, 12)"), labelExpr=_VALUE_LABEL)
    value = alt.Y("y:Q", scale=values, axis=value_axis)
    colour = alt.Color("colour:N", scale=None, legend=None)
    fill = alt.Fill("colour:N", scale=None, legend=None)

    bands = (
        alt.Chart(alt.NamedData("bands"))
        .mark_area(opacity=0.14, clip=True, invalid=None)
        .encode(x=at, y=alt.Y("low:Q", scale=values, axis=value_axis), y2="high:Q", fill=fill, detail="line:N")
    )
    lines = (
        alt.Chart(alt.NamedData("lines"))
        .mark_line(strokeWidth=1.4, clip=True, invalid=None, strokeJoin="round")
        .encode(
            x=at, y=value, color=colour, strokeDash=alt.StrokeDash("dash:N", scale=None, legend=None), detail="line:N"
        )
    )
    dots = (
        alt.Chart(alt.NamedData("dots"))
        .mark_point(size=18, filled=True, opacity=1, clip=True, invalid=None)
        .encode(x=at, y=value, color=colour)
    )
    marks = (
        alt.Chart(alt.NamedData("marks"))
        .mark_point(size=42, filled=True, opacity=0.9, invalid=None)
        .encode(
            x=at,
            y=alt.Y("row:Q", scale=None, axis=None),
            color=colour,
            shape=alt.Shape("shape:N", scale=None, legend=None),
        )
    )
    numbers = [
        alt.param(name=name, value=value) for name, value in (("x_from", 0), ("x_to", 1), ("y_from", 0.1), ("y_to", 1))
    ]
    if x == "duration":
        numbers.append(alt.param(name="x_ticks", value=[]))
    colours = [alt.param(name=name, value="#888888") for name in (INK, MUTED, HAIRLINE)]
    chart = (
        alt.layer(bands, lines, dots, marks)
        .resolve_scale(y="shared")
        .properties(
            width=400,
            height=180,
            padding={"left": LEFT, "right": RIGHT, "top": TOP, "bottom": BOTTOM},
            autosize=alt.AutoSizeParams(type="none"),
        )
        .add_params(*numbers, *colours)
        .configure(aria=False, background="transparent", font="system-ui, sans-serif")
        .configure_view(stroke=None)
        .configure_axis(
            domainColor=alt.ExprRef(HAIRLINE),
            gridColor=alt.ExprRef(HAIRLINE),
            tickColor=alt.ExprRef(HAIRLINE),
            labelColor=alt.ExprRef(MUTED),
            labelFontSize=11,
            tickSize=4,
            labelPadding=4,
        )
        .configure_axisY(domain=False, ticks=False, labelLimit=LEFT - 8)
    )
    spec: dict[str, Any] = chart.to_dict()
    return spec


def trimmed(vega: dict[str, Any]) -> dict[str, Any]:
    """A compiled line panel without what its rows never need: a third of the drawing time.

    Our rows are finite numbers in ascending x, and every range is given, so the guards, sorts and domains that the
    compiler derives from data go. The argument is not changed.
    """
    vega = copy.deepcopy(vega)
    sources = {one["name"]: one["source"] for one in vega["data"] if "source" in one}
    vega["data"] = [{"name": one["name"]} for one in vega["data"] if one["name"] not in sources]
    for scale in vega["scales"]:
        low, high = scale.pop("domainMin"), scale.pop("domainMax")
        scale["domain"] = [low, high]
    for mark in vega["marks"]:
        _trim_mark(mark, sources)
    return vega


def _trim_mark(mark: dict[str, Any], sources: dict[str, str]) -> None:
    origin = mark.get("from", {})
    for place in (origin, origin.get("facet", {})):
        if place.get("data") in sources:
            place["data"] = sources[place["data"]]
    mark.pop("sort", None)
    encoded = mark.get("encode", {}).get("update", {})
    for channel, rules in encoded.items():
        if isinstance(rules, list):
            encoded[channel] = rules[-1]  # the ones before it are guards
    for inner in mark.get("marks", []):
        _trim_mark(inner, sources)
