"""The API's own description."""

import re

import pytest
import yaml
from django.urls import get_resolver
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

from apps.ingest.decode import decode
from tests.core.test_api_errors import api_patterns

pytestmark = pytest.mark.django_db


def test_the_document_is_valid_and_holds_every_path(client):
    answer = client.get("/api/schema/")
    assert answer.status_code == 200
    document = yaml.safe_load(answer.content)
    validate_schema(document)
    simple = {
        re.sub("<[a-z]+:([a-z_0-9]+)>", r"{\1}", path) for path in api_patterns(get_resolver().url_patterns).values()
    }
    assert set(document["paths"]) == simple
    assert all(one["summary"] for operations in document["paths"].values() for one in operations.values())
    assert set(document["components"]["securitySchemes"]) == {"apiKey", "session"}


def test_nothing_of_the_document_is_guessed():
    GENERATOR_STATS.reset()
    with GENERATOR_STATS.silence():
        SchemaGenerator().get_schema(request=None, public=True)
    found = [*GENERATOR_STATS._warn_cache, *GENERATOR_STATS._error_cache]
    GENERATOR_STATS.reset()
    assert found == []


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
