"""The values of a published version as Markdown, LaTeX and CSV, whatever users called things. No database."""

import csv
import io
import re

import pytest
from markdown_it import MarkdownIt

from apps.reports.exports.data_markdown import data_markdown
from apps.reports.exports.latex import escaped, latex_tables
from apps.reports.exports.plot_tables import plot_tables
from apps.reports.exports.sheet import data_csv
from tests.reports.test_comment_text import ADDRESS, HOSTILE, facts, two_lines

MARKDOWN = """Before.

```panel
kind: line
keys: [val/loss]
```

> ```panel
> kind: line
> ```
> quoted

```panel
nonsense
```
"""


def published(name="mlp", key="val/loss", markdown=MARKDOWN, title="Losses"):
    """A version with a line panel of one run, and a panel of another kind."""
    figures = {"last": 2.0, "min": 1.0, "max": 3.0, "points": 3, "last_step": "2", "not_finite": 0}
    line = {"line": 3, "kind": "line", "title": title, "x": "step", "y": "linear", "runs": ["aaaaaaaaaaaaa"]}
    line |= {"charts": [{"key": key, "data": "drawn", "pictures": {}, "problem": ""}], "notes": []}
    other = {"line": 8, "kind": "custom", "title": "", "runs": [], "notes": []}
    other |= {"charts": [{"key": "mine", "data": "rows", "pictures": {}, "problem": ""}]}
    said = {**facts(two_lines(), title=title), "markdown": markdown, "panels": [line, other]}
    said |= {"figures": {"aaaaaaaaaaaaa": {key: figures}}, "runs": {"aaaaaaaaaaaaa": "facts"}}
    run = {"name": name, "state": "finished", "code": {"commit": "3f2a9c1d" * 5, "dirty": True}}
    drawn = {"runs": [{"run": "aaaaaaaaaaaaa", "x": [0, 1], "y": [3.0, None], "nonfinite": []}]}
    rows = {"sources": {"table": {"columns": {"class": [name, "8"], "recall": [0.5, 0.75]}}}}
    return said, {"aaaaaaaaaaaaa": run}, {"drawn": drawn, "rows": rows}.__getitem__


def test_panel_blocks_become_tables_of_their_values():
    said, runs, piece = published()
    text = data_markdown(said, runs, piece, address=ADDRESS, sha256="ab" * 32)
    assert text.startswith("# Losses\n\nBefore.\n")
    assert "| `mlp` |    2 |      1 |       3 |      3 |          0 |" in text
    assert "`mine: sources: table`" in text
    assert "| `mlp` |    0.5 |" in text
    assert "> quoted" in text
    assert text.count("```panel") == 1  # the one that shows nothing stays as it was written
    assert "| `mlp` | `aaaaaaaaaaaaa` | finished | `3f2a9c1` | yes                 |" in text
    assert f"[paceline-report]: {ADDRESS}" in text


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_texts_stay_texts_in_each_file(name):
    said, runs, piece = published(name, key=name or "k", markdown=MARKDOWN, title=name)
    text = data_markdown(said, runs, piece, address=ADDRESS, sha256="ab" * 32)
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)
    assert sum(one.type == "table_open" for one in tokens) == 3
    children = [child for one in tokens for child in one.children or ()]
    assert not [one for one in (*tokens, *children) if one.type in ("html_block", "html_inline", "image")]
    latex = latex_tables(said, {run: one["name"] for run, one in runs.items()}, piece, address=ADDRESS)
    assert all(line.count("&") - line.count(r"\&") in (0, 1, 3, 5) for line in latex.splitlines())
    assert not re.search(r"\\(input|write|def)\b", latex)
    rows = list(csv.reader(io.StringIO("".join(data_csv(said, {"aaaaaaaaaaaaa": name}, piece)))))
    assert [len(row) for row in rows] == [8, 8, 8, 4, 4, 4]


def test_a_table_that_was_kept_as_csv_is_shown_in_place_of_its_facts():
    said, runs, _ = published()
    said["panels"][1]["charts"] = [
        {"key": "the table", "data": "facts"},
        {"key": "the table as CSV", "data": "sheet"},
    ]
    kept = {"drawn": {"runs": []}, "facts": {"rows": [{"a": 1}]}, "sheet": "run,lr,note\nmlp,0.1,'=x\n"}
    text = data_markdown(said, runs, kept.__getitem__, address=ADDRESS, sha256="ab" * 32)
    assert "`the table`" in text
    assert "| `mlp` | 0.1 | `'=x` |" in text
    assert "| a " not in text


def test_plots_are_tables_of_what_they_drew():
    axis = {"title": "lr", "kind": "number", "values": [0.1, None], "words": []}
    words = {"title": "model", "kind": "text", "values": [0.0, None], "words": ["mlp"]}
    scatter = {"runs": ["a", "b"], "names": ["one", "two"], "axes": {"x": axis, "colour": words}}
    (found,) = plot_tables("s", scatter)
    assert found == ("s", ["run", "id", "lr", "model"], [["one", "a", 0.1, "mlp"], ["two", "b", None, None]])
    parts = [{"label": "mlp", "counts": [3, 1]}, {"label": None, "counts": [0, 2]}]
    (counts,) = plot_tables("d", {"edges": [0, 0.5, 1], "words": [], "parts": parts})
    assert counts.rows == [["0 to 0.5", 3, 0], ["0.5 to 1", 1, 2]]
    assert next(plot_tables("d", {"edges": [], "words": ["a", "b"], "parts": parts})).rows[1] == ["b", 1, 2]
    bar = {"label": "mlp", "n": 4, "mean": 0.5, "std": None, "min": 0.1, "max": 0.9, "filter": None}
    assert next(plot_tables("b", {"bars": [bar]})).rows == [["mlp", 4, 0.5, None, 0.1, 0.9]]
    assert list(plot_tables("x", {"sources": {}})) == []


def test_latex_sets_each_letter_and_runs_no_command():
    assert escaped("a_b 50% $x$ {\\input{x}} #1 ~^&") == (
        r"a\_b 50\% \$x\$ \{\textbackslash{}input\{x\}\} \#1 \textasciitilde{}\textasciicircum{}\&"
    )


def test_no_spreadsheet_takes_a_name_for_a_formula():
    said, _, piece = published()
    text = "".join(data_csv(said, {"aaaaaaaaaaaaa": "=HYPERLINK(1)"}, piece))
    assert "1,val/loss,'=HYPERLINK(1),aaaaaaaaaaaaa,0,3.0,3.0,3.0" in text
