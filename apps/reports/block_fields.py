"""The YAML of ```panel blocks as nodes that know their lines in the report. No Django.

Scalars are read as they are written, so that a run id of digits, or a metric called `on`, stays what the author typed.
"""

import difflib
import math
from collections.abc import Sequence
from typing import Any

import yaml

from apps.core import ids

try:
    from yaml import CSafeLoader as Loader
except ImportError:  # a Python without libyaml: ten times slower, the same answers
    from yaml import SafeLoader as Loader  # type: ignore[assignment]

MAX_BLOCK_BYTES = 32 * 2**10
MAX_DEPTH = 6
MAX_KEYS = 100
MAX_KEY_LENGTH = 250

Entries = dict[str, tuple[yaml.Node, yaml.Node]]


class BlockProblem(Exception):
    """Why a block cannot be drawn. line: in the report, from 1."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


def composed(text: str, first: int) -> yaml.MappingNode:
    """The mapping of a block, within bounds: size and depth are checked before any node is made.

    first: the line of the text's first line in the report, from 1. Raises BlockProblem.
    """
    if (size := len(text.encode(errors="replace"))) > MAX_BLOCK_BYTES:
        raise BlockProblem(f"The block has {size:,} bytes; at most {MAX_BLOCK_BYTES:,} are read.", first)
    try:
        depth = 0
        for event in yaml.parse(text, Loader=Loader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if isinstance(event, yaml.AliasEvent):
                raise BlockProblem(
                    "Anchors and aliases (& and *) are not read; quote a text that begins so.",
                    first + _line(event),
                )
            if depth > MAX_DEPTH:
                raise BlockProblem(f"The block is nested more than {MAX_DEPTH} deep.", first + _line(event))
        root = yaml.compose(text, Loader=Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        last = text.rstrip().count("\n")  # a list without end is found missing behind the block
        raise BlockProblem(_yaml_words(error), first + min(last, mark.line if mark else 0)) from error
    except yaml.YAMLError as error:  # a character YAML does not allow
        reason = getattr(error, "reason", "") or "it cannot be read"
        raise BlockProblem(f"This is not valid YAML: {reason}.", first) from error
    if root is None:
        raise BlockProblem("The block is empty. It needs its “kind”, and what to draw.", first - 1)
    if not isinstance(root, yaml.MappingNode):
        raise BlockProblem("A block is made of lines like “keys: [val/loss]”.", first + _line(root))
    return root


class Fields:
    """The named values of a mapping. Every method that reads one raises BlockProblem at its line."""

    def __init__(self, node: yaml.MappingNode, first: int) -> None:
        """first: the line of the block's first line in the report, from 1."""
        self.first = first
        self.root = node
        self.entries: Entries = {}
        for key_node, value_node in node.value:
            name = self._one(key_node, "A name")
            if name in self.entries:
                raise BlockProblem(f"“{name}” is there twice.", self.line(key_node))
            self.entries[name] = (key_node, value_node)

    def __contains__(self, name: str) -> bool:
        return name in self.entries

    def line(self, place: Any) -> int:
        """The line of a node or event in the report."""
        return self.first + _line(place)

    def line_of(self, name: str) -> int:
        """The line of a name in the report; the block's first without it."""
        return self.line(self.entries[name][0]) if name in self.entries else self.line(self.root)

    def text(self, name: str, default: str = "", *, most: int = MAX_KEY_LENGTH) -> str:
        """One text on one line, with single spaces."""
        if name not in self.entries:
            return default
        node = self.entries[name][1]
        text = " ".join(self._one(node, f"“{name}”").split())
        if len(text) > most:
            raise BlockProblem(f"The {name} has {len(text):,} characters; at most {most} are allowed.", self.line(node))
        return text

    def texts(self, name: str, what: str, *, most: int = MAX_KEYS) -> tuple[str, ...]:
        """A list of texts, each once; one text alone is a list of one."""
        found: dict[str, None] = {}
        for node in self.items(self.entries[name][1]) if name in self.entries else ():
            text = self._one(node, what)
            if not 1 <= len(text) <= MAX_KEY_LENGTH:
                raise BlockProblem(
                    f"{what} has 1 to {MAX_KEY_LENGTH} characters; this one has {len(text)}.", self.line(node)
                )
            found[text] = None
        if len(found) > most:
            raise BlockProblem(f"“{name}” names {len(found)}; at most {most} are read.", self.line_of(name))
        return tuple(found)

    def keys(self) -> tuple[str, ...]:
        """The metrics of `key` and `keys`, of which there is one at least."""
        found = tuple(dict.fromkeys((*self.texts("key", "A key"), *self._keys())))
        if not found:
            raise BlockProblem(
                "The block names no metric. Add “keys”, for example “keys: [val/loss]”.", self.line_of("keys")
            )
        return found

    def _keys(self) -> tuple[str, ...]:
        keys = self.texts("keys", "A key", most=10**6)
        if len(keys) > MAX_KEYS:
            raise BlockProblem(f"The block names {len(keys)} keys; at most {MAX_KEYS} are drawn.", self.line_of("keys"))
        return keys

    def choice(self, name: str, choices: Sequence[str], default: str) -> str:
        if name not in self.entries:
            return default
        node = self.entries[name][1]
        text = self._one(node, f"“{name}”")
        if text not in choices:
            said = ", ".join(choices[:-1]) + f" or {choices[-1]}"
            raise BlockProblem(f"“{name}” is {said}, not “{short(text)}”.", self.line(node))
        return text

    def choices(self, name: str, choices: Sequence[str]) -> tuple[str, ...]:
        """A list of some of these; none where it is not said."""
        found = self.texts(name, f"“{name}”", most=len(choices))
        wrong = next((text for text in found if text not in choices), None)
        if wrong is not None:
            raise BlockProblem(f"“{name}” cannot be “{short(wrong)}”{near(wrong, choices)}", self.line_of(name))
        return found

    def flag(self, name: str, *, default: bool = False) -> bool:
        if name not in self.entries:
            return default
        node = self.entries[name][1]
        text = self._one(node, f"“{name}”").lower()
        if text in ("true", "yes", "on"):
            return True
        if text in ("false", "no", "off"):
            return False
        raise BlockProblem(f"“{name}” is true or false, not “{short(text)}”.", self.line(node))

    def whole(self, name: str, low: int, high: int, *, unit: str = "") -> int | None:
        """A whole number from low to high; None where it is not said. unit: which may stand behind it, as px."""
        if name not in self.entries:
            return None
        node = self.entries[name][1]
        text = self._one(node, f"“{name}”").removesuffix(unit).strip()
        if not (text.isascii() and text.isdigit() and len(text) < 20 and low <= int(text) <= high):
            of = " of pixels" if unit == "px" else ""
            raise BlockProblem(
                f"“{name}” is a whole number{of} from {low} to {high:,}, not “{short(text)}”.", self.line(node)
            )
        return int(text)

    def number(self, name: str, low: float, high: float) -> float | None:
        """A number from low to high; None where it is not said."""
        if name not in self.entries:
            return None
        node = self.entries[name][1]
        text = self._one(node, f"“{name}”").strip()
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if not low <= number <= high:
            raise BlockProblem(f"“{name}” is a number from {low:g} to {high:g}, not “{short(text)}”.", self.line(node))
        return number

    def run_id(self, node: yaml.Node) -> int:
        """A run's id, or the address of its page."""
        text = _id_in(self._one(node, "A run"), "/runs/")
        try:
            return ids.from_text(text)
        except ValueError as error:
            raise BlockProblem(
                f'“{short(text)}” is no run id (13 characters). By name: “runs: {{name: "{short(text)}"}}”.',
                self.line(node),
            ) from error

    def panel_id(self, name: str) -> int:
        """A custom panel's id, or the address of its page."""
        node = self.entries[name][1]
        text = _id_in(self._one(node, f"“{name}”"), "/panels/")
        try:
            return ids.from_text(text)
        except ValueError as error:
            message = f"“{short(text)}” is no panel id (13 characters); it stands in the address of the panel's page."
            raise BlockProblem(message, self.line(node)) from error

    def mapping(self, name: str) -> "Fields":
        """The named values under a name; none where it is not said."""
        if name not in self.entries:
            return Fields(yaml.MappingNode("", []), self.first)
        node = self.entries[name][1]
        if not isinstance(node, yaml.MappingNode):
            raise BlockProblem(f"“{name}” is made of names with values, as in “{name}: {{a: b}}”.", self.line(node))
        return Fields(node, self.first)

    def patterns(self, name: str) -> list[str]:
        """The texts of a filter, as they are."""
        return [self._one(node, f"“{name}”") for node in self.items(self.entries[name][1])]

    def items(self, node: yaml.Node) -> list[yaml.Node]:
        """The items of a list; one thing alone is a list of one."""
        if isinstance(node, yaml.SequenceNode):
            return list(node.value)
        if isinstance(node, yaml.ScalarNode) and node.value == "" and not node.style:
            return []  # `keys:` with nothing behind it
        return [node]

    def _one(self, node: yaml.Node, what: str) -> str:
        if not isinstance(node, yaml.ScalarNode):
            raise BlockProblem(f"{what} is one text, not a list or a mapping.", self.line(node))
        return str(node.value)


def near(name: str, known: Sequence[str]) -> str:
    """A hint: the names most like this one."""
    found = difflib.get_close_matches(name[:40], known, n=2, cutoff=0.6)
    return (
        f"; did you mean {' or '.join(f'“{one}”' for one in found)}?" if found else f"; there are {', '.join(known)}."
    )


def short(text: str, at_most: int = 60) -> str:
    return text if len(text) <= at_most else text[: at_most - 1] + "…"


def _id_in(text: str, before: str) -> str:
    """The id that stands behind a part of an address; the text itself where it is none."""
    return text.partition(before)[2].partition("/")[0] if before in text else text


def _line(place: Any) -> int:
    """The line of a node or event in its block, from 0."""
    return int(place.start_mark.line)


def _yaml_words(error: yaml.MarkedYAMLError) -> str:
    problem = (error.problem or "it cannot be read").rstrip(".")
    if "cannot start any token" in problem:
        problem += "; put quotes around a text with @, `, % or a tab"
    if "another document" in problem:
        problem = "the block holds more than one document; remove the line “---”"
    return f"This is not valid YAML: {problem}."
