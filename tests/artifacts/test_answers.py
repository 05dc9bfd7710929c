"""Files out: nothing of them runs, parts and unchanged ones, who may have them."""

import io
import time

import pytest
from django.test import Client

from apps.accounts.models import AuditEvent, Scope
from apps.artifacts import links, services
from apps.artifacts.kinds import HEAD_BYTES, kind_of
from apps.artifacts.models import RunFile
from apps.runs.models import Visibility
from apps.runs.removal import archive_run, delete_run
from tests.artifacts.files import HTML, SVG, body_of, file_path, png, put, wav
from tests.factories import ApiClient, api_client, make_key, make_project, make_run, make_team, make_user, team_admin

MP4 = b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41" + b"\0" * 64
WEBM = b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\1\x42\xf7\x81\1\x42\x82\x84webm" + b"\0" * 64


@pytest.mark.parametrize(
    ("path", "body", "said", "kind", "media_type"),
    [
        ("a.png", png(), "", "image", "image/png"),
        ("a.txt", png(), "text/html", "image", "image/png"),
        ("a.jpg", b"\xff\xd8\xff\xe0\0\x10JFIF" + b"\0" * 20, "", "image", "image/jpeg"),
        ("a.gif", b"GIF89a" + b"\0" * 20, "", "image", "image/gif"),
        ("a.webp", b"RIFF\x24\0\0\0WEBPVP8 ", "", "image", "image/webp"),
        ("a.avif", b"\0\0\0\x1cftypavif" + b"\0" * 20, "", "image", "image/avif"),
        ("a.wav", wav(), "", "audio", "audio/wav"),
        ("a.mp3", b"ID3\4\0\0\0\0\0\0", "", "audio", "audio/mpeg"),
        ("a.mp3", b"\xff\xfb\x90\x00" + b"\0" * 20, "", "audio", "audio/mpeg"),
        ("a.mp4", MP4, "", "video", "video/mp4"),
        ("a.webm", WEBM, "", "video", "video/webm"),
        ("a.txt", b"plain", "", "text", "text/plain"),
        ("a", b"\x1b[31mred\x1b[0m\r\n", "", "text", "text/plain"),
        ("a.csv", b"x,y\n1,2\n", "application/octet-stream", "text", "text/csv"),
        ("a.json", b'{"a": 1}', "", "text", "application/json"),
        ("a.svg", SVG, "", "markup", "image/svg+xml"),
        ("a.png", SVG, "image/png", "markup", "text/plain"),
        ("a.html", HTML, "", "markup", "text/html"),
        ("a.txt", HTML, "text/plain", "markup", "text/plain"),
        ("a.txt", b"\xef\xbb\xbf \n<svg>", "", "markup", "text/plain"),
        ("a.html", b"no tags at all", "", "markup", "text/html"),
        ("a.txt", b"no tags at all", "text/html", "markup", "text/html"),
        ("a.xhtml", b"x", "", "markup", "application/xhtml+xml"),
        ("a.png", b"\0\1\2\3", "image/png", "other", "application/octet-stream"),
        ("a.html", b"\0<html><script>", "text/html", "other", "application/octet-stream"),
        ("a.js", b"\xff\xfealert(1)", "text/javascript", "other", "application/octet-stream"),
        ("a.zip", b"PK\3\4\0\0", "", "other", "application/zip"),
        ("a.pdf", b"%PDF-1.7\n\xe2\xe3\xcf\xd3\n\0", "", "other", "application/pdf"),
        ("empty", b"", "", "text", "text/plain"),
    ],
)
def test_a_file_is_what_its_bytes_say(path, body, said, kind, media_type):
    assert kind_of(body, path, said) == (kind, media_type)


def test_a_character_cut_at_the_end_of_the_head_is_still_text():
    body = ("x" + "é" * HEAD_BYTES).encode()
    assert kind_of(body[:HEAD_BYTES], "a.txt").name == "text"
    assert kind_of(b"whole but broken \xc3", "a.txt").name == "other"


@pytest.fixture
def run():
    return make_run()


