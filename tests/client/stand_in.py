"""A small server that speaks the ingest API and misbehaves on command, for tests of what the client does about it.

What it keeps is what a real server would: batches by (writer, seq), each once. test_site.py uses a real one.
"""

import gzip
import hashlib
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import unquote

KEY = "pk_" + "x" * 40


class Point(NamedTuple):
    run: str
    key: str
    step: int
    value: float


class StandIn:
    """behaviour: "ok", "error" (500), "busy" (429), "hang", "deny" (401), "html", "deaf" (acts, its answer is lost).

    refused_key: batches with this key are refused. retry_after: of "busy", in seconds.
    """

    def __init__(self) -> None:
        self.behaviour = "ok"
        self.refused_key = ""
        self.retry_after = "1"
        self.runs: dict[str, dict[str, Any]] = {}  # by id
        self.batches: dict[tuple[str, str, int], dict[str, Any]] = {}
        self.line_batches: dict[tuple[str, str, int], list[dict[str, Any]]] = {}
        self.tables: dict[tuple[str, str, int], dict[str, Any]] = {}
        self.matrices: dict[tuple[str, str, int], dict[str, Any]] = {}
        self.curves: dict[tuple[str, str, int], dict[str, Any]] = {}
        self.histograms: dict[tuple[str, str, int], dict[str, Any]] = {}
        self.files: dict[tuple[str, str], bytes] = {}
        self.types: dict[str, str] = {}
        self.stop_in_receipts = False
        self.duplicates = 0
        self.requests: list[tuple[str, str]] = []
        self.bodies = 0
        self.stop_asked = False
        self.released = threading.Event()
        self._lock = threading.Lock()
        self._server: ThreadingHTTPServer | None = None
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        stand_in = self

        class Handler(Conversation):
            site = stand_in

        class Quiet(ThreadingHTTPServer):
            daemon_threads = True
            allow_reuse_address = True

            def handle_error(self, request: Any, client_address: Any) -> None:
                pass  # a client that hung up

        self._server = Quiet(("127.0.0.1", self.port), Handler)
        self.released.clear()
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self) -> None:
        """Refuse connections from now on."""
        self.released.set()
        server, self._server = self._server, None
        if server is not None:
            server.shutdown()
            server.server_close()

    def behave(self, behaviour: str) -> None:
        self.behaviour = behaviour
        self.released.set()
        self.released = threading.Event()

    def run(self, client_id: str) -> dict[str, Any]:
        return next(run for run in self.runs.values() if run["client_id"] == client_id)

    def only_run(self) -> dict[str, Any]:
        (run,) = self.runs.values()
        return run

    def points(self, run: str | None = None) -> list[Point]:
        """Everything stored, sorted: a multiset."""
        found = []
        with self._lock:
            batches = list(self.batches.items())
        for (run_id, _, _), body in batches:
            if run in (None, run_id):
                for key, column in body["values"].items():
                    assert len(column) == len(body["step"]) == len(body["time"])
                    pairs = zip(body["step"], column, strict=True)
                    found += [Point(run_id, key, step, value) for step, value in pairs if value is not None]
        return sorted(found, key=repr)

    def steps(self, key: str) -> list[int]:
        return sorted(point.step for point in self.points() if point.key == key)

    # --- Answers ---

    def answer(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        with self._lock:
            parts = path.split("?")[0].strip("/").split("/")[2:]
            if parts[0] == "projects" and method == "POST":
                return self._create(f"{parts[1]}/{parts[2]}", body)
            if parts[0] == "projects":
                return 200, {"runs": list(self.runs.values()), "next": None, "total": len(self.runs)}
            if parts[1] not in self.runs:
                return 404, {"code": "not_found", "message": "There is no such run.", "fields": {}}
            run = self.runs[parts[1]]
            if method == "GET":
                return 200, run
            if method == "PATCH":
                for name in ("config", "summary", "provenance"):
                    run[name].update(body.get(name, {}))
                run["lost_points"] = max(run["lost_points"], body.get("lost_points", 0))
                return 200, run
            if parts[2] == "finish":
                run["state"], run["message"] = body["state"], body.get("message", "")
                run["lost_points"] = max(run["lost_points"], body.get("lost_points", 0))
                return 200, run
            if parts[2] == "heartbeat":
                run["beats"] += 1
                return 200, {"state": run["state"], "stop": self.stop_asked}
            if parts[2] == "logs":
                return self._lines(parts[1], body)
            if parts[2] == "class-tables":
                self.tables[parts[1], unquote(parts[3]), body["step"]] = body
                return 200, {"classes": len(body["classes"])}
            if parts[2] == "confusion-matrices":
                self.matrices[parts[1], unquote(parts[3]), body["step"]] = body
                return 200, {"examples": sum(body["counts"])}
            if parts[2] in ("curves", "histograms"):
                kept = self.curves if parts[2] == "curves" else self.histograms
                kept[parts[1], unquote(parts[3]), body["step"]] = body
                return 200, {"attempt": body["attempt"]}
            if parts[2] == "stop":
                self.stop_asked = True
                return 200, {"state": run["state"], "stop": True}
            return self._history(parts[1], body)

    def take_file(self, path: str, content: bytes, headers: Any) -> tuple[int, Any]:
        """PUT: paths are kept as they were asked for, quoting undone."""
        run, _, name = path.partition("/api/v1/runs/")[2].partition("/files/")
        digest = hashlib.sha256(content).hexdigest()
        if self.refused_key and self.refused_key in name:
            return 400, {"code": "bad_file", "message": "No such file.", "fields": {}}
        assert headers["X-Content-SHA256"] == digest
        with self._lock:
            before = self.files.get((run, unquote(name)))
            self.files[run, unquote(name)] = content
            self.types[unquote(name)] = headers["Content-Type"]
        facts = {"path": unquote(name), "size": len(content), "sha256": digest, "media_type": "", "url": ""}
        return (200 if before == content else 201), facts

    def _lines(self, run: str, body: dict[str, Any]) -> tuple[int, Any]:
        assert set(body) == {"attempt", "writer", "seq", "lines"}
        place = (run, body["writer"], body["seq"])
        duplicate = place in self.line_batches
        self.line_batches.setdefault(place, body["lines"])
        return 200, {"accepted": 0 if duplicate else len(body["lines"]), "duplicate": duplicate, "total": 0}

    def printed(self, stream: str | None = None) -> list[str]:
        """The console's lines in the order of their batches."""
        batches = [self.line_batches[place] for place in sorted(self.line_batches)]
        return [line["text"] for batch in batches for line in batch if stream in (None, line["stream"])]

    def _create(self, project: str, body: dict[str, Any]) -> tuple[int, Any]:
        found = [run for run in self.runs.values() if run["client_id"] == body["client_id"]]
        resume = body.get("resume", "never")
        if found and resume == "never":
            fields = {"client_id": "is taken"}
            return 409, {"code": "run_exists", "message": "The id is taken.", "fields": fields}
        if not found and resume == "must":
            fields = {"client_id": "no run has it"}
            return 404, {"code": "not_found", "message": "Nothing to resume.", "fields": fields}
        if any(tag == "bad" for tag in body.get("tags", [])):
            return 400, {"code": "invalid", "message": "A tag is bad.", "fields": {"tags[0]": "is bad"}}
        if found:
            run = found[0]
            if body.get("attempt", "new") == "new":
                run["attempt"] += 1
            run["state"] = "running"
        else:
            number = f"{len(self.runs) + 1:013d}"
            run = {"id": number, "url": f"{self.url}/runs/{number}/", "attempt": 1, "state": "running", "beats": 0}
            run.update({"summary": {}, "config": {}, "lost_points": 0, "message": "", "metrics": {}}, project=project)
            run.update(body)
            run.update(attempt=1, name=body.get("name", f"run-{number}"))
            self.runs[number] = run
        return (200 if found else 201), {**run, "created": not found}

    def _history(self, run: str, body: dict[str, Any]) -> tuple[int, Any]:
        assert set(body) == {"attempt", "writer", "seq", "step", "time", "values"}
        if self.refused_key and self.refused_key in body["values"]:
            fields = {f"values.{self.refused_key}": "is refused here"}
            return 400, {"code": "bad_batch", "message": "One value cannot be taken.", "fields": fields}
        place = (run, body["writer"], body["seq"])
        duplicate = place in self.batches
        if duplicate:
            self.duplicates += 1
            assert self.batches[place] == body or repr(self.batches[place]) == repr(body)  # NaN
        self.batches[place] = body
        receipt = {"accepted": 0 if duplicate else 1, "duplicate": duplicate, "attempt": 1, "total": 1}
        return 200, {**receipt, "stop": True} if self.stop_in_receipts else receipt


class Conversation(BaseHTTPRequestHandler):
    site: StandIn
    protocol_version = "HTTP/1.1"
    timeout = 30

    def answer(self) -> None:
        site, behaviour = self.site, self.site.behaviour
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        site.requests.append((self.command, self.path))
        site.bodies += len(body)
        if behaviour == "hang":
            site.released.wait(30)
            self.close_connection = True
            return
        if behaviour == "error":
            self.say(500, {"code": "fault", "message": "Something broke.", "fields": {}})
        elif behaviour == "busy":
            self.say(429, {"code": "busy", "message": "Too busy.", "fields": {}}, {"Retry-After": site.retry_after})
        elif behaviour == "html":
            self.send_response(200)
            self.send_header("Content-Length", "6")
            self.end_headers()
            self.wfile.write(b"<html>")
        elif behaviour == "deny" or self.headers["Authorization"] != f"Bearer {KEY}":
            self.say(401, {"code": "unauthenticated", "message": "This key is not known.", "fields": {}})
        else:
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            if self.command == "PUT":
                status, found = site.take_file(self.path, body, self.headers)
            else:
                status, found = site.answer(self.command, self.path, json.loads(body) if body else None)
            if behaviour == "deaf":
                self.close_connection = True
                return
            self.say(status, found)

    do_POST = do_GET = do_PATCH = do_PUT = answer  # noqa: N815 - names of the standard library

    def say(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *arguments: Any) -> None:
        pass


@contextmanager
def stand_in() -> Iterator[StandIn]:
    server = StandIn()
    server.start()
    yield server
    server.stop()
