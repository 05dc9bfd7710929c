"""How numbers, times and states are written on pages. numbers.js writes numbers the same way."""

import datetime
import math
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

MISSING = "–"
DECIMAL_UNITS = ("bytes", "kB", "MB", "GB", "TB", "PB")
_SPANS = ((365 * 86400, "y"), (30 * 86400, "mo"), (86400, "d"), (3600, "h"), (60, "m"))


@register.filter
def figure(value: Any, digits: int = 5) -> str:
    """A value with at most so many significant digits; other things as text."""
    if value is None or value == "":
        return MISSING
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value)
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if value == 0:
        return "0"
    if isinstance(value, int) and abs(value) < 10**6:
        return str(value).replace("-", "−")
    if abs(value) >= 1e6 or abs(value) < 1e-4:
        mantissa, _, power = f"{value:.{min(3, digits - 1)}e}".partition("e")
        text = f"{_trimmed(mantissa)}e{int(power)}"
    else:
        text = _trimmed(f"{value:.{max(0, digits - 1 - math.floor(math.log10(abs(value))))}f}")
    return text.replace("-", "−").replace("e−", "e-")


def _trimmed(digits: str) -> str:
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


@register.filter
def signed(value: float | None) -> str:
    """A difference with its sign; nothing for None."""
    if value is None or math.isnan(value):
        return ""
    return "±0" if value == 0 else f"{'+' if value > 0 else ''}{figure(value, 3)}"


@register.filter
def count(number: int | None) -> str:
    """How many, short: 950, 12.3k, 1.2M."""
    if number is None:
        return MISSING
    size, suffixes = float(number), ["", "k", "M", "G", "T"]
    while size >= 999.5 and len(suffixes) > 1:
        size /= 1000
        suffixes.pop(0)
    if suffixes[0] == "":
        return str(number)
    return f"{size:.3g}{suffixes[0]}"


@register.filter
def grouped(number: int | None) -> str:
    """All digits, in groups of three."""
    return MISSING if number is None else f"{number:,}".replace(",", " ")


@register.filter
def decimal_size(size: int | None) -> str:
    """Bytes in the decimal units in which quotas are set."""
    if size is None:
        return MISSING
    unit = 0
    while abs(size) >= 1000 ** (unit + 1) and unit < len(DECIMAL_UNITS) - 1:
        unit += 1
    return f"{size / 1000**unit:.4g} {DECIMAL_UNITS[unit]}"


@register.filter
def ago(moment: datetime.datetime | None) -> str:
    """How long since: now, 5m, 3h, 2d."""
    if moment is None:
        return "never"
    return span((timezone.now() - moment).total_seconds()) or "now"


def span(seconds: float) -> str:
    """A length of time in its largest unit; "" below a minute."""
    for length, unit in _SPANS:
        if seconds >= length:
            return f"{int(seconds // length)}{unit}"
    return ""


@register.filter
def duration(delta: datetime.timedelta | None) -> str:
    """A length of time in its two largest units: 1h 05m, 12.3s."""
    if delta is None:
        return MISSING
    seconds = max(0.0, delta.total_seconds())
    if seconds < 60:
        return f"{seconds:.1f}s" if seconds < 10 else f"{seconds:.0f}s"
    minutes, rest = divmod(int(seconds), 60)
    if minutes < 60:
        return f"{minutes}m {rest:02d}s"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours}h {minutes:02d}m"
    return f"{hours // 24}d {hours % 24}h"


@register.inclusion_tag("core/_chip.html")
def chip(slot: int | None) -> dict[str, Any]:
    """A run's colour and dash as a short stroke."""
    return {"colour": None if slot is None else slot % 10, "dash": None if slot is None else slot // 10 % 3}


@register.inclusion_tag("core/_state.html")
def state(name: str, words: bool = True) -> dict[str, Any]:
    """A run's state as a shape and a word."""
    return {"name": name, "words": words}


@register.inclusion_tag("core/_time.html")
def moment(at: datetime.datetime | None) -> dict[str, Any]:
    """A moment as how long ago, with the exact time to hover."""
    return {"at": at}


@register.simple_tag
def lasting(since: datetime.datetime) -> SafeString:
    """How long something has lasted that goes on: the browser counts on."""
    return format_html(
        '<time data-lasting datetime="{}">{}</time>', since.isoformat(), duration(timezone.now() - since)
    )


@register.filter
def at(mapping: Any, name: Any) -> Any:
    """mapping[name], None without."""
    return mapping.get(name) if mapping else None
