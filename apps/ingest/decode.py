"""From a parsed JSON body to a batch of points: shapes, checks, and the path of whatever is wrong. No Django.

Three forms (docs/api.md): rows, shared columns, and one series a key; null is "not logged" in each. Keys that were
logged together become one Group. The fast way through is for columns of plain numbers; what it cannot take goes through
a slow one that looks at each value and names the bad ones.
"""

import re
from array import array
from collections.abc import Iterable, Sequence
from itertools import chain, repeat
from operator import is_not
from typing import Any

import numpy as np
from numpy.typing import NDArray

from apps.core.bodies import NumberTooLarge
from apps.core.json_values import printable
from apps.core.problems import Problems
from apps.history.batches import Batch, Floats, Group, Ints
from apps.ingest.checks import INT64_MAX, INT64_MIN, NO_TIME, Decoded, address, batch_problems, check_keys
from apps.ingest.errors import MAX_POINTS_PER_BATCH, TooManyPoints
from apps.ingest.grouping import few, groups_of_masks

EXACT = 2**53  # floats hold every integer up to here
SMALL = 10_000
NON_FINITE = {
    "nan": np.nan,
    "inf": np.inf,
    "+inf": np.inf,
    "-inf": -np.inf,
    "infinity": np.inf,
    "+infinity": np.inf,
    "-infinity": -np.inf,
}
_INTEGER = re.compile(r"[+-]?[0-9]{1,40}")
_FORMS = ("rows", "values", "series")


def decode(body: Any) -> Decoded:
    """The batch of a parsed body.

    Raises BadBatch, which lists the paths of all bad values, and TooManyPoints.
    """
    problems = batch_problems()
    if not isinstance(body, dict):
        problems.add("body", "the body must be an object")
        problems.refuse()
    attempt, writer, seq = address(body, problems)
    forms = [form for form in _FORMS if form in body]
    if len(forms) != 1:
        problems.add("body", 'give exactly one of "rows", "values" (with "step") and "series"')
        problems.refuse()
    read = {"rows": _from_rows, "values": _from_columns, "series": _from_series}[forms[0]]
    groups, untimed = read(body, problems)
    problems.refuse()
    batch = Batch(groups)
    if batch.points > MAX_POINTS_PER_BATCH:
        raise TooManyPoints(batch.points)
    return Decoded(attempt, writer, seq, batch, untimed)


# --- rows ---


def _from_rows(body: dict[str, Any], problems: Problems) -> tuple[list[Group], bool]:
    """{"rows": [{"step", "time", "values": {key: value}}]}: rows of the same keys become one group."""
    rows = body["rows"]
    if not isinstance(rows, list):
        problems.add("rows", "must be a list")
        return [], False
    by_keys: dict[tuple[str, ...], list[int]] = {}
    steps: list[Any] = [0] * len(rows)
    times: list[Any] = [None] * len(rows)
    points = 0
    misshapen = []
    for place, row in enumerate(rows):
        try:
            steps[place] = row["step"]
            values = row["values"]
            times[place] = row.get("time")
            by_keys.setdefault(tuple(values.keys()), []).append(place)
            points += len(values)
        except (TypeError, KeyError, AttributeError):
            misshapen.append(place)
    if points > MAX_POINTS_PER_BATCH:
        raise TooManyPoints(points)
    plain = {names: _plain(_values_of(rows, places)) for names, places in by_keys.items()}
    if any(plain[names] is None and None in _values_of(rows, places) for names, places in by_keys.items()):
        return _from_rows({"rows": [_without_nulls(row) for row in rows]}, problems)
    for place in misshapen:
        _explain_row(rows[place], place, problems)
    step = _integers(steps, "rows[{}].step", problems)
    time, untimed = _times(times, "rows[{}].time", problems)
    groups: dict[tuple[str, ...], list[tuple[list[int], Floats]]] = {}
    for names, places in by_keys.items():
        check_keys(names, lambda name, places=places: f"rows[{places[0]}].values.{printable(name)}", problems)
        flat = plain[names]
        if flat is None:
            values = _row_values(rows, names, places, problems)
        else:
            values = np.ascontiguousarray(flat.reshape(len(places), len(names)).T)
        if not names:
            continue
        order = tuple(sorted(names)) if len(by_keys) > 1 else names
        if order != names:
            at = {name: index for index, name in enumerate(names)}
            values = values[[at[name] for name in order]]
        groups.setdefault(order, []).append((places, values))
    found = []
    for names, parts in groups.items():
        places = parts[0][0] if len(parts) == 1 else list(chain.from_iterable(part[0] for part in parts))
        values = parts[0][1] if len(parts) == 1 else np.concatenate([part[1] for part in parts], axis=1)
        whole = len(places) == len(rows) and len(parts) == 1
        found.append(Group(step if whole else step[places], time if whole else time[places], list(names), values))
    return found, untimed


