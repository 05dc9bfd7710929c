"""Twenty kills of the web server and the worker under load; `make kill` does a hundred."""

import pytest

from tests.system.kill import kill_under_load


@pytest.mark.xdist_group("kill-sqlite")
def test_no_acknowledged_point_is_lost_or_doubled_by_kills_on_sqlite(make_site):
    kill_under_load(make_site(), 10, seed=1)


@pytest.mark.xdist_group("kill-postgresql")
def test_no_acknowledged_point_is_lost_or_doubled_by_kills_on_postgresql(make_site, postgresql_url, redis_url):
    kill_under_load(make_site(DATABASE_URL=postgresql_url, REDIS_URL=redis_url), 10, seed=2)
