"""GET /api/v1/compare/: the same comparison as JSON."""

import pytest

from apps.accounts.models import Scope
from apps.comparison.services import ignore_key
from tests.comparison.stories import pair
from tests.factories import api_client, make_run, make_user, team_admin

pytestmark = pytest.mark.django_db


def ask(*runs, user=None, **more):
    client = api_client(user or team_admin(runs[0]), Scope.READ)
    return client.get("/api/v1/compare/", {"run": [run.slug for run in runs], **more})


def section(body, name):
    return next(one for one in body["sections"] if one["name"] == name)


def test_the_answer_says_what_differs_with_counts_and_deltas():
    first, other = pair()
    ignore_key(first.project, "config.lr", make_user())
    body = ask(first, other).json()
    assert (body["identical"], body["baseline"], body["value"]) == (False, first.slug, "best")
    assert [one["name"] for one in body["runs"]] == ["base", "other"]
    assert body["runs"][0]["url"] == f"http://testserver{first.get_absolute_url()}"
    config = section(body, "config")
    assert config["counts"] == {"differ": 1, "equal": 2, "ignored": 1, "left_out": 0}
    assert [(row["name"], [cell["missing"] for cell in row["cells"]]) for row in config["rows"]] == [
        ("model.depth", [False, True])
    ]
    assert config["ignored"][0]["cells"][1]["factor"] == pytest.approx(3)
    assert "equal" not in config
    loss = section(body, "metrics")["rows"][0]
    assert (loss["key"], loss["direction"], loss["figure"]) == ("metrics.loss", "min", "min")
    assert (loss["cells"][1]["delta"], loss["cells"][1]["better"]) == (0.25, False)


def test_what_is_equal_is_listed_when_asked_for():
    body = ask(*pair(), equal="1").json()
    assert section(body, "config")["equal"] == [{"name": "model.kind", "value": "mlp"}, {"name": "same", "value": 1}]


def test_another_baseline_and_another_value_can_be_asked_for():
    first, other = pair()
    body = ask(first, other, base=other.slug, value="last").json()
    assert (body["baseline"], body["value"]) == (other.slug, "last")
    accuracy = next(row for row in section(body, "metrics")["rows"] if row["name"] == "val/acc")
    assert accuracy["cells"][0]["delta"] == -0.5


def test_a_run_named_twice_is_identical_to_itself():
    first, _ = pair()
    body = ask(first, first).json()
    assert body["identical"]
    assert len(body["runs"]) == 1


def test_what_cannot_be_compared_is_refused_by_name():
    run = make_run()
    user = team_admin(run)
    client = api_client(user, Scope.READ)
    assert client.get("/api/v1/compare/").json()["fields"] == {"run": "is missing"}
    assert client.get("/api/v1/compare/?run=nonsense").status_code == 400
    assert ask(run, base="nonsense").json()["fields"] == {"base": "is not one of them"}
    many = "&".join(f"run={place:013d}" for place in range(51))
    refused = client.get(f"/api/v1/compare/?{many}")
    assert (refused.status_code, refused.json()["code"]) == (400, "too_many_compared")
    assert "At most 50" in refused.json()["message"]


def test_one_run_that_may_not_be_read_refuses_all():
    mine, foreign = make_run(), make_run(config={"secret": 1})
    refused = ask(mine, foreign)
    assert refused.status_code == 404
    assert b"secret" not in refused.content
