"""Texts in files that spreadsheets open. No Django."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def cell_text(text: str) -> str:
    """A text that no spreadsheet takes for a formula: one that looks like it begins with an apostrophe."""
    return f"'{text}" if text.startswith(_FORMULA) else text
