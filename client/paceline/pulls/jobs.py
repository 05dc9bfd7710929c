"""What the environment of a CI job says: on which host, for which pull request and commit, with which token."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

GITHUB, GITLAB, GITEA = "GitHub", "GitLab", "Gitea"
TOKENS = {
    GITHUB: ("PACELINE_PR_TOKEN", "GITHUB_TOKEN", "GH_TOKEN"),
    GITLAB: ("PACELINE_PR_TOKEN", "GITLAB_TOKEN"),  # what CI_JOB_TOKEN may do holds no notes
    GITEA: ("PACELINE_PR_TOKEN", "GITEA_TOKEN", "FORGEJO_TOKEN", "GITHUB_TOKEN"),
}
_PULL_EVENTS = ("pull_request", "pull_request_target", "pull_request_review")


class Job(NamedTuple):
    """host: GITHUB, GITLAB or GITEA. api: the address of its REST interface. repository: owner/name, or GitLab's id.

    number: of the pull request, 0 when only the commit tells. commit: "" when the job is of none. fork: whether the
    pull request comes from another repository, so that the job gets no secrets. token: "" when there is none. public:
    whether everybody may read the repository, as far as the job knows.
    """

    host: str
    api: str
    repository: str
    number: int
    commit: str
    fork: bool
    token: str
    public: bool = False


def this_job(environment: Mapping[str, str] = os.environ) -> Job | None:
    """The CI job around this process, None where there is none of a host we know."""
    get = environment.get
    if get("GITHUB_API_URL") and get("GITHUB_REPOSITORY"):
        gitea = get("GITHUB_API_URL", "").rstrip("/").endswith("/api/v1")  # Gitea and Forgejo take GitHub's names
        return _of_actions(environment, GITEA if gitea else GITHUB)
    if get("CI_API_V4_URL") and get("CI_PROJECT_ID"):
        return _of_gitlab(environment)
    return None


def _of_actions(environment: Mapping[str, str], host: str) -> Job:
    event = _event(environment.get("GITHUB_EVENT_PATH", ""))
    number, commit, fork = 0, environment.get("GITHUB_SHA", ""), False
    pull, run = _object(event.get("pull_request")), _object(event.get("workflow_run"))
    if environment.get("GITHUB_EVENT_NAME") in _PULL_EVENTS or pull:
        head, base = _object(pull.get("head")), _object(pull.get("base"))
        number, commit = _number(pull.get("number")), str(head.get("sha") or "")  # GITHUB_SHA is a merge of both
        names = [str(_object(side.get("repo")).get("full_name", "")).lower() for side in (head, base)]
        fork = names[0] != names[1]
    elif run:
        commit = str(run.get("head_sha") or "")
        fork = _object(run.get("head_repository")).get("full_name") != environment["GITHUB_REPOSITORY"]
        pulls = run.get("pull_requests")
        number = _number(_object(pulls[0]).get("number")) if isinstance(pulls, list) and pulls else 0
    elif _object(event.get("issue")).get("pull_request"):
        number, commit = _number(_object(event["issue"]).get("number")), ""
    return Job(
        host=host,
        api=environment["GITHUB_API_URL"],
        repository=environment["GITHUB_REPOSITORY"],
        number=number,
        commit=commit,
        fork=fork,
        token=_token(environment, host),
        public=_object(event.get("repository")).get("private") is False,
    )


def _of_gitlab(environment: Mapping[str, str]) -> Job:
    get = environment.get
    target = get("CI_MERGE_REQUEST_PROJECT_ID") or environment["CI_PROJECT_ID"]
    return Job(
        host=GITLAB,
        api=environment["CI_API_V4_URL"],
        repository=target,
        number=_number(get("CI_MERGE_REQUEST_IID")),
        commit=get("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA") or get("CI_COMMIT_SHA") or "",
        fork=get("CI_MERGE_REQUEST_SOURCE_PROJECT_ID", target) != target,
        token=_token(environment, GITLAB),
        public=get("CI_PROJECT_VISIBILITY") == "public",
    )


def _token(environment: Mapping[str, str], host: str) -> str:
    found = (environment.get(name, "").strip() for name in TOKENS[host])
    return next(filter(None, found), "")


def _event(path: str) -> dict[str, Any]:
    """What the job is run for, as the host wrote it down; {} when that cannot be read."""
    try:
        return _object(json.loads(Path(path).read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _number(value: Any) -> int:
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() else 0
