"""A published report as the text of one comment in a pull request: everything from the snapshot alone.

It reads well as plain text and as Markdown, 60 columns wide, without a picture.
"""

import datetime
from collections.abc import Sequence

from apps.reports.text.inert import link_words
from apps.reports.text.points import points
from apps.reports.text.tables import Curves, class_table, difference_table, line_table, metric_table
from apps.reports.text.words import Facts, compared

MAX_LENGTH = 60_000  # characters; GitHub takes 65,536
LEGEND = ["*▲ better, ▽ worse by more than seeds spread (±)*", "*↑ higher is better, ↓ lower is better*"]


def comment(facts: Facts, curves: Curves | None, *, address: str, sha256: str) -> str:
    """The comment of a snapshot. facts: what its canonical JSON says. curves: of the main metric.

    address: of the snapshot's page; sha256: of its JSON.
    """
    found = facts.get("comparison")
    head = [f"<!-- paceline-report:{facts['report']} -->", f"### [{link_words(facts['title'])}][report]"]
    foot = ["---", "", _foot(facts, sha256), "", f"[report]: {address}", ""]
    if found is None:
        sections = [
            ["This report draws no runs." if "comparison" in facts else "Publish it again to compare its runs."]
        ]
    else:
        tables = [metric_table(found), line_table(found, curves), class_table(found), difference_table(found)]
        sections = [points(facts, found), *tables, LEGEND if compared(found) else []]
    return _within(head, [one for one in sections if one], foot)


def _within(head: Sequence[str], sections: Sequence[Sequence[str]], foot: Sequence[str]) -> str:
    """As many sections, in order, as there is room for."""
    for kept in range(len(sections), -1, -1):
        left = len(sections) - kept
        more = [[f"*{left} more {'part' if left == 1 else 'parts'} in the report*"]] if left else []
        blocks = [head, *sections[:kept], *more, foot]
        text = "\n\n".join("\n".join(block) for block in blocks)
        if len(text) <= MAX_LENGTH:
            return text
    return "\n".join([*head, "", *foot])


def _foot(facts: Facts, sha256: str) -> str:
    at = datetime.datetime.fromisoformat(facts["published_at"])
    return f"[Version {facts['n']}][report] · {at.day} {at:%b %Y} · SHA-256 `{sha256[:12]}`"
