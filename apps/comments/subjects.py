"""What comments hang on. Apps above say of each kind of subject what it is called and who may read it, in ready()."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from apps.comments.models import Comment
from apps.runs.access import AnyUser


class Subject(NamedTuple):
    """One thing that is commented on."""

    kind: str
    id: int


class Found(NamedTuple):
    """A comment's subject as a list names it. url: of the page that shows the comment, at its place."""

    title: str
    url: str


# Of some comments on subjects of a kind, those that a user may read now, by the comment's id: few queries for many.
Finder = Callable[[AnyUser, Sequence[Comment]], Mapping[int, Found]]

finders: dict[str, Finder] = {}
