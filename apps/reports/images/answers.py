"""Pictures of reports as JSON."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from rest_framework.request import Request

from apps.reports.answers import absolute_url
from apps.reports.models import ReportImage


def image_facts(request: HttpRequest | Request, image: ReportImage) -> dict[str, Any]:
    return {
        "sha256": image.sha256,
        "name": image.name,
        "media_type": image.media_type,
        "width": image.width,
        "height": image.height,
        "markdown": image.markdown,
        "url": absolute_url(request, reverse("report_image", args=[image.id])),
    }
