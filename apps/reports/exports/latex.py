"""What a published report compares, and the values of its panels, as LaTeX tables of the package booktabs."""

from collections.abc import Mapping, Sequence

from apps.core.templatetags.figures import figure
from apps.reports.exports.value_tables import Facts, Piece, panel_tables
from apps.reports.exports.values import Value
from apps.reports.text.inert import clean
from apps.reports.text.standing import Measured, Metric, measured, metrics_of
from apps.reports.text.words import ARROWS, HELD, number_text

MAX_ROWS = 200  # of a table
MAX_VALUE = 80  # characters
_ESCAPES = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "`": r"\textasciigrave{}",
    "'": r"\textquotesingle{}",
    **{one: f"\\{one}" for one in "&%$#_{}"},
}
_NUMBERS = {
    HELD: "",
    "−": "$-$",
    "±": r"$\,\pm\,$",
    "∞": r"$\infty$",
    "–": "--",
    "↓": r"$\downarrow$",
    "↑": r"$\uparrow$",
}
HEAD = r"""% Tables of {title}
% {address}
% \usepackage{{booktabs}} and \usepackage[T1]{{fontenc}}; \usepackage{{textcomp}} before 2020
"""


def latex_tables(facts: Facts, names: Mapping[str, str], piece: Piece, *, address: str) -> str:
    """A file to \\input: the comparison, the classes, then the values of each panel."""
    parts = [HEAD.format(title=_comment(facts["title"]), address=_comment(address))]
    found = facts.get("comparison")
    if found is not None:
        parts += [_comparison(found), _classes(found)]
    for panel in facts["panels"]:
        for one in panel_tables(facts, panel, names, piece):
            caption = f"{panel['title']}: {one.name}" if panel["title"] else one.name
            parts.append(_table(caption, one.columns, [[_value(value) for value in row] for row in one.rows]))
    return "\n".join(part for part in parts if part)


def escaped(text: str) -> str:
    """A text that LaTeX sets as it is: no command, no end of a cell."""
    return "".join(_ESCAPES.get(letter, letter) for letter in clean(text)[:MAX_VALUE])


def _comment(text: str) -> str:
    return clean(text).encode("ascii", "replace").decode()


def _comparison(found: Facts) -> str:
    """A row a line of runs, a column a metric: mean and standard deviation over seeds."""
    metrics: list[Metric] = metrics_of(found)
    if not metrics:
        return ""
    rows = []
    for place, line in enumerate(found["lines"]):
        baseline = " (baseline)" if place == found["baseline"] else ""
        cells = [_measured(measured(one.values[place])) for one in metrics]
        rows.append([escaped(line["name"]) + baseline, str(len(line["runs"])), *cells])
    head = ["run", "seeds", *(f"{one.key}{ARROWS[one.direction]}" for one in metrics)]
    return _table("Runs, mean ± standard deviation over seeds", head, rows)


def _classes(found: Facts) -> str:
    classes = found["classes"]
    if classes is None or not classes["rows"]:
        return ""
    values = ["baseline", "best"] if len(classes["rows"][0]["values"]) == 2 else ["value"]
    rows = [[escaped(row["name"]), _value(row["support"]), *map(_value, row["values"])] for row in classes["rows"]]
    order = "that lost most" if len(values) > 1 else "that are weakest"
    return _table(f"{classes['metric']} of the classes, those {order} first", ["class", "support", *values], rows)


def _measured(found: Measured | None) -> str:
    return _number(number_text(found))


def _value(value: Value) -> str:
    return _number(figure(value, 4)) if value is None or isinstance(value, (int, float)) else escaped(str(value))


def _number(text: str) -> str:
    return "".join(_NUMBERS.get(letter, letter) for letter in text)


def _table(caption: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """head and caption: texts; rows: LaTeX."""
    if not rows:
        return ""
    lines = [
        r"\begin{table}",
        r"  \centering",
        f"  \\caption{{{_number(escaped(caption))}}}",
        f"  \\begin{{tabular}}{{l{'r' * (len(head) - 1)}}}",
        r"    \toprule",
        f"    {' & '.join(_number(escaped(one)) for one in head)} \\\\",
        r"    \midrule",
        *(f"    {' & '.join(row)} \\\\" for row in rows[:MAX_ROWS]),
        r"    \bottomrule",
        r"  \end{tabular}",
        r"\end{table}",
    ]
    more = f"% and {len(rows) - MAX_ROWS} more rows\n" if len(rows) > MAX_ROWS else ""
    return "\n".join(lines) + "\n" + more
