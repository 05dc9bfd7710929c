"""The worker process empties history_batch, over both brokers."""

import os
import random
import signal
import time

from tests.services.site import Site
from tests.system.kill import Writer, check, freeze_worker, make_run, wait_for, waiting_batches


def test_the_worker_process_empties_what_waits_over_the_embedded_broker(make_site):
    the_worker_and_nobody_else_compacts(make_site())


def test_the_worker_process_empties_what_waits_over_redis(make_site, postgresql_url, redis_url):
    the_worker_and_nobody_else_compacts(make_site(DATABASE_URL=postgresql_url, REDIS_URL=redis_url))


def test_a_worker_that_was_away_finds_what_the_queue_lost(make_site, postgresql_url, redis_url):
    import redis

    site = make_site(DATABASE_URL=postgresql_url, REDIS_URL=redis_url)
    worker = freeze_worker(site)
    writer = sent_batches(site, 20)
    redis.Redis.from_url(redis_url).flushdb()
    os.kill(worker, signal.SIGKILL)
    wait_for(lambda: waiting_batches(site) == 0, "the sweep did not find the batches", 60)
    check(site, [writer])


def the_worker_and_nobody_else_compacts(site: Site) -> None:
    """While the worker is frozen batches wait and reads are right; once it goes on they go, reads do not change."""
    worker = freeze_worker(site)
    assert worker not in site.pids("web")
    try:
        writer = sent_batches(site, 20)
        time.sleep(2)
        assert waiting_batches(site) > 0
        check(site, [writer])
    finally:
        os.kill(worker, signal.SIGCONT)
    wait_for(lambda: waiting_batches(site) == 0, "the worker left batches waiting", 30)
    check(site, [writer])


def sent_batches(site: Site, number: int) -> Writer:
    """A writer that had number batches acknowledged."""
    writer = Writer(site, make_run(site), 0, random.Random(0))
    while writer.sent < number:
        writer.send_next()
    writer.hang_up()
    assert not writer.unsure
    return writer
