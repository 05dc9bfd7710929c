"""Keys of shared columns that were logged together become one group of a batch. No Django."""

import numpy as np
from numpy.typing import NDArray

from apps.history.batches import Floats, Group, Ints

MANY_GROUPS = 16


def groups_of_masks(
    step: Ints,
    time: Ints,
    whole: list[str],
    holed: list[str],
    values: dict[str, Floats],
    present: dict[str, NDArray[np.bool_]],
) -> list[Group]:
    """One group for each set of keys that some rows have. whole: keys of every row; holed: keys with a mask each."""
    masks = np.stack([present[name] for name in holed])  # (keys, rows)
    packed = np.packbits(masks, axis=0).T  # (rows, bytes): one pattern a row
    _, firsts, which = np.unique(packed, axis=0, return_index=True, return_inverse=True)
    which = which.reshape(-1)
    order = np.argsort(which, kind="stable")
    ends = np.cumsum(np.bincount(which))
    groups = []
    for pattern, end in enumerate(ends.tolist()):
        rows = order[(ends[pattern - 1] if pattern else 0) : end]
        has = masks[:, firsts[pattern]]
        names = whole + [name for name, there in zip(holed, has.tolist(), strict=True) if there]
        if names:
            groups.append(Group(step[rows], time[rows], names, np.stack([values[name][rows] for name in names])))
    return groups


def few(groups: list[Group]) -> list[Group]:
    """The same points in few groups: one a key, when keys were logged together in very many ways.

    Every group costs each key in it a column of its own, in the payload and again when it is compacted.
    """
    keys = {name for group in groups for name in group.keys}
    if len(groups) <= MANY_GROUPS + 4 * len(keys):
        return groups
    parts: dict[str, list[tuple[Ints, Ints, Floats]]] = {name: [] for name in sorted(keys)}
    for group in groups:
        for name, row in zip(group.keys, group.values, strict=True):
            parts[name].append((group.step, group.time, row))
    joined = []
    for name, pieces in parts.items():
        step, time, value = (np.concatenate(columns) for columns in zip(*pieces, strict=True))
        joined.append(Group(step, time, [name], value.reshape(1, -1)))
    return joined
