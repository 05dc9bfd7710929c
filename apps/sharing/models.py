"""Share links: secret addresses of one published version each, and how often they were opened."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from apps.core import ids
from apps.reports.models import Snapshot

MAX_NAME_LENGTH = 120  # of what a link is said to be for
PREFIX_LENGTH = 6  # characters of a token that are kept, of 43: the rest is still beyond guessing


class ShareLinkQuerySet(models.QuerySet["ShareLink"]):
    def open(self) -> "ShareLinkQuerySet":
        """Those that still open something."""
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=timezone.now()), revoked_at=None)


class ShareLink(models.Model):
    """A link by which anybody sees one version. Only the SHA-256 of its token is stored; prefix tells links apart.

    expires_at: None for never. A fast hash is enough: a token is 256 random bits.
    """

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    snapshot = models.ForeignKey(Snapshot, on_delete=models.CASCADE, related_name="share_links")
    name = models.CharField(max_length=MAX_NAME_LENGTH, blank=True)
    prefix = models.CharField(max_length=PREFIX_LENGTH)
    digest = models.CharField(max_length=64, unique=True)
    created_by = models.ForeignKey("accounts.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = ShareLinkQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.prefix}… of {self.snapshot_id}"

    @property
    def slug(self) -> str:
        """The id as shown: 13 base32 characters."""
        return ids.to_text(self.id)

    @property
    def state(self) -> str:
        """open, revoked or ended."""
        if self.revoked_at is not None:
            return "revoked"
        return "ended" if self._is_over else "open"

    @property
    def may_return(self) -> bool:
        """Whether it would open its version again, were it not revoked."""
        return self.revoked_at is not None and not self._is_over

    @property
    def _is_over(self) -> bool:
        return self.expires_at is not None and self.expires_at <= timezone.now()


class ShareUse(models.Model):
    """How often something of a link was opened on a day (UTC). Who opened it is not kept."""

    class What(models.TextChoices):
        PAGE = "page", "the page"
        EXPORT = "export", "an export"
        PANEL = "panel", "an embedded panel"
        PICTURE = "picture", "a picture"

    link = models.ForeignKey(ShareLink, on_delete=models.CASCADE, related_name="uses", db_index=False)
    day = models.DateField()
    what = models.CharField(max_length=10, choices=What.choices)
    times = models.PositiveIntegerField(default=1)
    last_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["link", "day", "what"], name="use_once_per_link_and_day")]

    def __str__(self) -> str:
        return f"{self.link_id} {self.day} {self.what}: {self.times}"
