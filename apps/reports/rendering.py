"""Markdown to safe HTML: CommonMark, GFM's tables, strikethrough and task lists, formulas, footnotes. No Django.

Raw HTML of the author is allowed where it is on the list below; everything else goes. Panel blocks come out as their
own pieces, runs and pictures as marks in the text, to be drawn by whoever knows them. What is ours (formulas, contents)
is put in after the sanitising, at places that no author can fake.
"""

import re
import secrets
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from apps.reports.marks.contents import contents_html, contents_places, headings
from apps.reports.marks.footnotes import footnotes
from apps.reports.marks.formulas import MAX_FORMULAS, block_formula, formula_html, inline_formula, unread
from apps.reports.marks.mark import IMAGE_ADDRESS, Draw, ImageMark, Mark, RunMark
from apps.reports.marks.mentions import mentions

MAX_RAW_TAGS = 2_000  # sanitising deep HTML costs the square of its depth; from here on tags are shown as text
TEXT_TAGS = {"a", "abbr", "b", "cite", "code", "del", "dfn", "em", "i", "ins", "kbd", "mark", "q", "s", "samp", "small"}
TEXT_TAGS |= {"span", "strong", "sub", "sup", "u", "var", "br", "wbr", "input"}
BLOCK_TAGS = {
    "blockquote",
    "dd",
    "details",
    "div",
    "dl",
    "dt",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "li",
    "ol",
    "p",
}
BLOCK_TAGS |= {
    "pre",
    "section",
    "summary",
    "ul",
    "table",
    "caption",
    "col",
    "colgroup",
    "thead",
    "tbody",
    "tfoot",
    "tr",
    "th",
    "td",
}
DROPPED_WITH_CONTENT = {"script", "style", "svg", "math", "template", "iframe", "object", "embed", "noscript", "title"}
ATTRIBUTES = {
    "a": {"href", "title", "id"},
    "abbr": {"title"},
    "div": {"data-panel"},
    "details": {"open"},
    "h2": {"id"},
    "h3": {"id"},
    "h4": {"id"},
    "h5": {"id"},
    "h6": {"id"},
    "li": {"id"},
    "ol": {"start"},
    "span": {"data-mark"},
    "th": {"colspan", "rowspan", "scope"},
    "td": {"colspan", "rowspan"},
    "input": {"checked"},
}
ALIGNED = {cell: {"align": {"left", "center", "right"}} for cell in ("th", "td")}
# Whatever input an author writes, this is what it becomes.
CHECKBOX = {"input": {"type": "checkbox", "disabled": "", "aria-label": "Task"}}
CLASSES = {"li": {"task", "footnote-item"}, "sup": {"footnote-ref"}, "hr": {"footnotes-sep"}}
CLASSES |= {"section": {"footnotes"}, "ol": {"footnotes-list"}, "a": {"footnote-backref"}}
SCHEMES = {"http", "https", "mailto"}

_CONTENTS = "contents"  # stands for the list of headings until they are known
_TASK = re.compile(r"\[([ xX])\][ \t\n]+")
_ALIGN = re.compile(r"text-align:(left|center|right)")
_NOT_SLUG = re.compile(r"[^\w\- ]+")


@dataclass(frozen=True)
class Html:
    """Sanitised HTML, with the marks between its texts."""

    parts: tuple[str | Mark, ...]

    @property
    def html(self) -> str:
        """As it stands without anybody who knows the marks."""
        return self.drawn(lambda mark: mark.plain)

    @property
    def marks(self) -> list[Mark]:
        return [part for part in self.parts if not isinstance(part, str)]

    def drawn(self, draw: Draw) -> str:
        """With its marks drawn."""
        return "".join(part if isinstance(part, str) else draw(part) for part in self.parts)


@dataclass(frozen=True)
class Fence:
    """A panel block as written. line: of its opening fence in the report, from 1."""

    text: str
    line: int


