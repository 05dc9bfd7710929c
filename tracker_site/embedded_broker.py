"""The embedded broker: kombu's filesystem transport, with files that appear whole or not at all.

kombu opens a file under its final name and then writes it. A worker that looks in between reads nothing, and dies of
it; an exchange file cut short by a kill would keep every later worker from starting.
"""

import uuid
from pathlib import Path
from time import monotonic
from typing import Any

from kombu.transport import TRANSPORT_ALIASES, filesystem
from kombu.utils.json import dumps


def _write_whole(path: Path, content: Any) -> None:
    """Write content as JSON to path in one step, as far as any reader can tell."""
    beside = path.with_name(f".{uuid.uuid4()}")
    beside.write_text(dumps(content))
    beside.replace(path)


class Channel(filesystem.Channel):
    """Puts messages and bindings by renaming."""

    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:  # type: ignore[override]  # noqa: ARG002
        name = f"{round(monotonic() * 1000)}_{uuid.uuid4()}.{queue}.msg"
        _write_whole(Path(self.data_folder_out) / name, payload)

    def _queue_bind(self, exchange: str, routing_key: str, pattern: str, queue: str) -> None:
        binding = filesystem.exchange_queue_t(routing_key or "", pattern or "", queue or "")
        bindings = self.get_table(exchange)
        if binding not in bindings:
            self.control_folder.mkdir(exist_ok=True)
            _write_whole(self._exchange_file(exchange), [binding, *bindings])

    def get_table(self, exchange: str) -> list[Any]:
        try:
            return super().get_table(exchange)
        except ValueError:  # left half written by an older release; whoever binds next writes it anew
            return []


class Transport(filesystem.Transport):
    """`filesystem://` for this process once registered."""

    Channel = Channel


def register() -> None:
    """Make `filesystem://` mean this transport."""
    TRANSPORT_ALIASES["filesystem"] = f"{__name__}:Transport"
