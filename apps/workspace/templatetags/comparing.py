"""How cells of a comparison are written on its page."""

from django import template

from apps.comparison import words
from apps.comparison.sections import Cell, Section

register = template.Library()


@register.filter
def shown(cell: Cell, section: Section) -> str:
    """What stands in a cell of a section."""
    return words.shown(cell, section)


@register.filter
def apart(cell: Cell, section: Section) -> str:
    """How far a cell's number is from the baseline's."""
    return words.apart(cell, section)
