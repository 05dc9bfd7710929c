"""What hosting refuses."""

from apps.accounts.models import Team
from apps.core.errors import TrackerError

RETRY_AFTER_SECONDS = 300


class QuotaReached(TrackerError):
    """429, since clients keep what is refused and send it again: nothing is lost when the team makes room."""

    code = "quota_reached"
    status = 429

    def __init__(self, team: Team, what: str, stored: int, allowed: int, came: int = 0) -> None:
        more = f" and {came:,} more came" if came else ""
        super().__init__(
            f"The team {team.slug} stores {stored:,} {what}{more}; its quota is {allowed:,}. Nothing was stored. "
            "Delete runs or ask the site's admin for more; what was refused can be sent again then.",
            retry_after=RETRY_AFTER_SECONDS,
        )


class SiteAdminNeeded(TrackerError):
    code = "site_admin_needed"
    status = 403

    def __init__(self) -> None:
        super().__init__("Only the site's admin sets quotas. Ask them for more room.")
