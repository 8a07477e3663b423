"""Growth: heat and cluster tiles over 10,000 up to 10,000,000 reports, cold and warm, z6 to z18.

`./run bench scale --rows 10000000` goes through every tenfold; `--from 10000000` leaves the smaller
ones out. Only the public face is published: the staff's would be counted once more, all alike.
"""

from __future__ import annotations

import http.client
import os
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction
from rich.console import Console
from rich.table import Table

from benchmarks import _scratch
from benchmarks.tiles.places import WRONG, tile_at
from layers import registry
from layers.spec import ClusterTiles
from tile_service.models import PublishedLayer

DEFAULT_ROWS = 1_000_000
FIRST = 10_000
ZOOMS = range(6, 17)  # z17 and z18 are drawn from the tiles of z16, the deepest that are made
TILES = 8
ROUNDS = 3
MOST_MS, MOST_BYTES = 5000, 500_000
KINDS = ("reports", "report-clusters")
WINDOW_ZOOMS = (6, 8, 10, 13)
WRITES = 200

At = tuple[int, int, int]


@dataclass
class Seen:
    """What tiles of one kind and zoom took (ms) and weighed (bytes)."""

    cold: list[float] = field(default_factory=list)
    warm: list[float] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    refused: int = 0


def share(values: list[float], part: float) -> float:
    """The value that `part` of them do not exceed."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(part * len(ranked)))] if ranked else float("nan")


def sizes_up_to(rows: int, first: int = FIRST) -> list[int]:
    """`first` and its tenfolds below `rows`, then `rows`."""
    found = [first * 10**power for power in range(8) if first * 10**power < rows]
    return [*found, rows]


def busy_places() -> list[tuple[float, float]]:
    """Places of random reports: a tile is asked for as often as it holds reports."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT ST_X(geom), ST_Y(geom) FROM {_scratch.TABLE} WHERE id IN (SELECT "
            f"1 + (n * 7919) %% (SELECT max(id) FROM {_scratch.TABLE}) "
            "FROM generate_series(1, %s) AS n) ORDER BY id %% 101, id",
            [TILES * 12],
        )
        return cursor.fetchall()


def tiles_of(places: list[tuple[float, float]], zoom: int) -> list[At]:
    """The first TILES different tiles that hold `places`."""
    return list(dict.fromkeys(tile_at(lon, lat, zoom) for lon, lat in places))[:TILES]


def get(
    link: http.client.HTTPConnection, slug: str, at: At, version: str, query: str = ""
) -> tuple[int, float, int]:
    """Status, milliseconds and plain bytes of a tile."""
    began = time.perf_counter()
    path = f"/t/{slug}/pub/{version}/{at[0]}/{at[1]}/{at[2]}.mvt{query}"
    link.request("GET", path, headers={"Accept-Encoding": "identity"})
    answer = link.getresponse()
    size = len(answer.read())
    return answer.status, (time.perf_counter() - began) * 1000, size


def measure(link: http.client.HTTPConnection, slug: str, tiles: list[At], query: str = "") -> Seen:
    """Each tile made ROUNDS times past the cache, then asked ROUNDS times from it."""
    seen = Seen()
    version = PublishedLayer.objects.get(slug=slug, face="public").version
    for at in tiles:
        for _ in range(ROUNDS):
            status, spent, size = get(link, slug, at, WRONG, query)
            seen.refused += status == 503
            seen.cold.append(spent)
            seen.sizes.append(size)
        get(link, slug, at, version, query)
        seen.warm += [get(link, slug, at, version, query)[1] for _ in range(ROUNDS)]
    return seen


def window(days: int) -> str:
    """Query of the last `days` whole days of the city."""
    offset = int(PublishedLayer.objects.get(slug="reports", face="public").spec["bucket_offset_s"])
    last = datetime.fromisoformat(_scratch.LAST).astimezone(UTC) - timedelta(seconds=offset)
    first = last - timedelta(days=days)
    return f"?from={first:%Y-%m-%dT%H:%M:%SZ}&to={last:%Y-%m-%dT%H:%M:%SZ}"


