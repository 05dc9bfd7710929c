"""What a document draws, and what is wrong with it, over HTTP: POSTs that only read."""

from collections.abc import Mapping, Sequence
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core import ids
from apps.core.errors import Invalid
from apps.custom_panels import serializers
from apps.custom_panels.access import readable_panel, version_of
from apps.custom_panels.answers import check_answer, data_answer
from apps.custom_panels.api import REFUSALS
from apps.custom_panels.checking import checked, good_document
from apps.custom_panels.data import panel_data
from apps.custom_panels.limits import MAX_RUNS
from apps.custom_panels.services import stored_text
from apps.runs.access import AnyUser, readable_project, require_readable


class PanelCheck(APIView):
    """What is wrong with a document."""

    only_reads = True

    @extend_schema(
        operation_id="check_panel",
        request=serializers.PanelText,
        responses={200: serializers.PanelCheck, **REFUSALS},
        tags=["panels"],
    )
    def post(self, request: Request, team: str, project: str) -> Response:
        """Every problem at its line and column, the sources with their columns, the parameters. Stores nothing."""
        readable_project(request.user, team, project)
        asked = serializers.PanelText(data=request.data)
        asked.is_valid(raise_exception=True)
        said = asked.validated_data
        return Response(check_answer(checked(said["document"], said.get("parameters"))))


class PanelRows(APIView):
    """What a document draws."""

    only_reads = True

    @extend_schema(
        operation_id="read_panel_data",
        request=serializers.PanelQuestion,
        responses={200: serializers.PanelAnswer, **REFUSALS},
        tags=["panels"],
    )
    def post(self, request: Request, team: str, project: str) -> Response:
        """The rows of a document's sources over this project, and the document with its parameters filled in."""
        found = readable_project(request.user, team, project)
        asked = serializers.PanelQuestion(data=request.data)
        asked.is_valid(raise_exception=True)
        said = asked.validated_data
        given = said.get("parameters", {})
        document = good_document(_text(request.user, said), given)
        run_ids = asked_runs(request.user, said.get("runs"))
        baseline = _ids([said["baseline"]], "baseline")[0] if said.get("baseline") else None
        answer = panel_data(found, document, given, run_ids, baseline=baseline, theme=said.get("theme", "light"))
        return Response(data_answer(answer))


def asked_runs(user: AnyUser, texts: Sequence[str] | None) -> list[int] | None:
    """The ids of the runs that a page gives, each once. Raises Invalid, and NotFound for those not theirs to read."""
    if texts is None:
        return None
    run_ids = _ids(list(dict.fromkeys(texts)), "runs")
    if len(run_ids) > MAX_RUNS:
        message = f"A panel is given at most {MAX_RUNS:,} runs; {len(run_ids):,} came."
        raise Invalid(message, fields={"runs": f"more than {MAX_RUNS:,}"})
    require_readable(user, run_ids)
    return run_ids


def _ids(texts: Sequence[str], field: str) -> list[int]:
    try:
        return [ids.from_text(text) for text in texts]
    except ValueError as error:
        raise Invalid(str(error), fields={field: str(error)}) from error


def _text(user: AnyUser, said: Mapping[str, Any]) -> str:
    """The document that a question carries, or of the panel that it names."""
    if ("document" in said) == ("panel" in said):
        message = "A question has a document, or names a panel."
        raise Invalid(message, fields={"document": "either this or panel is needed"})
    if "document" in said:
        return stored_text(said["document"])
    panel = readable_panel(user, _ids([said["panel"]], "panel")[0])
    return version_of(panel, said.get("version")).document
