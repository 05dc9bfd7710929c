from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from tracker_site.celery import make_broker_folders


def test_a_living_process_says_so():
    answer = Client().get("/healthz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "alive"}
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.django_db(databases="__all__")
def test_a_site_with_its_databases_migrated_and_a_broker_is_ready():
    make_broker_folders()
    answer = Client().get("/readyz")
    assert answer.status_code == 200, answer.json()
    assert set(answer.json()["checks"].values()) == {"ok"}


@pytest.mark.django_db(databases="__all__")
def test_a_broker_that_cannot_be_reached_makes_the_site_not_ready(tmp_path: Path):
    from celery import current_app

    options = current_app.conf.broker_transport_options
    current_app.conf.broker_transport_options = {"data_folder_out": str(tmp_path / "missing")}
    try:
        answer = Client().get("/readyz")
    finally:
        current_app.conf.broker_transport_options = options
    assert answer.status_code == 503
    assert answer.json()["status"] == "not_ready"
    assert answer.json()["checks"]["broker"] != "ok"
    assert Path(settings.DATA_DIR).is_dir()
