"""Lines of code with syntax colours, as safe HTML."""

from collections.abc import Sequence
from pathlib import PurePosixPath

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import Token

from apps.core.diffs import DiffLine

LONGEST_LINE = 500  # characters; a hunk with a longer one stays plain
LONGEST_HUNK = 60_000
MOST = 400_000  # characters of one page that are coloured
_LANGUAGES = {
    **dict.fromkeys((".py", ".pyi", ".pyx"), "python"),
    **dict.fromkeys((".yaml", ".yml"), "yaml"),
    **dict.fromkeys((".sh", ".bash", ".slurm", ".sbatch"), "bash"),
    **dict.fromkeys((".c", ".h"), "c"),
    **dict.fromkeys((".cc", ".cpp", ".cxx", ".hpp"), "cpp"),
    **dict.fromkeys((".cu", ".cuh"), "cuda"),
    **dict.fromkeys((".js", ".mjs"), "javascript"),
    ".ts": "typescript",
    ".json": "json",
    ".toml": "toml",
    ".ini": "ini",
    ".cfg": "ini",
    ".rs": "rust",
    ".go": "go",
    ".jl": "julia",
    ".r": "r",
    ".sql": "sql",
    ".java": "java",
    ".css": "css",
    ".html": "html",
    ".lua": "lua",
    "dockerfile": "docker",
    "makefile": "make",
}
_CLASSES = (  # the first that a token is of
    (Token.Comment, "comment"),
    (Token.Literal.String, "string"),
    (Token.Literal.Number, "number"),
    (Token.Keyword, "keyword"),
    (Token.Operator.Word, "keyword"),
    (Token.Name.Function, "name"),
    (Token.Name.Class, "name"),
    (Token.Name.Decorator, "name"),
    (Token.Name.Tag, "name"),
    (Token.Name.Builtin, "builtin"),
)


class Colours:
    """Colours lines of a page's files, until the page has had enough."""

    def __init__(self) -> None:
        self.left = MOST

    def of(self, name: str, lines: Sequence[DiffLine]) -> dict[DiffLine, SafeString]:
        """The HTML of each line of a file's diff. Each hunk is read by itself, as it was and as it became."""
        found: dict[DiffLine, SafeString] = {}
        lexer = _lexer(name)
        if lexer is None:
            return {line: escape(line.text) for line in lines}
        for hunk in _hunks(lines):
            for side in (("same", "removed"), ("same", "added")):
                chosen = [line for line in hunk if line.kind in side]
                size = sum(len(line.text) for line in chosen)
                self.left -= size
                longest = max((len(line.text) for line in chosen), default=0)
                if not chosen or self.left < 0 or size > LONGEST_HUNK or longest > LONGEST_LINE:
                    continue
                found |= zip(chosen, _coloured(lexer, [line.text for line in chosen]), strict=True)
        return {line: found.get(line, escape(line.text)) for line in lines}


def _lexer(name: str) -> Lexer | None:
    path = PurePosixPath(name.lower())
    language = _LANGUAGES.get(path.suffix) or _LANGUAGES.get(path.name)
    return get_lexer_by_name(language) if language else None


def _hunks(lines: Sequence[DiffLine]) -> list[list[DiffLine]]:
    found: list[list[DiffLine]] = [[]]
    for line in lines:
        if line.kind == "hunk":
            found.append([])
        else:
            found[-1].append(line)
    return found


def _coloured(lexer: Lexer, texts: Sequence[str]) -> list[SafeString]:
    """Lines that follow one another."""
    rows: list[list[str]] = [[]]
    for _, kind, value in lexer.get_tokens_unprocessed("\n".join(texts)):
        name = next((name for of, name in _CLASSES if kind in of), "")
        for place, part in enumerate(value.split("\n")):
            if place:
                rows.append([])
            if part:
                rows[-1].append(f'<span class="code-{name}">{escape(part)}</span>' if name else escape(part))
    return [mark_safe("".join(row)) for row in rows]  # noqa: S308 - every part is escaped
