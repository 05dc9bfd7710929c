"""The blocks that the editor offers to put into a text, filled in with the project's own metric and runs."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from apps.reports.drafts import flow, run_lines
from apps.reports.kinds.kind import Kind
from apps.reports.kinds.known import KINDS
from apps.runs.models import Run

RUNS = 5  # the newest, named in a block
EXAMPLE_ID = "0123456789abc"  # of a custom panel, in an example


class Block(NamedTuple):
    """name, says: what the list shows. text: what is put in; act: what the editor does instead."""

    name: str
    says: str
    text: str = ""
    act: str = ""


WORDS = (
    Block("Table", "Rows and columns", "| model | accuracy |\n|:--|--:|\n| mlp | 0.97 |"),
    Block("Task list", "Boxes to tick", "- [x] trained\n- [ ] reviewed"),
    Block("Code", "As it is written", "```python\n\n```"),
    Block("Picture", "PNG, JPEG, GIF or WebP; or paste or drop one", act="picture"),
    Block("Formula", "LaTeX, on lines of its own", "$$\n\\hat{y} = \\operatorname{argmax}_k p(k \\mid x)\n$$"),
    Block("Footnote", "A note at the end", "Words.[^note]\n\n[^note]: What it rests on."),
    Block("Contents", "The headings, as links", "[toc]"),
    Block("Details", "Folded until somebody opens it", "<details><summary>More</summary>\n\nWords.\n\n</details>"),
)


def offered_blocks(runs: Sequence[Run], key: str, panel: str = "") -> list[Block]:
    """Panels of every kind, then what words are made of.

    key: a metric of the runs, which are the newest. panel: the id of a custom panel; without one, none is offered.
    """
    kinds = [kind for kind in KINDS.values() if panel or EXAMPLE_ID not in kind.example]
    return [*(_panel(kind, runs, key, panel) for kind in kinds), *WORDS]


def _panel(kind: Kind[Any], runs: Sequence[Run], key: str, panel: str) -> Block:
    example = kind.example.replace("{key}", flow([key])).replace(EXAMPLE_ID, panel)
    lines = [f"kind: {kind.name}", example, *(run_lines(runs[:RUNS]) if kind.needs_runs else [])]
    text = "\n".join(["```panel", *filter(None, lines), "```"])
    return Block(f"{kind.name.replace('_', ' ').capitalize()} panel", kind.says, text)