def _explain_row(row: Any, place: int, problems: Problems) -> None:
    if not isinstance(row, dict):
        problems.add(f"rows[{place}]", 'must be an object {"step", "time", "values"}')
        return
    if "step" not in row:
        problems.add(f"rows[{place}].step", "is missing")
    if not isinstance(row.get("values"), dict):
        problems.add(f"rows[{place}].values", "must be an object of key to number")


def _values_of(rows: list[Any], places: list[int]) -> Iterable[Any]:
    """All values of some rows, row by row."""
    return chain.from_iterable([rows[place]["values"].values() for place in places])


def _without_nulls(row: Any) -> Any:
    """A row without the keys that were not logged at it."""
    if not isinstance(row, dict) or not isinstance(row.get("values"), dict):
        return row
    return {**row, "values": {name: value for name, value in row["values"].items() if value is not None}}


def _row_values(rows: list[Any], names: tuple[str, ...], places: list[int], problems: Problems) -> Floats:
    """The values, one by one, of rows that have the same keys in the same order, none of them null: (k, n)."""
    slow = np.empty((len(names), len(places)))
    for column, place in enumerate(places):
        for index, (name, value) in enumerate(rows[place]["values"].items()):
            slow[index, column] = _value(value, "rows[{}].values." + _literal(name), place, problems)
    return slow


# --- shared columns ---


def _from_columns(body: dict[str, Any], problems: Problems) -> tuple[list[Group], bool]:
    """{"step": […], "time": […], "values": {key: […]}}: null means not logged; keys present together are one group."""
    columns = body["values"]
    if not isinstance(columns, dict):
        problems.add("values", "must be an object of key to list")
        return [], False
    steps = body.get("step")
    if not isinstance(steps, list):
        problems.add("step", "must be a list of integers" if "step" in body else "is missing")
        return [], False
    size = len(steps)
    sound = True
    for name, column in columns.items():
        if not isinstance(column, list):
            problems.add(f"values.{printable(name)}", "must be a list")
            sound = False
        elif len(column) != size:
            problems.add(f"values.{printable(name)}", f"has {len(column):,} values where step has {size:,}")
            sound = False
    times = body.get("time")
    if times is not None and not isinstance(times, list):
        problems.add("time", "must be a list of ms since epoch, or left out")
        sound = False
    elif times is not None and len(times) != size:
        problems.add("time", f"has {len(times):,} values where step has {size:,}")
        sound = False
    check_keys(columns, lambda name: f"values.{printable(name)}", problems)
    if not sound:
        return [], False
    if size * len(columns) > MAX_POINTS_PER_BATCH:
        points = sum(size - column.count(None) for column in columns.values())
        if points > MAX_POINTS_PER_BATCH:
            raise TooManyPoints(points)
    step = _integers(steps, "step[{}]", problems)
    time, untimed = _times(times, "time[{}]", problems, size)
    names = list(columns)
    if not size or not names:
        return [], untimed
    if size * len(names) <= SMALL:  # one pass over all columns costs less than one pass each
        flat = _plain(chain.from_iterable(columns.values()))
        if flat is not None:
            return [Group(step, time, names, flat.reshape(len(names), size))], untimed
    whole: list[str] = []
    holed: list[str] = []
    values: dict[str, Floats] = {}
    present: dict[str, NDArray[np.bool_]] = {}
    for name, column in columns.items():
        values[name], mask = _numbers(column, "values." + _literal(name) + "[{}]", problems)
        if mask is None:
            whole.append(name)
        else:
            holed.append(name)
            present[name] = mask
    if not holed:
        stacked = np.empty((len(whole), size))
        for index, name in enumerate(whole):
            stacked[index] = values[name]
        return [Group(step, time, whole, stacked)], untimed
    return few(groups_of_masks(step, time, whole, holed, values, present)), untimed


