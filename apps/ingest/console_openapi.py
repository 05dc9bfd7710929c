"""The OpenAPI document of the lean console views, which the generator cannot see."""

from typing import Any

from apps.console.errors import MAX_SEARCH_LENGTH
from apps.console.lines import MAX_LINE_BYTES, STREAMS
from apps.core.bodies import MAX_BODY_BYTES
from apps.ingest.checks import MAX_WRITER_LENGTH
from apps.ingest.console_api import DEFAULT_LINES, MOST_LINES, WIDTH_RANGE
from apps.ingest.errors import MAX_LINES_PER_BATCH

_COUNT = {"type": "integer", "minimum": 0}
_STREAM = {"type": "string", "enum": list(STREAMS)}
_FLAG = {"type": "string", "enum": ["0", "1"], "default": "0"}
_SENT = {
    "type": "object",
    "properties": {
        "time": {"type": "number", "nullable": True, "description": "ms since epoch UTC. Default: arrival."},
        "stream": {**_STREAM, "default": "stdout"},
        "text": {
            "type": "string",
            "description": "As printed, colours included. Of a text with carriage returns its last state is kept; "
            f"newlines make several lines; more than {MAX_LINE_BYTES:,} bytes are cut and marked.",
        },
        "unfinished": {
            "type": "boolean",
            "default": False,
            "description": "A progress bar: shown below the last line until the next line of the same writer and "
            "stream takes its place.",
        },
    },
    "required": ["text"],
}
_BODY = {
    "type": "object",
    "properties": {
        "attempt": {"type": "integer", "minimum": 1, "description": "Of the run; default: the newest."},
        "writer": {
            "type": "string",
            "minLength": 1,
            "maxLength": MAX_WRITER_LENGTH,
            "description": "128 random bits, made anew by each process that sends.",
        },
        "seq": {"type": "integer", "minimum": 0, "description": "Grows by one with each batch of the writer."},
        "lines": {"type": "array", "items": _SENT, "maxItems": MAX_LINES_PER_BATCH},
    },
    "required": ["writer", "seq", "lines"],
}
_EXAMPLE = {
    "writer": "f3…",
    "seq": 0,
    "lines": [
        {"time": 1767225600000, "stream": "stdout", "text": "epoch 1: \u001b[32mloss 0.7\u001b[0m"},
        {"time": 1767225601000, "stream": "stderr", "text": " 40%|####      | 4/10", "unfinished": True},
    ],
}
_RECEIPT = {
    "type": "object",
    "properties": {
        "accepted": {**_COUNT, "description": "lines taken of this request"},
        "duplicate": {"type": "boolean", "description": "the batch was stored before; nothing was stored now"},
        "total": {**_COUNT, "description": "lines of the run"},
        "attempt": {"type": "integer"},
    },
    "required": ["accepted", "duplicate", "total", "attempt"],
}
_LINE = {
    "type": "object",
    "properties": {
        "n": {"type": "integer", "nullable": True, "description": "The line's number, from 1 on; it never changes."},
        "time": {"type": "integer", "description": "ms since epoch UTC"},
        "stream": _STREAM,
        "attempt": {"type": "integer"},
        "text": {"type": "string"},
        "more": {**_COUNT, "description": "characters left out because of `width`"},
    },
    "required": ["n", "time", "stream", "attempt", "text"],
}
_PAGE = {
    "type": "object",
    "properties": {
        "lines": {"type": "array", "items": _LINE},
        "total": {**_COUNT, "description": "lines of the run"},
        "next": {"type": "string", "description": "Give it as `after` to read on, also later for what is new."},
        "more": {
            "type": "boolean",
            "description": "Lines follow; a search: not all was looked through.",
        },
        "unfinished": {
            "type": "array",
            "items": _LINE,
            "description": "Lines still being written (progress bars), without a number. Not in a search.",
        },
    },
    "required": ["lines", "total", "next", "more"],
}
_PARAMETERS: dict[str, tuple[dict[str, Any], str]] = {
    "from": (
        {"type": "integer", "minimum": 1},
        "The first line wanted. Without it and `after`: the newest lines (a search: from line 1).",
    ),
    "after": ({"type": "string"}, "`next` of an earlier answer."),
    "limit": ({"type": "integer", "minimum": 1, "maximum": MOST_LINES, "default": DEFAULT_LINES}, "Lines at most."),
    "search": (
        {"type": "string", "maxLength": MAX_SEARCH_LENGTH},
        "Only lines with this text, colours aside. An answer may end early, after two seconds: go on with `next`.",
    ),
    "regex": (_FLAG, "`search` is a regular expression (RE2's syntax)."),
    "case": (_FLAG, "`search` tells capital letters from small ones."),
    "stream": (_STREAM, "Only lines of this stream."),
    "width": (
        {"type": "integer", "minimum": WIDTH_RANGE[0], "maximum": WIDTH_RANGE[1]},
        "Cut longer texts to so many characters; `more` says how many were left out.",
    ),
}
RUN = {"name": "run_id", "in": "path", "required": True, "schema": {"type": "string"}}
ENCODING = {
    "name": "Content-Encoding",
    "in": "header",
    "schema": {"type": "string", "enum": ["gzip", "zstd", "identity"]},
}
_WRITE_REFUSALS = {
    "400": "Something cannot be taken; `fields` has the path of each bad value. Nothing was stored.",
    "401": "No key, or not a good one.",
    "403": "The key may not write.",
    "404": "No such run, or not yours.",
    "409": "`batch_differs`: this seq is stored with other lines. `run_archived`: restore the run first.",
    "413": "The body or the batch is too large.",
    "415": "An unknown Content-Encoding.",
    "429": "`too_many_gaps`: the writer left out too many seqs. `quota_reached`: the team may store no more points.",
    "503": "The database is full, read-only or away. Nothing was stored; send it again after `Retry-After` seconds.",
}
_READ_REFUSALS = {
    "400": "The question cannot be answered; `fields` says why.",
    "401": "No key, or not a good one.",
    "404": "No such run, or not yours.",
    "503": "`busy`: too many searches at once. Or the database is away; try again after `Retry-After` seconds.",
}


