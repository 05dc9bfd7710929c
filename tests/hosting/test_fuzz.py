"""schemathesis against the OpenAPI document: whatever comes, no 5xx, and every refusal has the one error body.

PACELINE_FUZZ_CASES says how many cases over all operations; `make fuzz` takes 20,000.
"""

import os
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from apps.accounts.models import Scope
from apps.runs.models import Run
from tests.factories import make_key, make_project, make_run, team_admin
from tracker_site.wsgi import application

CASES = int(os.environ.get("PACELINE_FUZZ_CASES", "300"))
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(120 + CASES)]
BYTES = ("application/zip", "application/vnd.apache.arrow.stream", "application/octet-stream", "*/*")


@schemathesis.serializer(*BYTES)
def as_bytes(_context: Any, value: Any) -> bytes:
    """Bodies that are no JSON: whatever was thought up, as bytes."""
    return value if isinstance(value, bytes) else str(value).encode(errors="replace")


def document() -> Any:
    return schemathesis.openapi.from_wsgi("/api/schema/", application)


class Home:
    """A project with a run, and a key that may do everything there; what a case deleted is made anew."""

    def __init__(self) -> None:
        self.project = make_project()
        self.key = make_key(team_admin(self.project), Scope.ADMIN)
        self._run = make_run(self.project)

    @property
    def run(self) -> Run:
        if not Run.objects.filter(id=self._run.id, deleted_at=None, archived_at=None).exists():
            self._run = make_run(self.project)
        return self._run

    def settle_in(self, case: Any) -> None:
        """Let most cases ask of what exists: names made up by chance are refused at the door."""
        known = {"run_id": self.run.slug, "team": self.project.team.slug, "project": self.project.slug}
        case.path_parameters = {**(case.path_parameters or {})}
        for name in case.path_parameters:
            case.path_parameters[name] = known.get(name, case.path_parameters[name])
        if isinstance(case.query, dict) and "run" in case.query:
            case.query["run"] = [self.run.slug]


# schemathesis reads an answer that streams a file without closing it.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore:unclosed file:ResourceWarning")
def test_no_case_gets_a_5xx_or_another_error_body():
    home = Home()
    operations = [found.ok() for found in document().get_all_operations()]
    assert len(operations) > 10
    each = max(2, CASES // len(operations))
    wrong: list[str] = []
    sent = 0
    for operation in operations:

        @settings(
            max_examples=each,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
            derandomize=CASES <= 1_000,
        )
        @given(case=operation.as_strategy(), at_home=st.integers(0, 3))
        def send(case: Any, at_home: int) -> None:
            nonlocal sent
            sent += 1
            if at_home:
                home.settle_in(case)
            if at_home != 1 or sent % 4:
                case.headers = {**(case.headers or {}), "Authorization": f"Bearer {home.key}"}
            answer = case.call()
            said = problem(answer)
            if said:
                wrong.append(f"{case.as_curl_command()}\n    → {answer.status_code} {said}")

        send()
    assert not wrong, f"{len(wrong)} of {sent} cases:\n" + "\n".join(wrong[:20])


def problem(answer: Any) -> str:
    """What is wrong with an answer; "" when nothing is."""
    if answer.status_code >= 500:
        return f"a fault of ours: {answer.content[:300]!r}"
    if answer.status_code < 400:
        return ""
    try:
        body = answer.json()
    except ValueError:
        return f"not JSON: {answer.content[:200]!r}"
    if set(body) != {"code", "message", "fields"} or not isinstance(body["fields"], dict):
        return f"another body: {answer.content[:200]!r}"
    return ""
