"""What runs refuse."""

from collections.abc import Sequence

from apps.core.errors import NotFound, TrackerError, Unavailable
from apps.runs.citations import Citation

MOST_NAMED = 5


class RunExists(TrackerError):
    code = "run_exists"
    status = 409

    def __init__(self, client_id: str, run: str) -> None:
        super().__init__(
            f"The run {run} of this project has this client_id already. "
            'Send "resume": "allow" to go on with it, or another client_id.',
            fields={"client_id": f"{client_id} is taken"},
        )


class NothingToResume(NotFound):
    def __init__(self, client_id: str) -> None:
        super().__init__(
            "There is no run with this client_id in the project to resume.",
            fields={"client_id": f"no run has {client_id!r}"},
        )


class RunArchived(TrackerError):
    code = "run_archived"
    status = 409

    def __init__(self) -> None:
        super().__init__("This run is archived and takes no more data. Restore it first.")


class RunEnded(TrackerError):
    code = "run_ended"
    status = 409

    def __init__(self, state: str) -> None:
        super().__init__(f"This run is {state} already; only a run that goes on can be asked to stop.")


class RunNotArchived(TrackerError):
    code = "run_not_archived"
    status = 409

    def __init__(self, run: str) -> None:
        super().__init__(f"The run {run} is not archived. Archive it first; what is deleted cannot be brought back.")


class RunCited(TrackerError):
    code = "run_cited"
    status = 409

    def __init__(self, run: str, by: Sequence[Citation]) -> None:
        named = ", ".join(map(str, by[:MOST_NAMED]))
        more = f" and {len(by) - MOST_NAMED:,} more" if len(by) > MOST_NAMED else ""
        super().__init__(f"The run {run} is cited by {named}{more}. Take it out of there first; nothing was deleted.")


class RunPublished(TrackerError):
    """What was published of the run stays whole; but whoever reads it there can no longer look further."""

    code = "run_published"
    status = 409

    def __init__(self, run: str, by: Sequence[Citation]) -> None:
        named = ", ".join(map(str, by[:MOST_NAMED]))
        more = f" and {len(by) - MOST_NAMED:,} more" if len(by) > MOST_NAMED else ""
        super().__init__(
            f"The run {run} was published in {named}{more}. These stay as they are without it; to delete it all the "
            "same, send despite_published=true. Nothing was deleted."
        )


def refuse_cited(run: str, by: Sequence[Citation], *, agreed: bool) -> None:
    """Raise RunCited for what would lose the run, RunPublished for what holds it whole unless that is agreed to."""
    losing = [citation for citation in by if not citation.whole]
    if losing:
        raise RunCited(run, losing)
    if by and not agreed:
        raise RunPublished(run, by)


class RunCitedHere(TrackerError):
    code = "run_cited"
    status = 409

    def __init__(self, run: str, by: Sequence[Citation]) -> None:
        named = ", ".join(map(str, by[:MOST_NAMED]))
        more = f" and {len(by) - MOST_NAMED:,} more" if len(by) > MOST_NAMED else ""
        super().__init__(
            f"The run {run} is cited by {named}{more}, which would not find it in another project. Take it out of "
            "there first; nothing was moved."
        )


class ClientIdThere(TrackerError):
    code = "client_id_taken"
    status = 409

    def __init__(self, client_id: str, run: str, project: str) -> None:
        super().__init__(
            f"The run {run} of {project} has the client_id {client_id!r} too, and a project has each once. Move or "
            "delete that run first, or choose another project; nothing was moved.",
            fields={"client_id": f"{client_id} is taken"},
        )


class RunStillSends(TrackerError):
    code = "run_still_sends"
    status = 409

    def __init__(self, run: str, why: str) -> None:
        super().__init__(
            f"The run {run} still runs, and {why}: what it sends next would be refused. Move it when it has ended; "
            "nothing was moved."
        )


class NoSuchMetric(NotFound):
    def __init__(self, name: str) -> None:
        super().__init__(f"The run has no metric {name!r}.", fields={"key": f"{name!r} was not logged"})


class NotSettled(Unavailable):
    code = "not_settled"

    def __init__(self) -> None:
        super().__init__("Points of this run are still being compacted; ask again in a moment.", retry_after=5)
