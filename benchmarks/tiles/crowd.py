"""Goals 6, 9, 10 and 12: equal requests, start, new connections, overload, pages beside tiles."""

from __future__ import annotations

import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from django.db import connection

from benchmarks.tiles import miss, peers, places, servers, speed
from benchmarks.tiles.load import percentile
from benchmarks.tiles.row import Row

SCANS = """
SELECT coalesce(sum(coalesce(seq_scan, 0) + coalesce(idx_scan, 0)), 0)
FROM pg_stat_user_tables WHERE relname = %s
"""
OURS = "datname = current_database() AND application_name LIKE 'tile_service gis%%'"
STANDING = f"SELECT count(*) FROM pg_stat_activity WHERE {OURS}"
SETTLED = f"{STANDING} AND state = 'idle' AND clock_timestamp() - state_change > '1 s'"
END_THEM = f"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE {OURS}"
RUNNING = f"{STANDING} AND state = 'active'"
RECYCLED = STARTS = ROUNDS = 5  # times
LATER = 15  # tiles of a process that has run for a while
PAGES, A_VISIT = 300, 10  # a round; over one connection, so that both workers are asked alike
PAGE_ROUNDS = 7
CROWD_ROUNDS, CROWD_S = 9, 3
SETTLED_S = 11.5  # an idle backend hands its counts over within ten seconds
PAGE = "/bantuan/"


def number(text: str, *values: str) -> int:
    """The one number that a statement gives."""
    with connection.cursor() as cursor:
        cursor.execute(text, values)
        return int(cursor.fetchone()[0])


def settled_scans() -> int:
    """Scans of the table, once no connection that makes itself ready adds to them any more."""
    last = -1
    while True:
        time.sleep(SETTLED_S)
        found = number(SCANS, peers.TABLE)
        if found == last:
            return found
        last = found


def scans_of(work: Callable[[], object]) -> int:
    """How often the table was scanned for `work`."""
    before = settled_scans()
    work()
    return settled_scans() - before


def equal_requests(tiles: list[places.At]) -> Row:
    """Goal 6: scans for 100 equal requests for one cold tile, beside those for one request."""
    more = {"once": True, "seconds": 20}
    with servers.served(workers=2) as port:
        one, hundred = (places.address(peers.SLUG, at) for at in tiles[:2])
        single = scans_of(lambda: servers.load(port, [one], connections=1, **more))
        many = scans_of(lambda: servers.load(port, [hundred] * 100, connections=100, **more))
    count = many / single if single else float("nan")
    return Row("6 100 equal requests, 2 workers", "1 query", f"{count:g}", count == 1)


def first_of_a_process(path: str) -> tuple[float, float, float, float]:
    """Start a process: seconds to its first tile, then ms of that tile, of later ones, of hot ones.

    Later ones come as the first does: over a new connection, after as long a rest (`POLL_S`).
    """
    port = servers.free_port()
    with (
        tempfile.TemporaryDirectory() as store,
        servers.process(
            servers.granian(port, 1), TILE_STORE_DIR=store, DATABASE_URL=servers.database_address()
        ),
    ):
        began = time.monotonic()
        servers.wait_for(port, "/healthz")
        client = miss.Client(port)
        first = miss.milliseconds(lambda: client.get(path))
        spent_s = time.monotonic() - began
        time.sleep(speed.WARM_S)
        later = []
        for _ in range(LATER):
            time.sleep(servers.POLL_S)
            servers.wait_for(port, "/healthz")
            client = miss.Client(port)
            later.append(miss.milliseconds(lambda c=client: c.get(path)))
        hot = [miss.milliseconds(lambda: client.get(path)) for _ in range(30)]
    return spent_s, first, statistics.median(later), statistics.median(hot)


def starts(tiles: list[places.At]) -> list[Row]:
    """Goal 9: from start to first tile; that tile of a new process beside the same one later."""
    path = places.address(peers.SLUG, tiles[0], places.WRONG)
    found = [first_of_a_process(path) for _ in range(STARTS)]
    took, first, later, hot = (statistics.median(side) for side in zip(*found, strict=True))
    ratio = statistics.median(one[1] / one[2] for one in found)
    words = f"{ratio:.2f}x ({first:.1f} ms to {later:.1f} ms of later ones over a new connection "
    words += f"after an equal rest; {hot:.1f} ms without a rest)"
    return [
        Row("9a start to first tile", "<= 3 s", f"{took:.1f} s", took <= 3),
        Row("9c first tile of a new process", "<= 1.3x", words, ratio <= 1.3),
    ]


def renewed(held: int) -> None:
    """Wait until as many connections as before stand and have run all that makes them ready."""
    ends = time.monotonic() + servers.WAIT_S
    while number(SETTLED) != held or number(STANDING) != held:
        if time.monotonic() > ends:
            raise TimeoutError("new connections")
        time.sleep(0.2)