# --- one series a key ---


def _from_series(body: dict[str, Any], problems: Problems) -> tuple[list[Group], bool]:
    """{"series": {key: {"step": […], "time": […], "value": […]}}}: a group a key; null values are not logged."""
    series = body["series"]
    if not isinstance(series, dict):
        problems.add("series", 'must be an object of key to {"step", "time", "value"}')
        return [], False
    check_keys(series, lambda name: f"series.{printable(name)}", problems)
    groups = []
    any_untimed = False
    points = 0
    for name, one in series.items():
        path = f"series.{printable(name)}"
        if not isinstance(one, dict):
            problems.add(path, 'must be an object {"step", "time", "value"}')
            continue
        steps, column, times = one.get("step"), one.get("value"), one.get("time")
        sound = True
        for part, given in (("step", steps), ("value", column), ("time", times)):
            if part == "time" and given is None:
                continue
            if not isinstance(given, list):
                problems.add(f"{path}.{part}", "must be a list" if part in one else "is missing")
                sound = False
            elif isinstance(column, list) and len(given) != len(column):
                problems.add(f"{path}.{part}", f"has {len(given):,} values where value has {len(column):,}")
                sound = False
        if not sound or not isinstance(steps, list) or not isinstance(column, list):
            continue
        points += len(column)
        if points > MAX_POINTS_PER_BATCH:
            raise TooManyPoints(sum(len(other.get("value") or ()) for other in series.values()))
        literal = "series." + _literal(name)
        step = _integers(steps, literal + ".step[{}]", problems)
        time, untimed = _times(times, literal + ".time[{}]", problems, len(steps))
        values, mask = _numbers(column, literal + ".value[{}]", problems)
        any_untimed |= untimed
        if mask is not None:
            step, time, values = step[mask], time[mask], values[mask]
        if len(step):
            groups.append(Group(step, time, [name], values.reshape(1, -1)))
    return groups, any_untimed


# --- integers, times, values ---


def _literal(name: str) -> str:
    """A key as a part of a path template: its braces are its own."""
    return printable(name).replace("{", "{{").replace("}", "}}")


def _integers(column: Sequence[Any], path: str, problems: Problems) -> Ints:
    """Steps: integers, integers as text, floats that are integers up to 2^53. path: a template for an index."""
    if set(map(type, column)) <= {int}:
        try:
            return np.frombuffer(array("q", column), dtype=np.int64)
        except OverflowError:
            pass
    found = np.zeros(len(column), dtype=np.int64)
    for place, value in enumerate(column):
        number, problem = _integer(value)
        if problem:
            problems.add(path.format(place), problem)
        else:
            found[place] = number
    return found


