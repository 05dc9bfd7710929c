"""Secrets that a client let through are hidden on arrival."""

import pytest

from apps.runs import services
from tests.factories import make_project, make_run, make_user

pytestmark = pytest.mark.django_db


def test_secrets_are_hidden_when_a_run_is_made_and_when_it_changes():
    given = {"lr": 0.1, "api_key": "abc", "nested": {"HF_TOKEN": "xyz"}}
    hidden = {"lr": 0.1, "api_key": "[hidden]", "nested": {"HF_TOKEN": "[hidden]"}}
    run = services.create_run(
        user=make_user(), project=make_project(), config=given, provenance={"command": ["x.py", "--token", "abc"]}
    ).run
    run.refresh_from_db()
    assert run.config == hidden
    assert run.provenance == {"command": ["x.py", "--token", "[hidden]"]}
    assert services.finish_run(run.id, message="login failed: password=hunter2").exit_message.endswith("=[hidden]")
    run = services.change_run(make_run().id, config=given, summary=given)
    assert (run.config, run.summary) == (hidden, hidden)
