"""The one form in which a snapshot is written down and summed up. No Django.

Canonical JSON: UTF-8, the names of objects in the order of their code points, no white space, numbers as short as they
are exact. So `sha256sum` of what `/r/{id}/{n}.json` answers is the sum on the page, and each piece has the sum by which
that JSON names it.
"""

import hashlib
from typing import Any

import orjson

FORMAT = "paceline-report-snapshot"
VERSION = 1


def canonical(value: Any) -> bytes:
    """The bytes of a value; NaN and infinities, which JSON lacks, are null. numpy's arrays are lists."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_SERIALIZE_NUMPY)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
