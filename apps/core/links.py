"""Addresses of the page that one is on, with its query changed."""

from django.http import QueryDict


def link(params: QueryDict, **changes: str | list[str]) -> str:
    """A query with some parameters changed; "" and [] take them out."""
    changed = params.copy()
    changed.pop("format", None)
    for name, value in changes.items():
        changed.setlist(name, value if isinstance(value, list) else [value])
        if not value:
            changed.pop(name)
    return f"?{changed.urlencode()}"
