"""The blocks that the editor offers: each can be put into a report as it stands, and draws."""

import html
import re

import pytest

from apps.reports.evidence import Broken, problems, report_parts
from apps.reports.kinds.known import KINDS
from apps.reports.rendering import pieces
from apps.reports.writing.block_list import offered_blocks
from tests import factories
from tests.reports.stories import logged_run

pytestmark = pytest.mark.django_db


def test_every_kind_of_panel_is_offered_with_the_projects_own_metric_and_runs():
    project = factories.make_project()
    run = logged_run(project, key="train, {loss}", name="one\n# two: [x]")
    page = factories.browser(factories.team_admin(project)).get(f"/r/new/?project={project}").content.decode()
    texts = [html.unescape(text) for text in re.findall(r"<template>(.*?)</template></li>", page, re.S)]
    (line,) = [text for text in texts if "kind: line" in text]
    assert "'train, {loss}'" in line
    assert f"- {run.slug}  # one # two: [x]" in line
    parts = report_parts(factories.team_admin(project), project, pieces(line))
    assert problems(parts) == []
    assert [part.kind for part in parts] == ["drawn"]


def test_what_is_offered_is_read_without_a_mistake():
    project = factories.make_project()
    user = factories.team_admin(project)
    blocks = offered_blocks([logged_run(project)], "val/loss")
    assert len(blocks) > len(KINDS)
    assert all(block.name and block.says for block in blocks)
    for block in blocks:
        for part in report_parts(user, project, pieces(block.text)):
            assert not (isinstance(part, Broken) and part.mistake), (block.name, part)
