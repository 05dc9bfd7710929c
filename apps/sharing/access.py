"""Which version a token opens."""

from apps.accounts.authentication import key_digest
from apps.sharing.errors import LinkGone
from apps.sharing.models import ShareLink


def open_link(token: str) -> ShareLink:
    """The link of a token with its version, report, project and team: one query by the token's hash. Raises LinkGone.

    This is the only door that takes a token, and what it gives is one version.
    """
    found = ShareLink.objects.open().select_related("snapshot__report__project__team", "snapshot__published_by")
    link = found.defer("snapshot__report__markdown").filter(digest=key_digest(token)).first()
    if link is None:
        raise LinkGone
    return link
