"""An independent reader of the binary form of series answers."""

import json
import struct
from typing import Any

import numpy as np

KINDS = {"f32": "<f4", "f64": "<f8"}


def read_binary(body: bytes) -> list[dict[str, Any]]:
    """The answers, with int64 x and float64 y, low, high; `types` names how each column travelled."""
    answers: list[dict[str, Any]] = read_header(body)["answers"]
    return answers


def read_header(body: bytes) -> dict[str, Any]:
    """All that a body says, its answers as read_binary gives them; a line that is only named stays a text."""
    assert body[:4] == b"PLS1"
    (length,) = struct.unpack_from("<I", body, 4)
    header: dict[str, Any] = json.loads(body[8 : 8 + length])
    start = (8 + length + 7) // 8 * 8
    for answer in header.get("answers", []):
        for run in answer["runs"]:
            if isinstance(run, str):
                continue
            run["types"] = {name: run[name]["type"] for name in ("x", "y")}
            run["x"] = _places(run, "x", body, start)
            _read_values(run, body, start)
            if "smooth" in run:
                run["smooth"]["x"] = _places(run["smooth"], "x", body, start)
                _read_values(run["smooth"], body, start)
        for band in answer.get("bands", []):
            if isinstance(band, str):
                continue
            for name in ("x", "count"):
                band[name] = _places(band, name, body, start)
            _read_values(band, body, start)
    return header


def _places(line: dict[str, Any], name: str, body: bytes, start: int) -> Any:
    column = line[name]
    if column["type"] == "f64":
        return np.frombuffer(body, "<f8", line["n"], start + column["at"])
    if column["type"] == "u32":
        offsets = np.frombuffer(body, "<u4", line["n"], start + column["at"])
        return offsets.astype(np.int64) + int(column["base"])
    return np.frombuffer(body, "<i8", line["n"], start + column["at"])


def _read_values(line: dict[str, Any], body: bytes, start: int) -> None:
    for name in {"y", "std", "stderr", "low", "high"} & line.keys():
        column = line[name]
        assert column["at"] % 8 == 0
        line[name] = np.frombuffer(body, KINDS[column["type"]], line["n"], start + column["at"]).astype(np.float64)
