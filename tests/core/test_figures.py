"""How figures are written: hand-checked."""

import math
from datetime import timedelta

import pytest

from apps.core.templatetags import figures


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.123456, "0.12346"),
        (12345.678, "12346"),
        (1234567.0, "1.235e6"),
        (0.00001234, "1.234e-5"),
        (-0.5, "−0.5"),
        (0.0, "0"),
        (100.0, "100"),
        (99999, "99999"),
        (1, "1"),
        (True, "True"),
        (math.nan, "NaN"),
        (-math.inf, "−∞"),
        (None, "–"),
        ("text", "text"),
    ],
)
def test_a_figure_has_five_digits_at_most(value, text):
    assert figures.figure(value) == text


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0"), (999, "999"), (1000, "1k"), (12345, "12.3k"), (1_200_000, "1.2M")]
)
def test_a_count_is_short(number, text):
    assert figures.count(number) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0.25, "+0.25"), (-0.25, "−0.25"), (0.0, "±0"), (None, ""), (math.nan, "")]
)
def test_a_difference_has_its_sign(value, text):
    assert figures.signed(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(3.21, "3.2s"), (59, "59s"), (61, "1m 01s"), (3700, "1h 01m"), (200_000, "2d 7h"), (-1, "0.0s")],
)
def test_a_duration_has_two_units(seconds, text):
    assert figures.duration(timedelta(seconds=seconds)) == text
