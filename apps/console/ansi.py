"""Terminal codes in lines: colours and cursor movements, as a program writes them for a terminal. No Django."""

import re

ESCAPE = b"\x1b"  # what every code begins with
# CSI (colours, movements), OSC (titles, links), other escapes; none goes beyond its line.
_CODES = rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b\n]*(?:\x07|\x1b\\)?|[ -/]*[0-~])"
_codes = re.compile(_CODES)
_HIDING = (*range(0x80, 0xA0), 0x200B, 0x200E, 0x200F, *range(0x2028, 0x202F), *range(0x2060, 0x206A), 0xFEFF)
_VISIBLE: dict[int, int | str] = {
    **{code: 0x2400 + code for code in range(32) if code not in b"\t\n"},
    0x7F: 0x2421,
    **{code: f"⟨{code:04x}⟩" for code in _HIDING},
}


def plain(text: bytes) -> bytes:
    """The text without its codes; lines stay lines."""
    return _codes.sub(b"", text) if ESCAPE in text else text


def visible(text: bytes) -> str:
    """The text without its codes, as a page shows it: nothing in it hides, and no mark turns its direction around."""
    return plain(text).decode().translate(_VISIBLE)
