"""Documents of panels for tests."""

import json
from typing import Any

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"


def document(sources: Any = None, parameters: Any = None, **spec: Any) -> str:
    """A bar chart over the source "rows", of the runs where no sources are given. spec: more of it, or other."""
    ours = {"sources": {"rows": {"kind": "runs"}} if sources is None else sources}
    if parameters is not None:
        ours["parameters"] = parameters
    whole = {
        "$schema": SCHEMA,
        "usermeta": {"paceline": ours},
        "data": {"name": "rows"},
        "mark": "bar",
        "encoding": {"x": {"field": "name", "type": "nominal"}},
        **spec,
    }
    return json.dumps(whole, indent=2)


DOCUMENT = document()