def write_ms() -> tuple[float, float]:
    """Milliseconds of one new report with its counts kept, and with them held back."""
    found = []
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SELECT max(id) FROM {_scratch.TABLE}")
        last = cursor.fetchone()[0]
        cursor.execute(f"CREATE TEMP TABLE one AS SELECT * FROM {_scratch.TABLE} LIMIT 1")
        cursor.execute(
            "SELECT string_agg(quote_ident(attname), ', ') FROM pg_attribute WHERE attrelid = "
            "%s::regclass AND attnum > 0 AND attgenerated = '' AND attname <> 'id'",
            [_scratch.TABLE],
        )
        names = cursor.fetchone()[0]
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # ALTER wants no work left
        views = PublishedLayer.objects.filter(slug="reports").values_list("view", flat=True)
        for setting in ("DISABLE", "ENABLE"):
            for view in views:
                cursor.execute(f"ALTER TABLE {_scratch.TABLE} {setting} TRIGGER {view}_insert")
            spent = []
            for _ in range(WRITES):
                last += 1
                began = time.perf_counter()
                cursor.execute(
                    f"INSERT INTO {_scratch.TABLE} (id, {names}) SELECT %s, {names} FROM one",
                    [last],
                )
                spent.append((time.perf_counter() - began) * 1000)
            found.append(statistics.median(spent))
        transaction.set_rollback(True)  # the next step begins with the same rows
    return found[1], found[0]


@dataclass
class Step:
    """One size: how it was loaded, and what each kind of tile took."""

    rows: int
    clock: _scratch.Clock = field(default_factory=_scratch.Clock)
    tiles: dict[tuple[str, int], Seen] = field(default_factory=dict)
    windows: dict[tuple[int, int], Seen] = field(default_factory=dict)
    world: dict[str, Seen] = field(default_factory=dict)
    writes: tuple[float, float] = (0.0, 0.0)

    def of(self, kind: str) -> Iterator[Seen]:
        """What tiles of `kind` took at each zoom."""
        return (seen for (slug, _), seen in self.tiles.items() if slug == kind)


def run_step(rows: int, loaded: int) -> Step:
    """Load up to `rows` and measure."""
    step = Step(rows)
    _scratch.drop_indexes()
    step.clock.time("load", lambda: _scratch.load(loaded + 1, rows))
    step.clock.time("index", _scratch.index)
    step.clock.time("publish and count", _scratch.publish)
    places = busy_places()
    with _scratch.served() as link:
        for slug in KINDS:
            step.world[slug] = measure(link, slug, [(0, 0, 0)])
            for zoom in ZOOMS:
                step.tiles[slug, zoom] = measure(link, slug, tiles_of(places, zoom))
        for days in (30, 365):
            for zoom in WINDOW_ZOOMS:
                tiles = tiles_of(places, zoom)[:3]
                step.windows[days, zoom] = measure(link, "reports", tiles, window(days))
    step.writes = write_ms()
    return step


def measured(rows: int, first: int) -> list[Step]:
    """Every size in turn, in one scratch database."""
    public = replace(registry.get("reports"), staff=frozenset())
    clusters = replace(public, slug="report-clusters", tiles=ClusterTiles(counts_kept=True))
    steps: list[Step] = []
    with registry.standing_in(public, clusters), _scratch.scratch("scale") as places:
        _scratch.prepare(places)
        for size in sizes_up_to(rows, first):
            steps.append(run_step(size, steps[-1].rows if steps else 0))
            times = {name: round(spent) for name, spent in steps[-1].clock.spent.items()}
            print(f"{size:,} reports (s): {times}", flush=True)
    return steps


def both(times: list[float], digits: int = 0) -> str:
    """p50 / p95."""
    return f"{share(times, 0.5):.{digits}f} / {share(times, 0.95):.{digits}f}"


def by_zoom(steps: list[Step]) -> Table:
    """Times of every zoom at every size, cold and warm, and how the cold ones grow."""
    table = Table(
        title="p50 / p95 in ms over HTTP, one worker: cold (no cache holds it), warm (one does)",
        caption="z17 and z18 are drawn from the tiles of z16, the deepest that are made",
    )
    table.add_column("tiles")
    for step in steps:
        table.add_column(f"{step.rows:,}: cold", justify="right")
        table.add_column("warm", justify="right")
    table.add_column("cold p50 grows", justify="right")
    table.add_column("largest kB", justify="right")
    table.add_column("refused", justify="right")
    for slug, name in zip(KINDS, ("heat", "clusters"), strict=True):
        for zoom in ZOOMS:
            seen = [step.tiles[slug, zoom] for step in steps]
            cells = [text for one in seen for text in (both(one.cold), both(one.warm, 1))]
            grows = share(seen[-1].cold, 0.5) / share(seen[0].cold, 0.5)
            words = f"{name} z{zoom}" + (" (z17, z18)" if zoom == ZOOMS[-1] else "")
            table.add_row(
                words, *cells, f"{grows:.1f}x", f"{max(seen[-1].sizes) / 1000:.0f}",
                str(sum(one.refused for one in seen)),
            )  # fmt: skip
        table.add_section()
    return table