def pieces(markdown: str, *, title: str = "") -> list[Html | Fence]:
    """The report in order: safe HTML and panel blocks. A first heading that only repeats the title is left out.

    Pieces are one text cut at the blocks: an element may begin in one piece and end in a later one.
    """
    secret = secrets.token_hex(16)  # marks the places of what is ours; an author cannot guess it, so cannot fake one
    fences: list[Fence] = []
    marks: list[Mark | str] = []
    env: dict[str, Any] = {"secret": secret, "fences": fences, "marks": marks, "title": title}
    html = _sanitised(_PARSER.render(markdown, env), secret)
    parts = re.split(rf'<div data-panel="{secret}-(\d+)"></div>', html)
    marks[:] = [_contents(html) if mark == _CONTENTS else mark for mark in marks]
    found: list[Html | Fence] = []
    for place, part in enumerate(parts):
        if place % 2:
            found.append(fences[int(part)])
        elif part.strip():
            found.append(_marked(part, secret, marks))
    return found


def _marked(html: str, secret: str, marks: Sequence[Mark | str]) -> Html:
    """HTML with its marks in their places; what is ours already becomes a part of the text."""
    found: list[str | Mark] = []
    texts: list[str] = []
    for place, part in enumerate(re.split(rf'<span data-mark="{secret}-(\d+)"></span>', html)):
        one = marks[int(part)] if place % 2 else part
        if isinstance(one, str):
            texts.append(one)
        else:
            found += ["".join(texts), one]
            texts = []
    return Html((*found, "".join(texts)))


def _contents(html: str) -> str:
    return contents_html(headings(html))


def panel_fences(markdown: str) -> list[Fence]:
    """The panel blocks alone, in order; a part of what pieces costs."""
    if "panel" not in markdown:
        return []
    return [fence for token in _PARSER.parse(markdown, {}) if (fence := _fence(token)) is not None]


def _fence(token: Token) -> Fence | None:
    """The panel block that a token is, None for anything else."""
    if token.type != "fence" or token.info.split()[:1] != ["panel"] or token.map is None:
        return None
    return Fence(text=token.content, line=token.map[0] + 1)


@lru_cache(maxsize=16)
def remembered_pieces(markdown: str, *, title: str = "") -> Sequence[Html | Fence]:
    """Like pieces, kept for the next reader of the same text: a text of 1 MiB takes seconds."""
    return tuple(pieces(markdown, title=title))


def _sanitised(html: str, secret: str) -> str:
    def kept(_tag: str, attribute: str, value: str) -> str | None:
        if attribute in ("data-panel", "data-mark"):
            return value if value.startswith(secret) else None
        if attribute == "href" and value.startswith("#"):
            return "#section-" + value[1:]
        return value

    return nh3.clean(
        html,
        tags=TEXT_TAGS | BLOCK_TAGS,
        clean_content_tags=DROPPED_WITH_CONTENT,
        attributes=ATTRIBUTES,
        tag_attribute_values=ALIGNED,
        set_tag_attribute_values=CHECKBOX,
        allowed_classes=CLASSES,
        attribute_filter=kept,
        url_schemes=SCHEMES,
        link_rel="nofollow noopener noreferrer",
        id_prefix="section-",
    )


