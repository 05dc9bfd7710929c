"""The API's own description."""

import pytest
import yaml
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

from apps.ingest.decode import decode

pytestmark = pytest.mark.django_db


def test_the_document_is_valid_and_holds_every_path(client):
    answer = client.get("/api/schema/")
    assert answer.status_code == 200
    document = yaml.safe_load(answer.content)
    validate_schema(document)
    assert {
        "/api/v1/keys/",
        "/api/v1/projects/{team}/{project}/runs/",
        "/api/v1/runs/{run_id}/",
        "/api/v1/runs/{run_id}/finish/",
        "/api/v1/runs/{run_id}/heartbeat/",
        "/api/v1/runs/{run_id}/history/",
    } <= set(document["paths"])
    assert set(document["components"]["securitySchemes"]) == {"apiKey", "session"}


def test_the_examples_of_a_batch_are_batches():
    document = SchemaGenerator().get_schema(request=None, public=True)
    post = document["paths"]["/api/v1/runs/{run_id}/history/"]["post"]
    for example in post["requestBody"]["content"]["application/json"]["examples"].values():
        assert decode(example["value"]).batch.points > 0


def test_the_page_has_no_inline_script(client):
    answer = client.get("/api/docs/")
    assert answer.status_code == 200
    assert b"swagger-ui-bundle" in answer.content
    assert b"<script>" not in answer.content
    assert "unsafe" not in answer["Content-Security-Policy"]
