"""The classes of compared runs as Markdown, to be pasted into a pull request."""

from collections.abc import Sequence

from apps.comparison.markdown import code_text, plain_text
from apps.core.templatetags.figures import figure
from apps.evaluation.class_page import Classes, ShownCell, shown_cell
from apps.runs.models import Run
from apps.tables.comparing import ClassRow

MAX_ROWS = 50  # a comment has to be readable, and GitHub takes 65,536 characters


def as_markdown(
    found: Classes, rows: Sequence[ClassRow], runs: Sequence[Run], base: Run, address: str, page: str
) -> str:
    """The first of the rows. address: of the site; page: of the comparison's own page."""
    names = [f"[{plain_text(run.name)}]({address}{run.get_absolute_url()})" for run in runs]
    heads = [f"{name} (baseline)" if run == base else name for run, name in zip(runs, names, strict=True)]
    lines = [
        f"**{plain_text(found.metric)}** of each class in {code_text(found.key)}",
        "",
        f"| class | support | {' | '.join(heads)} |",
        "| --- " * (len(runs) + 2) + "|",
    ]
    for row in rows[:MAX_ROWS]:
        support = "" if row.support is None else figure(row.support)
        cells = [marked_cell(shown_cell(cell)) for cell in row.cells]
        lines.append(f"| {code_text(row.name)} | {support} | {' | '.join(cells)} |")
    left = f"{len(rows) - MAX_ROWS} more classes · " if len(rows) > MAX_ROWS else ""
    return "\n".join([*lines, "", f"{left}▲ better, ▽ worse than the baseline · [open the comparison]({page})", ""])


def marked_cell(cell: ShownCell) -> str:
    """A number, how far it is from the baseline's, and whether that is better."""
    if cell.missing:
        return "*missing*"
    mark = {"better": " ▲", "worse": " ▽"}.get(cell.verdict, "")
    return cell.text + (f" ({cell.far}{mark})" if cell.far else "")