def _integer(value: Any) -> tuple[int, str]:
    number = value
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        number = int(value)
    elif isinstance(value, float):
        if not np.isfinite(value) or abs(value) >= 2.0**63:
            return 0, "must be within -2^63..2^63-1"
        if not value.is_integer():
            return 0, f"must be an integer; {value!r} came"
        if abs(value) > EXACT:
            return 0, "beyond 2^53 a step must be written as an integer within -2^63..2^63-1, without point or exponent"
        number = int(value)
    if type(number) is not int:
        return 0, f"must be an integer; {_shown(value)} came"
    if not INT64_MIN <= number <= INT64_MAX:
        return 0, f"must be within -2^63..2^63-1; {number} came"
    return number, ""


def _times(column: Sequence[Any] | None, path: str, problems: Problems, size: int = 0) -> tuple[Ints, bool]:
    """Times in ms since epoch: numbers, their fraction cut; NO_TIME for null or without a column."""
    if column is None:
        return np.full(size, NO_TIME, dtype=np.int64), True
    kinds = set(map(type, column))
    if kinds == {type(None)}:
        return np.full(len(column), NO_TIME, dtype=np.int64), True
    if kinds <= {int}:
        try:
            return np.frombuffer(array("q", column), dtype=np.int64), False
        except OverflowError:
            pass
    elif kinds <= {int, float}:
        times = np.array(column, dtype=np.float64)
        if (np.abs(times) <= EXACT).all():
            return times.astype(np.int64), False
    found = np.zeros(len(column), dtype=np.int64)
    for place, value in enumerate(column):
        if value is None:
            found[place] = NO_TIME
        elif isinstance(value, bool) or not isinstance(value, (int, float)):
            problems.add(path.format(place), f"must be a number of ms since epoch; {_shown(value)} came")
        elif not np.isfinite(value) or not INT64_MIN < int(value) <= INT64_MAX:
            problems.add(path.format(place), "must be within ±(2^63-1) ms since epoch")
        else:
            found[place] = int(value)
    return found, type(None) in kinds


def _numbers(column: Sequence[Any], path: str, problems: Problems) -> tuple[Floats, NDArray[np.bool_] | None]:
    """Values and which of them are there; None for the mask when all are. A missing value is 0."""
    plain = _plain(column)
    if plain is not None:
        return plain, None
    if None in column:
        plain = _plain([0.0 if value is None else value for value in column])
        if plain is not None:
            return plain, np.fromiter(map(is_not, column, repeat(None)), dtype=bool, count=len(column))
    found = np.zeros(len(column))
    mask = np.ones(len(column), dtype=bool)
    for place, value in enumerate(column):
        if value is None:
            mask[place] = False
        else:
            found[place] = _value(value, path, place, problems)
    return found, None if mask.all() else mask


def _plain(values: Iterable[Any]) -> Floats | None:
    """Values that are all plain numbers; None when one is not, or is infinite: that may stand for one too large."""
    try:
        found: Floats = np.frombuffer(array("d", values), dtype=np.float64)
    except (TypeError, OverflowError):
        return None
    return None if np.isinf(found).any() else found


def _value(value: Any, path: str, place: int, problems: Problems) -> float:
    """One value; true and false are 1 and 0. Reports anything that is no number at path.format(place)."""
    if isinstance(value, NumberTooLarge):
        problems.add(path.format(place), "is larger than a float64 can hold (1.8e308)")
        return 0.0
    if isinstance(value, (int, float)):
        try:
            return float(value)
        except OverflowError:
            problems.add(path.format(place), "is larger than a float64 can hold (1.8e308)")
            return 0.0
    if isinstance(value, str) and value.lower() in NON_FINITE:
        return float(NON_FINITE[value.lower()])
    problems.add(path.format(place), f'must be a number, "NaN", "Infinity" or "-Infinity"; {_shown(value)} came')
    return 0.0


def _shown(value: Any) -> str:
    """A bad value as a message shows it."""
    if isinstance(value, str):
        return f'the text "{printable(value, 40)}"'
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, dict)):
        return "a list" if isinstance(value, list) else "an object"
    return repr(value)[:40]
