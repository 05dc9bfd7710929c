"""Share links made, revoked, brought back; their uses counted."""

import logging
import secrets
from collections.abc import Mapping
from datetime import timedelta

from django.db import DatabaseError, transaction
from django.db.models import F
from django.utils import timezone

from apps.accounts.audit import record
from apps.accounts.authentication import key_digest
from apps.accounts.models import User
from apps.core.errors import Invalid
from apps.core.json_values import text_problem
from apps.reports.models import Report, Snapshot
from apps.sharing.errors import TooManyLinks
from apps.sharing.models import MAX_NAME_LENGTH, PREFIX_LENGTH, ShareLink, ShareUse

logger = logging.getLogger(__name__)

TOKEN_BYTES = 32
MOST_OPEN = 50  # links of one version
LASTING: Mapping[str, int | None] = {"7": 7, "30": 30, "90": 90, "never": None}  # days, as forms say them
USUAL_LASTING = "30"


@transaction.atomic
def make_link(*, snapshot: Snapshot, by: User, days: int | None, name: str = "") -> tuple[ShareLink, str]:
    """A new link of a version and its token, which is known now and never again. days: None for never ending.

    Raises Invalid, TooManyLinks.
    """
    name = _checked_name(name)
    if days not in LASTING.values():
        raise Invalid("A share link lasts 7, 30 or 90 days, or never ends.", fields={"days": f"{days} is none of them"})
    Report.objects.select_for_update().only("id").get(
        pk=snapshot.report_id
    )  # two who share at once count one after the other
    if ShareLink.objects.open().filter(snapshot=snapshot).count() >= MOST_OPEN:
        raise TooManyLinks(MOST_OPEN)
    token, now = secrets.token_urlsafe(TOKEN_BYTES), timezone.now()
    link = ShareLink.objects.create(
        snapshot=snapshot,
        name=name,
        prefix=token[:PREFIX_LENGTH],
        digest=key_digest(token),
        created_by=by,
        created_at=now,
        expires_at=None if days is None else now + timedelta(days=days),
    )
    _note(by, "share.made", link, until=f"{link.expires_at:%Y-%m-%d %H:%M}" if link.expires_at else "never")
    return link, token


@transaction.atomic
def revoke_link(*, link: ShareLink, by: User) -> None:
    """End a link now; once more changes nothing."""
    if ShareLink.objects.filter(id=link.id, revoked_at=None).update(revoked_at=timezone.now()):
        _note(by, "share.revoked", link)


@transaction.atomic
def restore_link(*, link: ShareLink, by: User) -> None:
    """Have a revoked link open its version again, until the end that it was given."""
    if ShareLink.objects.filter(id=link.id, revoked_at__isnull=False).update(revoked_at=None):
        _note(by, "share.restored", link)


def note_use(link: ShareLink, what: ShareUse.What) -> None:
    """Count that something of a link was opened: one query, three on its first of a day. It never refuses anybody."""
    now = timezone.now()
    same = ShareUse.objects.filter(link=link, day=now.date(), what=what)
    try:
        with transaction.atomic():
            if not same.update(times=F("times") + 1, last_at=now):
                _, first = ShareUse.objects.get_or_create(
                    link=link, day=now.date(), what=what, defaults={"times": 1, "last_at": now}
                )
                if not first:
                    same.update(times=F("times") + 1, last_at=now)
    except DatabaseError as error:  # a read-only database still serves reads
        logger.warning("A use of share link %s… could not be noted: %s", link.prefix, error)


def _checked_name(name: str) -> str:
    name = name.strip()
    problem = text_problem(name)
    if not problem and len(name) > MAX_NAME_LENGTH:
        problem = f"has {len(name):,} characters; at most {MAX_NAME_LENGTH} are allowed"
    if problem:
        raise Invalid(f"What a link is for {problem}.", fields={"name": problem})
    return name


def _note(by: User, action: str, link: ShareLink, **facts: str) -> None:
    report = link.snapshot.report
    words = {"report": report.slug, "version": link.snapshot.n, "link": link.prefix, **facts}
    record(by, action, team=report.project.team, target=link.name or f"{report.title} {link.snapshot.n}", **words)
