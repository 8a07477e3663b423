"""Parts of reports counted by one process and by two workers: seconds, memory, one digest."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import numpy as np
import shapely

from benchmarks._incident_peers import SEED, SIDE_M, town
from benchmarks._own_process import in_its_own_process, peak_mb
from spatial_analysis.methods.cube import digest
from spatial_analysis.methods.density import Grid
from spatial_analysis.methods.weights import contiguity, with_self
from spatial_analysis.methods.window_test import binomial_window
from spatial_analysis.partitions import Manifest, Part, read_manifest, read_part, write_parts
from spatial_analysis.spread import counted_by, crew
from spatial_analysis.tally import Counted, Plan, Rows, ground_of, tally
from spatial_analysis.tally_store import Store

EPSG, AT_ONCE, DAYS, FIRST_DAY = 32633, 250_000, 365, 20_000
KINDS = np.array([f"kind-{k}" for k in range(9)])
SPACING_M, SIGMA_M = 300.0, 300.0
LATTICES = tuple(
    (SPACING_M * size, shift)
    for size in (1.0, 1.5)
    for shift in ((0.0, 0.0), (1 / 3, 0.0), (0.0, 1 / 3))
)


def plan() -> Plan:
    """The heat study's six lattices over one square island, a year, all nine categories."""
    grid = Grid(0.0, SIDE_M, 50.0, 200, 200)
    return Plan(
        lands=(shapely.to_wkb(shapely.box(0, 0, SIDE_M, SIDE_M)),), codes=("square",),
        lattices=LATTICES, first_day=FIRST_DAY, days=DAYS, asked=tuple(KINDS.tolist()),
        compared=(), loads="", grid=grid, sigma_m=SIGMA_M, mask=np.ones((200, 200), np.uint16),
    )  # fmt: skip


def written(folder: Path, n: int) -> list[Part]:
    """`n` made reports as parts: a third without a mark, the others of 200,000 people."""
    manifest, rng = Manifest("square", EPSG), np.random.default_rng(SEED)
    for start in range(0, n, AT_ONCE):
        size = min(AT_ONCE, n - start)
        xy = np.rint(town(size, SEED + start).clip(0, SIDE_M) * 1000).astype(np.int64)
        who = rng.integers(1, 200_000, size).astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        rows = Rows(
            id=np.arange(start, start + size), x_mm=xy[:, 0], y_mm=xy[:, 1],
            island=np.zeros(size, np.int64), day=rng.integers(FIRST_DAY, FIRST_DAY + DAYS, size),
            category=KINDS[rng.integers(0, len(KINDS), size)],
            reporter=np.where(rng.uniform(size=size) < 1 / 3, np.uint64(0), who),
            synthetic=np.ones(size, dtype=bool),
        )  # fmt: skip
        write_parts(folder, manifest, rows, xy / 1e8, ("square",))
    manifest.whole = True
    manifest.save(folder)
    return manifest.parts


def answer(folder: Path, tallies: Iterable[tuple[Part, Counted]]) -> str:
    """Join the tallies, run the test on every lattice: one digest of it all."""
    asked, store, names = plan(), Store(folder), []
    for part, one in tallies:
        store.put(part.name, one)
        names.append(part.name)
    sums = store.total(asked, names)
    told = hashlib.sha256(f"{digest(sums.cube)} {digest(sums.heat.sums)} {sums.version}".encode())
    told.update(ground_of(asked).heat.density(sums.heat).values.tobytes())
    for k, lattice in enumerate(ground_of(asked).lattices):
        near = contiguity(lattice)
        marked, people = store.people(names, k, with_self(near))
        voices = marked + sums.lone[k]
        test = binomial_window(voices, lattice.land_m2, near, enough=people >= 3)
        told.update(np.asarray(test.p).tobytes() + "".join(test.call).encode())
    return told.hexdigest()


def alone(given: tuple[str, str]) -> str:
    """Count part after part in one process."""
    folder, asked = Path(given[0]), plan()
    parts = read_manifest(folder).parts
    each = ((part, tally(asked, read_part(folder, part, asked.codes, EPSG))) for part in parts)
    return answer(Path(given[1]), each)


def _folders(*names: str) -> tuple[str, ...]:
    return names


def main(rows: int | None = None) -> None:
    """Print wall seconds, peak memory and whether the digests are one, up to `rows` reports."""
    print(f"{'reports':>11} {'parts':>6} {'written':>9} {'one process':>22} {'two workers':>34}")
    most = rows or 1_000_000
    for n in [10**k for k in range(5, 9) if 10**k <= most]:
        with TemporaryDirectory() as name:
            folder, began = Path(name) / "parts", perf_counter()
            parts = written(folder, n)
            wrote = perf_counter() - began
            one = in_its_own_process(_folders, alone, str(folder), f"{name}/1")
            began = perf_counter()
            with crew("2") as client:
                ready = perf_counter() - began
                spread = answer(Path(name) / "2", counted_by(client, plan(), folder, parts, EPSG))
                took = perf_counter() - began
                told: dict[str, Any] = client.run(peak_mb)
            single = f"{one.wall_s:.1f} s, {one.mb:.0f} MB" if one else "no answer"
            same = "one digest" if one and one.told == spread else "DIFFERENT"
            workers = " and ".join(f"{mb:.0f}" for mb in told.values())
            print(f"{n:>11,} {len(parts):>6} {wrote:>7.1f} s {single:>22} "
                  f"{took:>8.1f} s ({ready:.1f} to start), {workers} MB  {same}",
                  flush=True)  # fmt: skip