class _Renderer(RendererHTML):
    """HTML of tokens, with panel blocks and marks as marked places and foreign pictures as links."""

    def formula(self, tokens: Sequence[Token], idx: int, _: OptionsDict, env: EnvType) -> str:
        return _mark(env, _formula(env, tokens[idx].content, block=False))

    def formula_block(self, tokens: Sequence[Token], idx: int, _: OptionsDict, env: EnvType) -> str:
        return f"<p>{_mark(env, _formula(env, tokens[idx].content, block=True))}</p>\n"

    def run_mention(self, tokens: Sequence[Token], idx: int, _: OptionsDict, env: EnvType) -> str:
        return _mark(env, RunMark(tokens[idx].meta["run_id"], tokens[idx].content))

    def contents(self, _: Sequence[Token], __: int, ___: OptionsDict, env: EnvType) -> str:
        return _mark(env, _CONTENTS)

    def fence(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        block = _fence(tokens[idx])
        if block is None:
            return super().fence(tokens, idx, options, env)
        env["fences"].append(block)
        return f'<div data-panel="{env["secret"]}-{len(env["fences"]) - 1}"></div>\n'

    def image(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """A link, but for pictures of the project: one on another host would tell it who reads the report."""
        token = tokens[idx]
        words = self.renderInlineAsText(token.children or [], options, env)
        if own := IMAGE_ADDRESS.fullmatch(str(token.attrs.get("src", ""))):
            return _mark(env, ImageMark(own[1], words))
        label = _escaped(words or "picture")
        if token.meta.get("in_link"):
            return label
        return f'<a href="{_escaped(str(token.attrs.get("src", "")))}">{label}</a>'


def _mark(env: EnvType, mark: Mark | str) -> str:
    """The place of a mark, or of HTML of ours."""
    env["marks"].append(mark)
    return f'<span data-mark="{env["secret"]}-{len(env["marks"]) - 1}"></span>'


def _formula(env: EnvType, latex: str, *, block: bool) -> str:
    env["formulas"] = env.get("formulas", 0) + 1
    if env["formulas"] > MAX_FORMULAS:
        return unread(latex, f"A report draws at most {MAX_FORMULAS:,} formulas.")
    return formula_html(latex, block=block)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def _raw_html(state: StateCore) -> None:
    """Raw HTML beyond MAX_RAW_TAGS becomes text."""
    tags = 0
    for token in state.tokens:
        for part in (token, *(token.children or ())):
            if part.type in ("html_block", "html_inline"):
                tags += part.content.count("<")
                if tags > MAX_RAW_TAGS:
                    part.type = "text"


def _without_title(state: StateCore) -> None:
    first = state.tokens[:2]
    same = len(first) == 2 and first[0].tag == "h1" and first[1].content.strip() == state.env.get("title")
    if same and first[0].type == "heading_open":
        del state.tokens[:3]


def _headings(state: StateCore) -> None:
    """The highest level the author used comes right below the page's title; each heading has an id of its own."""
    seen: Counter[str] = Counter()
    headings = [place for place, token in enumerate(state.tokens) if token.type in ("heading_open", "heading_close")]
    highest = min((int(state.tokens[place].tag[1]) for place in headings), default=2)
    for place in headings:
        token = state.tokens[place]
        token.tag = f"h{min(6, int(token.tag[1]) + 2 - highest)}"
        if token.type == "heading_open":
            slug = _NOT_SLUG.sub("", state.tokens[place + 1].content.strip().lower()).replace(" ", "-")[:80] or "part"
            seen[slug] += 1
            token.attrSet("id", slug if seen[slug] == 1 else f"{slug}-{seen[slug] - 1}")


def _tasks(state: StateCore) -> None:
    """List items that begin with [ ] or [x] get a checkbox. One pass: the known plugin looks back from every item."""
    tokens = state.tokens
    for place in range(2, len(tokens)):
        if (tokens[place].type, tokens[place - 1].type, tokens[place - 2].type) != (
            "inline",
            "paragraph_open",
            "list_item_open",
        ):
            continue
        children = tokens[place].children or []
        found = _TASK.match(children[0].content) if children and children[0].type == "text" else None
        if found is None:
            continue
        children[0].content = children[0].content[found.end() :]
        checked = " checked" if found[1] != " " else ""
        children.insert(0, Token("html_inline", "", 0, content=f"<input{checked}> "))
        tokens[place - 2].attrSet("class", "task")


def _cells(state: StateCore) -> None:
    """Columns are aligned by attribute: the site allows no inline style."""
    for token in state.tokens:
        if token.type in ("th_open", "td_open") and (found := _ALIGN.match(str(token.attrs.pop("style", "")))):
            token.attrSet("align", found[1])
        if token.type == "th_open":
            token.attrSet("scope", "col")


def _pictures(state: StateCore) -> None:
    """Mark pictures inside links: they become the link's words."""
    for token in state.tokens:
        inside = 0
        for child in token.children or []:
            inside += (child.type == "link_open") - (child.type == "link_close")
            if child.type == "image":
                child.meta = {"in_link": inside > 0}


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": True}, renderer_cls=_Renderer).enable(["table", "strikethrough"])
    footnotes(parser)
    parser.inline.ruler.before("escape", "formula", inline_formula)
    parser.block.ruler.before("fence", "formula_block", block_formula, {"alt": ["paragraph", "blockquote", "list"]})
    for name, rule in (
        ("contents", contents_places),
        ("mentions", mentions),
        ("raw_html", _raw_html),
        ("title", _without_title),
        ("headings", _headings),
        ("tasks", _tasks),
        ("cells", _cells),
        ("pictures", _pictures),
    ):
        parser.core.ruler.push(name, rule)
    parser.render("x", {})  # compiles the rules now: two threads that did so together would miss some
    return parser


_PARSER = _parser()
