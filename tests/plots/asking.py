"""Plots asked for over HTTP, for their tests."""

from typing import Any
from urllib.parse import urlencode

from apps.runs.models import Project
from tests.factories import api_client, team_admin


def plot(project: Project, kind: str, *, status: int | None = 200, **asked: Any) -> dict[str, Any]:
    """The answer of a plot: keyword arguments are the URL's parameters, a list is one several times.

    status: that it must have; None: 200 or 400.
    """
    query = urlencode(asked, doseq=True)
    answer = api_client(team_admin(project), "read").get(f"/api/v1/projects/{project}/plots/{kind}/?{query}")
    assert answer.status_code in ((200, 400) if status is None else (status,)), answer.content
    found: dict[str, Any] = answer.json()
    return found
