"""A panel put at the end of a report, as it stands on a page."""

from apps.accounts.models import User
from apps.core.errors import Invalid
from apps.reports.block_fields import BlockProblem
from apps.reports.blocks import panel_block
from apps.reports.models import MAX_NOTE_LENGTH, Report
from apps.reports.services import update_report


def add_block(*, report: Report, text: str, author: User | None = None) -> Report:
    """Save the report with a panel block more, as its next revision. text: the YAML of the block.

    Raises Invalid for a block that cannot be read, and as update_report.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    try:
        block = panel_block(text, 1)
    except BlockProblem as problem:
        message = f"Line {problem.line} of the block: {problem.message}"
        raise Invalid(message, fields={"block": problem.message}) from problem
    if "```" in text:
        raise Invalid("A block cannot hold “```”, which ends it.", fields={"block": "holds ```"})
    before = f"{report.markdown.rstrip()}\n\n" if report.markdown.strip() else ""
    note = f"Added a {block.kind.name} panel{f': {block.title}' if block.title else ''}"
    return update_report(
        report=report,
        title=report.title,
        markdown=f"{before}```panel\n{text}\n```\n",
        author=author,
        note=note[:MAX_NOTE_LENGTH],
        based_on=report.revision,
    )
