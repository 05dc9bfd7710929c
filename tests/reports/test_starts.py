"""What a new report can begin with."""

import re

import pytest

from apps.reports.evidence import problems, report_parts
from apps.reports.rendering import pieces
from apps.reports.writing.starts import OURS
from tests import factories
from tests.reports.stories import logged_run, make_report
from tests.reports.test_editor import typed

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    return factories.make_project()


@pytest.fixture
def owner(project):
    return factories.browser(factories.team_admin(project))


@pytest.mark.parametrize("name", OURS)
def test_our_templates_draw_the_projects_own_metric_and_runs(project, owner, name):
    run = logged_run(project, key="train/loss")
    text = typed(owner.get(f"/r/new/?project={project}&template={name}"))
    assert "{{" not in text
    assert f"- {run.slug}" in text
    parts = report_parts(factories.team_admin(project), project, pieces(text))
    assert problems(parts) == []
    assert "drawn" in [part.kind for part in parts]
    assert re.search(r"^\d{4}-\d\d-\d\d", text)


def test_a_report_called_template_is_offered_to_its_project_alone(project, owner):
    own = make_report(project, "{{date}} by {{keys}} <b>", title="Template: Weekly <script>")
    other = make_report(factories.make_project(), "secret", title="Template: Other")
    page = owner.get(f"/r/new/?project={project}").content.decode()
    assert f'template={own.slug}">Weekly &lt;script&gt;</a>' in page
    assert "Other" not in page
    assert typed(owner.get(f"/r/new/?project={project}&template={own.slug}&key=a")).endswith(" by a <b>")
    for name in (other.slug, "nonsense", "0000000000001"):
        assert owner.get(f"/r/new/?project={project}&template={name}").status_code == 404
