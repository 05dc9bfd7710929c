"""Panels in a project's archive: every version comes back as it was, once, with the new ids of its runs."""

import json

import pytest

from apps.accounts.models import Role
from apps.core.errors import Invalid
from apps.custom_panels.models import Panel, PanelVersion
from apps.custom_panels.services import change_panel, create_panel, save_version
from apps.custom_panels.transfer import restore_version, version_texts
from apps.transfer.parts import Text
from tests.custom_panels.documents import DOCUMENT, document
from tests.factories import api_client, make_project, make_run, make_user, team_admin
from tests.transfer.projects import archive_of, manifest_of, members_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def project():
    project = make_project()
    run = make_run(project)
    user = team_admin(project)
    text = document({"rows": {"kind": "runs", "filter": f'id == "{run.slug}"'}})
    panel = create_panel(project=project, owner=user, name="Loss ‮<b>", document=text, note="first")
    save_version(panel=panel, author=user, document=DOCUMENT, note="second")
    gone = create_panel(project=project, owner=user, name="Gone", document=DOCUMENT)
    change_panel(gone, archived=True)
    create_panel(project=project, owner=user, name="Mine", document=DOCUMENT, shared=False)
    return project


def facts(project):
    found = PanelVersion.objects.filter(panel__project=project).order_by("panel__created_at", "n")
    return [
        (
            one.panel.name,
            one.panel.version,
            one.panel.archived_at,
            one.panel.created_at,
            one.n,
            one.note,
            one.created_at,
        )
        for one in found
    ]


def bring(archive, project):
    client = api_client(team_admin(project))
    path = f"/api/v1/projects/{project}/import/"
    answer = client.generic("POST", path, archive, content_type="application/zip")
    assert answer.status_code in (200, 201), answer.content
    return answer.json()


def test_panels_come_back_with_all_versions_once(project):
    archive = archive_of(project)
    elsewhere = make_project()
    body = bring(archive, elsewhere)
    assert body["panels"] == 3
    assert facts(elsewhere) == [one for one in facts(project) if one[0] != "Mine"]
    ((old, new),) = body["ids"].items()
    text = PanelVersion.objects.get(panel__project=elsewhere, n=1, panel__name__startswith="Loss").document
    assert new in text
    assert old not in text
    assert bring(archive, elsewhere)["panels"] == 0
    again = archive_of(elsewhere)
    assert manifest_of(again)["counts"]["panels"] == manifest_of(archive)["counts"]["panels"] == 3


def test_what_is_ones_own_is_in_no_archive(project):
    members = members_of(archive_of(project))
    assert "Mine" not in members["panels.jsonl"].decode()
    panel = Panel.objects.get(project=project, name="Mine")
    Panel.objects.filter(pk=panel.pk).update(owner=None)  # left behind: the team's
    assert '"Mine"' in members_of(archive_of(project))["panels.jsonl"].decode()


def test_a_document_that_is_refused_today_is_kept_as_it_was(project):
    (text, *_) = version_texts(project)
    elsewhere = make_project()
    assert restore_version(elsewhere, team_admin(elsewhere), Text(text.facts, '{"mark": "of a later release"}'))
    assert PanelVersion.objects.get(panel__project=elsewhere).document == '{"mark": "of a later release"}'


@pytest.mark.parametrize(
    "change",
    [
        {"version": 0},
        {"version": 2**40},
        {"version": None},
        {"name": ""},
        {"name": 3},
        {"created_at": "yesterday"},
        {"created_at": "2026-01-01T00:00:00"},
        {"note": "x" * 501},
        {"saved_at": None},
    ],
)
def test_facts_that_are_none_of_a_panel_are_refused(project, change):
    text = next(iter(version_texts(project)))
    elsewhere = make_project()
    with pytest.raises((Invalid, KeyError, TypeError, ValueError, AttributeError)):
        restore_version(elsewhere, make_user(), Text({**text.facts, **change}, text.text))
    with pytest.raises((Invalid, ValueError)):
        restore_version(elsewhere, make_user(), Text(text.facts, json.dumps("x" * 300_000)))
    assert not Panel.objects.filter(project=elsewhere).exists()


def test_who_imports_owns_what_comes(project):
    elsewhere = make_project()
    bring(archive_of(project), elsewhere)
    assert {panel.owner for panel in elsewhere.custom_panels.all()} == {team_admin(elsewhere)}
    assert {one.role for one in elsewhere.team.memberships.all()} == {Role.ADMIN}
