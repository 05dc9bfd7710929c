"""What custom panels refuse."""

from collections.abc import Mapping

from apps.core.errors import Invalid, TrackerError, Unavailable


class PanelChanged(TrackerError):
    """Someone else saved a version since the document was read. newest: facts of that version, as texts."""

    code = "panel_changed"
    status = 409

    def __init__(self, after: int, newest: Mapping[str, str]) -> None:
        super().__init__(
            f"This panel was saved by {newest['author'] or 'someone else'} meanwhile: it is at version {newest['n']}, "
            f"yours follows {after}. Nothing was saved; compare the two, then save after {newest['n']}.",
            fields={
                "after": f"{after} came, the newest is {newest['n']}",
                **{f"newest.{name}": text for name, text in newest.items()},
            },
        )


class TooManyRows(Invalid):
    """A panel asks for more rows than a browser draws. rows: of each source; most: of all of them."""

    code = "too_many_rows"

    def __init__(self, rows: Mapping[str, int], most: int) -> None:
        said = ", ".join(f"{name} {count:,}" for name, count in rows.items())
        super().__init__(
            f"This panel asks for {sum(rows.values()):,} rows ({said}); at most {most:,} are drawn. Narrow a filter, "
            'lower "points", or let the server aggregate.',
            fields={f"sources.{name}": f"{count:,} rows" for name, count in rows.items()},
        )


class TooMuchToRead(Invalid):
    """A source rests on more points or rows than are read for one panel."""

    code = "too_much_to_read"

    def __init__(self, source: str, count: int, what: str, most: int) -> None:
        advice = "Narrow its filter."
        if what == "points":
            advice = 'Narrow its filter, or say "points" to read a history in cells.'
        super().__init__(
            f'The source "{source}" rests on {count:,} {what}; at most {most:,} are read. {advice}',
            fields={f"sources.{source}": f"{count:,} {what}"},
        )


class PanelsBusy(Unavailable):
    """Another panel reads many points now; the same request may succeed soon."""

    code = "panels_busy"
