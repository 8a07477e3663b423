"""Path, matrix and isochrone: ours beside scipy, networkx and pgRouting on the same arcs.

All engines get the arcs that a truck may use, weights in whole milliseconds. Costs are compared
too: a faster wrong answer is no answer. pgRouting is asked where its extension can be made, over
a connection of its own; its memory is what the peak of that connection's process grew by, where
the database runs beside us.
"""

from __future__ import annotations

import time
from pathlib import Path
from statistics import median

import numpy as np
from django.db import DatabaseError, connection
from rich.console import Console
from rich.table import Table

from benchmarks._row import NOT
from benchmarks._street_engines import REACH_MS, Answers, Asked, Figures, measured
from spatial_analysis.methods import speeds
from spatial_analysis.methods.paths import UNREACHABLE
from spatial_analysis.methods.speeds import Profile
from spatial_analysis.snapshots import Network


def asked_of(net: Network) -> Asked:
    """Arcs of a network that a truck may use."""
    weight = speeds.weights_ms(net.streets, Profile.TRUCK).astype(np.int64)
    open_ = weight < UNREACHABLE
    return Asked(
        net.streets.tail[open_].astype(np.int64), net.streets.head[open_].astype(np.int64),
        weight[open_], net.streets.node_lon, net.streets.node_lat,
    )  # fmt: skip


EDGES = """
SELECT id, source, target, cost FROM bench_arcs
"""
ROUTE = f"SELECT sum(cost) FROM pgr_dijkstra('{EDGES}', %s, %s)"
COSTS = f"SELECT start_vid, end_vid, agg_cost FROM pgr_dijkstraCost('{EDGES}', %s::bigint[], %s::bigint[])"  # noqa: E501
WITHIN = f"SELECT node FROM pgr_drivingDistance('{EDGES}', %s, %s)"


def _by_pgrouting(asked: Asked, ours: Answers) -> Figures:
    """The same arcs as a table, asked by SQL; nothing of it stays in the database."""
    figures, own = Figures("pgRouting"), connection.copy()
    try:
        own.set_autocommit(False)
        with own.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            pid = cursor.fetchone()[0]
            before = _peak_mb(pid)
            cursor.execute("CREATE EXTENSION IF NOT EXISTS pgrouting")
            began = time.perf_counter()
            cursor.execute(
                "CREATE TEMP TABLE bench_arcs (id bigint PRIMARY KEY, source bigint,"
                " target bigint, cost float8) ON COMMIT DROP"
            )
            columns = [c.tolist() for c in (asked.tail, asked.head, asked.weight)]
            cursor.execute(
                "INSERT INTO bench_arcs SELECT ordinality, a, b, c FROM"
                " unnest(%s::bigint[], %s::bigint[], %s::float8[]) WITH ORDINALITY AS t(a, b, c)",
                columns,
            )
            cursor.execute("ANALYZE bench_arcs")
            figures.build_s = time.perf_counter() - began
            cursor.execute("SELECT pgr_version()")
            figures.name = f"pgRouting {cursor.fetchone()[0]}"
            _ask_pgrouting(cursor, asked, ours, figures)
            after = _peak_mb(pid)
            figures.memory_mb = None if before is None or after is None else after - before
    except DatabaseError as error:
        figures.note = f"{NOT}: {str(error).splitlines()[0][:60]}"
    finally:
        own.rollback()
        own.close()
    return figures


def _peak_mb(pid: int) -> float | None:
    """Peak memory of a database process; None where it runs elsewhere."""
    status = Path(f"/proc/{pid}/status")
    lines = status.read_text().splitlines() if status.exists() else []
    peak = [int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:")]
    return peak[0] if peak and any("postgres" in line for line in lines[:1]) else None


def _ask_pgrouting(cursor: object, asked: Asked, ours: Answers, figures: Figures) -> None:
    took = []
    for (a, b), told in zip(asked.pairs.tolist(), ours.routes, strict=True):
        began = time.perf_counter()
        cursor.execute(ROUTE, (a, b))  # type: ignore[attr-defined]
        cost = cursor.fetchone()[0]  # type: ignore[attr-defined]
        took.append(time.perf_counter() - began)
        wanted = None if told >= UNREACHABLE or a == b else told
        figures.wrong += cost != wanted
    figures.route_s = median(took)
    places = asked.places.tolist()
    began = time.perf_counter()
    cursor.execute(COSTS, (places, places))  # type: ignore[attr-defined]
    rows = cursor.fetchall()  # type: ignore[attr-defined]
    figures.matrix_s = time.perf_counter() - began
    number = {place: i for i, place in enumerate(places)}
    table = np.full((len(places), len(places)), UNREACHABLE, dtype=np.int64)
    np.fill_diagonal(table, 0)
    for start, end, cost in rows:
        table[number[start], number[end]] = cost
    figures.wrong += int((table != ours.matrix).sum())
    began = time.perf_counter()
    cursor.execute(WITHIN, (asked.start, REACH_MS))  # type: ignore[attr-defined]
    nodes = {row[0] for row in cursor.fetchall()}  # type: ignore[attr-defined]
    figures.reach_s = time.perf_counter() - began
    figures.wrong += len(nodes ^ set(ours.reached.tolist()))


def measure(net: Network) -> list[Figures]:
    """All engines on one network, node-based: what every one of them can answer."""
    asked = asked_of(net)
    found, ours = measured(asked)
    return [*found, _by_pgrouting(asked, ours)]


def show(name: str, net: Network, found: list[Figures], console: Console) -> None:
    """Print one table."""
    asked = asked_of(net)
    title = f"{name}: {len(asked.lon):,} junctions, {len(asked.tail):,} arcs of a truck"
    heads = (
        "engine", "build, s", "+ MB, own process", "route p50, ms",
        f"{len(asked.places)} x matrix, s", "the first, s",
        "15 min reach, ms", "answers that differ", "",
    )  # fmt: skip
    table = Table(*heads, title=title)
    for f in found:
        figures = (
            (f.build_s, 1, 2), (f.memory_mb, 1, 0), (f.route_s, 1e3, 3), (f.matrix_s, 1, 3),
            (f.first_s, 1, 3), (f.reach_s, 1e3, 1),
        )  # fmt: skip
        told = [NOT if v is None else f"{v * factor:.{n}f}" for v, factor, n in figures]
        table.add_row(f.name, *told, "-" if f.route_s is None else str(f.wrong), f.note)
    console.print(table)
