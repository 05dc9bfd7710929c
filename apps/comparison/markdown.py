"""A comparison as Markdown, to be pasted into a pull request."""

import re
from collections.abc import Sequence

from apps.comparison.queries import Comparison
from apps.comparison.sections import Cell, Row, Section
from apps.comparison.words import apart, shown
from apps.core.templatetags.figures import grouped

MAX_ROWS = 50  # of one section: a comment has to be readable, and GitHub takes 65,536 characters
MAX_VALUE = 120  # characters
_NOT_IN_CODE = re.compile(r"[`|\r\n\t]")
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#+!|~@&:-])")


def as_markdown(found: Comparison, address: str, page: str) -> str:
    """What differs, section by section. address: of the site; page: of the comparison's own page."""
    names = [f"[{plain_text(run.name)}]({address}{run.get_absolute_url()})" for run in found.runs]
    if len(found.runs) == 1:
        return f"{names[0]} is identical to itself.\n"
    lines = [f"**{names[0]}** beside {', '.join(names[1:])}" if len(names) == 2 else f"**{len(names)} runs**", ""]
    if found.identical:
        return "\n".join([*lines, f"Identical: {grouped(found.equal)} values are the same in all.", ""])
    if any(one.rows for one in found.sections):
        bases = [
            f"{name} (baseline)" if run.id == found.base.id else name
            for run, name in zip(found.runs, names, strict=True)
        ]
        lines += [f"| | {' | '.join(bases)} |", "| --- " * (len(names) + 1) + "|"]
        for one in found.sections:
            if one.rows and one.name != "system":
                lines += _section(one, len(names))
    lines += ["", f"{_counts(found)} · [open the comparison]({page})", ""]
    return "\n".join(lines)


def _section(one: Section, runs: int) -> list[str]:
    lines = [f"| **{one.title}** |{' |' * runs}"]
    lines += [_row(row, one) for row in one.rows[:MAX_ROWS]]
    if len(one.rows) > MAX_ROWS:
        lines.append(f"| *and {len(one.rows) - MAX_ROWS} more* |{' |' * runs}")
    return lines


def _row(row: Row, section: Section) -> str:
    name = code_text(row.name) + (f" {row.figure}" if row.figure else "")
    return f"| {name} | {' | '.join(_cells(row.cells, section))} |"


def _cells(cells: Sequence[Cell], section: Section) -> list[str]:
    found = []
    for cell in cells:
        if cell.missing:
            found.append("*missing*")
            continue
        difference = apart(cell, section)
        mark = {True: " ▲", False: " ▽", None: ""}[cell.better]
        found.append(code_text(shown(cell, section)) + (f" ({difference}{mark})" if difference else ""))
    return found


def _counts(found: Comparison) -> str:
    words = [f"{grouped(found.differ)} differ", f"{grouped(found.equal)} equal"]
    if found.ignored:
        words.append(f"{grouped(found.ignored)} ignored")
    judged = [one for one in found.sections if one.name == "metrics"]
    if any(one.better or one.worse for one in judged):
        words.append(f"▲ better, ▽ worse: {sum(o.better for o in judged)} and {sum(o.worse for o in judged)} metrics")
    return " · ".join(words)


def code_text(text: str) -> str:
    """A text as code, whatever is in it: nothing of it is Markdown, a mention or a link."""
    cut = text if len(text) <= MAX_VALUE else text[: MAX_VALUE - 1] + "…"
    if cut.strip() and not _NOT_IN_CODE.search(cut):
        return f"`{cut}`"
    cut = " ".join(cut.split())
    return f"<code>{_SPECIAL.sub(lambda found: f'&#{ord(found[0])};', cut)}</code>"


def plain_text(text: str) -> str:
    """A text as a link's words."""
    return _SPECIAL.sub(lambda found: f"&#{ord(found[0])};", " ".join(text.split()))
