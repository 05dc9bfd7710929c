"""How a histogram is written to a blob: one row of lists. No Django."""

import numpy as np

from apps.tables.blobs import packed, unpacked
from apps.tables.histograms import Histogram

_FIELDS = ("edges", "counts", "apart")


def encode(histogram: Histogram) -> bytes:
    """The blob of a histogram."""
    import pyarrow as pa

    lists = (
        pa.array(histogram.edges),
        pa.array(histogram.counts),
        pa.array([histogram.nan, histogram.below, histogram.above], pa.int64()),
    )
    return packed(_FIELDS, [pa.ListArray.from_arrays([0, len(one)], one) for one in lists])


def decode(blob: bytes) -> Histogram:
    """The histogram of a blob that encode wrote. Raises ValueError for a format of a later release."""
    batch, _ = unpacked(blob)
    edges, counts, apart = (batch.column(place).flatten() for place in range(len(_FIELDS)))
    numbers = counts.to_numpy(zero_copy_only=False).astype(np.int64)
    return Histogram(edges.to_numpy(zero_copy_only=False).astype(np.float64), numbers, *apart.to_pylist())
