"""`manage.py doctor`: what it finds, what it advises, and its exit code."""

import io
import json
import shutil
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django.db import connections
from django.test import Client
from django.utils import timezone

from apps.core import disk
from apps.hosting import doctor, jobs
from apps.hosting.models import Sign
from tests.factories import make_user
from tracker_site.celery import make_broker_folders

pytestmark = pytest.mark.django_db


@pytest.fixture
def well():
    """A site with a worker, a queue and room."""
    make_broker_folders()
    jobs.note_sign("worker paceline@here")
    jobs.note_sign(jobs.QUEUE)


@pytest.fixture(autouse=True)
def roomy(monkeypatch):
    full(monkeypatch, 0.5)


def full(monkeypatch, share: float) -> None:
    use = SimpleNamespace(total=1_000_000_000, used=int(share * 1e9), free=int((1 - share) * 1e9))
    monkeypatch.setattr(disk, "shutil", SimpleNamespace(disk_usage=lambda _: use))


def examined(*words: str) -> tuple[int, dict[str, dict[str, str]]]:
    out = io.StringIO()
    code = 0
    try:
        call_command("doctor", "--json", *words, stdout=out)
    except SystemExit as ended:
        code = int(ended.code or 0)
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    return code, {line["name"]: line for line in lines}


def found_bad(found: dict[str, dict[str, str]]) -> dict[str, str]:
    return {name: line["state"] for name, line in found.items() if line["state"] != "ok"}


def test_a_site_that_is_well_gets_code_0(well, settings):
    code, found = examined()
    on_test_database = {name for name in found if name.startswith("database")} if is_postgresql() else set()
    assert set(found_bad(found)) <= on_test_database | ({"secret key"} if settings.DATABASE_URL else set())
    assert code == (0 if not found_bad(found) else 1)  # the throwaway PostgreSQL runs without fsync, and is told so


def is_postgresql() -> bool:
    return connections["default"].vendor == "postgresql"


def test_without_a_worker_it_says_what_to_start(well):
    Sign.objects.all().delete()
    code, found = examined()
    assert code == 2
    assert found["worker"]["state"] == "fail"
    assert "manage.py worker" in found["worker"]["advice"]


def test_a_worker_that_gets_nothing_from_the_queue_is_noticed(well):
    Sign.objects.filter(name=jobs.QUEUE).update(seen_at=timezone.now() - doctor.SEEN_WITHIN * 2)
    code, found = examined()
    assert found["worker"]["state"] == "warn"
    assert code == 1


@pytest.mark.parametrize(("share", "state"), [(0.79, "ok"), (0.81, "warn"), (0.96, "fail")])
def test_the_disk_is_warned_of_at_80_percent(well, monkeypatch, share, state):
    full(monkeypatch, share)
    assert examined()[1]["disk"]["state"] == state


def test_the_home_page_warns_admins_alone(monkeypatch):
    admin, other = make_user(), make_user()
    type(admin).objects.filter(id=admin.id).update(is_superuser=True)
    for share, people in ((0.85, {admin.id}), (0.5, set())):
        full(monkeypatch, share)
        for user in (admin, other):
            client = Client()
            client.force_login(user)
            assert (b"disk is" in client.get("/").content) == (user.id in people)


def test_a_queue_without_its_folder_is_told_how_to_get_it(well, settings):
    from celery import current_app

    folder = current_app.conf.broker_transport_options["data_folder_out"]
    shutil.rmtree(folder)
    try:
        _, found = examined()
        assert found["queue"]["state"] == "fail"
        assert "prepare" in found["queue"]["advice"]
    finally:
        make_broker_folders()


@pytest.mark.parametrize(
    ("change", "name", "state"),
    [
        ({"DEBUG": True}, "settings", "fail"),
        ({"PUBLIC_URL": "http://here", "HTTPS": False}, "address", "warn"),
        ({"PUBLIC_URL": "https://here", "HTTPS": True, "TRUSTED_PROXIES": 0}, "address", "warn"),
        ({"PUBLIC_URL": "https://127.0.0.1:1", "HTTPS": True, "TRUSTED_PROXIES": 1}, "address", "warn"),
    ],
)
def test_settings_that_are_unwise_are_named(well, settings, change, name, state):
    for setting, value in change.items():
        setattr(settings, setting, value)
    found = examined()[1][name]
    assert found["state"] == state
    assert found["advice"]


def test_a_key_file_others_may_read_is_a_failure(well, settings, monkeypatch):
    monkeypatch.delenv("PACELINE_SECRET_KEY", raising=False)
    path = settings.DATA_DIR / "secret-key"
    path.chmod(0o644)
    try:
        assert examined()[1]["secret key"]["state"] == "fail"
    finally:
        path.chmod(0o600)


def test_for_people_every_finding_has_a_line_and_every_trouble_an_arrow(well, monkeypatch):
    full(monkeypatch, 0.9)
    out = io.StringIO()
    with pytest.raises(SystemExit):
        call_command("doctor", stdout=out)
    assert "! disk" in out.getvalue()
    assert "→ Delete runs" in out.getvalue()
