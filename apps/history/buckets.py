"""Buckets: the points of a stretch of steps in a few numbers, exactly and mergeably.

A bucket keeps, of its finite points, the count, the first, last, lowest and highest as real points (step, time,
value) and the sum; of each kind of non-finite point the count and the first; and the bounds of its times. Everything
is computed in the order of a series, (step, time, value); ties between equal values go to the earlier point.

Buckets are columns: `ints` int64 (INTS, n) and `floats` float64 (FLOATS, n), rows named below. A field about finite
points is 0 while N is 0. Those that charts over steps read are bare: without times and sums, the rows after
BARE_INTS and BARE_FLOATS, since what costs time there is memory.

The sum of values of 2**900 and more could overflow, so a bucket whose largest |value| is that large keeps its sum
divided by 2**64; nothing else needs to be stored for it, since min and max tell.

The loops are compiled by numba and release the GIL.
"""

import math
from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from apps.history.batches import Floats, Ints

# Rows of `ints`. START is the step the bucket begins at.
START, N = 0, 1
FIRST_STEP, LAST_STEP, MIN_STEP, MAX_STEP = 2, 3, 4, 5
NAN_N, PINF_N, NINF_N = 6, 7, 8
NAN_STEP, PINF_STEP, NINF_STEP = 9, 10, 11
BARE_INTS = 12
FIRST_TIME, LAST_TIME, MIN_TIME, MAX_TIME = 12, 13, 14, 15
NAN_TIME, PINF_TIME, NINF_TIME = 16, 17, 18
TIME_MIN, TIME_MAX = 19, 20
INTS = 21
# Rows of `floats`.
FIRST, LAST, MIN, MAX = 0, 1, 2, 3
BARE_FLOATS = 4
SUM = 4
FLOATS = 5

Chosen = slice | NDArray[np.bool_] | Ints

_MAGNITUDE = np.int64(0x7FFFFFFFFFFFFFFF)  # the bits of a float64 without its sign
_EXPONENT = np.int64(0x7FF0000000000000)  # all set in what is not finite

FIRST_LEVEL = 6  # buckets of 2**6 steps are the finest that are stored
HUGE = 2.0**900
SCALE = 2.0**-64

compiled = numba.njit(nogil=True, cache=True, error_model="numpy")


class Buckets(NamedTuple):
    """n buckets as columns."""

    ints: Ints  # (INTS or BARE_INTS, n)
    floats: Floats  # (FLOATS or BARE_FLOATS, n)

    @property
    def size(self) -> int:
        return self.ints.shape[1]

    @property
    def points(self) -> Ints:
        """Points in each bucket, non-finite ones included: shape (n,)."""
        return self.ints[N] + self.ints[NAN_N] + self.ints[PINF_N] + self.ints[NINF_N]

    def part(self, chosen: Chosen) -> "Buckets":
        """The buckets of a slice, mask or index array."""
        return Buckets(self.ints[:, chosen], self.floats[:, chosen])


class Points(NamedTuple):
    """n points as columns, in the order of a series."""

    step: Ints  # (n,)
    time: Ints  # (n,) ms since epoch
    value: Floats  # (n,)

    @property
    def size(self) -> int:
        return len(self.step)

    def part(self, chosen: Chosen) -> "Points":
        """The points of a slice, mask or index array."""
        return Points(self.step[chosen], self.time[chosen], self.value[chosen])


NO_BUCKETS = Buckets(np.zeros((INTS, 0), np.int64), np.zeros((FLOATS, 0)))
NO_POINTS = Points(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))


