"""Run ids: random 63-bit numbers, shown everywhere as 13 base32 characters."""

import secrets

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's: no i, l, o, u
_VALUE = {character: value for value, character in enumerate(ALPHABET)}
LENGTH = 13
PATTERN = "[0-9a-hjkmnp-tv-z]{13}"


def new_id() -> int:
    """A random positive 63-bit number, never 0."""
    return secrets.randbelow(2**63 - 1) + 1


def to_text(number: int) -> str:
    """The 13 characters of a 63-bit number, most significant first."""
    return "".join(ALPHABET[(number >> shift) & 31] for shift in range(60, -1, -5))


def from_text(text: str) -> int:
    """The number behind 13 characters. Raises ValueError when text is no id."""
    if len(text) != LENGTH:
        raise ValueError(f"A run id has {LENGTH} characters; this one has {len(text)}.")
    number = 0
    for character in text.lower():
        if character not in _VALUE:
            raise ValueError(f"A run id holds digits and the letters of base32; this one holds {character!r}.")
        number = number << 5 | _VALUE[character]
    if number >= 2**63:
        raise ValueError("A run id is a 63-bit number; this one is larger.")
    return number


class RunIdConverter:
    """URL path converter `<run_id:run>`: 13 characters to the number and back."""

    regex = PATTERN

    def to_python(self, value: str) -> int:
        return from_text(value)

    def to_url(self, value: int) -> str:
        return to_text(value)
