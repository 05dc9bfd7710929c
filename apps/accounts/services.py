"""Writes to accounts: users with their teams, API keys, one-time sign-in links."""

import difflib
import re
import secrets
from collections.abc import Callable
from datetime import timedelta

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from apps.accounts.audit import record
from apps.accounts.authentication import key_digest
from apps.accounts.errors import KeyLimited, UnknownUser
from apps.accounts.models import ApiKey, Membership, Role, Scope, SignInLink, Team, User
from apps.core.errors import Invalid, NotFound

KEY_PREFIX = "plk_"
KEY_BYTES = 32  # 43 characters after the prefix
LINK_LIVES = timedelta(hours=24)
MAX_NAME = 120
ADMIN = "admin"
# First parts of the site's own paths: a team of this name would have pages nobody reaches.
RESERVED_SLUGS = frozenset(
    [
        *("accounts", "api", "compare", "docs", "gates", "health", "healthz", "media", "metrics", "panels", "r"),
        *("readyz", "reports", "runs", "s", "settings", "static", "teams"),
    ]
)
_SLUG = re.compile(r"[A-Za-z0-9_-]{1,80}")
_forget_key: list[Callable[[str], None]] = []


def on_key_revoked(forget: Callable[[str], None]) -> None:
    """Have forget(digest) called when a key is revoked in this process: for caches of what a key may do."""
    _forget_key.append(forget)


@transaction.atomic
def make_team(*, slug: str, admin: User, name: str = "") -> Team:
    """A team with its first admin. Raises Invalid for a slug that is taken, reserved or not a slug."""
    if not _SLUG.fullmatch(slug):
        raise Invalid("A team's name in URLs is 1-80 letters, digits, - and _.", fields={"slug": "not a slug"})
    if slug.lower() in RESERVED_SLUGS:
        raise Invalid(f"{slug!r} is part of the site's own URLs; choose another.", fields={"slug": "reserved"})
    if Team.objects.filter(slug__iexact=slug).exists():
        raise Invalid(f"There is a team {slug!r} already.", fields={"slug": "taken"})
    team = Team.objects.create(slug=slug, name=name or slug)
    Membership.objects.create(team=team, user=admin, role=Role.ADMIN)
    record(admin, "team.made", team=team, target=slug)
    return team


@transaction.atomic
def rename_team(*, team: Team, name: str, by: User) -> Team:
    """Give a team another shown name; its slug, and with it every URL, stays. Raises Invalid."""
    name = name.strip()
    if not 0 < len(name) <= MAX_NAME:
        raise Invalid(f"A team's name has 1-{MAX_NAME} characters; {len(name)} came.", fields={"name": "length"})
    if name != team.name:
        record(by, "team.renamed", team=team, target=team.slug, before=team.name, after=name)
        team.name = name
        team.save(update_fields=["name"])
    return team


@transaction.atomic
def make_first_admin() -> User:
    """The user `admin` with a team of the same name; made when missing, else as it is. Signs in by one-time link."""
    user = User.objects.filter(username=ADMIN).first()
    if user is None:
        user = User.objects.create_superuser(ADMIN, password=None)
    team, _ = Team.objects.get_or_create(slug=ADMIN, defaults={"name": ADMIN})
    Membership.objects.get_or_create(team=team, user=user, defaults={"role": Role.ADMIN})
    return user


@transaction.atomic
def rename_user(*, user: User, first_name: str, last_name: str) -> User:
    """Change how a person is shown. Raises Invalid for a name that is too long."""
    names = {"first_name": first_name.strip(), "last_name": last_name.strip()}
    too_long = {field: "too long" for field, name in names.items() if len(name) > MAX_NAME}
    if too_long:
        raise Invalid(f"A name has at most {MAX_NAME} characters.", fields=too_long)
    user.first_name, user.last_name = names.values()
    user.save(update_fields=list(names))
    return user


@transaction.atomic
def make_key(
    *, user: User, scope: str = Scope.INGEST, name: str = "", project: str = "", by: User | None = None
) -> tuple[ApiKey, str]:
    """A new API key and its text, which is shown now and never again.

    project: the only one that it opens, as "team/project"; "" for all. by: who makes it, if not the user.
    Raises Invalid, and KeyLimited for a user who came with a key of one project and asks for more.
    """
    if scope not in Scope.values:
        raise Invalid(f"A scope is one of {', '.join(Scope.values)}; {scope!r} came.", fields={"scope": "not a scope"})
    project_id = _project_id(user, project) if project else None
    if user.limited_to not in (None, project_id):
        raise KeyLimited
    text = KEY_PREFIX + secrets.token_urlsafe(KEY_BYTES)
    key = ApiKey.objects.create(
        user=user,
        name=name[:MAX_NAME],
        scope=scope,
        project_id=project_id,
        prefix=text[: len(KEY_PREFIX) + 6],
        digest=key_digest(text),
    )
    facts = {"scope": scope, "name": key.name, "of": str(user), **({"project": project} if project else {})}
    record(by or user, "key.made", team=user.service_of, target=key.prefix, **facts)
    return key, text


def _project_id(user: User, name: str) -> int:
    """The project "team/project" of a team the user is in. Raises Invalid."""
    team, _, slug = name.partition("/")
    found = user.teams.filter(slug=team, projects__slug=slug).values_list("projects__id", flat=True).first()
    if found is None:
        raise Invalid(
            f"There is no project {name[:MAX_NAME]!r} in your teams. Name one as team/project; its first run makes it.",
            fields={"project": "no project of your teams"},
        )
    return int(found)


@transaction.atomic
def revoke_key(*, user: User, key_id: int, by: User | None = None) -> ApiKey:
    """Revoke one of the user's keys; once more changes nothing. Raises NotFound for a key of someone else."""
    key = ApiKey.objects.filter(user=user, id=key_id).first()
    if key is None:
        raise NotFound("There is no such key.")
    if ApiKey.objects.filter(id=key.id, revoked_at=None).update(revoked_at=timezone.now()):
        record(by or user, "key.revoked", team=user.service_of, target=key.prefix, name=key.name, of=str(user))
    for forget in _forget_key:
        forget(key.digest)
    key.refresh_from_db()
    return key


def active_user(username: str) -> User:
    """The active user of this name. Raises UnknownUser, which names users with a similar name."""
    user = User.objects.filter(username=username, is_active=True).first()
    if user is None:
        names = User.objects.filter(is_active=True).values_list("username", flat=True)
        raise UnknownUser(username, difflib.get_close_matches(username, names, n=3))
    return user


def one_time_sign_in_link(user: User) -> str:
    """The path of a link that signs the user in once, within 24 hours. Raises Invalid for a service account."""
    if user.is_service:
        raise Invalid(f"{user} is a service account: it uses API keys and cannot sign in.")
    token = secrets.token_urlsafe(32)
    SignInLink.objects.create(user=user, digest=key_digest(token), expires_at=timezone.now() + LINK_LIVES)
    return reverse("one_time_link", args=[token])


def use_sign_in_link(token: str) -> User:
    """The user of a one-time link, which is used up by this. Raises NotFound when it is unknown, used or too old."""
    now = timezone.now()
    digest = key_digest(token)
    used = SignInLink.objects.filter(digest=digest, used_at=None, expires_at__gt=now, user__is_active=True).update(
        used_at=now
    )
    if not used:
        raise NotFound("This sign-in link was used already, or is too old. Start the server again for a new one.")
    return User.objects.get(sign_in_links__digest=digest)
