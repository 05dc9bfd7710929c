"""What is wrong with a body, gathered so that one refusal can say it all. No Django."""

from collections.abc import Callable

from apps.core.errors import Invalid


class Problems:
    """Collects what is wrong by path, the first `most` of it. refusal: made of these and of how many there were."""

    def __init__(self, refusal: Callable[[dict[str, str], int], Invalid], most: int) -> None:
        self.fields: dict[str, str] = {}
        self.count = 0
        self._refusal = refusal
        self._most = most

    def add(self, path: str, what: str) -> None:
        self.count += 1
        if len(self.fields) < self._most:
            self.fields[path] = what

    def refuse(self) -> None:
        """Raise the refusal when anything was wrong."""
        if self.count:
            raise self._refusal(self.fields, self.count)
