"""What a question counts, from the database or from parts, on one machine or on many.

The same counts whichever way: `means.current()` says how, and the answer cannot tell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from layers.catalog.incident_cells import OffsetKind
from layers.errors import PlatformError
from spatial_analysis import means
from spatial_analysis.frames import Floats
from spatial_analysis.methods.cube import digest as cube_digest
from spatial_analysis.methods.density import Density, grid_over
from spatial_analysis.methods.frame import Ints
from spatial_analysis.methods.lattice import HexLattice
from spatial_analysis.methods.weights import contiguity, with_self
from spatial_analysis.partitions import BadParts, day_of
from spatial_analysis.studies.incident_aside import Aside, aside_of, opened
from spatial_analysis.studies.incident_frames import EVEN_SHARE, Islands
from spatial_analysis.studies.incident_question import (
    NoReportsThen,
    OnlyDefaultAddressesThen,
    Question,
)
from spatial_analysis.studies.incident_roads import Lots, Road, checked_whole, road_of
from spatial_analysis.tally import Plan, ground_of
from spatial_analysis.tally_store import DoubledReport, Summed

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
    aside: Aside | None
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
    def stacked(self) -> int:
        """Reports asked for that lie on default addresses and were left out."""
        return int(self.sums.aside.sum())

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


def plan_of(question: Question, islands: Islands, aside: tuple[tuple[int, int], ...] = ()) -> Plan:
    """What to count for a question, without the places of `aside`."""
    from spatial_analysis.studies.heat_files import land_mask  # rasterio: workers only

    west, south, east, north = np.array([land.bounds for land in islands.lands]).T
    grid = grid_over(
        (float(west.min()), float(south.min()), float(east.max()), float(north.max())), HEAT_CELL_M
    )
    kinds = opened()
    return Plan(
        lands=islands.wkb,
        codes=islands.codes,
        lattices=lattices_of(question.spacing_m),
        first_day=day_of(question.first),
        days=question.days,
        asked=(question.category,) if question.category else kinds,
        compared=kinds if LOADS.get(question.offset) == "every" else (),
        loads=LOADS.get(question.offset, ""),
        grid=grid,
        sigma_m=question.sigma_m,
        mask=land_mask(islands.lands, grid),
        aside=aside,
    )


@contextmanager
def told_of(question: Question, islands: Islands, say: means.Say) -> Iterator[Told]:
    """Count the reports of a question. Raises NoReportsThen, PartsRefused, SpreadFailed.

    Places are counted first: which of them are default addresses must be known before voices,
    which do not add up, are counted without them. What was counted is kept until the block ends
    well: a run that was stopped goes on with it.
    """
    try:
        with road_of(question, islands) as road:
            aside = aside_of(question, road, lambda done, total: say(done, 2 * total))
            plan = plan_of(question, islands, aside.places if aside else ())

            def later(done: int, total: int) -> None:
                say(done + total, 2 * total) if aside else say(done, total)

            with road.counted(plan, later) as lots:
                told = _told(plan, lots, aside, road)
                checked_whole(told.sums.read, lots)
                yield told
    except (BadParts, DoubledReport, means.NotInside) as error:
        raise PartsRefused(f"{PartsRefused.__doc__} ({error})") from error


def _told(plan: Plan, lots: Lots, aside: Aside | None, road: Road) -> Told:
    """Join what was counted. Raises NoReportsThen."""
    store, names = lots.store, lots.names
    sums = store.total(plan, names)
    if not sums.n:
        raise OnlyDefaultAddressesThen if sums.aside.any() else NoReportsThen
    ground, voices, people = ground_of(plan), [], []
    for k, lattice in enumerate(ground.lattices):
        lone, window = sums.lone[k], with_self(contiguity(lattice))
        marked, different = store.people(names, k, window)
        voices.append(marked + lone)
        people.append(different + np.rint(window @ lone).astype(np.int64))
    heat = ground.heat.density(sums.heat)
    resumed = lots.resumed + (aside.resumed if aside else 0)
    source = {**road.source, "resumed": resumed}
    if aside:
        source["piles"] = aside.judged.version
    return Told(plan, sums, tuple(voices), tuple(people), heat, source, aside,
                lambda areas: inside(store.places(plan, names), areas))  # fmt: skip


def inside(places: Iterator[Floats], areas: Sequence[shapely.Geometry]) -> list[int]:
    """How many places lie in each area."""
    total = np.zeros(len(areas), dtype=np.int64)
    for area in areas:
        shapely.prepare(area)
    for xy in places:
        total += [int(shapely.contains_xy(area, xy).sum()) for area in areas]
    return [int(n) for n in total]