def joined_points(parts: list[Points]) -> Points:
    """The points of several columns one after the other, not yet ordered."""
    if len(parts) == 1:
        return parts[0]
    if not parts:
        return NO_POINTS
    return Points(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def joined_buckets(parts: list[Buckets]) -> Buckets:
    """The buckets of several columns one after the other; bare ones make all bare."""
    if len(parts) == 1:
        return parts[0]
    if not parts:
        return NO_BUCKETS
    ints = min(len(part.ints) for part in parts)
    floats = min(len(part.floats) for part in parts)
    return Buckets(
        np.concatenate([part.ints[:ints] for part in parts], axis=1),
        np.concatenate([part.floats[:floats] for part in parts], axis=1),
    )


@compiled
def _is_ordered(step: Ints, time: Ints, value: Floats) -> bool:
    for i in range(1, len(step)):
        if step[i] < step[i - 1]:
            return False
        if step[i] == step[i - 1]:
            if time[i] < time[i - 1]:
                return False
            if time[i] == time[i - 1]:
                a, b = value[i - 1], value[i]
                if math.isnan(a):
                    if not math.isnan(b):
                        return False
                elif a > b or (a == b and math.copysign(1.0, a) > math.copysign(1.0, b)):
                    return False
    return True


def ordered(points: Points) -> Points:
    """The points in the order of a series: step, time, value; -inf first, -0.0 before 0.0, NaN last."""
    if _is_ordered(points.step, points.time, points.value):
        return points
    return points.part(np.lexsort((sort_keys(points.value), points.time, points.step)))


def sort_keys(value: Floats) -> Ints:
    """int64 keys that order float64 values totally: -inf, finite, inf, NaN (canonical); -0.0 before 0.0."""
    bits = np.ascontiguousarray(value).view(np.int64)
    return np.where(bits < 0, bits ^ np.int64(0x7FFFFFFFFFFFFFFF), bits)


@compiled
def bounds_of(start: Ints, shift: int) -> Ints:
    """Where each run of equal start >> shift begins, and n at the end. start: int64 (n,), non-decreasing."""
    n = len(start)
    bounds = np.empty(n + 1, np.int64)
    count = 0
    for i in range(n):
        if i == 0 or (start[i] >> shift) != (start[i - 1] >> shift):
            bounds[count] = i
            count += 1
    bounds[count] = n
    return bounds[: count + 1]


@compiled
def _fold_points(step: Ints, time: Ints, value: Floats, bounds: Ints, shift: int) -> tuple[Ints, Floats]:
    m = len(bounds) - 1
    ints = np.zeros((INTS, m), np.int64)
    floats = np.zeros((FLOATS, m), np.float64)
    for b in range(m):
        lo, hi = bounds[b], bounds[b + 1]
        ints[START, b] = (step[lo] >> shift) << shift
        n = 0
        first = last = low = high = -1
        total = lost = lowest = highest = 0.0
        time_min = time[lo]
        time_max = time[lo]
        for i in range(lo, hi):
            v = value[i]
            t = time[i]
            if t < time_min:
                time_min = t
            if t > time_max:
                time_max = t
            if abs(v) < math.inf:
                if n == 0:
                    first = low = high = i
                    lowest = highest = v
                elif v < lowest:
                    low = i
                    lowest = v
                elif v > highest:
                    high = i
                    highest = v
                last = i
                n += 1
                s = total + v
                back = s - total
                lost += (total - (s - back)) + (v - back)
                total = s
            elif math.isnan(v):
                if ints[NAN_N, b] == 0:
                    ints[NAN_STEP, b] = step[i]
                    ints[NAN_TIME, b] = t
                ints[NAN_N, b] += 1
            elif v > 0:
                if ints[PINF_N, b] == 0:
                    ints[PINF_STEP, b] = step[i]
                    ints[PINF_TIME, b] = t
                ints[PINF_N, b] += 1
            else:
                if ints[NINF_N, b] == 0:
                    ints[NINF_STEP, b] = step[i]
                    ints[NINF_TIME, b] = t
                ints[NINF_N, b] += 1
        ints[TIME_MIN, b] = time_min
        ints[TIME_MAX, b] = time_max
        ints[N, b] = n
        if n > 0:
            if max(abs(lowest), abs(highest)) >= HUGE:
                total = 0.0
                lost = 0.0
                for i in range(lo, hi):
                    if math.isfinite(value[i]):
                        v = value[i] * SCALE
                        s = total + v
                        back = s - total
                        lost += (total - (s - back)) + (v - back)
                        total = s
            ints[FIRST_STEP, b] = step[first]
            ints[LAST_STEP, b] = step[last]
            ints[MIN_STEP, b] = step[low]
            ints[MAX_STEP, b] = step[high]
            ints[FIRST_TIME, b] = time[first]
            ints[LAST_TIME, b] = time[last]
            ints[MIN_TIME, b] = time[low]
            ints[MAX_TIME, b] = time[high]
            floats[FIRST, b] = value[first]
            floats[LAST, b] = value[last]
            floats[MIN, b] = lowest
            floats[MAX, b] = highest
            floats[SUM, b] = total + lost
    return ints, floats


def fold_points(points: Points, shift: int, bounds: Ints | None = None) -> Buckets:
    """Buckets of 2**shift steps over ordered points; or, with bounds, one bucket per bounds[i]:bounds[i + 1].

    Source of the compensated sum: Knuth's TwoSum, The Art of Computer Programming 2, 4.2.2.
    """
    if bounds is None:
        bounds = bounds_of(points.step, shift)
    return Buckets(*_fold_points(points.step, points.time, points.value, bounds, shift))


@compiled
def _fold_bare(step: Ints, value: Floats, bits: Ints, bounds: Ints, shift: int) -> tuple[Ints, Floats]:
    m = len(bounds) - 1
    ints = np.zeros((BARE_INTS, m), np.int64)
    floats = np.zeros((BARE_FLOATS, m), np.float64)
    for b in range(m):
        lo, hi = bounds[b], bounds[b + 1]
        ints[START, b] = (step[lo] >> shift) << shift
        # Lowest and highest as integers in the order of floats: this loop runs several points at a time.
        part = bits[lo:hi]
        least, most, odd = _MAGNITUDE, -_MAGNITUDE, 0
        for i in range(len(part)):
            one = part[i]
            odd += (one & _EXPONENT) == _EXPONENT
            key = one ^ ((one >> 63) & _MAGNITUDE)
            least = key if key < least else least
            most = key if key > most else most
        first, last = lo, hi - 1
        if odd:
            least, most = _MAGNITUDE, -_MAGNITUDE
            for i in range(lo, hi):
                v = value[i]
                if abs(v) < math.inf:
                    key = bits[i] ^ ((bits[i] >> 63) & _MAGNITUDE)
                    least, most = min(least, key), max(most, key)
                    continue
                kind = 0 if math.isnan(v) else 1 if v > 0 else 2
                if ints[NAN_N + kind, b] == 0:
                    ints[NAN_STEP + kind, b] = step[i]
                ints[NAN_N + kind, b] += 1
            if odd == hi - lo:
                continue
            while not abs(value[first]) < math.inf:
                first += 1
            while not abs(value[last]) < math.inf:
                last -= 1
        low = high = first
        least, most = least ^ ((least >> 63) & _MAGNITUDE), most ^ ((most >> 63) & _MAGNITUDE)
        while bits[low] != least and (value[low] != 0.0 or least << 1 != 0):
            low += 1
        while bits[high] != most and (value[high] != 0.0 or most << 1 != 0):
            high += 1
        ints[N, b] = hi - lo - odd
        ints[FIRST_STEP, b] = step[first]
        ints[LAST_STEP, b] = step[last]
        ints[MIN_STEP, b] = step[low]
        ints[MAX_STEP, b] = step[high]
        floats[FIRST, b] = value[first]
        floats[LAST, b] = value[last]
        floats[MIN, b] = value[low]
        floats[MAX, b] = value[high]
    return ints, floats


def fold_bare(points: Points, shift: int) -> Buckets:
    """fold_points into bare buckets: a quarter of its time."""
    bits = np.ascontiguousarray(points.value).view(np.int64)
    return Buckets(*_fold_bare(points.step, points.value, bits, bounds_of(points.step, shift), shift))


@compiled
def _before(step: int, time: int, value: float, other_step: int, other_time: int, other_value: float) -> bool:
    """Whether a finite point comes before another in the order of a series."""
    if step != other_step:
        return step < other_step
    if time != other_time:
        return time < other_time
    if value != other_value:
        return value < other_value
    return math.copysign(1.0, value) < math.copysign(1.0, other_value)


@compiled
def _fold_buckets(ints: Ints, floats: Floats, bounds: Ints, shift: int) -> tuple[Ints, Floats]:
    m = len(bounds) - 1
    out = np.zeros((ints.shape[0], m), np.int64)
    outf = np.zeros((floats.shape[0], m), np.float64)
    bare = ints.shape[0] == BARE_INTS
    for b in range(m):
        lo, hi = bounds[b], bounds[b + 1]
        out[START, b] = (ints[START, lo] >> shift) << shift
        if not bare:
            out[TIME_MIN, b] = ints[TIME_MIN, lo]
            out[TIME_MAX, b] = ints[TIME_MAX, lo]
        biggest = 0.0
        first = last = low = high = -1
        for i in range(lo, hi):
            if not bare:
                out[TIME_MIN, b] = min(out[TIME_MIN, b], ints[TIME_MIN, i])
                out[TIME_MAX, b] = max(out[TIME_MAX, b], ints[TIME_MAX, i])
            for kind in range(3):
                if ints[NAN_N + kind, i] > 0:
                    s = ints[NAN_STEP + kind, i]
                    t = 0 if bare else ints[NAN_TIME + kind, i]
                    if (
                        out[NAN_N + kind, b] == 0
                        or s < out[NAN_STEP + kind, b]
                        or (s == out[NAN_STEP + kind, b] and not bare and t < out[NAN_TIME + kind, b])
                    ):
                        out[NAN_STEP + kind, b] = s
                        if not bare:
                            out[NAN_TIME + kind, b] = t
                    out[NAN_N + kind, b] += ints[NAN_N + kind, i]
            if ints[N, i] == 0:
                continue
            out[N, b] += ints[N, i]
            biggest = max(biggest, abs(floats[MIN, i]), abs(floats[MAX, i]))
            if first < 0:
                first = last = low = high = i
                continue
            if _before(
                ints[FIRST_STEP, i], 0 if bare else ints[FIRST_TIME, i], floats[FIRST, i],
                ints[FIRST_STEP, first], 0 if bare else ints[FIRST_TIME, first], floats[FIRST, first],
            ):  # fmt: skip
                first = i
            if not _before(
                ints[LAST_STEP, i], 0 if bare else ints[LAST_TIME, i], floats[LAST, i],
                ints[LAST_STEP, last], 0 if bare else ints[LAST_TIME, last], floats[LAST, last],
            ):  # fmt: skip
                last = i
            if floats[MIN, i] < floats[MIN, low] or (
                floats[MIN, i] == floats[MIN, low]
                and _before(
                    ints[MIN_STEP, i], 0 if bare else ints[MIN_TIME, i], floats[MIN, i],
                    ints[MIN_STEP, low], 0 if bare else ints[MIN_TIME, low], floats[MIN, low],
                )
            ):  # fmt: skip
                low = i
            if floats[MAX, i] > floats[MAX, high] or (
                floats[MAX, i] == floats[MAX, high]
                and _before(
                    ints[MAX_STEP, i], 0 if bare else ints[MAX_TIME, i], floats[MAX, i],
                    ints[MAX_STEP, high], 0 if bare else ints[MAX_TIME, high], floats[MAX, high],
                )
            ):  # fmt: skip
                high = i
        if first < 0:
            continue
        outf[FIRST, b] = floats[FIRST, first]
        outf[LAST, b] = floats[LAST, last]
        outf[MIN, b] = floats[MIN, low]
        outf[MAX, b] = floats[MAX, high]
        out[FIRST_STEP, b] = ints[FIRST_STEP, first]
        out[LAST_STEP, b] = ints[LAST_STEP, last]
        out[MIN_STEP, b] = ints[MIN_STEP, low]
        out[MAX_STEP, b] = ints[MAX_STEP, high]
        if bare:
            continue
        out[FIRST_TIME, b] = ints[FIRST_TIME, first]
        out[LAST_TIME, b] = ints[LAST_TIME, last]
        out[MIN_TIME, b] = ints[MIN_TIME, low]
        out[MAX_TIME, b] = ints[MAX_TIME, high]
        total = 0.0
        lost = 0.0
        for i in range(lo, hi):
            if ints[N, i] == 0:
                continue
            v = floats[SUM, i]
            if biggest >= HUGE and max(abs(floats[MIN, i]), abs(floats[MAX, i])) < HUGE:
                v *= SCALE
            s = total + v
            back = s - total
            lost += (total - (s - back)) + (v - back)
            total = s
        outf[SUM, b] = total + lost
    return out, outf


def fold_buckets(buckets: Buckets, shift: int, bounds: Ints | None = None) -> Buckets:
    """Merge buckets, sorted by START, into buckets of 2**shift steps; or one per bounds[i]:bounds[i + 1]."""
    if bounds is None:
        bounds = bounds_of(buckets.ints[START], shift)
    return Buckets(*_fold_buckets(buckets.ints, buckets.floats, bounds, shift))


@compiled
def _each_its_own(start: Ints, shift: int) -> bool:
    for i in range(len(start)):
        if (start[i] >> shift) << shift != start[i] or (i and start[i] <= start[i - 1]):
            return False
    return True


def merged(parts: list[Buckets], shift: int) -> Buckets:
    """Buckets of 2**shift steps over all parts, sorted by START; each part is sorted already."""
    together = joined_buckets(sorted((part for part in parts if part.size), key=lambda part: int(part.ints[START, 0])))
    start = together.ints[START]
    if _each_its_own(start, shift):
        return together
    if len(parts) > 1 and np.any(start[1:] < start[:-1]):
        together = together.part(np.argsort(start, kind="stable"))
    return fold_buckets(together, shift)


def one_bucket(parts: list[Buckets], start: int) -> Buckets:
    """All buckets of all parts as one that begins at step `start`; none for none."""
    together = joined_buckets(parts)
    if not together.size:
        return together
    one = fold_buckets(together, 0, np.array([0, together.size]))
    one.ints[START] = start
    return one


def earlier(time: Ints, by: int) -> Ints:
    """Times moved back by so many ms, any int64; what would leave int64 stays at its end."""
    if by >= 0:
        return np.maximum(time, by - 2**63) - by
    return np.minimum(time, 2**63 - 1 + by) - by


def earlier_buckets(buckets: Buckets, by: int) -> Buckets:
    """Buckets, not bare ones, with all their times moved back."""
    ints = np.concatenate([buckets.ints[:BARE_INTS], earlier(buckets.ints[BARE_INTS:], by)])
    return Buckets(ints, buckets.floats)


def mean(buckets: Buckets) -> Floats:
    """Mean of the finite values of each bucket, shape (n,); NaN where there are none."""
    biggest = np.maximum(np.abs(buckets.floats[MIN]), np.abs(buckets.floats[MAX]))
    count = buckets.ints[N]
    result = np.full(buckets.size, np.nan)
    some = count > 0
    result[some] = buckets.floats[SUM][some] / count[some]
    scaled = some & (biggest >= HUGE)
    result[scaled] /= SCALE
    return result
