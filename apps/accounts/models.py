"""Who uses the site: users, teams, memberships with roles, API keys; what they did."""

from datetime import datetime
from typing import Any, Self

from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    """A person, or a service account: a program's user, which belongs to the team service_of and cannot sign in."""

    service_of = models.ForeignKey(
        "accounts.Team", on_delete=models.CASCADE, null=True, blank=True, related_name="service_accounts"
    )
    limited_to: int | None = None  # the only project that the key this user came with opens, if it is such a key

    @property
    def is_service(self) -> bool:
        return self.service_of_id is not None


class Team(models.Model):
    """Owns projects. The first start makes one named like its first user."""

    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=120)
    created_at = models.DateTimeField(auto_now_add=True)
    members = models.ManyToManyField(User, through="Membership", related_name="teams")

    def __str__(self) -> str:
        return self.slug


class Role(models.TextChoices):
    """What a member may do; each role includes the ones before it."""

    VIEWER = "viewer", "Viewer"
    MEMBER = "member", "Member"
    ADMIN = "admin", "Admin"


class Membership(models.Model):
    """One user's role in one team."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.MEMBER)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team", "user"], name="membership_once_per_team")]

    def __str__(self) -> str:
        return f"{self.user} in {self.team}: {self.role}"


class Scope(models.TextChoices):
    """What an API key may do: send runs, only read, or everything its user may."""

    INGEST = "ingest", "Ingest (send and read runs)"
    READ = "read", "Read"
    ADMIN = "admin", "Admin (everything the user may)"


class ApiKey(models.Model):
    """A key that acts as its user within a scope. Only its SHA-256 is stored; prefix is shown to tell keys apart.

    project: the only one it opens, public ones included; None for all that its user may. It goes with its project.
    A fast hash is enough: keys are 256 random bits, which nobody guesses however cheap a guess is.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=120, blank=True)
    scope = models.CharField(max_length=10, choices=Scope.choices, default=Scope.INGEST)
    project = models.ForeignKey(
        "runs.Project", on_delete=models.CASCADE, null=True, blank=True, related_name="limited_keys"
    )
    prefix = models.CharField(max_length=12)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.prefix}… ({self.scope})"


class SignInLink(models.Model):
    """A link that signs its user in once. Only the SHA-256 of its token is stored."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sign_in_links")
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.user} until {self.expires_at:%Y-%m-%d %H:%M}"


class Invitation(models.Model):
    """A link that lets one person into a team, and onto the site. Only the SHA-256 of its token is stored.

    email: whom it was sent to, to tell invitations apart; whoever has the link may use it.
    """

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="invitations")
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.MEMBER)
    email = models.EmailField(blank=True)
    digest = models.CharField(max_length=64, unique=True)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    used_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.role} of {self.team} until {self.expires_at:%Y-%m-%d %H:%M}"


class AuditEventQuerySet(models.QuerySet["AuditEvent"]):
    """Events are only ever added; what is older than its retention is forgotten."""

    def older_than(self, moment: datetime) -> Self:
        return self.filter(at__lt=moment)

    def forget(self) -> int:
        """Remove these events; how many. For retention alone."""
        return super().delete()[0]

    def update(self, **_: Any) -> int:
        raise TypeError("An audit event does not change.")

    def delete(self) -> tuple[int, dict[str, int]]:
        raise TypeError("Audit events are forgotten by retention only: audit.forget_old().")


class AuditEvent(models.Model):
    """One deed: who, what, when, from where. Written by audit.record, never changed.

    actor and team are kept without a constraint: an event outlives both, so actor_name says who it was by then.
    """

    at = models.DateTimeField(auto_now_add=True)
    action = models.CharField(max_length=60)
    actor = models.ForeignKey(
        User, on_delete=models.DO_NOTHING, db_constraint=False, null=True, blank=True, related_name="+"
    )
    actor_name = models.CharField(max_length=150, blank=True)
    team = models.ForeignKey(
        Team, on_delete=models.DO_NOTHING, db_constraint=False, null=True, blank=True, related_name="+"
    )
    target = models.CharField(max_length=250, blank=True)
    facts = models.JSONField(default=dict, blank=True)
    address = models.GenericIPAddressField(null=True, blank=True)
    key_prefix = models.CharField(max_length=12, blank=True)

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["team", "-id"], name="audit_of_team"),
            models.Index(fields=["actor", "-id"], name="audit_of_actor"),
            models.Index(fields=["at"], name="audit_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor_name or 'someone'}: {self.action} {self.target}"
