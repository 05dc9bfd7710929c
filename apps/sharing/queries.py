"""Reads over share links."""

from datetime import timedelta

from django.db.models import Max, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from apps.core.errors import NotFound
from apps.reports.models import Snapshot
from apps.sharing.models import ShareLink, ShareUse

_VIEWS = ~Q(uses__what=ShareUse.What.PICTURE)  # whoever reads a pull request loads its pictures each time
SHOWN_DAYS = 30


def links_of(snapshot: Snapshot) -> QuerySet[ShareLink]:
    """The version's links, the newest first, with who made them, `views`, `pictures` and `last_opened`: one query."""
    found = ShareLink.objects.filter(snapshot=snapshot).select_related("created_by")
    return found.annotate(
        views=Coalesce(Sum("uses__times", filter=_VIEWS), 0),
        pictures=Coalesce(Sum("uses__times", filter=~_VIEWS), 0),
        last_opened=Max("uses__last_at"),
    ).order_by("-created_at", "-id")


def link_of(snapshot: Snapshot, link_id: int) -> ShareLink:
    """One link of a version: one query. Raises NotFound."""
    found = links_of(snapshot).filter(id=link_id).first()
    if found is None:
        raise NotFound("This version has no such share link.")
    return found


def uses_of(snapshot: Snapshot) -> dict[int, list[ShareUse]]:
    """What was opened in the last 30 days by the id of its link, the newest first: one query."""
    since = timezone.now().date() - timedelta(days=SHOWN_DAYS)
    found: dict[int, list[ShareUse]] = {}
    for use in ShareUse.objects.filter(link__snapshot=snapshot, day__gt=since).order_by("-day", "what"):
        found.setdefault(use.link_id, []).append(use)
    return found