@pytest.fixture
def client_of(run):
    return api_client(team_admin(run))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "body", "served", "disposition"),
    [
        ("p.png", png(), "image/png", "inline"),
        ("p.txt", b"text", "text/plain; charset=utf-8", "inline"),
        ("p.csv", b"a,b", "text/plain; charset=utf-8", "inline"),
        ("p.wav", wav(), "audio/wav", "inline"),
        ("p.svg", SVG, "application/octet-stream", "attachment"),
        ("p.png", SVG, "application/octet-stream", "attachment"),
        ("p.html", HTML, "application/octet-stream", "attachment"),
        ("p.txt", HTML, "application/octet-stream", "attachment"),
        ("p.bin", b"\0\1", "application/octet-stream", "attachment"),
        ("p.pdf", b"%PDF-1.7\0", "application/octet-stream", "attachment"),
    ],
)
def test_no_answer_lets_anything_run(run, client_of, path, body, served, disposition):
    put(client_of, run, path, body)
    for answer in (
        client_of.get(file_path(run, path)),
        client_of.head(file_path(run, path)),
        client_of.get(file_path(run, path), HTTP_RANGE="bytes=0-1"),
        client_of.get(file_path(run, path), HTTP_IF_NONE_MATCH=f'"{RunFile.objects.get().sha256}"'),
    ):
        assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Cache-Control"].startswith("private")
        assert answer["X-Frame-Options"] == "DENY"
        assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
        assert answer["Content-Disposition"].split(";")[0] == disposition
        if answer.status_code != 304:
            assert answer["Content-Type"] == served
    saved = client_of.get(file_path(run, path) + "?download")
    assert saved["Content-Disposition"] == f'attachment; filename="{path}"'


@pytest.mark.django_db
def test_names_travel_in_headers_and_urls(run, client_of):
    path = 'médiа/100% "sure"; x=y/日本 #1?.txt'
    facts = put(client_of, run, path, b"x").json()
    assert facts["path"] == path
    answer = client_of.get(facts["url"].removeprefix("http://testserver"))
    assert answer.status_code == 200
    assert answer["Content-Disposition"] == "inline; filename*=utf-8''%E6%97%A5%E6%9C%AC%20%231%3F.txt"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("asked", "status", "start", "end"),
    [
        ("bytes=0-3", 206, 0, 4),
        ("bytes=3-", 206, 3, 10),
        ("bytes=-4", 206, 6, 10),
        ("bytes=-400", 206, 0, 10),
        ("bytes=8-400", 206, 8, 10),
        ("bytes=9-9", 206, 9, 10),
        ("bytes=5-2", 200, 0, 10),
        ("bytes=0-1,4-5", 200, 0, 10),
        ("lines=0-1", 200, 0, 10),
        ("bytes=x-y", 200, 0, 10),
        ("bytes=-", 200, 0, 10),
    ],
)
def test_a_range_gives_its_part(run, client_of, asked, status, start, end):
    put(client_of, run, "a.bin", b"0123456789")
    answer = client_of.get(file_path(run, "a.bin"), HTTP_RANGE=asked)
    assert (answer.status_code, body_of(answer)) == (status, b"0123456789"[start:end])
    assert answer["Content-Length"] == str(end - start)
    assert answer.get("Content-Range") == (f"bytes {start}-{end - 1}/10" if status == 206 else None)
    head = client_of.head(file_path(run, "a.bin"), HTTP_RANGE=asked)
    assert (head.status_code, head["Content-Length"], head.content) == (status, str(end - start), b"")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "asked"), [(b"0123456789", "bytes=10-"), (b"0123456789", "bytes=-0"), (b"", "bytes=0-")]
)
def test_a_range_outside_is_refused(run, client_of, body, asked):
    put(client_of, run, "a.bin", body)
    answer = client_of.get(file_path(run, "a.bin"), HTTP_RANGE=asked)
    assert (answer.status_code, answer.json()["code"]) == (416, "range_refused")
    assert answer["Content-Range"] == f"bytes */{len(body)}"


