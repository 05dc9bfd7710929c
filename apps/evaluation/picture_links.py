"""The way from a page to the picture of what it shows."""

from collections.abc import Sequence

from django.utils.http import urlencode

from apps.runs.models import Run


def picture_query(runs: Sequence[Run], base: Run | None = None, **asked: str | int | None) -> str:
    """The query of the picture of some runs. asked: its other parameters; "" and None are left out."""
    pairs = [("run", run.slug) for run in runs]
    if base is not None and base != runs[0]:
        pairs.append(("base", base.slug))
    pairs += [(name.rstrip("_"), str(value)) for name, value in asked.items() if value not in ("", None)]
    return f"?{urlencode(pairs)}"
