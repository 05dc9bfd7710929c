"""Facts a process remembers for a moment, so that a hot path need not ask a database for them each time."""

import os
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Fact = TypeVar("Fact")


class Memory(Generic[Key, Fact]):
    """Facts by key, each for so many seconds, the oldest dropped beyond so many of them."""

    def __init__(self, seconds: float, at_most: int) -> None:
        self._seconds = seconds
        self._at_most = at_most
        self._reset()
        os.register_at_fork(after_in_child=self._reset)

    def _reset(self) -> None:
        self._facts: OrderedDict[Key, tuple[Fact, float]] = OrderedDict()
        self._forgettings = 0
        self._lock = Lock()

    def get(self, key: Key) -> Fact | None:
        """The fact, if it is known and fresh."""
        known = self._facts.get(key)
        return known[0] if known is not None and known[1] > time.monotonic() else None

    def learner(self) -> Callable[[Key, Fact], None]:
        """What remembers facts; ask for it before you look them up: what was read before a forgetting is not kept."""
        forgettings = self._forgettings

        def learn(key: Key, fact: Fact) -> None:
            with self._lock:
                if forgettings == self._forgettings:
                    self._facts[key] = fact, time.monotonic() + self._seconds
                    self._facts.move_to_end(key)
                while len(self._facts) > self._at_most:
                    self._facts.popitem(last=False)

        return learn

    def forget(self, chosen: Callable[[Key], bool]) -> None:
        """Drop the facts with these keys."""
        with self._lock:
            self._forgettings += 1
            for key in [key for key in self._facts if chosen(key)]:
                del self._facts[key]
