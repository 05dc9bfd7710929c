"""The panels of kept HTML, one by one. No Django."""

from apps.reports.exports.copying import Copier


def panel_html(kept: str, number: int) -> str | None:
    """A panel as it was published, counted from 1 as the snapshot lists them; None when there are not so many.

    Only our templates write <figure>: the sanitiser takes it out of what authors write.
    """
    cutter = _Cutter(number)
    cutter.feed(kept)
    cutter.close()
    return cutter.found


class _Cutter(Copier):
    """Keeps the outermost <figure> of a number."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.found: str | None = None
        self._number = number
        self._depth = self._seen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "figure":
            if self._depth == 0:
                self._seen += 1
                self.taken()
            self._depth += 1
        super().handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        super().handle_endtag(tag)
        if tag == "figure":
            self._depth -= 1
            if self._depth == 0 and self._seen == self._number:
                self.found = self.taken()
