"""The comments of a report as its pages show them: threads by panel, what is done with folded away."""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from apps.accounts.models import Role, User
from apps.comments.access import role_in
from apps.comments.models import Comment
from apps.comments.queries import Thread, comment_of, threads
from apps.comments.services import MAX_CHARACTERS
from apps.core import ids
from apps.core.errors import NotFound
from apps.reports.discussion.markdown import comment_html
from apps.reports.discussion.panels import PanelPlace, kept_place, same_panel
from apps.reports.discussion.subject import subject_of
from apps.reports.models import Report
from apps.runs.access import AnyUser

_PANEL = re.compile(r'(<figure class="report-panel[^"]*" id="panel-\d+"[^>]*>.*?)(</figcaption>)', re.DOTALL)


class Typed(NamedTuple):
    """A form that was refused, to be shown again. form: "new", "reply" or "edit"; at: the comment of the last two."""

    text: str
    problem: str
    form: str = "new"
    at: str = ""
    about: int = 0


@dataclass(frozen=True)
class Said:
    """One comment. mine: whether its reader wrote it; removable: whether they may take it away."""

    comment: Comment
    html: SafeString
    mine: bool
    removable: bool


@dataclass(frozen=True)
class ShownThread:
    """A thread. words: its comments, the first may be deleted and missing. panel: on this page; was: where it was made.

    on: the version it was made on, "the draft", or "" when that is this page. anchor: of a panel's first thread.
    """

    first: Comment
    words: list[Said]
    panel: PanelPlace | None
    was: PanelPlace | None
    on: str
    on_url: str
    anchor: str = ""

    @property
    def target(self) -> str:
        """The id of the comment that is there to be replied to."""
        return self.words[0].comment.slug

    @property
    def place(self) -> int:
        """For the order: the whole report first, panels as they come, then those that are not here."""
        return 10**6 if self.lost else self.panel.number if self.panel else 0

    @property
    def lost(self) -> bool:
        """Whether its panel is not on this page."""
        return self.was is not None and self.panel is None


@dataclass(frozen=True)
class Discussion:
    """All of it for one reader of one page. version: None on the draft. later: threads on newer texts than this one."""

    report: Report
    version: int | None
    revision: int
    panels: list[PanelPlace]
    open: list[ShownThread] = field(default_factory=list)
    resolved: list[ShownThread] = field(default_factory=list)
    later: int = 0
    may_comment: bool = False
    about: int = 0
    deleted: Comment | None = None
    typed: Typed | None = None
    most: int = MAX_CHARACTERS

    @property
    def comments(self) -> int:
        """How many comments this page shows."""
        return sum(len(thread.words) for thread in (*self.open, *self.resolved))

    def linked(self, html: str) -> SafeString:
        """The page's body with the count of comments, and a link to write one, at each panel. html: safe."""
        counts: Counter[int] = Counter()
        for thread in (*self.open, *self.resolved):
            if thread.panel:
                counts[thread.panel.number] += len(thread.words)
        numbers = iter(self.panels)

        def with_links(match: re.Match[str]) -> str:
            panel = next(numbers, None)
            links = self._links(panel, counts[panel.number]) if panel else ""
            return f"{match[1]}{links}{match[2]}"

        return mark_safe(_PANEL.sub(with_links, html))  # noqa: S308

    def _links(self, panel: PanelPlace, count: int) -> str:
        links = []
        if count:
            said = f"{count:,} comment{'s' if count > 1 else ''}"
            links.append(format_html('<a href="#about-{}">{}</a>', panel.number, said))
        if self.may_comment:
            label = f"Comment on {panel.words}"
            link = '<a href="?about={}#new-comment" data-about="{}" aria-label="{}">Comment</a>'
            links.append(format_html(link, panel.number, panel.number, label))
        return f'<span class="comment-links" id="commented-{panel.number}">{"".join(links)}</span>' if links else ""


def discussion(
    user: AnyUser,
    report: Report,
    *,
    version: int | None,
    revision: int,
    panels: list[PanelPlace],
    asked: Any = None,
    typed: Typed | None = None,
) -> Discussion:
    """The comments on the report as a page of it shows them: three queries.

    asked: the query of the page's address: ?about, the panel a new comment begins with; ?deleted, to be brought back.
    """
    asked = asked or {}
    role = role_in(user, report.project)
    found = threads(subject_of(report))
    here = [one for one in found if _made_by(one.first, version, revision)]
    shown = [_shown(one, user, role, panels, version, report) for one in here]
    shown.sort(key=lambda one: (one.first.resolved_at is not None, one.place))
    shown = _anchored(shown)
    about = typed.about if typed else _number(asked.get("about", ""))
    return Discussion(
        report=report,
        version=version,
        revision=revision,
        panels=panels,
        open=[one for one in shown if one.first.resolved_at is None],
        resolved=[one for one in shown if one.first.resolved_at is not None],
        later=len(found) - len(here),
        may_comment=role is not None,
        about=about if 1 <= about <= len(panels) else 0,
        deleted=_deleted(user, report, role, asked.get("deleted", "")),
        typed=typed,
    )


def _made_by(comment: Comment, version: int | None, revision: int) -> bool:
    """Whether a comment was made on this text or an earlier one."""
    if version is None:
        return True
    return comment.version <= version if comment.version is not None else comment.revision <= revision


def _shown(
    thread: Thread, user: AnyUser, role: Role | None, panels: Sequence[PanelPlace], version: int | None, report: Report
) -> ShownThread:
    first = thread.first
    was = kept_place(first.place)
    on, url = "", ""
    if first.version != version:
        on = "the draft" if first.version is None else f"version {first.version}"
        page = reverse("report_draft", args=[report.pk])
        url = page if first.version is None else reverse("snapshot", args=[report.pk, first.version])
    words = [_said(one, user, role) for one in thread.words]
    return ShownThread(first, words, same_panel(was, panels) if was else None, was, on, url)


def _anchored(threads_: Sequence[ShownThread]) -> list[ShownThread]:
    """The threads, with an anchor where the first of each panel is."""
    seen: set[int] = set()
    found = []
    for one in threads_:
        if one.panel is None or one.panel.number in seen:
            found.append(one)
        else:
            seen.add(one.panel.number)
            found.append(replace(one, anchor=f"about-{one.panel.number}"))
    return found


def _said(comment: Comment, user: AnyUser, role: Role | None) -> Said:
    named: Collection[str] = {one.user.get_username().lower() for one in comment.mentions.all()}
    mine = role is not None and isinstance(user, User) and comment.author_id == user.pk
    return Said(comment, comment_html(comment.text, named), mine, mine or role == Role.ADMIN)


def _deleted(user: AnyUser, report: Report, role: Role | None, asked: str) -> Comment | None:
    """The comment that was just deleted, if the user may bring it back."""
    if not asked or role is None:
        return None
    try:
        found = comment_of(subject_of(report), ids.from_text(asked), deleted=True)
    except (NotFound, ValueError):
        return None
    mine = isinstance(user, User) and found.author_id == user.pk
    return found if found.text and (mine or role == Role.ADMIN) else None


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else 0
