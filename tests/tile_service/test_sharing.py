"""Equal misses are made once, in a process and across processes; what nobody wants is cancelled."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.db import connection

from layers.catalog.facilities import Facility
from tests.tile_service.conftest import Server, committed
from tests.tile_service.slow import slow_address, slow_face
from tests.tile_service.test_tiles import tile_at_centre, token_for
from tests.tile_service.toy import make
from tile_service.serve import making
from tile_service.serve.cache import Kept
from tile_service.serve.session import Session

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def two_workers(toy_city, tmp_path_factory):
    """Two processes' worth of servers over one store."""
    folder = tmp_path_factory.mktemp("tiles")
    workers = [Server(store_dir=folder, threads=2) for _ in range(2)]
    for worker in workers:
        assert worker.get("/healthz").status == 200
    yield workers
    for worker in workers:
        worker.close()


def test_a_hundred_equal_requests_over_two_workers_make_one_query(two_workers):
    with slow_face(0.2, *two_workers) as watcher, ThreadPoolExecutor(2) as both:
        wanted = [slow_address(two_workers[0])] * 50
        answers = [a for found in both.map(lambda w: w.get_all(wanted), two_workers) for a in found]
        assert len(watcher.runs()) == 1
    assert {answer.status for answer in answers} == {200}
    assert len({(answer.body, answer.headers["etag"]) for answer in answers}) == 1


def test_another_class_and_a_wrong_version_never_share(two_workers):
    worker = two_workers[0]
    with slow_face(0.21, *two_workers, slug="wifi-hotspots") as watcher:
        public = slow_address(worker, slug="wifi-hotspots")
        staff = public.replace("/pub/", f"/{token_for('wifi-hotspots', 'staff')}/")
        wrong = public.replace("/slow210/", "/future/")
        answers = worker.get_all([public, public, staff, staff, wrong, wrong])
        runs = watcher.runs()
    assert sorted(run.rstrip("0123456789-:.+ ") for run in runs) == ["public", "public", "staff"]
    kept = [answer.headers["cache-control"] for answer in answers]
    assert kept == ["public, no-cache"] * 2 + ["private, no-cache"] * 2 + ["no-store"] * 2


def test_what_one_worker_made_the_other_reads_until_a_change(two_workers):
    first, second = two_workers
    with slow_face(0.01, *two_workers) as watcher:
        at = "/{}/{}/{}.mvt".format(*tile_at_centre(14))  # where the new row will be
        address = slow_address(first).replace("/15/0/7.mvt", at)
        made = first.get(address)
        assert len(watcher.runs()) == 1
        found = second.get(address)
        assert watcher.runs() == []
        assert (found.body, found.headers["etag"]) == (made.body, made.headers["etag"])
        before = first.app.catalogue.epochs.get(("facilities", "public"), 0)
        committed(lambda: make(Facility))
        for worker in two_workers:
            worker.wait_for_epoch("facilities", "public", before)
        assert first.get(address).headers["etag"] != made.headers["etag"]
        assert len(watcher.runs()) == 1


def answers_in(server: Server) -> set[Path]:
    """Files of whole answers in the server's store."""
    return {path for path in server.app.store.folder.glob("??/*") if "." not in path.name}


def test_a_spoilt_file_is_made_again(two_workers):
    first, second = two_workers
    with slow_face(0.01, *two_workers) as watcher:
        address = slow_address(first, at=4)
        before = answers_in(first)
        made = first.get(address)
        while not (new := answers_in(first) - before):  # written after the answer was sent
            time.sleep(0.01)
        (file,) = new
        file.write_bytes(file.read_bytes()[:-5])
        watcher.runs()
        assert second.get(address).body == made.body
        assert len(watcher.runs()) == 1


def leave_after(server: Server, address: str, seconds: float):
    """Ask for `address` and hang up after `seconds`; a future of whether anything was sent."""

    async def visit() -> list[int]:
        sent: list[int] = []
        told = []

        async def receive():
            if told:
                await asyncio.sleep(seconds)
                return {"type": "http.disconnect"}
            told.append(True)
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(event):
            sent.append(event.get("status", 0))

        await server.app(server.scope(address, {}, "GET"), receive, send)
        return sent

    return asyncio.run_coroutine_threadsafe(visit(), server.loop)


def test_a_query_that_nobody_waits_for_is_cancelled(two_workers):
    worker = two_workers[0]
    with slow_face(4, worker) as watcher:
        began = time.monotonic()
        gone = leave_after(worker, slow_address(worker, at=1), 0.3)
        watcher.wait_for_running(1)
        assert gone.result(3) == []
        watcher.wait_for_running(0, timeout_s=1)
        assert time.monotonic() - began < 2
        assert worker.app.makings.by_place == {}


@pytest.mark.parametrize(
    "address",
    [
        "/ogc/collections/facilities/tiles/WebMercatorQuad/15/7/50",
        "/ogc/tiles/WebMercatorQuad/15/7/51?collections=facilities,piers",
    ],
)
def test_who_leaves_an_ogc_tile_leaves_no_query_behind(two_workers, address):
    worker = two_workers[0]
    with slow_face(4, worker) as watcher:
        gone = leave_after(worker, address, 0.3)
        watcher.wait_for_running(1)
        assert gone.result(3) == []
        watcher.wait_for_running(0, timeout_s=1)
        assert worker.app.makings.by_place == {}


