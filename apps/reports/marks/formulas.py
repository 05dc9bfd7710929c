"""Formulas: $…$ and $$…$$ in Markdown, LaTeX to MathML. No Django.

The rules are ours: the known plugin looks to the end of the text from every dollar sign. What is drawn is built anew
from the elements and attributes below, whatever the converter made of the author's text.
"""

import re
from functools import lru_cache
from html import escape, unescape
from xml.etree.ElementTree import Element

from latex2mathml.converter import convert_to_element
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

MAX_FORMULA = 2_000  # characters of one
MAX_FORMULAS = 1_000  # of a report
MAX_LINES = 100  # of a block
MAX_DEPTH = 60  # of elements
ELEMENTS = {"math", "mrow", "mi", "mn", "mo", "ms", "mtext", "mspace", "mfrac", "msqrt", "mroot", "msub", "msup"}
ELEMENTS |= {"msubsup", "munder", "mover", "munderover", "mmultiscripts", "mtable", "mtr", "mtd", "mpadded"}
ELEMENTS |= {"mphantom", "menclose", "mstyle", "merror", "mprescripts", "none"}
ATTRIBUTES = {"display", "displaystyle", "scriptlevel", "mathvariant", "mathsize", "stretchy", "fence", "separator"}
ATTRIBUTES |= {"lspace", "rspace", "minsize", "maxsize", "movablelimits", "accent", "accentunder", "linethickness"}
ATTRIBUTES |= {"width", "height", "depth", "columnalign", "rowspacing", "columnspacing", "columnlines", "rowlines"}
ATTRIBUTES |= {"notation", "form", "mathcolor", "mathbackground"}
_VALUE = re.compile(r"[\w.#%+ -]{1,60}", re.ASCII)
_INLINE = re.compile(r"\$(?=[^\s$])((?:[^$\\`]|\\[^`]){1,%d}?)(?<!\s)\$(?!\d)" % MAX_FORMULA, re.DOTALL)  # noqa: UP031


def inline_formula(state: StateInline, silent: bool) -> bool:
    """$…$ that neither begins nor ends with a space; a digit behind it makes it money."""
    if state.src[state.pos] != "$":
        return False
    found = _INLINE.match(state.src, state.pos, state.posMax)
    if found is None:
        return False
    if not silent:
        token = state.push("formula", "math", 0)
        token.content = found[1]
    state.pos = found.end()
    return True


def block_formula(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """$$ … $$ on lines of its own, without an empty one."""
    first = _line(state, start)
    if state.is_code_block(start) or not first.startswith("$$"):
        return False
    last = start if len(first) >= 4 and first.endswith("$$") else _closing(state, start, end)
    if last is None:
        return False
    if silent:
        return True
    token = state.push("formula_block", "math", 0)
    token.block, token.map = True, [start, last + 1]
    token.content = "\n".join(_line(state, line) for line in range(start, last + 1))[2:-2].strip()
    state.line = last + 1
    return True


def _closing(state: StateBlock, start: int, end: int) -> int | None:
    """The line that ends a formula. Lines looked at in vain are not looked at again for the next one."""
    line = max(start + 1, state.env.get("formula_ends_after", 0))
    while line < min(end, start + MAX_LINES) and (text := _line(state, line)):
        if text.endswith("$$"):
            return line
        line += 1
    state.env["formula_ends_after"] = line
    return None


def _line(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]].strip()


@lru_cache(maxsize=4_096)
def formula_html(latex: str, *, block: bool) -> str:
    """A formula as MathML; as code, with why, when it cannot be read."""
    if len(latex) > MAX_FORMULA:
        return unread(latex, f"This formula has {len(latex):,} characters; at most {MAX_FORMULA:,} are drawn.")
    try:
        drawn = _written(convert_to_element(latex, display="block" if block else "inline"), latex)
    except (Exception, RecursionError):  # the converter raises whatever its walk over a strange text runs into
        return unread(latex, "This formula cannot be read.")
    return f'<span class="formula-block">{drawn}</span>' if block else drawn


def unread(latex: str, why: str) -> str:
    return f'<code class="formula-unread" title="{escape(why)}">{escape(latex[:MAX_FORMULA])}</code>'


def _written(element: Element, latex: str, depth: int = 0) -> str:
    """The element with what is in it, of the known elements and attributes alone."""
    if depth > MAX_DEPTH:
        raise ValueError("the formula is nested too deep")
    inner = escape(unescape(element.text or ""))
    inner += "".join(_written(child, latex, depth + 1) + escape(unescape(child.tail or "")) for child in element)
    if element.tag not in ELEMENTS:
        return f"<mrow>{inner}</mrow>"
    kept = {name: value for name, value in element.attrib.items() if name in ATTRIBUTES and _VALUE.fullmatch(value)}
    if depth == 0:
        kept["alttext"] = latex
    said = "".join(f' {name}="{escape(value)}"' for name, value in kept.items())
    return f"<{element.tag}{said}>{inner}</{element.tag}>"
