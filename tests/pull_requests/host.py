"""A host of pull requests that keeps the rules which GitHub, GitLab and Gitea document. It knows nothing of our client.

Rules, and where they are from:
GitHub, docs.github.com/en/rest (version 2022-11-28)
    using-the-rest-api/getting-started: a User-Agent is demanded (403), the media type is application/vnd.github+json
        or JSON (415), an unknown X-GitHub-Api-Version is 400, an address with a slash at its end is 404.
    authentication: "Bad credentials" 401; what a token does not see is 404, not 403.
    using-the-rest-api/troubleshooting: "Resource not accessible by integration" 403 for a token without the permission.
    using-the-rest-api/rate-limits: primary: 403 or 429 with x-ratelimit-remaining 0 and x-ratelimit-reset in epoch
        seconds; secondary: 403 or 429 with Retry-After. Asking on before that is counted (`impatient`).
    using-the-rest-api/using-pagination: 30 a page, per_page at most 100, Link with rel="next".
    issues/comments: GET by ascending id, POST 201, PATCH 200; 65,536 characters, more is 422. Whoever may write to the
        repository may edit anybody's comment. commits/commits: GET commits/{sha}/pulls.
    actions/security: GITHUB_TOKEN is an app's: it has no user (GET /user is 403), in a fork's pull request it may read.
GitLab, docs.gitlab.com/api
    rest/authentication: PRIVATE-TOKEN or Bearer, 401; CI_JOB_TOKEN reaches no notes. read_api may not write (403
        insufficient_scope). What a token does not see is 404.
    notes: GET newest first unless sort=asc, system notes among them; POST 201, PUT 200; 1,000,000 characters (400).
    rest/#pagination: 20 a page, per_page at most 100, Link and X-Next-Page.
    security/rate_limits: 429 with Retry-After and RateLimit-Reset.
    user/project/quick_actions: a line that begins with /close closes.
Gitea, docs.gitea.com/api and routers/api/v1/repo/issue_comment.go
    `Authorization: token …`, 401; scopes, 403 "does not have at least one of required scope(s)"; hidden is 404.
    issues/{index}/comments gives all comments at once; pulls are paged, 50 at most, with Link.
    PATCH by the author or who may write issues, else 403 without a body.
"""

import abc
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

KINDS = ("GitHub", "GitLab", "Gitea")


class Refusal(Exception):
    def __init__(self, status: int, body: Any, **headers: str) -> None:
        super().__init__(status)
        self.status, self.body = status, body
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


class Answer(NamedTuple):
    status: int
    body: Any
    headers: dict[str, str] = {}


@dataclass
class Token:
    """login: whose it is. writes: whether it may do more than read. automatic: a job's own, which has no user."""

    login: str
    writes: bool = True
    automatic: bool = False


@dataclass
class Pull:
    """commits: those before its head."""

    number: int
    head: str
    open: bool = True
    locked: bool = False
    commits: tuple[str, ...] = ()

    def holds(self, commit: str) -> bool:
        return commit in (self.head, *self.commits)


@dataclass
class Comment:
    id: int
    pull: int
    author: str
    body: str
    system: bool = False


@dataclass
class Asked:
    method: str
    path: str
    query: dict[str, str]
    headers: Message
    content: bytes

    def number(self, name: str, default: int, most: int) -> int:
        text = self.query.get(name, "")
        return min(int(text), most) if text.isdigit() and int(text) else default


