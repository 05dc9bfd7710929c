"""Pictures of reports over the API."""

from io import BytesIO

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.models import User
from apps.core.api import ErrorBodySerializer
from apps.core.parameters import text_of
from apps.reports.access import writable_report
from apps.reports.images.answers import image_facts
from apps.reports.images.services import MAX_IMAGE_BYTES, put_image
from apps.reports.models import MAX_IMAGE_NAME
from apps.reports.serializers import ImageFacts

_REFUSALS = {status: OpenApiResponse(ErrorBodySerializer) for status in (400, 401, 403, 404, 409, 429, 503)}


class ReportImages(APIView):
    """The pictures of a report."""

    @extend_schema(
        operation_id="put_report_image",
        parameters=[
            OpenApiParameter("report_id", OpenApiTypes.STR, OpenApiParameter.PATH, description="13 characters."),
            OpenApiParameter("name", OpenApiTypes.STR, description="Of the file: the words for the picture."),
        ],
        request={"application/octet-stream": OpenApiTypes.BINARY},
        responses={201: ImageFacts, **_REFUSALS},
        tags=["reports"],
    )
    def post(self, request: Request, report_id: int) -> Response:
        """Store a picture (the body: PNG, JPEG, GIF or WebP, ≤ 5 MiB) for the report; the same bytes again are one."""
        report = writable_report(request.user, report_id)
        name = text_of(request.query_params, "name", at_most=MAX_IMAGE_NAME)
        body = request._request.read(MAX_IMAGE_BYTES + 1)
        author = request.user if isinstance(request.user, User) else None
        image = put_image(project=report.project, report=report, author=author, name=name, stream=BytesIO(body))
        return Response(image_facts(request, image), status=201)
