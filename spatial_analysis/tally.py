"""What is counted of reports, part by part: whole numbers and sets, the same in any order.

No Django, no database: this is what a worker of another machine runs. Everything in a tally is
a sum of integers or a set of marks, so parts can be counted anywhere and joined in any order.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, fields
from functools import cached_property, lru_cache
from typing import Protocol

import numpy as np
import shapely
from numpy.typing import NDArray

from spatial_analysis.methods.cube import count_cube
from spatial_analysis.methods.density import Grid
from spatial_analysis.methods.frame import Floats, Ints
from spatial_analysis.methods.heat_bins import HeatGround
from spatial_analysis.methods.lattice import HexLattice, find_cells, hex_lattice, hex_of

Marks = NDArray[np.uint64]
CELL_BITS = 21  # a lattice has at most two million cells
REPORTER_BITS = 64 - CELL_BITS
MILLIMETRES = 1000
PLACE_BITS = 31
EDGE = 1 << (PLACE_BITS - 1)


@dataclass(frozen=True, slots=True)
class Rows:
    """Reports (n,): id, whole millimetres, island (-1 = none), day since 1970, category, mark.

    `reporter` is 0 where nobody left a mark: such a report is a reporter of its own.
    """

    id: Ints
    x_mm: Ints
    y_mm: Ints
    island: Ints
    day: Ints
    category: NDArray[np.str_]
    reporter: Marks
    synthetic: NDArray[np.bool_]

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.id)

    def take(self, chosen: NDArray) -> Rows:
        """Some of them."""
        return Rows(*(getattr(self, field.name)[chosen] for field in fields(self)))

    @property
    def xy(self) -> Floats:
        """(n, 2) metres."""
        return np.column_stack([self.x_mm, self.y_mm]) / MILLIMETRES


class Counted(Protocol):
    """What was counted of some rows, as arrays by name."""

    @property
    def arrays(self) -> dict[str, NDArray]:
        """Every array by its name."""
        ...


class Counting(Protocol):
    """Something to count, part by part: which islands and days it looks at, and how it counts."""

    @property
    def codes(self) -> tuple[str, ...]:
        """Islands, in the order of their numbers."""
        ...

    @property
    def span(self) -> tuple[int, int]:
        """First and last day that are looked at, since 1970."""
        ...

    @property
    def digest(self) -> str:
        """Name of the plan: equal plans count the same."""
        ...

    def count(self, rows: Rows) -> Counted:
        """Count rows."""
        ...


@dataclass(frozen=True, eq=False)
class Plan:
    """What to count: the ground, the lattices (the first is the base), days and categories.

    `compared` are the categories of the measure: all reports of the period or of the period
    before, by `loads` ("every", "before", "" = none). Reports on a place of `aside` (whole
    millimetres) are no evidence for where they lie: neither counted nor measured against.
    """

    lands: tuple[bytes, ...]
    codes: tuple[str, ...]
    lattices: tuple[tuple[float, tuple[float, float]], ...]
    first_day: int
    days: int
    asked: tuple[str, ...]
    compared: tuple[str, ...]
    loads: str
    grid: Grid
    sigma_m: float
    mask: NDArray[np.uint16]
    aside: tuple[tuple[int, int], ...] = ()

    @property
    def span(self) -> tuple[int, int]:
        """First and last day that are looked at, the period before included."""
        return self.first_day - self.days, self.first_day + self.days - 1

    def count(self, rows: Rows) -> Tally:
        """Count rows."""
        return tally(self, rows)

    @cached_property
    def digest(self) -> str:
        """Name of the plan: equal plans count the same."""
        total = hashlib.sha256(self.mask.tobytes())
        for field in fields(self):
            if field.name != "mask":
                total.update(repr(getattr(self, field.name)).encode())
        return total.hexdigest()


@lru_cache(maxsize=32)
def lattice_of(
    lands: tuple[bytes, ...], spacing_m: float, shift: tuple[float, float]
) -> HexLattice:
    """The lattice over these islands, made once in a process."""
    return hex_lattice(shapely.from_wkb(list(lands)).tolist(), spacing_m, shift=shift)


class Ground:
    """The lattices and the heat's ground of a plan."""

    def __init__(self, plan: Plan) -> None:
        """Work them out."""
        self.lattices = [lattice_of(plan.lands, *how) for how in plan.lattices]
        self.heat = HeatGround(plan.grid, plan.sigma_m, plan.mask)


