"""Names of values of runs as authors write them."""

from apps.runs.filters import parse_name
from apps.runs.filters_syntax import Field, FilterError, Name


def read_name(text: str) -> Field | Name:
    """A name of the filter language; other words are a metric, by its last value."""
    try:
        return parse_name(text)
    except FilterError:
        return Name("metric", text, "last")
