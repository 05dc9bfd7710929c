"""Projects with runs and points, for the tests of reports."""

import hashlib
import re
from collections.abc import Sequence
from io import BytesIO

import numpy as np
from PIL import Image

from apps.history.batches import Batch, Group
from apps.history.services import append_batch
from apps.reports.models import Report
from apps.reports.services import create_report
from apps.runs.models import Project, Run
from tests import factories


def logged_run(
    project: Project, values: Sequence[float] = (3.0, 1.0, 2.0), key: str = "val/loss", **fields: object
) -> Run:
    """A run whose key has these values at the steps 0, 1, …"""
    run = factories.make_run(project, **fields)
    steps = np.arange(len(values), dtype=np.int64)
    group = Group(steps, steps * 1000, [key], np.array([values], dtype=np.float64))
    append_batch(run_id=run.id, attempt=1, writer="w", seq=0, batch=Batch([group]))
    return run


def panel(*lines: str) -> str:
    """A panel block of a line chart."""
    return block("line", *lines)


def block(kind: str, *lines: str) -> str:
    """A panel block of a kind."""
    return "\n".join(["```panel", f"kind: {kind}", *lines, "```", ""])


def make_report(project: Project, markdown: str, title: str = "A report") -> Report:
    return create_report(project=project, author=factories.team_admin(project), title=title, markdown=markdown)


def kept_bytes(report: Report, n: int = 1) -> dict[str, bytes]:
    """Everything that a published version answers with, to somebody who is not signed in."""
    client = factories.browser()
    page = client.get(f"/r/{report.slug}/{n}/").content.decode()
    body = page[page.index('<div class="report-body">') :]
    canonical = client.get(f"/r/{report.slug}/{n}.json").content
    found: dict[str, bytes] = {"page": body[: body.index("</article>")].encode(), "json": canonical}
    for name in set(re.findall(r'"([0-9a-f]{64})"', canonical.decode())):
        piece = client.get(f"/r/{report.slug}/pieces/{name}")
        assert hashlib.sha256(piece.content).hexdigest() == name
        found[name] = piece.content
    return found


def picture(form: str = "PNG", size: tuple[int, int] = (3, 2), colour: str = "red") -> bytes:
    """A picture of one colour. form: PNG, JPEG, GIF or WEBP."""
    body = BytesIO()
    Image.new("RGB", size, colour).save(body, form)
    return body.getvalue()
