"""How often a person was mentioned, for the account menu of every page."""

from typing import Any

from django import template
from django.db import DatabaseError

from apps.accounts.models import User
from apps.comments.queries import unread_mentions as how_many

register = template.Library()


@register.simple_tag
def unread_mentions(user: Any) -> int:
    """Mentions that the user has not opened: one query; 0 for nobody, and on the page of a database's error."""
    try:
        return how_many(user) if isinstance(user, User) else 0
    except DatabaseError:
        return 0
