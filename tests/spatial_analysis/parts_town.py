"""Two islands with made-up reports as parts, and tasks that wait or kill: read by workers too."""

from __future__ import annotations

import hashlib
import os
import signal
import time
from pathlib import Path

import numpy as np
import shapely

from spatial_analysis.methods.cube import digest
from spatial_analysis.methods.density import Grid
from spatial_analysis.partitions import Manifest, Part, read_part, write_parts
from spatial_analysis.spread import count_part
from spatial_analysis.tally import Counted, Plan, Rows, tally
from spatial_analysis.tally_store import AT_ONCE, Store

EPSG = 32652
CODES = ("east", "west")
FIRST_DAY, DAYS = 20_454, 120
LANDS = (shapely.box(0, 0, 4000, 4000), shapely.box(6000, 0, 8000, 3000))
SHAPES = ((400.0, (0.0, 0.0)), (400.0, (1 / 3, 0.0)), (600.0, (0.0, 0.0)))
MASK = np.zeros((20, 40), dtype=np.uint16)
MASK[:, :20], MASK[5:, 30:] = 1, 2
PLAN = Plan(
    lands=tuple(shapely.to_wkb(land) for land in LANDS), codes=CODES, lattices=SHAPES,
    first_day=FIRST_DAY, days=DAYS, asked=("litter", "water"), compared=(), loads="before",
    grid=Grid(0.0, 4000.0, 200.0, 20, 40), sigma_m=500.0, mask=MASK,
)  # fmt: skip


def made_rows(n: int, seed: int = 1) -> Rows:
    """`n` reports, some of them nowhere, before, of another category, without a mark."""
    rng = np.random.default_rng(seed)
    island = rng.integers(-1, 2, n)
    corner = np.array([[0, 0], [0, 0], [6000, 0]])[island + 1]
    size = np.array([[4000, 4000], [4000, 4000], [2000, 3000]])[island + 1]
    xy = np.rint((corner + rng.uniform(0, 1, (n, 2)) * size) * 1000).astype(np.int64)
    marks = rng.integers(1, n // 3, n).astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    return Rows(
        id=np.arange(n), x_mm=xy[:, 0], y_mm=xy[:, 1], island=island,
        day=rng.integers(FIRST_DAY - DAYS, FIRST_DAY + DAYS, n),
        category=rng.choice(["litter", "water", "noise"], n),
        reporter=np.where(rng.uniform(size=n) < 0.3, np.uint64(0), marks),
        synthetic=rng.uniform(size=n) < 0.5,
    )  # fmt: skip


def write_town(folder: Path, rows: Rows, lots: int = 1) -> Manifest:
    """Write rows as parts, in `lots` goes; the folder is whole afterwards."""
    manifest = Manifest("toy", EPSG)
    folder.mkdir(parents=True, exist_ok=True)
    for some in np.array_split(np.arange(len(rows)), lots):
        lon_lat = rows.xy[some] / 111_000
        write_parts(folder, manifest, rows.take(some), lon_lat, CODES)
    manifest.whole = True
    manifest.save(folder)
    return manifest


def counted(plan: Plan, folder: Path, parts: list[Part]) -> list[tuple[Part, Counted]]:
    """Each part with its tally, one after the other."""
    return [(part, tally(plan, read_part(folder, part, plan.codes, EPSG))) for part in parts]


def mark_of(
    plan: Plan, folder: Path, tallies: list[tuple[Part, Counted]], *, at_once: int = AT_ONCE
) -> str:
    """One digest of everything that was counted."""
    store = Store(folder, at_once=at_once)
    for part, one in tallies:
        store.put(part.name, one)
    names = [part.name for part, _ in tallies]
    sums = store.total(plan, names)
    total = hashlib.sha256(f"{digest(sums.cube)} {digest(sums.heat.sums)}".encode())
    total.update(f"{sums.version} {sums.n} {sums.elsewhere} {sums.synthetic}".encode())
    arrays = [sums.by_day, sums.before, *sums.lone, *sums.loads]
    arrays += [marks for k in range(len(plan.lattices)) for marks in store.voices(names, k)]
    for array in arrays:
        total.update(np.ascontiguousarray(array).tobytes())
    return total.hexdigest()


def wait_once(plan: bytes, folder: str, part: Part, epsg: int) -> Counted:
    """Count; whoever meets the part named in `wait-at` says who it is and waits for `go`."""
    root = Path(folder)
    if part.path == (root / "wait-at").read_text() and not (root / "go").exists():
        (root / "who.new").write_text(str(os.getpid()))
        (root / "who.new").rename(root / "who")
        while not (root / "go").exists():
            time.sleep(0.05)
    return count_part(plan, folder, part, epsg)


def kill_always(plan: bytes, folder: str, part: Part, epsg: int) -> Counted:
    """Count; the part named in `kill-at` kills its worker."""
    if part.path == (Path(folder) / "kill-at").read_text():
        os.kill(os.getpid(), signal.SIGKILL)
    return count_part(plan, folder, part, epsg)
