"""What the tables refuse."""

from apps.core.errors import Invalid, NotFound, TrackerError

MAX_CLASSES = 10_000  # of a table
MAX_COLUMNS = 50  # of a table, its support not counted
MAX_DENSE = 1_000  # classes of a confusion matrix that is sent whole
MAX_CELLS = 1_000_000  # of a confusion matrix that are not 0
MAX_EXAMPLES = 2**53  # of a confusion matrix: what JSON numbers hold exactly
MAX_CURVE_CLASSES = 1_100  # of a set of curves, its averages among them
MAX_CURVE_POINTS = 250_000  # of a set of curves together
MAX_BINS = 512  # of a histogram
MAX_NAME_LENGTH = 250  # characters of a key, a class or a column
MAX_TABLES = 10_000  # of a key: steps, those of older attempts counted
MAX_KEYS = 200  # of a run
MAX_LISTED = 20
MAX_COST = 10**9  # of a mistake, and as a gain
MAX_PAIRS = 10_000  # with a cost of their own, of a project
MAX_CLASS_COSTS = 10_000  # of a project


class BadTable(Invalid):
    """Some of a table cannot be taken; nothing of it was stored."""

    code = "bad_table"

    def __init__(self, fields: dict[str, str], count: int) -> None:
        listed = f" The first {len(fields)} are listed." if count > len(fields) else ""
        what = "One thing" if count == 1 else f"{count:,} things"
        super().__init__(f"{what} of this table cannot be taken; nothing was stored.{listed}", fields=fields)


class TooManyTables(TrackerError):
    """A key, or a run, is full. Nothing was stored."""

    code = "too_many_tables"
    status = 409

    def __init__(self, message: str) -> None:
        super().__init__(f"{message} Nothing was stored.")


class NoSuchTable(NotFound):
    """There is no table of this name, or none at this step."""


class BadCosts(Invalid):
    """Some costs cannot be taken; nothing was changed."""

    code = "bad_costs"

    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__("Some of these costs cannot be taken; nothing was changed.", fields=fields)


class CostsChanged(TrackerError):
    """Somebody changed the costs meanwhile."""

    code = "costs_changed"
    status = 409

    def __init__(self, newest: int) -> None:
        super().__init__(f"The costs were changed meanwhile: their version is {newest}. Read them again.")