@pytest.mark.django_db
def test_a_part_of_bytes_that_were_replaced_is_the_whole_of_the_new_ones(run, client_of):
    put(client_of, run, "a.bin", b"0123456789")
    etag = client_of.get(file_path(run, "a.bin"))["ETag"]
    same = client_of.get(file_path(run, "a.bin"), HTTP_RANGE="bytes=5-", HTTP_IF_RANGE=etag)
    assert same.status_code == 206
    put(client_of, run, "a.bin", b"abcdefghij")
    other = client_of.get(file_path(run, "a.bin"), HTTP_RANGE="bytes=5-", HTTP_IF_RANGE=etag)
    assert (other.status_code, body_of(other)) == (200, b"abcdefghij")
    assert client_of.get(file_path(run, "a.bin"), HTTP_IF_NONE_MATCH=etag).status_code == 200
    assert client_of.get(file_path(run, "a.bin"), HTTP_IF_NONE_MATCH=other["ETag"]).status_code == 304


# --- who may ---


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("who", "scope", "reads", "puts", "deletes"),
    [
        ("admin", Scope.ADMIN, 200, 201, 204),
        ("member", Scope.ADMIN, 200, 201, 204),
        ("member", Scope.INGEST, 200, 201, 403),
        ("member", Scope.READ, 200, 403, 403),
        ("viewer", Scope.ADMIN, 200, 404, 404),
        ("viewer", Scope.READ, 200, 403, 403),
        ("stranger", Scope.ADMIN, 404, 404, 404),
        ("nobody", None, 401, 401, 401),
    ],
)
def test_who_reads_sends_and_deletes_files(who, scope, reads, puts, deletes):
    people = {name: make_user(name) for name in ("admin", "member", "viewer", "stranger")}
    team = make_team("vision", admin=people["admin"], member=people["member"], viewer=people["viewer"])
    run = make_run(make_project(team))
    services.put_file(run, "a.txt", io.BytesIO(b"secret words"))
    client = ApiClient() if scope is None else ApiClient(make_key(people[who], scope))
    for path in ("", "a.txt"):
        answer = client.get(file_path(run, path))
        assert answer.status_code == reads
        assert reads == 200 or b"secret" not in answer.content
    assert client.head(file_path(run, "a.txt")).status_code == reads
    assert put(client, run, "b.txt", b"x").status_code == puts
    assert RunFile.objects.filter(path="b.txt").exists() == (puts == 201)
    assert client.delete(file_path(run, "a.txt")).status_code == deletes
    assert RunFile.objects.filter(path="a.txt", deleted_at=None).exists() == (deletes != 204)


@pytest.mark.django_db
def test_anyone_reads_the_files_of_a_public_project():
    run = make_run(make_project(visibility=Visibility.PUBLIC))
    services.put_file(run, "a.txt", io.BytesIO(b"x"))
    assert Client().get(file_path(run, "a.txt")).status_code == 200
    assert Client().get(file_path(run)).status_code == 200
    assert put(ApiClient(), run, "a.txt", b"y").status_code == 401


@pytest.mark.django_db
def test_a_browser_that_sends_files_carries_its_token(run):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(team_admin(run))
    assert put(browser, run, "a.txt", b"x").status_code == 403
    assert browser.delete(file_path(run, "a.txt")).status_code == 403


@pytest.mark.django_db
def test_a_file_of_another_run_is_not_found_under_this_one(run, client_of):
    services.put_file(make_run(), "a.txt", io.BytesIO(b"x"))
    assert client_of.get(file_path(run, "a.txt")).status_code == 404


@pytest.mark.django_db
def test_who_deleted_a_file_is_known(run):
    admin = team_admin(run)
    client = api_client(admin, Scope.ADMIN)
    put(client, run, "a.txt", b"x")
    assert client.delete(file_path(run, "a.txt")).status_code == 204
    assert client.get(file_path(run, "a.txt")).status_code == 404
    assert client.delete(file_path(run, "a.txt")).status_code == 404
    event = AuditEvent.objects.get(action="file.deleted")
    assert (event.actor, event.team, event.target) == (admin, run.project.team, f"{run.project}/{run.slug}/a.txt")


# --- lists ---


