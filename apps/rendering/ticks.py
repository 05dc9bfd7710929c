"""Where an axis of numbers has its ticks. No Django."""

import math


def round_ticks(start: float, end: float, count: int) -> list[float]:
    """About so many round numbers from start to end, 1, 2 or 5 times a power of ten apart."""
    wanted = (end - start) / count
    power = 10.0 ** math.floor(math.log10(wanted))
    step = next(many * power for many in (1, 2, 5, 10) if many * power >= wanted * 0.999)
    return [place * step for place in range(math.ceil(start / step), math.floor(end / step) + 1)]
