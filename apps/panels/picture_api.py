"""Pictures of line panels: `GET /api/v1/pictures/series.svg?run=…&key=…`, the question as of `series/`."""

from dataclasses import replace

from django.http import HttpRequest, HttpResponse, QueryDict

from apps.core.api_errors import WrongMethod
from apps.core.errors import Invalid
from apps.core.parameters import yes_of
from apps.history import charts
from apps.panels.drawn_ranges import Ends
from apps.panels.pictures import SPREADS, Sight, series_picture, usual_draw, usual_px
from apps.panels.questions import url_question
from apps.panels.resolving import resolved
from apps.rendering.answers import SIZE_NAMES, asked_sight, picture_answer, picture_tag
from apps.rendering.pictures import Kind
from apps.runs.grants import require_read_grants
from apps.runs.models import Run

_SIGHT_NAMES = (*SIZE_NAMES, "y", "y_range", "clip", "spread")


def series_picture_of(request: HttpRequest, kind: Kind) -> HttpResponse:
    """The chart of one metric of some runs, as a page draws it."""
    if request.method not in ("GET", "HEAD"):
        raise WrongMethod("GET")
    sight = _sight(request.GET, kind)
    said = {name: values for name, values in request.GET.lists() if name not in _SIGHT_NAMES}
    asked = url_question(said)
    require_read_grants(request, asked.question.run_ids)
    question = asked.question
    if "draw" not in said:
        question = replace(question, draw=usual_draw(len(question.run_ids), question.x))
    if "px" not in said:
        question = replace(question, px=usual_px(question, sight.width))
    questions = resolved([asked._replace(question=question)])
    names = dict(Run.objects.filter(id__in=question.run_ids).values_list("id", "name"))
    tag = picture_tag(sight, sorted(names.items()), charts.etag(questions))
    return picture_answer(request, kind, tag, lambda: series_picture(charts.answers(questions)[0], names, sight))


def _sight(params: QueryDict, kind: Kind) -> Sight:
    y, spread = params.get("y", "linear"), params.get("spread", "std")
    chosen = next((one for one in SPREADS if one == spread), None)
    bad = {}
    if y not in ("linear", "log"):
        bad["y"] = f"{y[:40]!r} is neither linear nor log"
    if chosen is None:
        bad["spread"] = f"{spread[:40]!r} is not one of {', '.join(SPREADS)}"
    if bad or chosen is None:
        raise Invalid("The picture cannot be drawn so.", fields=bad)
    return Sight(
        **vars(asked_sight(params, kind)),
        log=y == "log",
        y_range=_ends(params.get("y_range", "")),
        clip=yes_of(params, "clip"),
        spread=chosen,
    )


def _ends(text: str) -> Ends | None:
    """Of "0,2.5": either end may be left out; None of "". Raises Invalid."""
    if not text:
        return None
    try:
        low, high = (float(end) if end else None for end in text.split(","))
        if (low is None and high is None) or (low is not None and high is not None and not low < high):
            raise ValueError
    except ValueError:
        said = "is not two numbers with a comma, the lower one first; either may be left out"
        raise Invalid(f"y_range {said}.", fields={"y_range": said}) from None
    return low, high
