"""The environment that a host gives to the job of a pull request, as its documentation says."""

import json
from pathlib import Path
from typing import Any

from tests.pull_requests.host import Host, Pull, Token

HEAD = "a" * 40
READS, WRITES, PERSON, WRONG = "tok_reads", "tok_writes", "tok_person", "tok_wrong"


def stocked(host: Host) -> Host:
    """With pull request 7 at HEAD, and tokens that may read, write, and write as a person who is a member."""
    robot = {"GitHub": "github-actions[bot]", "Gitea": "gitea-actions", "GitLab": "project_42_bot"}[kind_of(host)]
    automatic = kind_of(host) != "GitLab"
    host.pulls = {7: Pull(7, HEAD)}
    host.tokens = {
        WRITES: Token(robot, automatic=automatic),
        READS: Token(robot, writes=False, automatic=automatic),
        PERSON: Token("anna"),
    }
    return host


def kind_of(host: Host) -> str:
    return type(host).__name__


def robot(host: Host) -> str:
    return host.tokens[WRITES].login


def environment(
    host: Host,
    folder: Path,
    *,
    token: str = WRITES,
    commit: str = HEAD,
    fork: bool = False,
    event: str = "pull_request",
    number: int = 7,
    public: bool = False,
) -> dict[str, str]:
    """Of a job for a pull request at a commit; event "push": of one for its branch."""
    if kind_of(host) == "GitLab":
        merge_request = {
            "CI_MERGE_REQUEST_IID": str(number),
            "CI_MERGE_REQUEST_PROJECT_ID": "42",
            "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "99" if fork else "42",
            "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": commit,
        }
        return {
            "GITLAB_CI": "true",
            "CI_API_V4_URL": host.api,
            "CI_PROJECT_ID": "42",
            "CI_PROJECT_VISIBILITY": "public" if public else "private",
            "CI_COMMIT_SHA": commit,
            "CI_JOB_TOKEN": "tok_job",
            "GITLAB_TOKEN": token,
            **(merge_request if event == "pull_request" else {}),
        }
    about = {**_event(host, number, commit, fork, event), "repository": {"private": not public}}
    (folder / "event.json").write_text(json.dumps(about))
    return {
        "GITHUB_ACTIONS": "true",
        **({"GITEA_ACTIONS": "true"} if kind_of(host) == "Gitea" else {}),
        "GITHUB_API_URL": host.api,
        "GITHUB_REPOSITORY": host.repository,
        "GITHUB_EVENT_NAME": event,
        "GITHUB_EVENT_PATH": str(folder / "event.json"),
        "GITHUB_SHA": "f" * 40 if event == "pull_request" else commit,  # of a pull request: its merge with the base
        "GITHUB_TOKEN": token,
        "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
    }


def _event(host: Host, number: int, commit: str, fork: bool, event: str) -> dict[str, Any]:
    if event == "push":
        return {"ref": "refs/heads/lower-rate", "after": commit}
    head = {"sha": commit, "repo": {"full_name": "stranger/digits" if fork else host.repository}}
    return {"pull_request": {"number": number, "head": head, "base": {"repo": {"full_name": host.repository}}}}
