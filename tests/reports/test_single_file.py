"""A published version as one file, for whoever may read it."""

import re
from pathlib import Path

import pytest

from apps.reports.exports.styles import STYLES, styles
from apps.reports.publishing import publish
from tests.factories import browser, make_project, team_admin
from tests.reports.stories import make_report

pytestmark = pytest.mark.django_db
SNAPSHOT_PAGE = Path(__file__).parents[2] / "frontend_templates" / "reports" / "snapshot.html"


def test_the_file_has_the_styles_of_the_page_and_they_load_nothing():
    linked = re.findall(r"stylesheet\" href=\"{% static '([^']+)' %}", SNAPSHOT_PAGE.read_text())
    assert linked
    assert set(linked) - {"reports/comments.css"} == set(STYLES) - {"core/paceline.css"}
    assert not re.search(r"url\(|@import|</style", styles())


def test_links_to_the_site_lead_back_to_it_and_the_title_names_the_file():
    project = make_project()
    report = make_report(project, "[run](/runs/x/) and [that](part)", title="Über <b>lr</b>/../x")
    publish(report=report, by=team_admin(project))
    answer = browser(team_admin(project)).get(f"/r/{report.slug}/1.html")
    file = answer.getvalue().decode()
    assert answer["Content-Disposition"] == 'attachment; filename="uber-blrbx-v1.html"'
    assert "sandbox" in answer["Content-Security-Policy"]
    assert 'href="http://testserver/runs/x/"' in file
    assert f'href="http://testserver/r/{report.slug}/1/part"' in file
    assert "<b>lr" not in file
    assert "<script" not in file
