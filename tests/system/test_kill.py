"""Twelve kills of the web server and the worker under load; `make kill` does a hundred."""

import contextlib
import random
import sqlite3

import pytest

from tests.system.kill import Lost, Writer, check, freeze_worker, kill_under_load, make_run


def test_no_acknowledged_point_is_lost_or_doubled_by_kills_on_sqlite(make_site):
    kill_under_load(make_site(), 6, seed=1)


def test_no_acknowledged_point_is_lost_or_doubled_by_kills_on_postgresql(make_site, postgresql_url, redis_url):
    kill_under_load(make_site(DATABASE_URL=postgresql_url, REDIS_URL=redis_url), 6, seed=2)


def test_the_check_notices_a_lost_batch(make_site):
    site = make_site()
    freeze_worker(site)
    writer = Writer(site, make_run(site), 0, random.Random(0))
    for _ in range(3):
        writer.send_next()
    writer.hang_up()
    check(site, [writer])
    with contextlib.closing(sqlite3.connect(site.data / "paceline.sqlite3", isolation_level=None)) as file:
        file.execute("DELETE FROM history_batch WHERE seq = 1")
    with pytest.raises(Lost, match="8 missing"):
        check(site, [writer])
