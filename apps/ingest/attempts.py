"""Which attempt of a run a batch belongs to."""

from django.http import HttpRequest

from apps.ingest.errors import UnknownAttempt
from apps.runs.grants import Grant, writable_grant


def attempt_of(request: HttpRequest, grant: Grant, named: int | None) -> tuple[Grant, int]:
    """The grant that knows the attempt a batch names, and the attempt: the newest where it names none.

    Raises UnknownAttempt for one that has not begun.
    """
    if named is not None and named > grant.attempt:
        grant = writable_grant(request, grant.run_id, named)
        if named > grant.attempt:
            raise UnknownAttempt(named, grant.attempt)
    return grant, named or grant.attempt
