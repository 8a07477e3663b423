"""What a question counts, from the database or from parts, on one machine or on many.

The same counts whichever way: `means.current()` says how, and the answer cannot tell.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import shapely
from django.conf import settings

from layers.catalog.categories import ON_THE_PUBLIC_MAP, Category
from layers.catalog.incident_cells import OffsetKind
from layers.errors import PlatformError
from layers.geography import city
from spatial_analysis import means
from spatial_analysis.frames import Floats
from spatial_analysis.methods.cube import digest as cube_digest
from spatial_analysis.methods.density import Density, grid_over
from spatial_analysis.methods.frame import Ints
from spatial_analysis.methods.lattice import HexLattice
from spatial_analysis.methods.weights import contiguity, with_self
from spatial_analysis.methods.window_people import people_in_windows
from spatial_analysis.partitions import (
    BadParts,
    Part,
    checked_manifest,
    chosen,
    day_of,
    read_part,
)
from spatial_analysis.studies.incident_frames import EVEN_SHARE, Islands
from spatial_analysis.studies.incident_question import NoReportsThen, Question
from spatial_analysis.studies.stored_rows import stored_rows
from spatial_analysis.tally import (
    CELL_BITS,
    DoubledReport,
    Plan,
    Rows,
    Store,
    Summed,
    ground_of,
    tally,
    voice_counts,
)

HEAT_CELL_M = 50.0
SHIFTS = ((0.0, 0.0), (1 / 3, 0.0), (0.0, 1 / 3))
SIZES = (1.0, 1.5)
LOADS = {OffsetKind.REPORTS.value: "every", OffsetKind.BEFORE.value: "before"}
T = TypeVar("T")


class PartsRefused(PlatformError):
    """Berkas laporan tidak utuh; tulis lagi dengan `manage.py report_parts`."""

    code = "PARTS_REFUSED"


@dataclass(frozen=True, eq=False)
class Told:
    """Counts of the reports asked for; per lattice (the first is the base) voices and people.

    voices : (m,) reporters, each once a cell; people : (m,) different reporters in the window
    """

    plan: Plan
    sums: Summed
    voices: tuple[Ints, ...]
    people: tuple[Ints, ...]
    heat: Density
    source: dict[str, Any]
    inside: Callable[[Sequence[shapely.Geometry]], list[int]]

    def __len__(self) -> int:
        """Return how many reports were counted."""
        return self.sums.n

    @property
    def lattices(self) -> list[HexLattice]:
        """The lattices; the first is the base."""
        return ground_of(self.plan).lattices

    @property
    def counts(self) -> Ints:
        """Reports by cell of the base."""
        cell = self.sums.cube.unpack()[0]
        return np.bincount(
            cell, weights=self.sums.cube.counts, minlength=len(self.lattices[0])
        ).astype(np.int64)

    @property
    def outside(self) -> int:
        """Reports on no cell of the base."""
        return self.sums.n - self.sums.cube.total

    @property
    def synthetic_share(self) -> float:
        """Share of made-up reports."""
        return self.sums.synthetic / max(self.sums.n, 1)

    @property
    def cube_digest(self) -> str:
        """Digest of the counts by cell, day and category."""
        return cube_digest(self.sums.cube)

    def load_on(self, k: int) -> Floats:
        """Measure by cell of a lattice, > 0 on all land (see `Offset.on`)."""
        land = np.asarray(self.lattices[k].land_m2)
        sums = self.sums.loads[k].astype(np.float64)
        total = max(float(sums.sum()), 1.0)
        return sums * (1 - EVEN_SHARE) + EVEN_SHARE * total * land / land.sum()


def lattices_of(spacing_m: float) -> tuple[tuple[float, tuple[float, float]], ...]:
    """The base lattice, then the shifted and the larger ones."""
    every = [(spacing_m * size, shift) for size in SIZES for shift in SHIFTS]
    return tuple(every)


def plan_of(question: Question, islands: Islands) -> Plan:
    """What to count for a question."""
    from spatial_analysis.studies.heat_files import land_mask  # rasterio: workers only

    west, south, east, north = np.array([land.bounds for land in islands.lands]).T
    grid = grid_over(
        (float(west.min()), float(south.min()), float(east.max()), float(north.max())), HEAT_CELL_M
    )
    public = Category.objects.filter(public_precision__in=ON_THE_PUBLIC_MAP)
    opened = tuple(sorted(public.values_list("pk", flat=True)))
    return Plan(
        lands=islands.wkb,
        codes=islands.codes,
        lattices=lattices_of(question.spacing_m),
        first_day=day_of(question.first),
        days=question.days,
        asked=(question.category,) if question.category else opened,
        compared=opened if LOADS.get(question.offset) == "every" else (),
        loads=LOADS.get(question.offset, ""),
        grid=grid,
        sigma_m=question.sigma_m,
        mask=land_mask(islands.lands, grid),
    )


def read_told(question: Question, islands: Islands) -> Told:
    """Count the reports of a question. Raises NoReportsThen, PartsRefused, SpreadFailed."""
    plan, how = plan_of(question, islands), means.current()
    try:
        if how.spread:
            means.checked_address(how.spread)
        return _from_parts(plan, how) if how.parts else _from_database(plan, question, islands, how)
    except (BadParts, DoubledReport, means.NotInside) as error:
        raise PartsRefused(f"{PartsRefused.__doc__} ({error})") from error


def _from_database(plan: Plan, question: Question, islands: Islands, how: means.Means) -> Told:
    def each() -> Iterator[Rows]:
        return stored_rows(question, islands, {*plan.asked, *plan.compared}, say=how.say)

    with _scratch() as store:
        names = []
        for number, rows in enumerate(each()):
            names.append(f"lot-{number:05d}")
            store.put(names[-1], tally(plan, rows))
        return _told(plan, store, names, {"source": "database"}, lambda areas: _sum(
            (inside(plan, rows, areas) for rows in each()), len(areas)))  # fmt: skip


def _from_parts(plan: Plan, how: means.Means) -> Told:
    folder = how.parts
    assert folder is not None
    manifest = checked_manifest(folder, city=city().code, epsg=city().metric_srid)
    first = plan.first_day - plan.days
    parts = chosen(manifest.parts, plan.codes, first, plan.first_day + plan.days - 1)
    store = Store(Path(settings.VAR_DIR) / "tallies" / plan.digest[:24])
    names = [part.name for part in parts]
    missing = [part for part in parts if not store.has(part.name)]
    how.say(len(parts) - len(missing), len(parts))
    for done, (part, counted) in enumerate(_counted(plan, folder, missing, how), start=1):
        store.put(part.name, counted)
        how.say(len(parts) - len(missing) + done, len(parts))
    told = _told(plan, store, names, {
        "source": "parts", "parts": len(parts), "resumed": len(parts) - len(missing),
    }, lambda areas: _sum(
        (inside(plan, read_part(folder, part, plan.codes, manifest.epsg), areas)
         for part in parts), len(areas)))  # fmt: skip
    if told.sums.read != sum(part.rows for part in parts):
        raise BadParts(f"{told.sums.read} rows counted, {sum(p.rows for p in parts)} in the parts")
    shutil.rmtree(store.folder)
    return told


def _counted(
    plan: Plan, folder: Path, parts: list[Part], how: means.Means
) -> Iterator[tuple[Part, Any]]:
    """Yield each part with its tally, in any order."""
    if how.spread:
        from spatial_analysis.spread import spread_out  # dask: only when asked

        yield from spread_out(plan, folder, parts, city().metric_srid, where=how.spread)
        return
    for part in parts:
        yield part, tally(plan, read_part(folder, part, plan.codes, city().metric_srid))


def _told(
    plan: Plan,
    store: Store,
    names: list[str],
    source: dict[str, Any],
    within: Callable[[Sequence[shapely.Geometry]], list[int]],
) -> Told:
    """Join what was counted. Raises NoReportsThen."""
    sums = store.total(plan, names)
    if not sums.n:
        raise NoReportsThen
    ground, voices, people = ground_of(plan), [], []
    for k, lattice in enumerate(ground.lattices):
        marks, lone = store.voices(names, k), sums.lone[k]
        window = with_self(contiguity(lattice))
        cell = (marks & np.uint64((1 << CELL_BITS) - 1)).astype(np.int64)
        voices.append(voice_counts(marks, len(lattice)) + lone)
        different = people_in_windows(cell, marks >> np.uint64(CELL_BITS), window)
        people.append(different + np.rint(window @ lone).astype(np.int64))
    heat = ground.heat.density(sums.heat)
    return Told(plan, sums, tuple(voices), tuple(people), heat, source, within)


def inside(plan: Plan, rows: Rows, areas: Sequence[shapely.Geometry]) -> list[int]:
    """How many of the asked rows lie in each area."""
    day = rows.day - plan.first_day
    asked = (day >= 0) & (day < plan.days) & (rows.island >= 0) & np.isin(rows.category, plan.asked)
    xy = rows.xy[asked]
    return [int(shapely.contains_xy(area, xy).sum()) for area in areas]


def _sum(lists: Iterator[list[int]], size: int) -> list[int]:
    total = np.zeros(size, dtype=np.int64)
    for one in lists:
        total += one
    return [int(n) for n in total]


@contextmanager
def _scratch() -> Iterator[Store]:
    folder = Path(settings.VAR_DIR) / "tallies"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as own:
        yield Store(Path(own))
