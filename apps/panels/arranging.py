"""How one reader sees the charts of a project: the layout and the shared charts, their own or the team's."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.db.models import Q

from apps.accounts.models import User
from apps.panels.layouts import Layout, read_layout
from apps.panels.models import KeyAlias, PanelLayout
from apps.runs.access import AnyUser, writes_to
from apps.runs.models import Project


@dataclass(frozen=True)
class Arrangement:
    """layout: what is shown; kept_by: whose, "you", "team" or "nobody"; has_team: whether the team has one.

    aliases: metrics that are drawn in the chart of another, to that one. keeps: whether the reader can have a layout
    of their own, writes: whether they may change what the team sees.
    """

    project: Project
    layout: Layout = field(default_factory=Layout)
    kept_by: str = "nobody"
    has_team: bool = False
    aliases: Mapping[str, str] = field(default_factory=dict)
    keeps: bool = False
    writes: bool = False

    def folded(self, keys: Iterable[str]) -> dict[str, list[str]]:
        """Charts and the metrics drawn in each, the chart's own first, in the order of the keys."""
        charts: dict[str, list[str]] = {}
        for key in keys:
            charts.setdefault(self.aliases.get(key, key), []).append(key)
        return {main: sorted(members, key=lambda key: key != main) for main, members in charts.items()}


def arrangement(project: Project, user: AnyUser) -> Arrangement:
    """What this reader sees: three queries."""
    mine, team = layouts_of(project, user)
    return Arrangement(
        project,
        mine or team or Layout(),
        "you" if mine is not None else "team" if team is not None else "nobody",
        team is not None,
        aliases_of(project),
        keeps=isinstance(user, User),
        writes=writes_to(user, project),
    )


def layouts_of(project: Project, user: AnyUser) -> tuple[Layout | None, Layout | None]:
    """The reader's own layout and the team's, None where there is none: one query."""
    whose = Q(user__isnull=True)
    if isinstance(user, User):
        whose |= Q(user=user)
    found = {row.user_id: read_layout(row.layout) for row in PanelLayout.objects.filter(whose, project=project)}
    return found.get(user.pk) if isinstance(user, User) else None, found.get(None)


def aliases_of(project: Project) -> dict[str, str]:
    """The metrics that are drawn in the chart of another one, by name."""
    return dict(KeyAlias.objects.filter(project=project).order_by("key").values_list("key", "main"))
