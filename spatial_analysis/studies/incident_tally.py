"""What a question counts, from the database or from parts, on one machine or on many.

The same counts whichever way: `means.current()` says how, and the answer cannot tell.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from django.db import connection

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
from spatial_analysis.partitions import (
    BadParts,
    Part,
    checked_manifest,
    chosen,
    day_of,
    read_part,
)
from spatial_analysis.studies.incident_frames import EVEN_SHARE, Islands, held_now
from spatial_analysis.studies.incident_question import NoReportsThen, Question
from spatial_analysis.studies.kept_tallies import kept_store
from spatial_analysis.studies.stored_rows import asked_reports, lots_of, rows_of
from spatial_analysis.tally import Plan, ground_of, tally
from spatial_analysis.tally_store import DoubledReport, Store, Summed

HEAT_CELL_M = 50.0
SHIFTS = ((0.0, 0.0), (1 / 3, 0.0), (0.0, 1 / 3))
SIZES = (1.0, 1.5)
LOADS = {OffsetKind.REPORTS.value: "every", OffsetKind.BEFORE.value: "before"}


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


@contextmanager
def told_of(question: Question, islands: Islands, say: means.Say) -> Iterator[Told]:
    """Count the reports of a question. Raises NoReportsThen, PartsRefused, SpreadFailed.

    What was counted is kept until the block ends well: a run that was stopped goes on with it.
    """
    plan, how = plan_of(question, islands), means.current()
    try:
        if how.spread:
            means.checked_address(how.spread)
        with (
            _from_parts(plan, how, say)
            if how.parts
            else _from_database(plan, question, islands, say) as told
        ):
            yield told
    except (BadParts, DoubledReport, means.NotInside) as error:
        raise PartsRefused(f"{PartsRefused.__doc__} ({error})") from error


@contextmanager
def _from_database(
    plan: Plan, question: Question, islands: Islands, say: means.Say
) -> Iterator[Told]:
    held = held_now()
    if held is not None and held.covers(question.before[0]) and not question.category:
        with tempfile.TemporaryDirectory() as own:
            store = Store(Path(own))
            store.put("held", tally(plan, held.rows_between(question.before[0], question.end)))
            yield _told(plan, store, ["held"], {"source": "database", "resumed": 0})
        return
    reports = asked_reports(question, {*plan.asked, *plan.compared})
    lots = lots_of(reports)
    with kept_store(f"database-{connection.settings_dict['NAME']}-{plan.digest[:24]}") as store:
        missing = [lot for lot in lots if not store.has(lot.name)]
        total = sum(lot.rows for lot in lots)
        done = total - sum(lot.rows for lot in missing)
        for lot in missing:
            say(done, total)
            store.put(lot.name, tally(plan, rows_of(reports.filter(lot.inside), islands)))
            done += lot.rows
        say(done, total)
        source = {"source": "database", "resumed": len(lots) - len(missing)}
        yield _told(plan, store, [lot.name for lot in lots], source)


@contextmanager
def _from_parts(plan: Plan, how: means.Means, say: means.Say) -> Iterator[Told]:
    folder = how.parts
    assert folder is not None
    manifest = checked_manifest(folder, city=city().code, epsg=city().metric_srid)
    first = plan.first_day - plan.days
    parts = chosen(manifest.parts, plan.codes, first, plan.first_day + plan.days - 1)
    with kept_store(plan.digest[:24]) as store:
        missing = [part for part in parts if not store.has(part.name)]
        total = sum(part.rows for part in parts)
        done = total - sum(part.rows for part in missing)
        say(done, total)
        for part, counted in _counted(plan, folder, missing, how):
            store.put(part.name, counted)
            done += part.rows
            say(done, total)
        told = _told(plan, store, [part.name for part in parts], {
            "source": "parts", "parts": len(parts), "resumed": len(parts) - len(missing),
        })  # fmt: skip
        if told.sums.read != total:
            raise BadParts(f"{told.sums.read} rows counted, {total} in the parts")
        yield told


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


def _told(plan: Plan, store: Store, names: list[str], source: dict[str, Any]) -> Told:
    """Join what was counted. Raises NoReportsThen."""
    sums = store.total(plan, names)
    if not sums.n:
        raise NoReportsThen
    ground, voices, people = ground_of(plan), [], []
    for k, lattice in enumerate(ground.lattices):
        lone, window = sums.lone[k], with_self(contiguity(lattice))
        marked, different = store.people(names, k, window)
        voices.append(marked + lone)
        people.append(different + np.rint(window @ lone).astype(np.int64))
    heat = ground.heat.density(sums.heat)
    return Told(plan, sums, tuple(voices), tuple(people), heat, source,
                lambda areas: inside(store.places(plan, names), areas))  # fmt: skip


def inside(places: Iterator[Floats], areas: Sequence[shapely.Geometry]) -> list[int]:
    """How many places lie in each area."""
    total = np.zeros(len(areas), dtype=np.int64)
    for area in areas:
        shapely.prepare(area)
    for xy in places:
        total += [int(shapely.contains_xy(area, xy).sum()) for area in areas]
    return [int(n) for n in total]
