"""The panels of kept HTML, one by one. No Django."""

from apps.reports.exports.tags import TAG


def panel_html(kept: str, number: int) -> str | None:
    """A panel as it was published, counted from 1 as the snapshot lists them; None when there are not so many.

    Only our templates write <figure>: the sanitiser takes it out of what authors write.
    """
    seen = depth = begin = 0
    for tag in TAG.finditer(kept):
        if tag[2] != "figure":
            continue
        if not tag[1]:
            seen += depth == 0
            begin = begin if depth else tag.start()
            depth += 1
        else:
            depth -= 1
            if depth == 0 and seen == number:
                return kept[begin : tag.end()]
    return None
