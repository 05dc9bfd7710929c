"""How log lines are written: for people, as logfmt, or as one JSON object a line. Secrets are hidden in all of them."""

import logging
import re
from datetime import UTC, datetime
from typing import Any

import orjson

from apps.core.request_ids import current_request_id
from apps.core.secrets import HIDDEN, scrubbed

_OURS = re.compile(
    r"(?P<before>\bplk_|\bBearer\s+|/accounts/link/|/s/|(?<=[a-z])://[^\s/@:]*:|[?&](?:token|key|code|state|signature)=)"
    r"(?P<secret>[^\s/@&\"'<>]{8,})",
    re.IGNORECASE,
)
_PLAIN = re.compile(r"[^\s\"=]+")
_KNOWN = frozenset([*logging.makeLogRecord({}).__dict__, "message", "asctime", "taskName", "request", "server_time"])


def redacted(text: str) -> str:
    """A text without keys, one-time links, share links, passwords in URLs, and tokens of known shapes."""
    return scrubbed(_OURS.sub(lambda found: found["before"] + HIDDEN, text))


def facts_of(record: logging.LogRecord) -> dict[str, Any]:
    """A record's fields in the order they are written; what `extra` brought comes with them."""
    facts: dict[str, Any] = {
        "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(),
        "logger": record.name,
        "message": redacted(record.getMessage()),
    }
    if current_request_id():
        facts["request_id"] = current_request_id()
    for name, value in record.__dict__.items():
        if name not in _KNOWN and not name.startswith("_"):
            facts[name] = value if isinstance(value, (int, float, bool)) or value is None else redacted(str(value))
    if record.exc_info:
        facts["error"] = redacted(logging.Formatter().formatException(record.exc_info))
    return facts


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        return orjson.dumps(facts_of(record), default=str).decode()


class Logfmt(logging.Formatter):
    """name=value pairs; values with spaces, quotes or line ends are JSON texts."""

    def format(self, record: logging.LogRecord) -> str:
        return " ".join(f"{name}={self._written(value)}" for name, value in facts_of(record).items())

    @staticmethod
    def _written(value: Any) -> str:
        text = str(value)
        return text if _PLAIN.fullmatch(text) else orjson.dumps(text).decode()


class Lines(logging.Formatter):
    """For people at a terminal: one line, and the traceback below it."""

    def format(self, record: logging.LogRecord) -> str:
        facts = facts_of(record)
        head = f"{facts.pop('time')} {facts.pop('level').upper()} {facts.pop('logger')}: {facts.pop('message')}"
        error = facts.pop("error", "")
        rest = " ".join(f"{name}={value}" for name, value in facts.items())
        return f"{head}{' ' * bool(rest)}{rest}" + (f"\n{error}" if error else "")
