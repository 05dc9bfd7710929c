"""Pictures of reports, to and from a browser."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.models import User
from apps.accounts.signed_in import signed_in
from apps.artifacts.answers import POLICY
from apps.core.answers import known_tags
from apps.core.errors import TrackerError
from apps.reports.errors import NoPicture
from apps.reports.images.answers import image_facts
from apps.reports.images.queries import image_bytes, readable_image
from apps.reports.images.services import put_image
from apps.reports.writing.asked import asked_project, asked_report


@require_POST
@signed_in(back="home")
def put(request: HttpRequest) -> HttpResponse:
    """A picture that was pasted or dropped into the editor: what puts it into the text."""
    report = asked_report(request)
    project = report.project if report else asked_project(request.user, request.POST.get("project", ""))
    author = request.user if isinstance(request.user, User) else None
    try:
        file = request.FILES.get("image")
        if file is None:
            raise NoPicture("No picture was sent.")
        image = put_image(project=project, report=report, author=author, name=file.name or "", stream=file)
    except TrackerError as error:
        return JsonResponse({"code": error.code, "message": error.message, "fields": error.fields}, status=error.status)
    return JsonResponse(image_facts(request, image), status=201)


@require_safe
def image(request: HttpRequest, image_id: int) -> HttpResponse:
    """The bytes of a picture, which never change; whatever a browser makes of them, they run and load nothing."""
    found = readable_image(request.user, image_id)
    tag = f'"{found.sha256}"'
    if tag in known_tags(request):
        response = HttpResponse(status=304)
    else:
        response = HttpResponse(image_bytes(found), content_type=found.media_type)
    response["Content-Security-Policy"] = POLICY
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "private, max-age=31536000, immutable"
    response["Vary"] = "Authorization, Cookie"
    response["ETag"] = tag
    return response
