"""Terminal codes in lines: colours and cursor movements, as a program writes them for a terminal. No Django."""

import re

# CSI (colours, movements), OSC (titles, links), other escapes; none goes beyond its line.
_CODES = rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b\n]*(?:\x07|\x1b\\)?|[ -/]*[0-~])"
_codes = re.compile(_CODES)


def plain(text: bytes) -> bytes:
    """The text without its codes; lines stay lines."""
    return _codes.sub(b"", text) if b"\x1b" in text else text