@dataclass
class Host(abc.ABC):
    """One repository with its pull requests. seen: the tokens' owners to whom it is not hidden; None: all.

    limited_for: seconds for which everything is refused from the next request on. lost: that many answers to writes are
    not sent, though the write is done. moved: where every request is sent on to.
    """

    repository: str = "vision/digits"
    seen: set[str] | None = None
    members: set[str] = field(default_factory=lambda: {"anna"})
    tokens: dict[str, Token] = field(default_factory=dict)
    pulls: dict[int, Pull] = field(default_factory=dict)
    comments: list[Comment] = field(default_factory=list)
    limited_for: float = 0.0
    limit: str = "primary"
    lost: int = 0
    moved: str = ""
    impatient: int = 0
    writes: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    authorizations: list[str] = field(default_factory=list)
    url: str = ""
    _limited_until: float = 0.0

    longest = 65_536

    @abc.abstractmethod
    def answer(self, asked: Asked) -> Answer: ...

    @property
    @abc.abstractmethod
    def api(self) -> str: ...

    def bodies(self) -> list[str]:
        return [one.body for one in self.comments if not one.system]

    def say(self, pull: int, author: str, body: str, *, system: bool = False) -> Comment:
        self.comments.append(Comment(1_000 + len(self.comments), pull, author, body, system))
        return self.comments[-1]

    def refuse_while_limited(self, headers: dict[str, str]) -> None:
        if self.limited_for:
            self._limited_until, self.limited_for = time.time() + self.limited_for, 0.0
        elif time.time() < self._limited_until:
            self.impatient += 1
        if time.time() < self._limited_until:
            raise Refusal(self._limit_status(), self._limit_body(), **headers)

    def seconds_left(self) -> int:
        return max(1, round(self._limited_until - time.time()))

    def _limit_status(self) -> int:
        return 429

    def _limit_body(self) -> Any:
        return {"message": "Too many requests. Try again later."}

    def visible(self, token: Token | None) -> bool:
        return self.seen is None or (token is not None and token.login in self.seen)

    def comment(self, number: int) -> Comment | None:
        return next((one for one in self.comments if one.id == number), None)

    def may_edit(self, token: Token, comment: Comment) -> bool:
        return comment.author == token.login or token.login in self.members

    def paged(self, asked: Asked, found: list[Any], size: int, most: int, name: str = "per_page") -> Answer:
        size = asked.number(name, size, most)
        page = asked.number("page", 1, 10**6)
        begin, last = (page - 1) * size, max(1, -(-len(found) // size))
        others = {key: value for key, value in asked.query.items() if key != "page"}
        query = "&".join(f"{key}={value}" for key, value in others.items())
        places = {"next": page + 1, "last": last} if page < last else {"first": 1}
        links = [f'<{self.url}{asked.path}?{query}&page={at}>; rel="{rel}"' for rel, at in places.items()]
        return Answer(200, found[begin : begin + size], {"Link": ", ".join(links)})


class GitHub(Host):
    @property
    def api(self) -> str:
        return self.url

    def answer(self, asked: Asked) -> Answer:
        if not asked.headers["User-Agent"]:
            raise Refusal(
                403, {"message": "Request forbidden by administrative rules. Please add a User-Agent header."}
            )
        if not re.search(r"application/(vnd\.github\S*\+)?json|\*/\*", asked.headers["Accept"] or "*/*"):
            raise Refusal(415, {"message": "Unsupported 'Accept' header. Must accept 'application/json'."})
        if asked.headers["X-GitHub-Api-Version"] not in (None, "2022-11-28"):
            raise Refusal(400, {"message": "API version not supported."})
        token = self._token(asked)
        self.refuse_while_limited(self._limit_headers() if self.limited_for or self._limited_until else {})
        if asked.path == "/user":
            return self._user(token)
        missing = Refusal(404, {"message": "Not Found", "status": "404"})
        beginning = f"/repos/{self.repository}/"
        if not asked.path.lower().startswith(beginning) or not self.visible(token):
            raise missing
        rest = asked.path[len(beginning) :]
        if asked.method == "GET":
            if found := re.fullmatch(r"pulls/(\d+)", rest):
                return Answer(200, self._pull(self._existing(int(found[1]), missing)))
            if found := re.fullmatch(r"issues/(\d+)/comments", rest):
                return self._comments(asked, self._existing(int(found[1]), missing))
            return self._pull_list(asked, rest, missing)
        if found := re.fullmatch(r"issues/(\d+)/comments", rest):
            return self._post(asked, token, self._existing(int(found[1]), missing))
        if (found := re.fullmatch(r"issues/comments/(\d+)", rest)) and asked.method == "PATCH":
            return self._patch(asked, token, self.comment(int(found[1])), missing)
        raise missing

    def _token(self, asked: Asked) -> Token | None:
        said = asked.headers["Authorization"]
        if said is None:
            return None
        found = self.tokens.get(re.sub(r"^(Bearer|token) ", "", said, flags=re.IGNORECASE))
        if found is None:
            raise Refusal(401, {"message": "Bad credentials", "status": "401"})
        return found

    def _user(self, token: Token | None) -> Answer:
        if token is None:
            raise Refusal(401, {"message": "Requires authentication", "status": "401"})
        if token.automatic:
            raise Refusal(403, {"message": "Resource not accessible by integration", "status": "403"})
        return Answer(200, self._person(token.login))

    def _pull_list(self, asked: Asked, rest: str, missing: Refusal) -> Answer:
        found = re.fullmatch(r"commits/([0-9a-f]+)/pulls", rest)
        if not found:
            raise missing
        return self.paged(asked, [self._pull(one) for one in self.pulls.values() if one.holds(found[1])], 30, 100)

    def _comments(self, asked: Asked, pull: Pull) -> Answer:
        return self.paged(asked, [self._comment(one) for one in self.comments if one.pull == pull.number], 30, 100)

    def _post(self, asked: Asked, token: Token | None, pull: Pull) -> Answer:
        body = self._allowed(asked, token)
        assert token is not None
        if asked.method != "POST":
            raise Refusal(404, {"message": "Not Found"})
        if pull.locked and token.login not in self.members:
            raise Refusal(403, {"message": "Unable to create comment because issue is locked."})
        return Answer(201, self._comment(self.say(pull.number, token.login, body)))

    def _patch(self, asked: Asked, token: Token | None, comment: Comment | None, missing: Refusal) -> Answer:
        body = self._allowed(asked, token)
        if comment is None:
            raise missing
        if token is None or not self.may_edit(token, comment):
            raise self._forbidden()
        comment.body = body
        return Answer(200, self._comment(comment))

    def _allowed(self, asked: Asked, token: Token | None) -> str:
        """The body of a write that may be done."""
        if token is None:
            raise Refusal(401, {"message": "Requires authentication", "status": "401"})
        if not token.writes:
            raise self._forbidden()
        try:
            body = json.loads(asked.content).get("body")
        except (ValueError, AttributeError):
            raise Refusal(400, {"message": "Problems parsing JSON"}) from None
        if not isinstance(body, str) or not body.strip():
            raise Refusal(422, {"message": "Validation Failed", "errors": [{"message": "Body cannot be blank"}]})
        if len(body) > self.longest:
            words = f"Body is too long (maximum is {self.longest} characters)"
            raise Refusal(422, {"message": "Validation Failed", "errors": [{"field": "data", "message": words}]})
        return body

    def _forbidden(self) -> Refusal:
        return Refusal(
            403,
            {"message": "Resource not accessible by integration", "status": "403"},
            X_Accepted_GitHub_Permissions="issues=write; pull_requests=write",
        )

    def _existing(self, number: int, missing: Refusal) -> Pull:
        if number not in self.pulls:
            raise missing
        return self.pulls[number]

    def _limit_status(self) -> int:
        return 403

    def _limit_body(self) -> Any:
        secondary = self.limit == "secondary"
        words = (
            "You have exceeded a secondary rate limit." if secondary else "API rate limit exceeded for installation."
        )
        return {"message": words, "documentation_url": "https://docs.github.com/rest/rate-limits"}

    def _limit_headers(self) -> dict[str, str]:
        until = self._limited_until or time.time() + self.limited_for
        if self.limit == "secondary":
            return {"Retry_After": str(max(1, round(until - time.time()))), "X_RateLimit_Remaining": "4000"}
        return {"X_RateLimit_Limit": "1000", "X_RateLimit_Remaining": "0", "X_RateLimit_Reset": str(int(until) + 1)}

    def _person(self, login: str) -> dict[str, Any]:
        return {"login": login, "type": "Bot" if login.endswith("[bot]") else "User"}

    def _pull(self, pull: Pull) -> dict[str, Any]:
        page = f"{self.url}/{self.repository}/pull/{pull.number}"
        state = "open" if pull.open else "closed"
        return {"number": pull.number, "state": state, "html_url": page, "head": {"sha": pull.head}}

    def _comment(self, comment: Comment) -> dict[str, Any]:
        return {"id": comment.id, "body": comment.body, "user": self._person(comment.author)}


class Gitea(GitHub):
    longest = 10**9

    @property
    def api(self) -> str:
        return f"{self.url}/api/v1"

    def answer(self, asked: Asked) -> Answer:
        if not asked.path.startswith("/api/v1/"):
            raise Refusal(404, "404 page not found")
        asked.path = asked.path.removeprefix("/api/v1")
        return super().answer(asked)

    def _token(self, asked: Asked) -> Token | None:
        try:
            return super()._token(asked)
        except Refusal:
            raise Refusal(401, {"message": "invalid username, password or token"}) from None

    def _user(self, token: Token | None) -> Answer:
        if token is None or token.automatic:
            raise Refusal(401, {"message": "user does not exist [uid: 0, name: ]"})
        return Answer(200, self._person(token.login))

    def _pull_list(self, asked: Asked, rest: str, missing: Refusal) -> Answer:
        if rest != "pulls":
            raise missing
        wanted = [one for one in self.pulls.values() if one.open or asked.query.get("state") != "open"]
        answer = self.paged(asked, [self._pull(one) for one in wanted], 30, 50, "limit")
        answer.headers["Link"] = answer.headers["Link"].replace(f"<{self.url}/", f"<{self.api}/")
        return answer

    def _comments(self, asked: Asked, pull: Pull) -> Answer:
        return Answer(200, [self._comment(one) for one in self.comments if one.pull == pull.number])

    def _forbidden(self) -> Refusal:
        return Refusal(403, {"message": "token does not have at least one of required scope(s): [write:issue]"})

    def _limit_headers(self) -> dict[str, str]:
        return {"Retry_After": str(self.seconds_left() if self._limited_until else round(self.limited_for))}

    def _limit_status(self) -> int:
        return 429

    def _person(self, login: str) -> dict[str, Any]:
        return {"login": login}


class GitLab(Host):
    longest = 1_000_000
    project_id = "42"

    @property
    def api(self) -> str:
        return f"{self.url}/api/v4"

    def answer(self, asked: Asked) -> Answer:
        token = self._token(asked)
        left = str(self.seconds_left() if self._limited_until > time.time() else round(self.limited_for))
        self.refuse_while_limited({"Retry_After": left, "RateLimit_Remaining": "0"})
        if asked.path == "/api/v4/user":
            return Answer(200, {"username": token.login})
        project = re.match(r"/api/v4/projects/([^/]+)/", asked.path)
        if not project or unquote(project[1]) not in (self.project_id, self.repository) or not self.visible(token):
            raise Refusal(404, {"message": "404 Project Not Found"})
        rest = asked.path[project.end() :]
        if found := re.fullmatch(r"repository/commits/([0-9a-f]+)/merge_requests", rest):
            state = asked.query.get("state")
            at = [one for one in self.pulls.values() if one.holds(found[1]) and (one.open or state != "opened")]
            return self.paged(asked, [self._merge_request(one) for one in at], 20, 100)
        found = re.fullmatch(r"merge_requests/(\d+)(/notes(?:/(\d+))?)?", rest)
        pull = self.pulls.get(int(found[1])) if found else None
        if found is None or pull is None:
            raise Refusal(404, {"message": "404 Not found"})
        if asked.method == "GET" and not found[2]:
            return Answer(200, self._merge_request(pull))
        if asked.method == "GET" and not found[3]:
            notes = [self._note(one) for one in self.comments if one.pull == pull.number]
            return self.paged(asked, notes if asked.query.get("sort") == "asc" else notes[::-1], 20, 100)
        if asked.method == "POST" and not found[3]:
            body = self._allowed(asked, token)
            return Answer(201, self._note(self.say(pull.number, token.login, self._without_actions(pull, body))))
        if asked.method == "PUT" and found[3]:
            return self._put(asked, token, pull, self.comment(int(found[3])))
        raise Refusal(405, {"error": "405 Not Allowed"})

    def _token(self, asked: Asked) -> Token:
        bearer = re.sub(r"^Bearer ", "", asked.headers["Authorization"] or "")
        found = self.tokens.get(asked.headers["PRIVATE-TOKEN"] or bearer)
        if found is None:
            raise Refusal(401, {"message": "401 Unauthorized"})
        return found

    def _put(self, asked: Asked, token: Token, pull: Pull, comment: Comment | None) -> Answer:
        body = self._allowed(asked, token)
        if comment is None or comment.pull != pull.number:
            raise Refusal(404, {"message": "404 Note Not Found"})
        if not self.may_edit(token, comment):
            raise Refusal(403, {"message": "403 Forbidden"})
        comment.body = self._without_actions(pull, body)
        return Answer(200, self._note(comment))

    def _allowed(self, asked: Asked, token: Token) -> str:
        if not token.writes:
            words = "The request requires higher privileges than provided by the access token."
            raise Refusal(403, {"error": "insufficient_scope", "error_description": words, "scope": "api"})
        body = json.loads(asked.content).get("body")
        if not body:
            raise Refusal(400, {"error": "body is missing"})
        if len(body) > self.longest:
            raise Refusal(400, {"message": {"note": [f"is too long (maximum is {self.longest} characters)"]}})
        return str(body)

    def _without_actions(self, pull: Pull, body: str) -> str:
        if re.search(r"^/close\b", body, re.MULTILINE):
            pull.open = False
        return re.sub(r"^/[a-z_]+.*\n?", "", body, flags=re.MULTILINE)

    def _merge_request(self, pull: Pull) -> dict[str, Any]:
        page = f"{self.url}/{self.repository}/-/merge_requests/{pull.number}"
        state = "opened" if pull.open else "closed"
        return {"iid": pull.number, "state": state, "sha": pull.head, "web_url": page}

    def _note(self, one: Comment) -> dict[str, Any]:
        return {"id": one.id, "body": one.body, "system": one.system, "author": {"username": one.author}}


@contextmanager
def running(kind: str) -> Iterator[Host]:
    """The host of a kind, listening on a port of this machine."""
    kinds: dict[str, Callable[[], Host]] = {"GitHub": GitHub, "GitLab": GitLab, "Gitea": Gitea}
    host = kinds[kind]()
    alone = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 30

        def answer(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            parts = urlsplit(self.path)
            query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
            writes = self.command != "GET"
            with alone:
                host.requests.append(f"{self.command} {self.path}")
                host.authorizations.append(self.headers["Authorization"] or self.headers["PRIVATE-TOKEN"] or "")
                if host.moved:
                    found = Answer(301, {"message": "Moved Permanently"}, {"Location": host.moved + self.path})
                else:
                    try:
                        found = host.answer(Asked(self.command, parts.path, query, self.headers, content))
                        if writes:
                            host.writes.append(f"{self.command} {self.path}")
                    except Refusal as refusal:
                        found = Answer(refusal.status, refusal.body, refusal.headers)
                if writes and found.status < 300 and host.lost:
                    host.lost -= 1
                    self.close_connection = True
                    return
            body = json.dumps(found.body).encode()
            self.send_response(found.status)
            for name, value in {"Content-Type": "application/json", **found.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = answer  # noqa: N815 - names of the standard library

        def log_message(self, format: str, *arguments: Any) -> None:
            pass

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

    server = Quiet(("127.0.0.1", 0), Handler)
    host.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield host
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