_GROUND: dict[str, Ground] = {}


def ground_of(plan: Plan) -> Ground:
    """The ground of a plan, worked out once in a process (the last few plans are kept)."""
    if plan.digest not in _GROUND:
        while len(_GROUND) >= 4:
            _GROUND.pop(next(iter(_GROUND)))
        _GROUND[plan.digest] = Ground(plan)
    return _GROUND[plan.digest]


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of some rows; see `Plan`. Arrays only, so that a file can hold it.

    figures : (5,) rows read, counted, elsewhere, synthetic, too far at sea for the heat
    aside : (k,) rows of the asked kind left out on each place of the plan's `aside`
    version : (2,) sum of two hashes of each counted row: the same for any order and split
    cube_keys, cube_counts : the asked rows by (cell of the base, day, category)
    before : (m,) rows of the period before by cell of the base
    lone, loads : per lattice (m,) asked rows without a mark; rows of the measure
    voices : per lattice, sorted marks (reporter << CELL_BITS | cell), each once
    places : (2k,) the asked rows, x and y in turn, whole millimetres from the grid's corner
    """

    figures: Ints
    aside: Ints
    version: Marks
    ids: Ints
    by_day: Ints
    cube_keys: Ints
    cube_counts: Ints
    before: Ints
    heat_keys: Ints
    heat_counts: Ints
    lone: tuple[Ints, ...]
    loads: tuple[Ints, ...]
    voices: tuple[Marks, ...]
    places: NDArray[np.int32]

    @property
    def arrays(self) -> dict[str, NDArray]:
        """Every array by its name; those of the second lattice end in `_1`."""
        named: dict[str, NDArray] = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, tuple):
                named |= {f"{field.name}_{k}": array for k, array in enumerate(value)}
            else:
                named[field.name] = value
        return named


def tally(plan: Plan, rows: Rows) -> Tally:
    """Count rows; O(n log n) for the marks."""
    ground = ground_of(plan)
    base = ground.lattices[0]
    day = rows.day - plan.first_day
    now, earlier = (day >= 0) & (day < plan.days), (day >= -plan.days) & (day < 0)
    of_it, ashore, on = np.isin(rows.category, plan.asked), rows.island >= 0, _aside(plan, rows)
    here = ashore & (on < 0)
    asked, before = rows.take(now & of_it & here), rows.take(earlier & of_it & here)
    if plan.loads == "every":
        measure = rows.take(now & np.isin(rows.category, plan.compared) & here)
    else:
        measure = before if plan.loads == "before" else rows.take(np.zeros(len(rows), dtype=bool))
    cells = [_cells(lattice, asked) for lattice in ground.lattices]
    heat = ground.heat.bins(asked.xy, asked.island + 1)
    held = cells[0] >= 0
    cube = count_cube(
        cells[0][held], asked.day[held] - plan.first_day,
        np.searchsorted(plan.asked, asked.category[held]),
        shape=(len(base), plan.days, max(1, len(plan.asked))),
    )  # fmt: skip
    marked = asked.reporter > 0
    return Tally(
        figures=np.array([len(rows), len(asked), int((now & of_it & ~ashore).sum()),
                          int(asked.synthetic.sum()), heat.outside], dtype=np.int64),
        aside=np.bincount(on[now & of_it & ashore & (on >= 0)], minlength=len(plan.aside)),
        version=_version(rows.take((now & of_it) | (earlier & of_it)), measure),
        ids=np.sort(rows.id),
        by_day=np.bincount(asked.day - plan.first_day, minlength=plan.days).astype(np.int64),
        cube_keys=cube.keys,
        cube_counts=cube.counts,
        before=_counts(_cells(base, before), base),
        heat_keys=heat.sums.keys,
        heat_counts=heat.sums.counts,
        lone=tuple(_counts(cell[~marked], lattice)
                   for cell, lattice in zip(cells, ground.lattices, strict=True)),
        loads=tuple(_counts(_cells(lattice, measure), lattice) for lattice in ground.lattices)
        if plan.loads else (),
        voices=tuple(_marks(cell[marked], asked.reporter[marked]) for cell in cells),
        places=_places(plan, asked),
    )  # fmt: skip


def packed(x_mm: Ints, y_mm: Ints, corner: tuple[int, int]) -> Ints:
    """One number >= 0 a place (n,), by x, then y, the same for the same place.

    Places more than 1,073 km from `corner` (whole millimetres) count as lying at its edge.
    """
    far = [np.clip(axis - begin, -EDGE, EDGE - 1) + EDGE
           for axis, begin in zip((x_mm, y_mm), corner, strict=True)]  # fmt: skip
    return (far[0].astype(np.int64) << PLACE_BITS) | far[1].astype(np.int64)


def unpacked(keys: Ints, corner: tuple[int, int]) -> Ints:
    """Places (n, 2), whole millimetres, of what `packed` made of them."""
    far = np.column_stack([keys >> PLACE_BITS, keys & ((1 << PLACE_BITS) - 1)])
    return far - EDGE + np.array(corner, dtype=np.int64)


def _aside(plan: Plan, rows: Rows) -> Ints:
    """Which place of the plan's `aside` each row lies on (n,); -1 on none."""
    if not plan.aside:
        return np.full(len(rows), -1, dtype=np.int64)
    x, y = np.array(plan.aside, dtype=np.int64).T
    corner = (int(x[0]), int(y[0]))
    known = packed(x, y, corner)
    order = np.argsort(known)
    mine = packed(rows.x_mm, rows.y_mm, corner)
    at = np.searchsorted(known, mine, sorter=order).clip(max=len(known) - 1)
    return np.where(known[order[at]] == mine, order[at], -1)


