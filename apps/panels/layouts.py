"""A layout of panels: what it may say, and the order it gives to keys. No Django."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from apps.core.errors import Invalid
from apps.core.json_values import printable, text_problem
from apps.panels.questions import MAX_KEY_LENGTH

SIZES = ("wide", "tall", "large")  # two columns, two rows, both; one of each otherwise
MAX_KEYS = 2_000  # that one part of a layout names
PARTS = ("hidden", "order", "sizes")


@dataclass(frozen=True)
class Layout:
    """hidden: keys without a panel; order: by section, the keys that stand first; sizes: of keys, one of SIZES.

    Keys that nobody logs any more do no harm.
    """

    hidden: tuple[str, ...] = ()
    order: dict[str, list[str]] = field(default_factory=dict)
    sizes: dict[str, str] = field(default_factory=dict)

    def arranged(self, section: str, keys: Iterable[str]) -> list[str]:
        """The keys of a section in this layout's order, those it does not name after them as they were."""
        wanted = {key: place for place, key in enumerate(self.order.get(section, ()))}
        return sorted(keys, key=lambda key: wanted.get(key, len(wanted)))

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"hidden": list(self.hidden)}


def read_layout(said: Any) -> Layout:
    """The layout that a request or a stored row says. Raises Invalid, which names all that is wrong."""
    if not isinstance(said, dict):
        raise Invalid("A layout is an object.", fields={"layout": f"has {', '.join(PARTS)}"})
    bad = {f"layout.{printable(str(name))}": f"is not one of {', '.join(PARTS)}" for name in said if name not in PARTS}
    hidden, order, sizes = said.get("hidden", []), said.get("order", {}), said.get("sizes", {})
    _check_keys(hidden, "layout.hidden", bad)
    if not isinstance(order, dict):
        bad["layout.order"] = "is an object of lists"
    else:
        _check_keys(list(order), "layout.order", bad)
        for section, keys in order.items():
            _check_keys(keys, f"layout.order.{printable(section)}", bad)
    if not isinstance(sizes, dict) or any(size not in SIZES for size in sizes.values()):
        bad["layout.sizes"] = f"is an object of {', '.join(SIZES)}"
    else:
        _check_keys(list(sizes), "layout.sizes", bad)
    if bad:
        raise Invalid("This layout cannot be kept.", fields=bad)
    return Layout(
        tuple(dict.fromkeys(hidden)), {name: list(dict.fromkeys(keys)) for name, keys in order.items()}, sizes
    )


def _check_keys(said: Any, path: str, bad: dict[str, str]) -> None:
    if not isinstance(said, list) or not all(isinstance(one, str) for one in said):
        bad[path] = "is a list of names"
    elif len(said) > MAX_KEYS:
        bad[path] = f"has {len(said):,} names; at most {MAX_KEYS:,} are kept"
    elif any(not 1 <= len(one) <= MAX_KEY_LENGTH or text_problem(one) for one in said):
        bad[path] = f"holds what is no metric's name: they have 1..{MAX_KEY_LENGTH} characters"
