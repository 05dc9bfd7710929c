"""Asks for the data of documents over HTTP, as pages do."""

from typing import Any

from apps.accounts.models import Scope
from apps.runs.models import Project
from tests.factories import ApiClient, api_client, team_admin


def reader_of(project: Project) -> ApiClient:
    """A client with a key that may only read, of somebody of the team."""
    return api_client(team_admin(project), Scope.READ)


def ask(project: Project, document: str, client: ApiClient | None = None, **more: Any) -> Any:
    """The HTTP answer to a question; more: parameters, runs, baseline, theme."""
    path = f"/api/v1/projects/{project}/panel-data/"
    return (client or reader_of(project)).send("POST", path, {"document": document, **more})


def rows(project: Project, document: str, source: str = "rows", **more: Any) -> list[dict[str, Any]]:
    """The rows of a source, as a chart has them."""
    answer = ask(project, document, **more)
    assert answer.status_code == 200, answer.content
    columns = answer.json()["sources"][source]["columns"]
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def check(project: Project, document: str, **more: Any) -> Any:
    """What panel-check answers."""
    path = f"/api/v1/projects/{project}/panel-check/"
    answer = reader_of(project).send("POST", path, {"document": document, **more})
    assert answer.status_code == 200, answer.content
    return answer.json()


def problems(project: Project, document: str) -> list[tuple[int, str]]:
    """(line, message) of everything that is wrong with a document."""
    return [(one["line"], one["message"]) for one in check(project, document)["problems"]]
