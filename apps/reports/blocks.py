"""The ```panel blocks of a report: YAML that says which runs' metrics a panel draws. No Django.

Scalars are read as they are written, so that a run id of digits, or a metric called `on`, stays what the author typed.
"""

import difflib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

import yaml

from apps.core import ids

try:
    from yaml import CSafeLoader as Loader
except ImportError:  # a Python without libyaml: ten times slower, the same answers
    from yaml import SafeLoader as Loader  # type: ignore[assignment]

KINDS = ("line",)
OPTIONS = ("kind", "key", "keys", "runs", "x", "log", "title", "height")
LATER = ("smoothing",)  # known, not drawn yet
FILTERS = ("id", "ids", "name", "names", "group", "groups", "tag", "tags")

MAX_BLOCK_BYTES = 32 * 2**10
MAX_DEPTH = 6
MAX_KEYS = 100
MAX_KEY_LENGTH = 250
MAX_RUNS = 1_000
MAX_PATTERNS = 100
MAX_TITLE_LENGTH = 200
HEIGHTS = (80, 1_200)  # CSS pixels

Value = TypeVar("Value")


class BlockProblem(Exception):
    """Why a block cannot be drawn. line: in the report, from 1."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


@dataclass(frozen=True)
class RunFilter:
    """Runs of the report's project; an empty filter is all of them.

    names, groups: patterns with * and ?, one of which must fit. tags: all must be there.
    """

    names: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class PanelBlock:
    """One block: a chart per key. Its runs are those of run_ids, then those that any of the filters fits.

    lines: where the block and its `runs` are in the report, from 1. notes: what was read but does nothing.
    """

    line: int
    runs_line: int
    keys: tuple[str, ...]
    run_ids: tuple[int, ...] = ()
    filters: tuple[RunFilter, ...] = ()
    x: Literal["step", "time"] = "step"
    log: bool = False
    title: str = ""
    height: int | None = None
    notes: tuple[str, ...] = field(default=())


def panel_block(text: str, line: int) -> PanelBlock:
    """The block in the YAML text. line: of the text's first line in the report, from 1. Raises BlockProblem."""
    return _Reader(line).block(text)


