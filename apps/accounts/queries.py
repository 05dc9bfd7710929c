"""Reads for the pages of accounts: teams, their people, what they did."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from allauth.mfa.models import Authenticator
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet

from apps.accounts.models import ApiKey, AuditEvent, Membership, Team, User

# What people do to their own accounts belongs to no team; the admins of each of their teams may read it.
PERSONAL = ("account", "connection", "email", "key", "password", "second_factor", "sign_in")
SUBJECTS = (
    *("account", "connection", "email", "export", "file", "invitation", "key", "member", "password", "project"),
    *("quota", "retention", "role", "run", "second_factor", "service_account", "sign_in", "team"),
)


def memberships_of(user: User) -> QuerySet[Membership]:
    """The user's memberships by team, each with its team and how many people are in it (people): one query."""
    people = Count("team__memberships", filter=Q(team__memberships__user__service_of=None))
    return user.memberships.select_related("team").annotate(people=people).order_by("team__slug")


def people_of(team: Team) -> QuerySet[Membership]:
    """The memberships of people, admins first, with their users and whether they have a second factor: one query."""
    has_second = Exists(Authenticator.objects.filter(user=OuterRef("user")))
    found = team.memberships.filter(user__service_of=None).select_related("user").annotate(second_factor=has_second)
    return found.order_by("role", "user__username")


def project_names(teams: QuerySet[Team], at_most: int = 500) -> list[str]:
    """The projects of teams, as "team/project": what keys of their people may be limited to."""
    names = teams.exclude(projects=None).order_by("slug", "projects__slug").values_list("slug", "projects__slug")
    return ["/".join(name) for name in names[:at_most]]


def keys_of(user: User) -> QuerySet[ApiKey]:
    """The user's keys, the newest first, with the projects they are limited to: one query."""
    return user.api_keys.select_related("project__team").order_by("-created_at", "-id")


def service_accounts_of(team: Team) -> QuerySet[Membership]:
    """The memberships of service accounts by name, with their users and (prefetched) keys: two queries."""
    newest = ApiKey.objects.select_related("project__team").order_by("-created_at", "-id")
    keys = Prefetch("user__api_keys", newest)
    found = team.memberships.exclude(user__service_of=None).select_related("user").prefetch_related(keys)
    return found.order_by("user__username")


@dataclass(frozen=True)
class AuditFilter:
    """Which events: of one subject ("" for all), by whom (part of the name), on which days (both included, UTC)."""

    subject: str = ""
    who: str = ""
    since: date | None = None
    until: date | None = None


def audit_events(team: Team, wanted: AuditFilter) -> QuerySet[AuditEvent]:
    """What was done to the team and by its members to their own accounts, the newest first."""
    members = User.objects.filter(memberships__team=team)
    own = Q(team=None) & _about(PERSONAL)
    names = members.values("username")
    failed = Q(team=None, action="sign_in.failed", target__in=names)
    events = AuditEvent.objects.filter(Q(team=team) | own & Q(actor__in=members.values("id")) | failed)
    if wanted.subject:
        events = events.filter(_about([wanted.subject]))
    if wanted.who:
        events = events.filter(Q(actor_name__icontains=wanted.who) | Q(target__icontains=wanted.who))
    if wanted.since:
        events = events.filter(at__gte=_midnight(wanted.since))
    if wanted.until:
        events = events.filter(at__lt=_midnight(wanted.until) + timedelta(days=1))
    return events.order_by("-id")


def _about(subjects: Iterable[str]) -> Q:
    """Events whose action begins with one of the subjects."""
    found = Q(pk__in=())
    for subject in subjects:
        found |= Q(action__startswith=f"{subject}.")
    return found


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