def corner_mm(plan: Plan) -> Ints:
    """Where places of a tally are measured from: (2,) whole millimetres."""
    corner = np.array([plan.grid.west_m, plan.grid.north_m])
    return np.floor(corner * MILLIMETRES).astype(np.int64)


def _places(plan: Plan, rows: Rows) -> NDArray[np.int32]:
    far = np.column_stack([rows.x_mm, rows.y_mm]) - corner_mm(plan)
    limit = np.iinfo(np.int32)
    return far.clip(limit.min, limit.max).astype(np.int32).ravel()


def _cells(lattice: HexLattice, rows: Rows) -> Ints:
    return find_cells(lattice, *hex_of(rows.xy, lattice.spacing_m, lattice.shift), rows.island)


def _counts(cell: Ints, lattice: HexLattice) -> Ints:
    return np.bincount(cell[cell >= 0], minlength=len(lattice)).astype(np.int64)


def _marks(cell: Ints, reporter: Marks) -> Marks:
    held = cell >= 0
    who = reporter[held] >> np.uint64(64 - REPORTER_BITS) << np.uint64(CELL_BITS)
    return once_each(who | cell[held].astype(np.uint64))


def once_each(marks: Marks) -> Marks:
    """Sorted, each once; by sorting, which for numbers takes a tenth of numpy's `unique`."""
    marks = np.sort(marks)
    return marks[np.append(True, marks[1:] != marks[:-1])] if len(marks) else marks


def reporter_mark(text: str, key: bytes) -> int:
    """A keyed number > 0 for whom `text` names; 0 for nobody. No contact can be read from it."""
    if not text:
        return 0
    return int.from_bytes(hashlib.blake2b(text.encode(), key=key[:64], digest_size=8).digest()) or 1


def mixed(values: NDArray, salt: int) -> Marks:
    """Scramble 64-bit numbers (the finaliser of SplitMix64, Steele et al. 2014)."""
    z = values.astype(np.uint64) + np.uint64(salt)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def names_hashed(names: Iterable[str]) -> Marks:
    """A number a name, the same on every machine."""
    told = [int.from_bytes(hashlib.sha256(name.encode()).digest()[:8]) for name in names]
    return np.array(told, dtype=np.uint64)


def _version(*sets: Rows) -> Marks:
    sums = []
    for salt in (0x9E3779B97F4A7C15, 0xD1B54A32D192ED03):
        total = 0
        for number, rows in enumerate(sets):
            kinds, which = np.unique(rows.category, return_inverse=True)
            named = names_hashed(kinds)
            row = np.full(len(rows), number, dtype=np.uint64)
            for column in (rows.x_mm, rows.y_mm, rows.island, rows.day, rows.reporter):
                row = mixed(row ^ mixed(column, salt), salt)
            row = mixed(row ^ (named[which] if len(rows) else row), salt)
            total += int(row.sum(dtype=np.uint64))
        sums.append(total % 2**64)
    return np.array(sums, dtype=np.uint64)
