"""A page that stays open: what it holds, and what it makes of each answer of live/, as panel-live.js does."""

from typing import Any

import numpy as np

from tests.panels.binary import read_header

COLUMNS = ("x", "y", "low", "high", "std", "stderr", "count")


class OpenPage:
    """Charts of some questions, and parts of a page by their digests.

    poll() takes over what differs; `came` is how many points and markers the last one sent.
    """

    def __init__(
        self, client: Any, questions: list[dict[str, Any]], page: str = "", parts: dict[str, str] | None = None
    ) -> None:
        self.client, self.questions, self.page, self.parts = client, questions, page, dict(parts or {})
        self.held: list[dict[str, dict[str, Any]]] = [{} for _ in questions]
        self.heads: list[dict[str, Any]] = [{} for _ in questions]
        self.cursor = ""
        self.came = 0
        self.lost: list[str] = []

    def poll(self) -> dict[str, Any]:
        body: dict[str, Any] = {"page": self.page, "parts": self.parts} if self.page else {}
        if self.questions:
            body |= {"questions": self.questions, "cursor": self.cursor, "held": self.marks}
        response = self.client.send("POST", "/api/v1/live/", body)
        assert response.status_code == 200, response.content
        header = read_header(response.content)
        self.came = 0
        self.lost = header.get("lost", [])
        self.cursor = header.get("cursor", "")
        self.parts |= {name: part["digest"] for name, part in header.get("page", {}).get("parts", {}).items()}
        for place, answer in enumerate(header.get("answers", [])):
            self._take(place, answer)
        return header

    @property
    def marks(self) -> list[dict[str, str]]:
        return [{name: line["mark"] for name, line in lines.items()} for lines in self.held]

    def _take(self, place: int, answer: dict[str, Any]) -> None:
        before = self.held[place]
        self.held[place] = {}
        for line in answer.pop("bands", None) or answer["runs"]:
            name = line if isinstance(line, str) else line.get("name") or line["run"]
            self.held[place][name] = before[name] if isinstance(line, str) else self._joined(before.get(name), line)
        del answer["runs"]
        self.heads[place] = answer

    def _joined(self, before: dict[str, Any] | None, line: dict[str, Any]) -> dict[str, Any]:
        points, markers, smooth = line.pop("keep")
        self.came += len(line["x"]) + len(line["nonfinite"])
        if not (points or markers or smooth):
            return line
        assert before is not None
        for name in COLUMNS:
            if name in line:
                line[name] = np.concatenate([before[name][:points], line[name]])
        line["n"] = len(line["x"])
        line["nonfinite"] = before["nonfinite"][:markers] + line["nonfinite"]
        if "smooth" in line:
            for name in ("x", "y"):
                line["smooth"][name] = np.concatenate([before["smooth"][name][:smooth], line["smooth"][name]])
            line["smooth"]["n"] = len(line["smooth"]["x"])
        return line
