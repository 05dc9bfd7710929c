"""Footnotes: [^1] and [^1]: … in Markdown, gathered at the end. No Django."""

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from mdit_py_plugins.footnote.index import footnote_plugin, footnote_ref

MAX_LABEL = 100  # characters
MAX_REFERENCES = 2_000  # of a report; further ones stay as they were written


def footnotes(parser: MarkdownIt) -> None:
    """The known plugin, but that it would look for the end of a label to the end of the text."""
    footnote_plugin(parser, inline=False)
    parser.inline.ruler.at("footnote_ref", _reference)


def _reference(state: StateInline, silent: bool) -> bool:
    if not state.src.startswith("[^", state.pos):
        return False
    if state.src.find("]", state.pos, state.pos + MAX_LABEL + 3) < 0:
        return False
    if state.env.get("footnote_references", 0) >= MAX_REFERENCES:
        return False
    found = footnote_ref(state, silent)
    state.env["footnote_references"] = state.env.get("footnote_references", 0) + (found and not silent)
    return found
