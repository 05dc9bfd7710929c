"""Writes of how charts are laid out and which metrics share one."""

from collections.abc import Mapping

from django.db import transaction

from apps.accounts.models import User
from apps.core.errors import Invalid
from apps.core.json_values import printable, text_problem
from apps.panels.arranging import aliases_of
from apps.panels.layouts import Layout
from apps.panels.models import KeyAlias, PanelLayout
from apps.panels.questions import MAX_KEY_LENGTH
from apps.runs.models import Project

MAX_ALIASES = 500  # of a project


def save_layout(project: Project, layout: Layout, *, user: User | None) -> None:
    """Keep a layout for a user, or for the team (None)."""
    PanelLayout.objects.update_or_create(project=project, user=user, defaults={"layout": layout.as_json()})


@transaction.atomic
def share_layout(project: Project, layout: Layout, by: User) -> None:
    """Make a layout the team's; whoever does so has no other one of their own any more."""
    save_layout(project, layout, user=None)
    forget_layout(project, by)


def forget_layout(project: Project, user: User | None) -> None:
    """Go back to the team's layout; without a user, to none."""
    PanelLayout.objects.filter(project=project, user=user).delete()


@transaction.atomic
def change_aliases(project: Project, changes: Mapping[str, str | None], by: User) -> dict[str, str]:
    """Draw metrics in the charts of others: {key: main}; None gives a chart of its own back. Returns all of them.

    A main that is drawn in another chart leads there, and what was drawn in a key's chart follows it. Raises Invalid.
    """
    list(Project.objects.select_for_update().filter(pk=project.pk))  # one change at a time
    aliases = aliases_of(project)
    bad = {}
    for key, main in changes.items():
        path = f"aliases.{printable(key)}"
        if main is None:
            aliases.pop(key, None)
            continue
        if problem := _problem(key) or _problem(main):
            bad[path] = problem
            continue
        main = aliases.get(main, main)
        if main == key:
            bad[path] = "is its own chart already"
            continue
        aliases |= {one: main for one, old in aliases.items() if old == key} | {key: main}
    if len(aliases) > MAX_ALIASES:
        bad["aliases"] = f"would be {len(aliases):,}; at most {MAX_ALIASES} are kept"
    if bad:
        raise Invalid("These metrics cannot share a chart.", fields=bad)
    before = aliases_of(project)
    changed = {key: main for key, main in aliases.items() if before.get(key) != main}
    KeyAlias.objects.filter(project=project, key__in=[*(before.keys() - aliases.keys()), *changed]).delete()
    KeyAlias.objects.bulk_create(
        KeyAlias(project=project, key=key, main=main, created_by=by) for key, main in changed.items()
    )
    return aliases_of(project)


def _problem(key: str) -> str:
    if not 1 <= len(key) <= MAX_KEY_LENGTH:
        return f"a metric's name has 1..{MAX_KEY_LENGTH} characters; {len(key):,} came"
    return text_problem(key)
