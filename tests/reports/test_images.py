"""Pictures in reports: told by their bytes, drawn from the project alone, kept with what was published."""

from datetime import timedelta
from io import BytesIO

import orjson
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from apps.artifacts.jobs import KEPT_UNNAMED, sweep
from apps.artifacts.models import Blob
from apps.reports.errors import NoPicture, TooManyPictures
from apps.reports.images import services
from apps.reports.images.services import MAX_IMAGE_BYTES, put_image
from apps.reports.models import ReportImage
from apps.reports.publishing import publish
from apps.runs.models import Visibility
from tests import factories
from tests.reports.stories import make_report, picture

pytestmark = pytest.mark.django_db
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'


@pytest.fixture
def project():
    return factories.make_project()


@pytest.fixture
def owner(project):
    return factories.browser(factories.team_admin(project))


def put(project, body, report=None, name="plot.png"):
    author = factories.team_admin(project)
    return put_image(project=project, report=report, author=author, name=name, stream=BytesIO(body))


@pytest.mark.parametrize(("form", "media_type"), [("PNG", "png"), ("JPEG", "jpeg"), ("GIF", "gif"), ("WEBP", "webp")])
def test_a_pasted_picture_is_stored_and_drawn_from_this_site(project, owner, form, media_type):
    report = make_report(project, "x")
    file = SimpleUploadedFile("my [plot]!.bin", picture(form), content_type="text/html")
    answer = owner.post("/r/images/", {"report": report.slug, "image": file})
    assert answer.status_code == 201
    facts = answer.json()
    assert (facts["media_type"], facts["width"], facts["height"]) == (f"image/{media_type}", 3, 2)
    assert facts["markdown"] == f"![my plot](image:{facts['sha256']})"
    page = owner.post("/r/preview/", {"project": str(project), "title": "x", "markdown": facts["markdown"]})
    address = facts["url"].removeprefix("http://testserver")
    image = f'<img class="report-image" src="{address}" alt="my plot" width="3" height="2" loading="lazy">'
    assert image in page.content.decode()
    got = owner.get(address)
    assert got.content == picture(form)
    assert got["Content-Type"] == f"image/{media_type}"
    assert got["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in got["Content-Security-Policy"]
    assert owner.get(address, headers={"if-none-match": got["ETag"]}).status_code == 304


@pytest.mark.parametrize(
    "body",
    [
        SVG,
        b"\x89PNG\r\n\x1a\n" + SVG,
        b"GIF89a" + SVG,
        b"",
        picture()[:40],
        b"%PDF-1.7",
        b"<html><script>alert(1)</script>",
        picture() + b"x" * MAX_IMAGE_BYTES,
    ],
)
def test_what_is_no_picture_is_refused_and_not_stored(project, owner, body):
    report = make_report(project, "x")
    file = SimpleUploadedFile("plot.png", body, content_type="image/png")
    answer = owner.post("/r/images/", {"report": report.slug, "image": file})
    assert answer.status_code == 400
    assert "PNG, JPEG, GIF and WebP" in answer.json()["message"] or "fields" in answer.json()
    assert not ReportImage.objects.exists()
    assert not Blob.objects.exists()


def test_a_picture_that_unpacks_to_very_much_is_refused(project):
    with pytest.raises(NoPicture, match="13,000 × 1 pixels"):
        put(project, picture(size=(13_000, 1)))
    with pytest.raises(NoPicture, match="at most 12,000 a side"):
        put(project, picture("GIF", size=(9_000, 9_000)))


def test_a_report_takes_so_many_pictures_and_equal_ones_once(project, monkeypatch):
    monkeypatch.setattr(services, "MAX_IMAGES", 2)
    report = make_report(project, "x")
    first = put(project, picture(), report)
    assert put(project, picture(), report) == first
    put(project, picture(colour="blue"), report)
    with pytest.raises(TooManyPictures, match="At most 2 pictures"):
        put(project, picture(colour="green"), report)
    assert put(project, picture(colour="green")).report is None  # a new report counts for itself


def test_pictures_are_drawn_in_their_project_alone_and_for_its_readers(project, owner):
    own, other = put(project, picture()), put(factories.make_project(), picture(colour="blue"))
    report = make_report(project, f"![one](image:{own.sha256}) ![two](image:{other.sha256}) ![x](image:<script>)")
    page = owner.get(f"/r/{report.slug}/").content.decode()
    assert page.count('class="report-image"') == 1
    assert "[two: there is no such picture]" in page
    assert "image:" not in page
    stranger = factories.browser(factories.make_user())
    address = page.partition('class="report-image" src="')[2].partition('"')[0]
    assert stranger.get(address).status_code == 404
    assert owner.get(address).status_code == 200
    assert Client().get(address).status_code == 302  # to sign in
    viewer = factories.make_user()
    project.team.memberships.create(user=viewer, role="viewer")
    file = SimpleUploadedFile("plot.png", picture(colour="green"))
    assert factories.browser(viewer).post("/r/images/", {"report": report.slug, "image": file}).status_code == 404


def test_words_of_a_picture_stay_words(project, owner):
    image = put(project, picture())
    report = make_report(project, f'![" onerror="alert(1) <b>x</b>](image:{image.sha256} "t")')
    page = owner.get(f"/r/{report.slug}/").content.decode()
    assert 'alt="&quot; onerror=&quot;alert(1)' in page


def test_a_published_version_keeps_its_pictures(project, owner):
    image = put(project, picture())
    report = make_report(project, f"![one](image:{image.sha256})")
    publish(report=report, by=factories.team_admin(project))
    ReportImage.objects.all().delete()
    page = owner.get(f"/r/{report.slug}/").content.decode()
    address = f"/r/{report.slug}/pieces/{image.sha256}"
    assert f'src="{address}"' in page
    got = owner.get(address)
    assert (got.content, got["Content-Type"]) == (picture(), "image/png")
    facts = orjson.loads(owner.get(f"/r/{report.slug}/1.json").content)
    assert facts["images"] == [image.sha256]


def test_a_picture_comes_over_the_api(project):
    report = make_report(project, "x")
    client = factories.api_client(factories.team_admin(project))
    path = f"/api/v1/reports/{report.slug}/images/?name=loss.png"
    answer = client.post(path, data=picture(), content_type="image/png")
    assert answer.status_code == 201
    assert answer.json()["markdown"] == f"![loss](image:{answer.json()['sha256']})"
    refused = client.post(path, data=SVG, content_type="image/png")
    assert (refused.status_code, refused.json()["code"]) == (400, "no_picture")


def test_the_sweep_keeps_what_reports_show_and_removes_it_with_the_project(project):
    image = put(project, picture())
    later = timezone.now() + KEPT_UNNAMED + timedelta(hours=1)
    for moment in (timezone.now(), later):
        sweep(moment)
    assert Blob.objects.filter(id=image.blob_id, condemned_at=None).exists()
    project.visibility = Visibility.PUBLIC
    project.delete()
    for moment in (timezone.now(), later, later):
        sweep(moment)
    assert not Blob.objects.exists()
