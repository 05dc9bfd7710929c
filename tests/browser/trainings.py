"""Runs for browser tests, sent to a running site over HTTP like any client's."""

import json
import urllib.request
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.services.site import Site


def send(site: "Site", method: str, path: str, body: Any) -> Any:
    """The JSON answer of a request of the user admin."""
    headers = {"Authorization": f"Bearer {site.admin_key}", "Content-Type": "application/json"}
    request = urllib.request.Request(site.url + path, json.dumps(body).encode(), headers, method=method)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


class Training:
    """A run of a site, made by its first request. log() sends points; a NaN is written as clients write it."""

    def __init__(self, site: "Site", project: str, name: str, **facts: Any) -> None:
        self.site = site
        self.seq = 0
        self.project = project if "/" in project else f"admin/{project}"
        made = self._post(f"projects/{self.project}/runs/", {"name": name, **facts})
        self.id: str = made["id"]
        self.path = f"/runs/{self.id}/"
        self.project_path = f"/{self.project}/"

    def log(self, step: list[int], time: list[int] | None = None, **values: list[float]) -> "Training":
        """Points of several metrics at the same steps; a__b is the metric a/b."""
        body: dict[str, Any] = {
            "writer": "browser-tests",
            "seq": self.seq,
            "step": step,
            "values": {name.replace("__", "/"): column for name, column in values.items()},
        }
        if time is not None:
            body["time"] = time
        self.seq += 1
        self._post(f"runs/{self.id}/history/", body)
        return self

    def classes(self, key: str, step: int, rows: Mapping[str, Mapping[str, float | None]]) -> "Training":
        """A class table, by class."""
        body = {"step": step, "rows": [{"class": name, **row} for name, row in rows.items()]}
        self._post(f"runs/{self.id}/class-tables/{key}/", body)
        return self

    def confusion(self, key: str, step: int, classes: Sequence[str], counts: Sequence[Sequence[int]]) -> "Training":
        """A confusion matrix: rows are actual classes."""
        body = {"step": step, "classes": list(classes), "counts": counts}
        self._post(f"runs/{self.id}/confusion-matrices/{key}/", body)
        return self

    def curves(self, key: str, step: int, *classes: Mapping[str, Any]) -> "Training":
        """The curves of classes, as a request says them."""
        self._post(f"runs/{self.id}/curves/{key}/", {"step": step, "curves": list(classes)})
        return self

    def finish(self) -> "Training":
        self._post(f"runs/{self.id}/finish/", {})
        return self

    def put(self, path: str, content: bytes) -> "Training":
        """A file of the run."""
        headers = {"Authorization": f"Bearer {self.site.admin_key}", "Content-Type": "application/octet-stream"}
        address = f"{self.site.url}/api/v1/runs/{self.id}/files/{path}"
        urllib.request.urlopen(urllib.request.Request(address, content, headers, method="PUT"), timeout=30).close()
        return self

    def _post(self, path: str, body: Any) -> Any:
        return send(self.site, "POST", f"/api/v1/{path}", body)


def compare_path(*trainings: Training) -> str:
    asked = "&".join(f"run={one.id}" for one in trainings)
    return f"{trainings[0].project_path}compare/?{asked}"


def charts_path(*trainings: Training, query: str = "") -> str:
    """The compare page at its charts, which come after what differs."""
    return f"{compare_path(*trainings)}{query}#charts"
