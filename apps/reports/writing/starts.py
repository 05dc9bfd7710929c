"""What a new report can begin with: texts of ours, and the project's own reports that are called “Template: …”."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from apps.core import ids
from apps.core.errors import NotFound
from apps.reports.drafts import flow, run_lines
from apps.reports.models import Report
from apps.reports.queries import project_reports
from apps.runs.models import Project, Run

OWN = "Template:"  # how the title of a report begins that others begin with
MAX_OWN = 20  # offered
NAMED = 5  # runs that {{runs}} names

_PANEL = "```panel\nkind: line\nkeys: [{{keys}}]\n{{runs}}\n```"


class Start(NamedTuple):
    """name: in the address; title: in words."""

    name: str
    title: str


OURS = {
    "experiment": (
        "Experiment",
        "{{date}}. **Question:** what do we want to know?\n\n## Expectation\n\nWhat should happen, and why?\n\n"
        f"## Result\n\n{_PANEL}\n\n## Conclusion\n\nWhat did we learn? What follows?\n\n"
        "- [ ] Repeated over seeds\n- [ ] Ready to merge\n",
    ),
    "ablation": (
        "Ablation",
        "{{date}}. What does each part add?\n\n[toc]\n\n## Everything\n\n"
        f"{_PANEL}\n\n## Without each part\n\n| without | change | seeds |\n|:--|--:|--:|\n| | | |\n\n"
        "## What may go\n\n## What must stay\n",
    ),
    "release": (
        "Model release",
        "{{date}}. May this model ship?\n\n## Against the model in use\n\n"
        f"{_PANEL}\n\n## Checked\n\n- [ ] Data: version, split, no leak\n- [ ] Every class against the model in use\n"
        "- [ ] Worst classes looked at\n- [ ] Seeds: spread is known\n- [ ] Code committed, nothing uncommitted\n"
        "- [ ] Cost of mistakes\n- [ ] How to go back\n\n## Decision\n\nShip / do not ship, because …\n",
    ),
}


def starts(project: Project) -> list[Start]:
    """What a new report of the project is offered: ours, then its own by title. One query."""
    own = project_reports(project).filter(title__istartswith=OWN).order_by("title", "id")[:MAX_OWN]
    ours = [Start(name, title) for name, (title, _) in OURS.items()]
    return [*ours, *(Start(report.slug, report.title[len(OWN) :].strip() or report.title) for report in own)]


def text_of_start(project: Project, name: str, runs: Sequence[Run], keys: Sequence[str], today: date) -> str:
    """The text that a start gives, with its places filled in. Raises NotFound."""
    text = OURS[name][1] if name in OURS else _own_text(project, name)
    named = "\n".join(run_lines(runs[:NAMED])) or 'runs: {name: "*"}'
    filled = text.replace("{{date}}", today.isoformat()).replace("{{keys}}", flow(keys))
    return filled.replace("{{runs}}", named)


def _own_text(project: Project, name: str) -> str:
    try:
        found = Report.objects.filter(project=project, id=ids.from_text(name)).first()
    except ValueError:
        found = None
    if found is None:
        raise NotFound("This project has no such template.")
    return found.markdown
