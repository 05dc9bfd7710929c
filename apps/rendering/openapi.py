"""What the OpenAPI document says of every picture."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse

from apps.core.api import ErrorBodySerializer

SIZES = [
    OpenApiParameter("width", OpenApiTypes.INT, description="px, default 640."),
    OpenApiParameter("height", OpenApiTypes.INT, description="px without the legend, default 320."),
    OpenApiParameter("scale", OpenApiTypes.INT, description="Pixels of a PNG for each px, 1..4, default 2."),
    OpenApiParameter("theme", OpenApiTypes.STR, enum=["light", "dark"]),
]
RESPONSES: dict[Any, Any] = {
    (200, "image/*"): OpenApiTypes.BINARY,
    **{status: OpenApiResponse(ErrorBodySerializer) for status in (400, 401, 403, 404, 422, 503)},
}
