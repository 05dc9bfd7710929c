"""An independent reader of the binary form of series answers."""

import json
import struct
from typing import Any

import numpy as np

KINDS = {"f32": "<f4", "f64": "<f8"}


def read_binary(body: bytes) -> list[dict[str, Any]]:
    """The answers, with int64 x and float64 y, low, high; `types` names how each column travelled."""
    assert body[:4] == b"PLS1"
    (length,) = struct.unpack_from("<I", body, 4)
    header = json.loads(body[8 : 8 + length])
    start = (8 + length + 7) // 8 * 8
    for answer in header["answers"]:
        for run in answer["runs"]:
            run["types"] = {name: run[name]["type"] for name in ("x", "y")}
            x = run["x"]
            if x["type"] == "u32":
                offsets = np.frombuffer(body, "<u4", run["n"], start + x["at"])
                run["x"] = offsets.astype(np.int64) + int(x["base"])
            else:
                run["x"] = np.frombuffer(body, "<i8", run["n"], start + x["at"])
            for name in {"y", "low", "high"} & run.keys():
                column = run[name]
                assert column["at"] % 8 == 0
                kind = KINDS[column["type"]]
                run[name] = np.frombuffer(body, kind, run["n"], start + column["at"]).astype(np.float64)
    answers: list[dict[str, Any]] = header["answers"]
    return answers
