"""How a confusion matrix is written to a blob: one row of lists, since there are not as many cells as classes.

Cells are sparse coordinates: places in the list of classes as uint16, counts as int64. No Django.
"""

from typing import Any

import numpy as np

from apps.tables.blobs import packed, unpacked
from apps.tables.matrices import Ints, Matrix

_FIELDS = ("classes", "actual", "predicted", "counts")


def encode(matrix: Matrix) -> bytes:
    """The blob of a matrix of at most 65,536 classes."""
    import pyarrow as pa

    lists = (
        pa.array(matrix.classes, pa.string()),
        pa.array(matrix.actual.astype(np.uint16)),
        pa.array(matrix.predicted.astype(np.uint16)),
        pa.array(matrix.counts),
    )
    return packed(_FIELDS, [pa.ListArray.from_arrays([0, len(one)], one) for one in lists])


def decode(blob: bytes) -> Matrix:
    """The matrix of a blob that encode wrote. Raises ValueError for a format of a later release."""
    batch, _ = unpacked(blob)
    classes, *cells = (batch.column(place).flatten() for place in range(len(_FIELDS)))
    return Matrix(classes.to_pylist(), *(_integers(one) for one in cells))


def _integers(array: Any) -> Ints:
    found: Ints = array.to_numpy(zero_copy_only=False).astype(np.int64)
    return found
