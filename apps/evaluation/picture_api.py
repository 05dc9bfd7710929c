"""Pictures of tables: `GET /api/v1/pictures/classes.svg?run=…&run=…`, and of confusion matrices, curves, histograms."""

from collections.abc import Callable, Mapping
from typing import ClassVar

from django.http import HttpResponse, QueryDict
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.views import APIView

from apps.comparison.asking import asked_base, asked_ids
from apps.core.errors import Invalid, NotFound
from apps.core.parameters import text_of, yes_of
from apps.evaluation.drawings import drawing_picture
from apps.evaluation.found import Beside
from apps.evaluation.logged import Logged
from apps.evaluation.pictures import PICTURES
from apps.evaluation.questions import MAX_CLASSES, ClassQuestion, CurveQuestion, MatrixQuestion, TableQuestion
from apps.panels.colours import run_slots
from apps.rendering.answers import AnyPicture, asked_sight, picture_answer, picture_tag
from apps.rendering.openapi import RESPONSES, SIZES
from apps.rendering.pictures import Kind
from apps.runs.access import readable_runs
from apps.tables.confusions import NORMS
from apps.tables.curves import KINDS
from apps.tables.errors import MAX_NAME_LENGTH

_ONLY = ("all", "regressed")
_MAX_STEP = 2**63


class TablePictureView(APIView):
    """The tables of some runs as a picture."""

    content_negotiation_class = AnyPicture
    kind: ClassVar[Kind]

    @extend_schema(
        parameters=[
            OpenApiParameter("table", OpenApiTypes.STR, OpenApiParameter.PATH, enum=list(PICTURES)),
            OpenApiParameter("run", OpenApiTypes.STR, many=True, required=True, description="At most 50, by id."),
            OpenApiParameter("base", OpenApiTypes.STR, description="The baseline, one of the runs; else the first."),
            OpenApiParameter("key", OpenApiTypes.STR, description="Of the tables; else the one that most runs have."),
            OpenApiParameter("step", OpenApiTypes.STR, description="Of all runs; else the newest of each."),
            OpenApiParameter("metric", OpenApiTypes.STR, description="Of classes; else the one that tells most."),
            OpenApiParameter(
                "only", OpenApiTypes.STR, enum=list(_ONLY), description="Of classes: those that got worse."
            ),
            OpenApiParameter("class", OpenApiTypes.STR, many=True, description="These alone; of curves one."),
            OpenApiParameter("norm", OpenApiTypes.STR, enum=list(NORMS), description="Of confusion matrices."),
            OpenApiParameter(
                "difference",
                OpenApiTypes.BOOL,
                description="Of confusion matrices: others as what differs from the baseline's; default true.",
            ),
            OpenApiParameter("curve", OpenApiTypes.STR, enum=list(KINDS), description="Else the first that there is."),
            *SIZES,
        ],
        responses=RESPONSES,
        description="Class tables, confusion matrices, curves and histograms of runs beside each other, as the compare "
        "page has them. Drawn anew when it would look different.",
        tags=["tables"],
    )
    def get(self, request: Request, table: str) -> HttpResponse:
        known = PICTURES.get(table)
        if known is None:
            raise NotFound(f"There is no picture {table[:40]!r} of tables; there are {', '.join(PICTURES)}.")
        params = request.query_params
        sight = asked_sight(params, self.kind, known.size)
        question = _QUESTIONS[table](params)
        runs = readable_runs(request.user, asked_ids(params))
        if not runs:
            raise Invalid("Name the runs: ?run=…", fields={"run": "is missing"})
        beside = Beside(runs, asked_base(params, runs) or runs[0], run_slots(run.id for run in runs))
        found = known.find(Logged(known.form, [run.id for run in runs]), beside, question)
        drawing = known.draw(found, beside, sight)
        tag = picture_tag(sight, drawing)
        return picture_answer(request._request, self.kind, tag, lambda: drawing_picture(drawing, sight))


@extend_schema_view(get=extend_schema(operation_id="table_svg"))
class TableSvg(TablePictureView):
    """The tables of some runs as an SVG."""

    kind = "svg"


@extend_schema_view(get=extend_schema(operation_id="table_png"))
class TablePng(TablePictureView):
    """The tables of some runs as a PNG."""

    kind = "png"


def _classes(params: QueryDict) -> ClassQuestion:
    only = _one_of(params, "only", _ONLY)
    metric = text_of(params, "metric", at_most=MAX_NAME_LENGTH)
    return ClassQuestion(*_table(params), metric, _class_names(params), only_worse=only == "regressed")


def _confusion(params: QueryDict) -> MatrixQuestion:
    difference = yes_of(params, "difference") if "difference" in params else True
    return MatrixQuestion(*_table(params), _one_of(params, "norm", NORMS), difference, _class_names(params))


def _curves(params: QueryDict) -> CurveQuestion:
    curve = _one_of(params, "curve", tuple(KINDS)) if "curve" in params else ""
    return CurveQuestion(*_table(params), curve, text_of(params, "class", at_most=MAX_NAME_LENGTH))


def _histogram(params: QueryDict) -> TableQuestion:
    return TableQuestion(*_table(params))


def _table(params: QueryDict) -> tuple[str, int | None]:
    """The key and the step."""
    text = params.get("step", "").strip()
    digits = text.removeprefix("-")
    if text and not (digits.isascii() and digits.isdigit() and len(digits) < 20 and int(digits) < _MAX_STEP):
        raise Invalid("step is a whole number.", fields={"step": f"{text[:40]!r} is not"})
    return text_of(params, "key", at_most=MAX_NAME_LENGTH), int(text) if text else None


def _class_names(params: QueryDict) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(params.getlist("class")))
    if len(names) > MAX_CLASSES:
        said = f"names {len(names):,} classes; at most {MAX_CLASSES} are drawn"
        raise Invalid(f"class {said}.", fields={"class": said})
    return names


def _one_of(params: QueryDict, name: str, known: tuple[str, ...]) -> str:
    said = params.get(name, known[0])
    if said not in known:
        raise Invalid(f"{name} is {', '.join(known[:-1])} or {known[-1]}.", fields={name: f"{said[:40]!r} is none"})
    return said


_QUESTIONS: Mapping[str, Callable[[QueryDict], TableQuestion]] = {
    "classes": _classes,
    "confusion": _confusion,
    "curves": _curves,
    "histogram": _histogram,
}