class _Reader:
    """Reads YAML nodes, which know their lines."""

    def __init__(self, line: int) -> None:
        self.first = line

    def block(self, text: str) -> PanelBlock:
        root = self._root(text)
        fields = self._fields(root)
        notes = []
        for name, (key_node, _) in fields.items():
            if name in LATER:
                notes.append(f"Line {self._line(key_node)}: “{name}” is not drawn yet and was left out.")
            elif name not in OPTIONS:
                notes.append(f"Line {self._line(key_node)}: “{name}” is no option of a panel{_near(name, OPTIONS)}")
        self._kind(fields, root)
        keys = self._keys(fields, root)
        run_ids, filters = self._runs(fields)
        return PanelBlock(
            line=self.first - 1,
            runs_line=self._line(fields["runs"][0]) if "runs" in fields else self.first,
            keys=keys,
            run_ids=run_ids,
            filters=filters,
            x=self._option(fields, "x", "step", self._axis),
            log=self._option(fields, "log", False, self._boolean),
            title=self._option(fields, "title", "", self._title),
            height=self._option(fields, "height", None, self._height),
            notes=tuple(notes),
        )

    def _root(self, text: str) -> yaml.MappingNode:
        """The mapping of the block, within bounds: size and depth are checked before any node is made."""
        if (size := len(text.encode(errors="replace"))) > MAX_BLOCK_BYTES:
            raise BlockProblem(f"The block has {size:,} bytes; at most {MAX_BLOCK_BYTES:,} are read.", self.first)
        try:
            depth = 0
            for event in yaml.parse(text, Loader=Loader):
                depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
                if isinstance(event, yaml.AliasEvent):
                    raise BlockProblem(
                        "Anchors and aliases (& and *) are not read; quote a text that begins so.", self._line(event)
                    )
                if depth > MAX_DEPTH:
                    raise BlockProblem(f"The block is nested more than {MAX_DEPTH} deep.", self._line(event))
            root = yaml.compose(text, Loader=Loader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            last = text.rstrip().count("\n")  # a list without end is found missing behind the block
            raise BlockProblem(_yaml_words(error), self.first + min(last, mark.line if mark else 0)) from error
        except yaml.YAMLError as error:  # a character YAML does not allow
            reason = getattr(error, "reason", "") or "it cannot be read"
            raise BlockProblem(f"This is not valid YAML: {reason}.", self.first) from error
        if root is None:
            raise BlockProblem("The block is empty. It needs “keys”: the metrics to draw.", self.first - 1)
        if not isinstance(root, yaml.MappingNode):
            raise BlockProblem("A block is made of lines like “keys: [val/loss]”.", self._line(root))
        return root

    def _fields(self, node: yaml.MappingNode) -> dict[str, tuple[yaml.Node, yaml.Node]]:
        fields: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        for key_node, value_node in node.value:
            name = self._text(key_node, "A name")
            if name in fields:
                raise BlockProblem(f"“{name}” is there twice.", self._line(key_node))
            fields[name] = (key_node, value_node)
        return fields

    def _kind(self, fields: dict[str, tuple[yaml.Node, yaml.Node]], root: yaml.Node) -> None:
        if "kind" not in fields:
            raise BlockProblem("The block does not say its “kind”. Add “kind: line”.", self._line(root))
        kind = self._text(fields["kind"][1], "“kind”")
        if kind not in KINDS:
            raise BlockProblem(
                f"There is no panel kind “{_short(kind)}”; the kinds are: {', '.join(KINDS)}.",
                self._line(fields["kind"][1]),
            )

    def _keys(self, fields: dict[str, tuple[yaml.Node, yaml.Node]], root: yaml.Node) -> tuple[str, ...]:
        found: dict[str, None] = {}
        for name in ("key", "keys"):
            for node in self._items(fields[name][1]) if name in fields else ():
                key = self._text(node, "A key")
                if not 1 <= len(key) <= MAX_KEY_LENGTH:
                    raise BlockProblem(
                        f"A key has 1 to {MAX_KEY_LENGTH} characters; this one has {len(key)}.", self._line(node)
                    )
                found[key] = None
        if not found:
            line = self._line(fields["keys"][0]) if "keys" in fields else self._line(root)
            raise BlockProblem("The block names no metric. Add “keys”, for example “keys: [val/loss]”.", line)
        if len(found) > MAX_KEYS:
            raise BlockProblem(
                f"The block names {len(found)} keys; at most {MAX_KEYS} are drawn.", self._line(fields["keys"][0])
            )
        return tuple(found)

    def _runs(self, fields: dict[str, tuple[yaml.Node, yaml.Node]]) -> tuple[tuple[int, ...], tuple[RunFilter, ...]]:
        """The ids and filters of `runs`; without it, the filter that fits every run."""
        if "runs" not in fields:
            return (), (RunFilter(),)
        key_node, node = fields["runs"]
        run_ids: dict[int, None] = {}
        filters: dict[RunFilter, None] = {}
        for item in self._items(node):
            if isinstance(item, yaml.MappingNode):
                listed, wanted = self._filter(item)
                run_ids.update(dict.fromkeys(listed))
                if wanted is not None:
                    filters[wanted] = None
            else:
                run_ids[self._run_id(item)] = None
        if not run_ids and not filters:
            raise BlockProblem(
                '“runs” is empty. Name run ids, or a filter such as “{name: "mlp*"}”.', self._line(key_node)
            )
        if len(run_ids) > MAX_RUNS:
            raise BlockProblem(
                f"“runs” names {len(run_ids):,} runs; a panel draws at most {MAX_RUNS:,}.", self._line(key_node)
            )
        if len(filters) > MAX_PATTERNS:
            raise BlockProblem(
                f"“runs” has {len(filters):,} filters; at most {MAX_PATTERNS} are read.", self._line(key_node)
            )
        return tuple(run_ids), tuple(filters)

    def _filter(self, node: yaml.MappingNode) -> tuple[list[int], RunFilter | None]:
        texts: dict[str, list[str]] = {"name": [], "group": [], "tag": []}
        run_ids: list[int] = []
        for name, (key_node, value_node) in self._fields(node).items():
            if name not in FILTERS:
                raise BlockProblem(
                    f"Runs cannot be chosen by “{_short(name)}”{_near(name, FILTERS)}.", self._line(key_node)
                )
            items = self._items(value_node)
            if name in ("id", "ids"):
                run_ids += [self._run_id(item) for item in items]
            else:
                texts[name.removesuffix("s")] += [self._text(item, f"“{name}”") for item in items]
        if (count := sum(map(len, texts.values()))) > MAX_PATTERNS:
            raise BlockProblem(f"A filter has {count} patterns; at most {MAX_PATTERNS} are read.", self._line(node))
        if not any(texts.values()):
            return run_ids, None
        return run_ids, RunFilter(tuple(texts["name"]), tuple(texts["group"]), tuple(texts["tag"]))

    def _run_id(self, node: yaml.Node) -> int:
        """A run's id, or the address of its page."""
        text = self._text(node, "A run")
        if "/runs/" in text:
            text = text.partition("/runs/")[2].partition("/")[0]
        try:
            return ids.from_text(text)
        except ValueError as error:
            raise BlockProblem(
                f'“{_short(text)}” is no run id (13 characters). By name: “runs: {{name: "{_short(text)}"}}”.',
                self._line(node),
            ) from error

    def _option(
        self,
        fields: dict[str, tuple[yaml.Node, yaml.Node]],
        name: str,
        default: Value,
        read: Callable[[yaml.Node], Value],
    ) -> Value:
        return read(fields[name][1]) if name in fields else default

    def _axis(self, node: yaml.Node) -> Literal["step", "time"]:
        text = self._text(node, "“x”")
        if text == "step":
            return "step"
        if text == "time":
            return "time"
        raise BlockProblem(f"“x” is step or time, not “{_short(text)}”.", self._line(node))

    def _boolean(self, node: yaml.Node) -> bool:
        text = self._text(node, "“log”").lower()
        if text in ("true", "yes", "on"):
            return True
        if text in ("false", "no", "off"):
            return False
        raise BlockProblem(f"“log” is true or false, not “{_short(text)}”.", self._line(node))

    def _title(self, node: yaml.Node) -> str:
        text = " ".join(self._text(node, "“title”").split())
        if len(text) > MAX_TITLE_LENGTH:
            raise BlockProblem(
                f"The title has {len(text):,} characters; at most {MAX_TITLE_LENGTH} are allowed.", self._line(node)
            )
        return text

    def _height(self, node: yaml.Node) -> int | None:
        text = self._text(node, "“height”").removesuffix("px").strip()
        low, high = HEIGHTS
        if not (text.isascii() and text.isdigit() and len(text) < 6 and low <= int(text) <= high):
            raise BlockProblem(
                f"“height” is a whole number of pixels from {low} to {high:,}, not “{_short(text)}”.", self._line(node)
            )
        return int(text)

    def _items(self, node: yaml.Node) -> list[yaml.Node]:
        """The items of a list; one thing alone is a list of one."""
        if isinstance(node, yaml.SequenceNode):
            return list(node.value)
        if isinstance(node, yaml.ScalarNode) and node.value == "" and not node.style:
            return []  # `keys:` with nothing behind it
        return [node]

    def _text(self, node: yaml.Node, what: str) -> str:
        if not isinstance(node, yaml.ScalarNode):
            raise BlockProblem(f"{what} is one text, not a list or a mapping.", self._line(node))
        return str(node.value)

    def _line(self, place: Any) -> int:
        """The line of a node or event in the report."""
        return self.first + int(place.start_mark.line)


def _yaml_words(error: yaml.MarkedYAMLError) -> str:
    problem = (error.problem or "it cannot be read").rstrip(".")
    if "cannot start any token" in problem:
        problem += "; put quotes around a text with @, `, % or a tab"
    if "another document" in problem:
        problem = "the block holds more than one document; remove the line “---”"
    return f"This is not valid YAML: {problem}."


def _near(name: str, known: tuple[str, ...]) -> str:
    """A hint: the names most like this one."""
    near = difflib.get_close_matches(name[:40], known, n=2, cutoff=0.6)
    return f"; did you mean {' or '.join(f'“{one}”' for one in near)}?" if near else f"; there are {', '.join(known)}."


def _short(text: str, at_most: int = 60) -> str:
    return text if len(text) <= at_most else text[: at_most - 1] + "…"