def test_a_query_that_somebody_else_waits_for_goes_on(two_workers):
    worker = two_workers[0]
    with slow_face(0.8, worker) as watcher, ThreadPoolExecutor(1) as other:
        address = slow_address(worker, at=2)
        gone = leave_after(worker, address, 0.2)
        watcher.wait_for_running(1)
        stays = other.submit(worker.get, address)
        assert gone.result(3) == []
        assert stays.result(5).status == 200
        assert len(watcher.runs()) == 1


def test_too_much_at_once_is_refused_soon_and_nothing_is_left_running(two_workers):
    worker = two_workers[1]
    with slow_face(0.25, worker) as watcher:
        began = time.monotonic()
        answers = worker.get_all([slow_address(worker, at=100 + n) for n in range(40)])
        took_s = time.monotonic() - began
        watcher.wait_for_running(0, timeout_s=1)
        served = [answer for answer in answers if answer.status == 200]
        refused = [answer for answer in answers if answer.status == 503]
        assert len(watcher.runs()) == len(served)
    assert len(served) + len(refused) == 40
    assert len(served) >= 4  # two threads, three quarters of a second
    assert {answer.headers["retry-after"] for answer in refused} == {"1"}
    assert took_s < 2


def test_a_queue_that_is_full_refuses_at_once(toy_city):
    server = Server(threads=1, longest_queue=2, longest_wait_s=5)
    try:
        assert server.get("/healthz").status == 200
        with slow_face(0.1, server):
            addresses = [slow_address(server, at=n) for n in range(10)]
            statuses = [answer.status for answer in server.get_all(addresses)]
        assert statuses.count(503) >= 7
        assert statuses.count(200) >= 2
    finally:
        server.close()


def test_a_process_is_ready_once_its_pools_are_open_and_bounded(two_workers):
    for worker in two_workers:
        for login, pool in worker.app.pools.items():
            assert pool.warmed[0].is_set(), login
            assert all(warmed.wait(5) for warmed in pool.warmed), login
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT application_name, count(*) FROM pg_stat_activity "
            "WHERE datname = current_database() AND application_name LIKE 'tile_service gis%%' "
            "GROUP BY 1"
        )
        counts = dict(cursor.fetchall())
    assert set(counts.values()) == {4}  # two threads in each of two workers


def test_a_process_asks_itself_for_tiles_with_rows_before_it_is_ready(toy_city):
    server = Server()
    try:
        assert server.get("/healthz").status == 200
        faces = server.app.catalogue.faces
        kept = {(key[1], key[2]) for key in server.app.cache.kept}
        assert kept
        assert all(faces[slug, face].open_to_all and face == "public" for slug, face in kept)
        assert any(one.rows for one in server.app.cache.kept.values())
    finally:
        server.close()


def standing() -> set[int]:
    """Backends of the tiles' logins, as they are now: a transaction would see them as they were."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() "
            "AND application_name LIKE 'tile_service gis%%'"
        )
        return {pid for (pid,) in cursor.fetchall()}


def test_lost_connections_are_made_anew_before_anybody_asks(two_workers, monkeypatch):
    monkeypatch.setattr("tile_service.serve.pool.LOOK_S", 0.05)
    for worker in two_workers:
        assert all(w.wait(10) for p in worker.app.pools.values() for w in p.warmed)
    before, queries = standing(), [worker.app.queries for worker in two_workers]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pid) FROM unnest(%s) AS pid", [list(before)])
    ends = time.monotonic() + 90  # each runs every statement first, on a busy machine slowly
    while len(standing() - before) < len(before) and time.monotonic() < ends:
        time.sleep(0.05)
    assert len(standing() - before) == len(before)
    assert [worker.app.queries for worker in two_workers] == queries


def test_a_tile_whose_connection_is_cut_is_made_on_another(two_workers, monkeypatch):
    """Asked by the event loop itself: its statement is known from the tile before."""
    worker, sent = two_workers[1], []
    send = Session.send
    monkeypatch.setattr(Session, "send", lambda *told: sent.append(told) or send(*told))
    with slow_face(0.23, worker) as watcher, ThreadPoolExecutor(1) as other:
        assert worker.get(slow_address(worker, at=900)).status == 200
        assert not sent
        answer = other.submit(worker.get, slow_address(worker, at=901))
        watcher.wait_for_running(1)
        assert len(sent) == 1
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'active' "
                "AND datname = current_database() AND query LIKE 'EXECUTE %%'"
            )
        assert answer.result(5).status == 200
        assert worker.get(slow_address(worker, at=902)).status == 200
    assert len(sent) == 2


def test_a_caller_is_watched_for_leaving_once_the_query_runs_long():
    """In a queue all wait long; watching every one would cost as much as their tiles."""
    asked: list[str] = []

    async def visit() -> Kept:
        makings, running = making.Makings(), asyncio.Event()

        async def receive():
            asked.append("queued" if not running.is_set() else "running")
            await asyncio.Event().wait()

        async def make(one: making.Making) -> None:
            await asyncio.sleep(3 * making.WATCH_AFTER_S)  # in the queue
            running.set()
            one.begun()
            await asyncio.sleep(3 * making.WATCH_AFTER_S)
            one.tell(Kept(b"made"))

        return await makings.once((("key",), True), make, receive)

    assert asyncio.run(visit()).plain == b"made"
    assert asked == ["running"]
