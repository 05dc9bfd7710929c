from collections.abc import Iterator

import pytest

from tests.pull_requests.ci import stocked
from tests.pull_requests.host import KINDS, Host, running


@pytest.fixture(params=KINDS)
def host(request: pytest.FixtureRequest) -> Iterator[Host]:
    """Each of the three, with a pull request."""
    with running(request.param) as one:
        yield stocked(one)


@pytest.fixture
def github() -> Iterator[Host]:
    with running("GitHub") as one:
        yield stocked(one)