def recycled(tiles: list[places.At]) -> Row:
    """Goal 9: the first tile of a new database connection, after the pools' old ones were ended.

    Beside it the same tile of an old connection that rested as long (a rest alone costs a
    millisecond), and the same tile asked for without a rest.
    """
    path = places.address(peers.SLUG, tiles[0], places.WRONG)
    first, rested, hot = [], [], []
    with servers.served() as port:
        client = miss.Client(port)
        time.sleep(speed.WARM_S)
        for _ in range(RECYCLED):
            held = number(STANDING)
            number(END_THEM)
            began = time.monotonic()
            time.sleep(0.5)
            renewed(held)
            rest_s = time.monotonic() - began
            first.append(miss.milliseconds(lambda: client.get(path)))
            hot += [miss.milliseconds(lambda: client.get(path)) for _ in range(30)]
            time.sleep(rest_s)
            rested.append(miss.milliseconds(lambda: client.get(path)))
    new, old = statistics.median(first), statistics.median(rested)
    words = f"{new / old:.2f}x ({new:.1f} ms to {old:.1f} ms of old ones after an equal rest; "
    words += f"{statistics.median(hot):.1f} ms without a rest)"
    return Row("9b first tile of a new database connection", "<= 1.3x", words, new <= 1.3 * old)


def peak_and_crowd(
    port: int, asked: list[str], turn: int
) -> tuple[servers.Outcome, servers.Outcome]:
    """Both loads right after each other, each first in every other round."""
    found = {
        count: servers.load(port, asked, connections=count, seconds=CROWD_S)
        for count in ((32, 320) if turn % 2 else (320, 32))
    }
    return found[32], found[320]


def overload(tiles: list[places.At]) -> list[Row]:
    """Goal 10: ten times the connections of the peak, all misses; then everybody leaves."""
    asked = [places.address(peers.SLUG, at, places.WRONG) for at in tiles]
    with servers.served() as port:
        servers.load(port, asked, connections=16, seconds=2)
        pairs = [peak_and_crowd(port, asked, turn) for turn in range(CROWD_ROUNDS)]
        with tempfile.TemporaryDirectory() as folder:
            child = servers.start_load(Path(folder), port, asked, connections=320, seconds=30)
            time.sleep(3)
            child.kill()
            child.communicate()
        time.sleep(1)
        left = number(RUNNING)
    crowds = [crowd for _, crowd in pairs]
    shares = sorted(crowd.good_per_s / peak.good_per_s for peak, crowd in pairs)
    share = statistics.median(shares)
    refused = sum(crowd.answers.get("503", 0) for crowd in crowds)
    slowest = max(crowd.p95_s.get("503", 0.0) for crowd in crowds)
    odd = {status for crowd in crowds for status in crowd.answers} - {"200", "204", "503"}
    words = f"{share:.2f} of the peak (rounds {shares[0]:.2f} to {shares[-1]:.2f}); "
    words += f"{refused} refused, p95 {slowest:.2f} s; {left} queries left"
    met = share >= 0.9 and slowest <= 1 and left == 0 and not odd
    return [Row("10 overload", ">= 0.9 of the peak, 503 within 1 s, 0 left", words, met)]


def page_p95_s(port: int) -> float:
    """Time under which 95 of a hundred pages are answered, asked for one after another.

    A connection stays with the worker that it met first, and workers are not equally busy: a new
    one is opened for every few pages, as each visitor does.
    """
    found: list[float] = []
    for _ in range(PAGES // A_VISIT):
        client = miss.Client(port)
        client.get("/healthz")
        found += [miss.milliseconds(lambda c=client: c.get(PAGE)) for _ in range(A_VISIT)]
    return percentile(found, 95) / 1e3


def busy_page_p95_s(port: int, asked: list[str]) -> float:
    """The same beside tiles that are asked for as fast as they come."""
    with tempfile.TemporaryDirectory() as folder:
        child: subprocess.Popen[bytes] = servers.start_load(
            Path(folder), port, asked, connections=32, seconds=60
        )
        time.sleep(1)
        try:
            return page_p95_s(port)
        finally:
            child.kill()
            child.communicate()


def pages(tiles: list[places.At]) -> Row:
    """Goal 12: a page of Django while tiles are served as fast as they are asked for, by turns."""
    asked = [places.address(peers.SLUG, at) for at in tiles[:50]]
    with servers.served(workers=2) as port:
        for _ in range(2):  # both workers have drawn it
            page_p95_s(port)
        servers.load(port, asked, connections=32, seconds=2)
        pairs = [(page_p95_s(port), busy_page_p95_s(port, asked)) for _ in range(PAGE_ROUNDS)]
    idle, busy = (statistics.median(side) * 1000 for side in zip(*pairs, strict=True))
    ratios = sorted(busy / idle for idle, busy in pairs)
    ratio = statistics.median(ratios)
    found = f"{ratio:.1f}x ({busy:.0f} ms to {idle:.0f} ms; rounds {ratios[0]:.1f} to "
    found += f"{ratios[-1]:.1f}x)"
    return Row("12 a page's p95 beside tiles at full load", "<= 2x", found, ratio <= 2)


def goals(tiles: list[places.At]) -> list[Row]:
    """The lines of the table."""
    return [equal_requests(tiles), *starts(tiles), recycled(tiles), *overload(tiles), pages(tiles)]