def growth(steps: list[Step]) -> Table:
    """How each group of tiles grows with the number of reports (cold, ms)."""
    table = Table(title="Growth: cold p50 / p95 (ms)")
    for column in ("reports", "heat z0", "heat z6-z8", "heat z9-z13", "clusters z6-z13",
                   "rows z14-z16", "30 days z6-z8", "30 days z10-z13", "365 days z6-z8",
                   "365 days z10-z13", "warm p95", "a write: counts kept, not",
                   "load, index, count (s)"):  # fmt: skip
        table.add_column(column, justify="right")

    def words(seen: list[Seen]) -> str:
        cold = [spent for one in seen for spent in one.cold]
        refused = sum(one.refused for one in seen)
        more = f" ({refused} refused)" if refused else ""
        return f"{share(cold, 0.5):.1f} / {share(cold, 0.95):.1f}{more}"

    def tiles(step: Step, slugs: tuple[str, ...], zooms: range) -> str:
        return words([step.tiles[slug, zoom] for slug in slugs for zoom in zooms])

    def windows(step: Step, days: int, zooms: tuple[int, ...]) -> str:
        return words([step.windows[days, zoom] for zoom in zooms])

    for step in steps:
        warm = [spent for kind in KINDS for one in step.of(kind) for spent in one.warm]
        table.add_row(
            f"{step.rows:,}", words([step.world["reports"]]),
            tiles(step, KINDS[:1], range(6, 9)), tiles(step, KINDS[:1], range(9, 14)),
            tiles(step, KINDS[1:], range(6, 14)), tiles(step, KINDS, range(14, 17)),
            windows(step, 30, (6, 8)), windows(step, 30, (10, 13)),
            windows(step, 365, (6, 8)), windows(step, 365, (10, 13)),
            f"{share(warm, 0.95):.2f}", f"{step.writes[0]:.2f}, {step.writes[1]:.2f}",
            ", ".join(f"{spent:.0f}" for spent in step.clock.spent.values()),
        )  # fmt: skip
    return table


def goals(steps: list[Step]) -> Table:
    """Goal, ours, met."""
    last, first = steps[-1], steps[0]
    every = [*last.tiles.values(), *last.world.values()]
    slowest = max(spent for seen in every for spent in seen.cold)
    largest = max(size for seen in every for size in seen.sizes)
    refused = sum(seen.refused for seen in every)
    world = share(last.world["reports"].cold, 0.95)
    kept_ms = last.writes[0] - last.writes[1]
    warm = [share([s for seen in step.of("reports") for s in seen.warm], 0.95) for step in steps]
    table = Table(title=f"Goals at {last.rows:,} reports")
    for column in ("goal", "ours", "met"):
        table.add_column(column)
    for goal, ours, met in (
        ("no tile over 500 kB", f"{largest / 1000:.0f} kB", largest <= MOST_BYTES),
        ("no tile over 5 s, none refused", f"{slowest:.0f} ms, {refused} refused",
         slowest <= MOST_MS and not refused),
        ("world tile p95 under 5 s", f"{world:.0f} ms", world <= MOST_MS),
        ("warm p95 under 2x the smallest size's", f"{warm[0]:.2f} -> {warm[-1]:.2f} ms",
         len(steps) < 2 or warm[-1] <= 2 * max(warm[0], 0.5)),
        ("keeping counts costs a write under 5 ms", f"{kept_ms:.2f} ms", kept_ms < 5),
    ):  # fmt: skip
        table.add_row(goal, ours, "yes" if met else "no")
    table.caption = f"smallest size {first.rows:,}"
    return table


def main(rows: int | None = None, first: int | None = None) -> None:
    """Print the tables; `rows` is the largest number of reports, `first` the smallest."""
    steps = measured(rows or DEFAULT_ROWS, first or FIRST)
    console = Console(width=200)
    console.print(by_zoom(steps))
    console.print(growth(steps))
    console.print(goals(steps))
    console.print(f"load average {os.getloadavg()[0]:.1f}")
