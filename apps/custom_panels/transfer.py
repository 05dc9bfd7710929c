"""Custom panels as a part of a project's archive: a text a version, the panel's own facts with each."""

from collections.abc import Iterator

from django.db.models import Q

from apps.accounts.models import User
from apps.custom_panels.limits import MAX_VERSIONS
from apps.custom_panels.models import Panel, PanelVersion
from apps.custom_panels.services import checked_name, checked_note, stored_text
from apps.rendering.limits import MAX_BYTES
from apps.runs.models import Project
from apps.transfer.parts import Part, Text, moment


def version_texts(project: Project) -> Iterator[Text]:
    """All versions of panels that every reader of the project may see, archived ones too: an export is for readers.

    Panels by their age, versions from the first on.
    """
    open_to_all = Q(panel__shared=True) | Q(panel__owner=None)
    found = PanelVersion.objects.filter(open_to_all, panel__project=project).select_related("panel__owner", "author")
    for version in found.order_by("panel__created_at", "panel_id", "n").iterator(chunk_size=100):
        panel = version.panel
        facts = {
            "name": panel.name,
            "owner": panel.owner.get_username() if panel.owner else None,
            "created_at": panel.created_at.isoformat(),
            "changed_at": panel.changed_at.isoformat(),
            "archived_at": panel.archived_at.isoformat() if panel.archived_at else None,
            "version": version.n,
            "note": version.note,
            "author": version.author.get_username() if version.author else None,
            "saved_at": version.created_at.isoformat(),
        }
        yield Text(facts, version.document)


def restore_version(project: Project, user: User, text: Text) -> bool:
    """Make a version, and with its first one the panel, as they were; False when the project has it.

    A document that a later release would refuse is kept as it is, and refused where it is drawn. See Part for errors.
    """
    facts = text.facts
    n, document = int(facts["version"]), stored_text(text.text)
    if not 1 <= n <= MAX_VERSIONS or len(document.encode()) > MAX_BYTES:
        raise ValueError(f"version {n} is none of a panel, or too long")
    created_at, changed_at, saved_at = (moment(facts[name]) for name in ("created_at", "changed_at", "saved_at"))
    name, note = checked_name(facts["name"]), checked_note(facts["note"])
    panel = Panel.objects.filter(project=project, name=name, created_at=created_at).first()
    if panel is None:
        panel = Panel.objects.create(
            project=project,
            owner=user,
            name=name,
            version=n,
            created_at=created_at,
            changed_at=changed_at,
            archived_at=moment(facts["archived_at"]) if facts["archived_at"] else None,
        )
    elif PanelVersion.objects.filter(panel=panel, n=n).exists():
        return False
    PanelVersion.objects.create(panel=panel, n=n, document=document, note=note, author=user, created_at=saved_at)
    if n > panel.version:
        Panel.objects.filter(pk=panel.pk).update(version=n)
    return True


PART = Part("panels", version_texts, restore_version)
