"""The mistakes of compared runs as Markdown, to be pasted into a pull request."""

from collections.abc import Sequence

from apps.comparison.markdown import code_text, plain_text
from apps.evaluation.class_markdown import MAX_ROWS, marked_cell
from apps.evaluation.confusion_page import ShownConfusions
from apps.runs.models import Run


def as_markdown(shown: ShownConfusions, runs: Sequence[Run], base: Run, address: str, page: str) -> str:
    """The first of the mistakes. address: of the site; page: of the matrices."""
    names = [f"[{plain_text(run.name)}]({address}{run.get_absolute_url()})" for run in runs]
    heads = [
        f"{name} (baseline)" if run == base and len(runs) > 1 else name for run, name in zip(runs, names, strict=True)
    ]
    lines = [
        f"**Confusions** in {code_text(shown.key)}",
        "",
        f"| actual | called | {' | '.join(heads)} |",
        "| --- " * (len(runs) + 2) + "|",
        f"| *expected cost* | | {' | '.join(marked_cell(cell) for cell in shown.costs)} |",
    ]
    for row in shown.rows[:MAX_ROWS]:
        cells = " | ".join(marked_cell(cell) for cell in row.cells)
        lines.append(f"| {code_text(row.actual)} | {code_text(row.predicted)} | {cells} |")
    left = shown.matching - min(len(shown.rows), MAX_ROWS)
    more = f"{left:,} more · " if left else ""
    return "\n".join([*lines, "", f"{more}▲ better, ▽ worse than the baseline · [open the matrices]({page})", ""])
