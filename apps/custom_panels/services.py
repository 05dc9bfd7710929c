"""Writes to panels."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.core.answers import json_time
from apps.core.errors import Invalid
from apps.core.json_values import text_problem
from apps.custom_panels.checking import good_document
from apps.custom_panels.errors import PanelChanged
from apps.custom_panels.limits import MAX_NAME, MAX_NOTE, MAX_PANELS, MAX_VERSIONS
from apps.custom_panels.models import Panel, PanelVersion
from apps.runs.models import Project


@transaction.atomic
def create_panel(
    *,
    project: Project,
    owner: User | None,
    name: str,
    document: str,
    note: str = "",
    shared: bool = True,
    forked_from: PanelVersion | None = None,
) -> Panel:
    """A new panel at version 1.

    Raises BadDocument for what cannot be drawn, and Invalid for a name or a note that cannot be stored.
    """
    name, note, document = checked_name(name), checked_note(note), checked_document(document)
    list(Project.objects.select_for_update().filter(pk=project.pk))  # one panel more at a time
    if Panel.objects.filter(project=project).count() >= MAX_PANELS:
        raise Invalid(
            f"A project has at most {MAX_PANELS:,} panels, archived ones too.", fields={"name": "one too many"}
        )
    now = timezone.now()
    panel = Panel.objects.create(
        project=project,
        owner=owner,
        name=name,
        shared=shared,
        forked_from=forked_from,
        created_at=now,
        changed_at=now,
    )
    PanelVersion.objects.create(panel=panel, n=1, document=document, note=note, author=owner, created_at=now)
    return panel


@transaction.atomic
def save_version(
    *, panel: Panel, author: User | None, document: str, note: str = "", after: int | None = None
) -> PanelVersion:
    """Save a panel's next version; the document of the newest one again makes none.

    after: the version that the author's document began from; None saves over whatever there is.
    Raises BadDocument and Invalid as create_panel, PanelChanged when the panel has moved on with another document.
    """
    note, document = checked_note(note), checked_document(document)
    held = Panel.objects.select_for_update().get(pk=panel.pk)
    newest = PanelVersion.objects.select_related("author").get(panel=held, n=held.version)
    panel.version = held.version
    if newest.document == document:
        return newest
    if after is not None and after != newest.n:
        raise PanelChanged(after, _as_texts(newest))
    if newest.n >= MAX_VERSIONS:
        message = f"A panel has at most {MAX_VERSIONS:,} versions; fork it to go on."
        raise Invalid(message, fields={"document": "one too many"})
    now = timezone.now()
    saved = PanelVersion.objects.create(
        panel=panel, n=newest.n + 1, document=document, note=note, author=author, created_at=now
    )
    Panel.objects.filter(pk=panel.pk).update(version=saved.n, changed_at=now)
    panel.version, panel.changed_at = saved.n, now
    return saved


def change_panel(
    panel: Panel, *, name: str | None = None, shared: bool | None = None, archived: bool | None = None
) -> Panel:
    """Rename, share or archive a panel, or take it out of the archive. Raises Invalid."""
    changed: dict[str, Any] = {}
    if name is not None:
        changed["name"] = checked_name(name)
    if shared is not None:
        changed["shared"] = shared
    if archived is not None and archived != (panel.archived_at is not None):
        changed["archived_at"] = timezone.now() if archived else None
    if changed:
        changed["changed_at"] = timezone.now()
        Panel.objects.filter(pk=panel.pk).update(**changed)
        for field, value in changed.items():
            setattr(panel, field, value)
    return panel


def fork_panel(*, version: PanelVersion, project: Project, owner: User | None, name: str = "") -> Panel:
    """A panel of one's own, not shared yet, that begins as a version of another one. Raises as create_panel."""
    source = version.panel
    return create_panel(
        project=project,
        owner=owner,
        name=name or f"{source.name[: MAX_NAME - 7]} (fork)",
        document=version.document,
        note=f"Fork of {source.name}, version {version.n}"[:MAX_NOTE],
        shared=False,
        forked_from=version,
    )


def checked_document(text: str) -> str:
    """The text as it is stored: line ends as \\n. Raises BadDocument, and Invalid for what no database stores."""
    text = stored_text(text)
    good_document(text)
    return text


def stored_text(text: str) -> str:
    """A document's text with line ends as \\n. Raises Invalid for what cannot be stored."""
    problem = text_problem(text)
    if problem:
        raise Invalid(f"The document {problem}.", fields={"document": problem})
    return text.replace("\r\n", "\n").replace("\r", "\n")


def checked_name(name: str) -> str:
    name = " ".join(name.split())
    problem = text_problem(name)
    if not problem and not 1 <= len(name) <= MAX_NAME:
        problem = f"has {len(name):,} characters; 1..{MAX_NAME} are allowed"
    if problem:
        raise Invalid(f"The panel's name {problem}.", fields={"name": problem})
    return name


def checked_note(note: str) -> str:
    note = " ".join(note.split())
    problem = text_problem(note)
    if not problem and len(note) > MAX_NOTE:
        problem = f"has {len(note):,} characters; at most {MAX_NOTE} are allowed"
    if problem:
        raise Invalid(f"The note {problem}.", fields={"note": problem})
    return note


def _as_texts(version: PanelVersion) -> dict[str, str]:
    """The facts of a version that a refusal carries."""
    return {
        "n": str(version.n),
        "author": version.author.get_username() if version.author else "",
        "note": version.note,
        "created_at": str(json_time(version.created_at)),
        "document": version.document,
    }
