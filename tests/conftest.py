"""What every test may ask for.

`pytest` alone runs on SQLite in a temporary PACELINE_DATA (tests/settings.py); nothing else need be installed.
`PACELINE_TEST_ON=postgresql pytest` or `=two` starts a throwaway PostgreSQL and runs what touches the database on it.

Databases: mark a test `django_db` (with transaction=True where other threads or real commits matter). It may use both
planes whatever databases they are on.

Real processes:
    site        one running Paceline (supervisor, granian, worker; SQLite, no demo) shared by a test session:
                .url          "http://127.0.0.1:PORT"
                .admin_key    an API key of the user admin (team admin), scope admin
                .sign_in(page)    signs a browser page in as admin
                .manage("api_key", "admin", "--scope", "read")    what a management command prints
                .log          the file with what its processes wrote
    make_site   a function that starts another one, for tests that stop or break it:
                make_site(), make_site(DATABASE_URL=…, REDIS_URL=…). Beside the above: .stop(), .start() again on the
                same data and port, .pids("web" or "worker"), .supervisor_pid, .data. Closed when the test ends.
    s3_environment    PACELINE_FILES and what goes with it, for a new bucket on a throwaway S3-compatible server
    postgresql_url, redis_url    an empty database on the throwaway PostgreSQL; the throwaway Redis, emptied.

Browser: `page`, in a fresh `context` (1280 x 800) of the one `browser`, is the system's Chromium under Playwright:
    def test_the_home_page_lists_projects(site, page):
        site.sign_in(page)
        page.goto(site.url)
"""

import os
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings as hypothesis_settings

from tests.services.finders import chromium_program
from tests.services.folders import temporary_folder
from tests.services.site import Site

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

# Of a property test that says no number: the suite is run often, and what it finds once becomes an @example.
hypothesis_settings.register_profile("suite", max_examples=50)
hypothesis_settings.load_profile("suite")

QUIET_CHROMIUM = [
    "--no-sandbox",  # the suite may run as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
ONCE = {
    "browser",
    "client",
    "system",
    "services",
}  # folders of tests that choose their databases themselves, or need none


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let database tests use both planes; on another database than SQLite, run only what touches the database."""
    for item in items:
        marker = item.get_closest_marker("django_db")
        if marker is not None and not marker.kwargs.get("databases"):
            everything = pytest.mark.django_db(*marker.args, **{**marker.kwargs, "databases": "__all__"})
            item.add_marker(everything, append=False)
    if os.environ.get("PACELINE_TEST_ON", "sqlite") != "sqlite":
        chosen = [item for item in items if _touches_the_database(item)]
        config.hook.pytest_deselected(items=[item for item in items if not _touches_the_database(item)])
        items[:] = chosen


def _touches_the_database(item: pytest.Item) -> bool:
    folder = item.path.relative_to(Path(__file__).parent).parts[0]
    wants = {"db", "transactional_db"} & set(getattr(item, "fixturenames", ()))
    return folder not in ONCE and (item.get_closest_marker("django_db") is not None or bool(wants))


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    running = Site(temporary_folder("paceline-site-"))
    yield running
    running.close()


@pytest.fixture
def make_site() -> Iterator[Callable[..., Site]]:
    made: list[Site] = []

    def make(**environment: str) -> Site:
        made.append(Site(temporary_folder("paceline-site-"), **environment))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The URL, without a database name, of the throwaway PostgreSQL."""
    if "PACELINE_TEST_POSTGRESQL" in os.environ:
        yield os.environ["PACELINE_TEST_POSTGRESQL"]
        return
    from tests.services.servers import start_postgresql

    kept, url = start_postgresql()
    yield url
    kept.stop()


@pytest.fixture(scope="session")
def redis_server() -> Iterator[str]:
    """The URL of the throwaway Redis, without a database number."""
    if "PACELINE_TEST_REDIS" in os.environ:
        yield os.environ["PACELINE_TEST_REDIS"]
        return
    from tests.services.servers import start_redis

    kept, url = start_redis()
    yield url
    kept.stop()


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """The URL of a throwaway S3-compatible server."""
    from tests.services.servers import start_s3

    kept, url = start_s3()
    yield url
    kept.stop()


@pytest.fixture
def s3_environment(s3_server: str) -> dict[str, str]:
    """The environment of a site whose files lie in a new bucket of the throwaway S3-compatible server."""
    import boto3

    bucket = f"files-{secrets.token_hex(6)}"
    environment = {
        "AWS_ENDPOINT_URL": s3_server,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
    }
    client = boto3.client(
        "s3",
        endpoint_url=s3_server,
        region_name="us-east-1",
        aws_access_key_id="key",
        aws_secret_access_key="secret",
    )
    client.create_bucket(Bucket=bucket)
    client.close()
    return {"PACELINE_FILES": f"s3://{bucket}/prefix", **environment}


@pytest.fixture
def postgresql_url(postgresql_server: str) -> Iterator[str]:
    import psycopg

    name = f"site_{secrets.token_hex(6)}"
    with psycopg.connect(f"{postgresql_server}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield f"{postgresql_server}/{name}"
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def redis_url(redis_server: str) -> str:
    import redis

    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    url = f"{redis_server}/{number}"
    with redis.Redis.from_url(url) as connection:
        connection.flushdb()
    return url


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    from playwright.sync_api import sync_playwright

    program = chromium_program()
    if program is None:
        pytest.fail("Chromium is missing: `make test` installs it or says how.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(program), args=QUIET_CHROMIUM)
        yield browser
        browser.close()


@pytest.fixture
def context(browser: "Browser") -> Iterator["BrowserContext"]:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(15_000)
    yield context
    context.close()


@pytest.fixture
def page(context: "BrowserContext") -> "Page":
    return context.new_page()
