"""What is wrong with a document, and where in its text. No Django."""

from typing import NamedTuple

Path = tuple[str | int, ...]  # of a value in a document: names and places, from the outermost on


class Problem(NamedTuple):
    """One thing that is wrong. line, column: from 1, in characters; path: as people write it, "" for the document."""

    line: int
    column: int
    path: str
    message: str


def path_text(path: Path) -> str:
    """layer[0].encoding.x: names that hold a dot or a bracket are quoted."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif any(letter in part for letter in '.[]"') or not part:
            text += f'["{part[:60]}"]'
        else:
            text += f".{part[:60]}" if text else part[:60]
    return text