def document_console(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add /api/v1/runs/{run_id}/logs/ and logs.txt to the document."""
    read = {"tags": ["console"], "security": [{"apiKey": []}, {"session": []}, {}]}
    asked = [
        {"name": name, "in": "query", "schema": schema, "description": text}
        for name, (schema, text) in _PARAMETERS.items()
    ]
    result["paths"]["/api/v1/runs/{run_id}/logs/"] = {
        "get": {
            **read,
            "operationId": "get_logs",
            "summary": "Read or search console lines of a run",
            "description": "Lines in the order they arrived, over all attempts and writers, numbered from 1 on.",
            "parameters": [RUN, *asked],
            "responses": {"200": json_of("Lines in order.", _PAGE), **refused(_READ_REFUSALS)},
        },
        "post": {
            "tags": ["console"],
            "security": [{"apiKey": []}, {"session": []}],
            "operationId": "append_logs",
            "summary": "Store console lines of a run",
            "description": (
                "All or nothing, and durable when it answers. The same (attempt, writer, seq) again stores nothing and "
                "is answered as a duplicate, so retry as often as you like. Secrets are hidden; NUL and lone "
                f"surrogates become U+FFFD. At most {MAX_BODY_BYTES:,} bytes before and after decompression and "
                f"{MAX_LINES_PER_BATCH:,} lines."
            ),
            "parameters": [RUN, ENCODING],
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": _BODY, "examples": {"lines": {"value": _EXAMPLE}}}},
            },
            "responses": {"200": json_of("A receipt.", _RECEIPT), **refused(_WRITE_REFUSALS)},
        },
    }
    result["paths"]["/api/v1/runs/{run_id}/logs.txt"] = {
        "get": {
            **read,
            "operationId": "get_logs_text",
            "summary": "Download all console lines of a run as plain text",
            "description": "The texts in order, a newline after each, streamed.",
            "parameters": [
                RUN,
                {"name": "plain", "in": "query", "schema": _FLAG, "description": "Without codes for colours."},
            ],
            "responses": {
                "200": {"description": "The text.", "content": {"text/plain": {"schema": {"type": "string"}}}},
                **refused(_READ_REFUSALS),
            },
        }
    }
    return result


def json_of(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    """An answer in JSON."""
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def refused(texts: dict[str, str]) -> dict[str, Any]:
    """The refusals of an endpoint, by status."""
    schema = {"$ref": "#/components/schemas/ErrorBody"}
    return {status: json_of(text, schema) for status, text in texts.items()}
