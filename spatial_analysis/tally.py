"""What is counted of reports, part by part: whole numbers and sets, the same in any order.

No Django, no database: this is what a worker of another machine runs. Everything in a tally is
a sum of integers or a set of marks, so parts can be counted anywhere and joined in any order.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from spatial_analysis.methods.cube import Cube, add, count_cube
from spatial_analysis.methods.density import Grid
from spatial_analysis.methods.frame import Floats, Ints
from spatial_analysis.methods.heat_bins import HeatBins, HeatGround
from spatial_analysis.methods.lattice import HexLattice, find_cells, hex_lattice, hex_of

Marks = NDArray[np.uint64]
CELL_BITS = 21  # a lattice has at most two million cells
REPORTER_BITS = 64 - CELL_BITS
MILLIMETRES = 1000


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


@dataclass(frozen=True, eq=False)
class Plan:
    """What to count: the ground, the lattices (the first is the base), days and categories.

    `compared` are the categories of the measure: all reports of the period or of the period
    before, by `loads` ("every", "before", "" = none).
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
    mask: NDArray[np.uint8]

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
    version : (2,) sum of two hashes of each counted row: the same for any order and split
    cube_keys, cube_counts : the asked rows by (cell of the base, day, category)
    before : (m,) rows of the period before by cell of the base
    lone, loads : per lattice (m,) asked rows without a mark; rows of the measure
    voices : per lattice, sorted marks (reporter << CELL_BITS | cell), each once
    """

    figures: Ints
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

    def save(self, path: Path) -> None:
        """Write to a file, whole or not at all."""
        fresh = path.with_suffix(".new")
        with fresh.open("wb") as file:
            np.savez(file, **self._named())
        fresh.replace(path)

    def _named(self) -> dict[str, Any]:
        named: dict[str, Any] = {}
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
    of_it, here = np.isin(rows.category, plan.asked), rows.island >= 0
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
        figures=np.array([len(rows), len(asked), int((now & of_it & ~here).sum()),
                          int(asked.synthetic.sum()), heat.outside], dtype=np.int64),
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
    )  # fmt: skip


def _cells(lattice: HexLattice, rows: Rows) -> Ints:
    return find_cells(lattice, *hex_of(rows.xy, lattice.spacing_m, lattice.shift), rows.island)


def _counts(cell: Ints, lattice: HexLattice) -> Ints:
    return np.bincount(cell[cell >= 0], minlength=len(lattice)).astype(np.int64)


def _marks(cell: Ints, reporter: Marks) -> Marks:
    held = cell >= 0
    who = reporter[held] >> np.uint64(64 - REPORTER_BITS) << np.uint64(CELL_BITS)
    return np.unique(who | cell[held].astype(np.uint64))


def reporter_mark(text: str, key: bytes) -> int:
    """A keyed number > 0 for whom `text` names; 0 for nobody. No contact can be read from it."""
    if not text:
        return 0
    return int.from_bytes(hashlib.blake2b(text.encode(), key=key[:64], digest_size=8).digest()) or 1


def _mixed(values: NDArray, salt: int) -> Marks:
    """Scramble 64-bit numbers (the finaliser of SplitMix64, Steele et al. 2014)."""
    z = values.astype(np.uint64) + np.uint64(salt)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def _version(*sets: Rows) -> Marks:
    sums = []
    for salt in (0x9E3779B97F4A7C15, 0xD1B54A32D192ED03):
        total = 0
        for number, rows in enumerate(sets):
            kinds, which = np.unique(rows.category, return_inverse=True)
            named = np.array(
                [int.from_bytes(hashlib.sha256(kind.encode()).digest()[:8]) for kind in kinds],
                dtype=np.uint64,
            )
            row = np.full(len(rows), number, dtype=np.uint64)
            for column in (rows.x_mm, rows.y_mm, rows.island, rows.day, rows.reporter):
                row = _mixed(row ^ _mixed(column, salt), salt)
            row = _mixed(row ^ (named[which] if len(rows) else row), salt)
            total += int(row.sum(dtype=np.uint64))
        sums.append(total % 2**64)
    return np.array(sums, dtype=np.uint64)


@dataclass(frozen=True, slots=True)
class Summed:
    """All tallies together, but for the marks, which `Store.voices` joins lattice by lattice."""

    read: int
    n: int
    elsewhere: int
    synthetic: int
    version: str
    by_day: Ints
    cube: Cube
    before: Ints
    lone: tuple[Ints, ...]
    loads: tuple[Ints, ...]
    heat: HeatBins


class DoubledReport(ValueError):
    """A report stands in two parts."""


class Store:
    """A folder of tallies by name of part: what is in it need not be counted again."""

    def __init__(self, folder: Path) -> None:
        """Use `folder`, made when it is not there."""
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def path(self, name: str) -> Path:
        """File of a part's tally."""
        return self.folder / f"{name}.npz"

    def has(self, name: str) -> bool:
        """Whether the part was counted."""
        return self.path(name).exists()

    def put(self, name: str, counted: Tally) -> None:
        """Keep a tally."""
        counted.save(self.path(name))

    def each(self, names: Sequence[str], field: str) -> Any:
        """Yield one array of every tally; only that array is read."""
        for name in names:
            with np.load(self.path(name)) as file:
                yield file[field]

    def total(self, plan: Plan, names: Sequence[str]) -> Summed:
        """Join the tallies of `names`. Raises DoubledReport. Memory: one lattice, one cube."""
        ground = ground_of(plan)
        base = ground.lattices[0]
        shape = (len(base), plan.days, max(1, len(plan.asked)))
        none = np.empty(0, dtype=np.int64)
        cube, heat = count_cube(none, none, none, shape=shape), ground.heat.nothing()
        figures, version = np.zeros(5, dtype=np.int64), np.zeros(2, dtype=np.uint64)
        by_day, before = np.zeros(plan.days, dtype=np.int64), np.zeros(len(base), dtype=np.int64)
        lone = [np.zeros(len(one), dtype=np.int64) for one in ground.lattices]
        loads = [np.zeros(len(one), dtype=np.int64) for one in ground.lattices if plan.loads]
        bins = heat.sums
        for name in names:
            with np.load(self.path(name)) as file:
                figures += file["figures"]
                version += file["version"]
                by_day += file["by_day"]
                before += file["before"]
                cube = add(cube, Cube(shape, file["cube_keys"], file["cube_counts"]))
                bins = add(bins, Cube(bins.shape, file["heat_keys"], file["heat_counts"]))
                for k, kept in enumerate(lone):
                    kept += file[f"lone_{k}"]
                for k, kept in enumerate(loads):
                    kept += file[f"loads_{k}"]
        self._each_once(names)
        read, n, elsewhere, synthetic, outside = (int(value) for value in figures)
        return Summed(
            read, n, elsewhere, synthetic, f"{version[0]:016x}{version[1]:016x}", by_day, cube,
            before, tuple(lone), tuple(loads), replace(heat, sums=bins, outside=outside),
        )  # fmt: skip

    def _each_once(self, names: Sequence[str]) -> None:
        ids = np.concatenate([np.empty(0, dtype=np.int64), *self.each(names, "ids")])
        ids.sort()
        twice = ids[1:][ids[1:] == ids[:-1]]
        if len(twice):
            raise DoubledReport(f"report {int(twice[0])}")

    def voices(self, names: Sequence[str], lattice: int) -> Marks:
        """All marks of one lattice, sorted, each once: a reporter counts once a cell."""
        every = [np.empty(0, dtype=np.uint64), *self.each(names, f"voices_{lattice}")]
        return np.unique(np.concatenate(every))


def voice_counts(marks: Marks, m: int) -> Ints:
    """Reporters with a mark per cell (m,)."""
    cell = (marks & np.uint64((1 << CELL_BITS) - 1)).astype(np.int64)
    return np.bincount(cell, minlength=m).astype(np.int64)
