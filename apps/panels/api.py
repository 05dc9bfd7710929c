"""Series out: what charts draw. The hot path of reading, hence no REST framework; documented in openapi.py."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from apps.core import metrics
from apps.core.answers import known_tags
from apps.core.api_errors import WrongMethod
from apps.core.bodies import parse_json, read_body
from apps.history import charts
from apps.history.charts import Answer
from apps.panels import wire
from apps.panels.questions import Asked, body_questions, url_question
from apps.panels.resolving import resolved
from apps.runs.grants import require_read_grants


def series(request: HttpRequest) -> HttpResponse:
    """One question, in the URL: `GET /api/v1/series/?run=…&key=…`."""
    if request.method not in ("GET", "HEAD"):
        raise WrongMethod("GET")
    question = url_question(dict(request.GET.lists()))
    return _answered(request, [question], lambda found: wire.json_answer_body(found[0]))


@csrf_exempt  # it only reads
def series_query(request: HttpRequest) -> HttpResponse:
    """Many questions in one body, answered from one snapshot with each run's tail read once."""
    if request.method != "POST":
        raise WrongMethod("POST")
    questions = body_questions(parse_json(read_body(request, request.META)))
    return _answered(request, questions, lambda found: {"answers": [wire.json_answer_body(one) for one in found]})


def _answered(request: HttpRequest, asked: list[Asked], shape: Callable[[list[Answer]], object]) -> HttpResponse:
    require_read_grants(request, [run_id for one in asked for run_id in one.question.run_ids])
    questions = resolved(asked)
    binary = wire.BINARY_TYPE in request.headers.get("Accept", "")
    tag = f'"{"b" if binary else "j"}-{charts.etag(questions)}"'
    if tag in known_tags(request):
        response = HttpResponse(status=304)
    elif binary:
        response = HttpResponse(wire.binary_bytes(charts.answers(questions)), content_type=wire.BINARY_TYPE)
    else:
        response = HttpResponse(wire.json_bytes(shape(charts.answers(questions))), content_type="application/json")
    metrics.charts_answered(len(questions))
    response["ETag"] = tag
    response["Cache-Control"] = "private, no-cache"
    response["Vary"] = "Accept, Authorization, Cookie"
    return response