@pytest.mark.django_db
def test_files_are_listed_in_pages_by_path(run, client_of):
    for path in ("b/2.txt", "a.txt", "b/1.txt", "B.txt"):
        put(client_of, run, path, path.encode())
    listed, after = [], ""
    for _ in range(2):
        page = client_of.get(file_path(run), {"limit": 2, "after": after}).json()
        listed += [one["path"] for one in page["files"]]
        after = page["next"]
    assert (sorted(listed), after) == (["B.txt", "a.txt", "b/1.txt", "b/2.txt"], None)
    assert [one["path"] for one in client_of.get(file_path(run), {"prefix": "b/"}).json()["files"]] == [
        "b/1.txt",
        "b/2.txt",
    ]
    assert len(client_of.get(file_path(run), {"search": "B"}).json()["files"]) == 3
    for bad in ({"limit": "0"}, {"limit": "1001"}, {"limit": "²"}, {"search": "\0"}):
        assert client_of.get(file_path(run), bad).status_code == 400


@pytest.mark.django_db
def test_ten_files_cost_as_many_queries_as_two(run, client_of, django_assert_num_queries):
    for number in range(10):
        put(client_of, run, f"{number}.txt", b"x")
    with django_assert_num_queries(3):
        assert len(client_of.get(file_path(run), {"limit": 2}).json()["files"]) == 2
    with django_assert_num_queries(3):
        assert len(client_of.get(file_path(run)).json()["files"]) == 10


# --- a host of their own ---


@pytest.mark.django_db
class TestFilesHost:
    @pytest.fixture(autouse=True)
    def host(self, settings):
        settings.FILES_URL = "http://files.example"

    def signed(self, run):
        return links.file_url(RunFile.objects.get(run=run)).removeprefix("http://files.example")

    def test_a_browser_is_sent_to_the_other_host_and_a_key_is_not(self, run, client_of):
        put(client_of, run, "p.png", png())
        assert client_of.get(file_path(run, "p.png")).status_code == 200
        browser = Client()
        browser.force_login(team_admin(run))
        answer = browser.get(file_path(run, "p.png"))
        assert answer.status_code == 302
        assert answer["Location"].startswith("http://files.example/f/")
        shown = Client().get(answer["Location"].removeprefix("http://files.example"), HTTP_HOST="files.example")
        assert (shown.status_code, body_of(shown)) == (200, png())
        assert shown["Content-Security-Policy"] == "sandbox; default-src 'none'"

    def test_a_signed_address_works_on_that_host_alone_and_for_these_bytes_alone(self, run, client_of):
        put(client_of, run, "a.txt", b"old")
        path = self.signed(run)
        assert Client().get(path, HTTP_HOST="files.example").status_code == 200
        assert Client().get(path).status_code == 404
        assert Client().get(path.replace("/f/", "/f/x"), HTTP_HOST="files.example").status_code == 404
        put(client_of, run, "a.txt", b"new")
        assert Client().get(path, HTTP_HOST="files.example").status_code == 404

    def test_a_signed_address_expires(self, run, client_of, monkeypatch):
        put(client_of, run, "a.txt", b"x")
        path = self.signed(run)
        now = time.time()
        monkeypatch.setattr("django.core.signing.time.time", lambda: now + links.SIGNED_SECONDS + 1)
        assert Client().get(path, HTTP_HOST="files.example").status_code == 404

    def test_that_host_shows_nothing_else(self, run):
        browser = Client()
        browser.force_login(team_admin(run))
        for path in ("/", run.get_absolute_url(), file_path(run), "/accounts/sign-in/", "/healthz"):
            assert browser.get(path, HTTP_HOST="files.example").status_code == 404

    def test_pages_may_show_pictures_from_there(self):
        policy = Client().get("/accounts/sign-in/")["Content-Security-Policy"]
        assert "img-src 'self' data: http://files.example;" in policy
        assert "media-src 'self' http://files.example;" in policy


@pytest.mark.django_db
def test_without_a_host_of_their_own_no_signed_address_works(run, client_of):
    put(client_of, run, "a.txt", b"x")
    path = f"/f/{links.signature(RunFile.objects.get())}/a.txt"
    assert Client().get(path).status_code == 404


@pytest.mark.django_db
def test_files_of_a_deleted_run_go_with_it(client_of, run):
    put(client_of, run, "a.txt", b"x")
    archive_run(run.id)
    delete_run(run.id)
    assert RunFile.objects.count() == 0
    services.remove_run_files(run.id)
    assert put(client_of, run, "b.txt", b"x").status_code == 404
