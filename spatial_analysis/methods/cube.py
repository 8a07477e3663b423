"""The cube of counts per (cell, day, category): integer, additive, and the same everywhere."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from spatial_analysis.methods.errors import MethodError
from spatial_analysis.methods.frame import Ints, frozen

VERSION = "1"
MOST_DENSE = 1 << 30
AT_ONCE = 1 << 20


class BadCube(MethodError):
    """Cells, days and categories must be whole numbers inside the cube's shape."""


class NotInCube(MethodError):
    """More is to be taken out than the cube holds; rebuild it from the rows."""


@dataclass(frozen=True, slots=True)
class Cube:
    """Counts > 0 by sorted key = (cell * days + day) * categories + category."""

    shape: tuple[int, int, int]
    keys: Ints
    counts: Ints

    @property
    def total(self) -> int:
        """Rows counted."""
        return int(self.counts.sum())

    def unpack(self) -> tuple[Ints, Ints, Ints]:
        """Return cell, day and category of every key."""
        rest, category = np.divmod(self.keys, self.shape[2])
        cell, day = np.divmod(rest, self.shape[1])
        return cell, day, category


def count_cube(
    cell: ArrayLike, day: ArrayLike, category: ArrayLike, *, shape: tuple[int, int, int]
) -> Cube:
    """Count rows (n,) by cell, day and category; O(n log n). Raises BadCube."""
    keys = _keys(cell, day, category, shape)
    keys, counts = np.unique(keys, return_counts=True)
    return Cube(shape, frozen(keys), frozen(counts.astype(np.int64)))


def add(cube: Cube, more: Cube) -> Cube:
    """Return the cube of both sets of rows; order never matters."""
    return _merge(cube, more, 1)


def subtract(cube: Cube, less: Cube) -> Cube:
    """Return the cube without the rows of `less`; raises NotInCube when they are not in it."""
    return _merge(cube, less, -1)


def digest(cube: Cube) -> str:
    """SHA-256 over shape, keys and counts, little-endian; equal cubes, equal digest."""
    total = hashlib.sha256(np.asarray(cube.shape, dtype="<i8").tobytes())
    total.update(cube.keys.astype("<i8").tobytes())
    total.update(cube.counts.astype("<i8").tobytes())
    return total.hexdigest()


def cell_counts(cube: Cube, *, days: slice = slice(None), category: int | None = None) -> Ints:
    """Counts per cell (shape[0],) of the days [start, stop) and one or all categories."""
    cell, day, kind = cube.unpack()
    start, stop, _ = days.indices(cube.shape[1])
    chosen = (day >= start) & (day < stop)
    if category is not None:
        chosen &= kind == category
    sums = np.zeros(cube.shape[0], dtype=np.int64)
    np.add.at(sums, cell[chosen], cube.counts[chosen])
    return sums


class CubeCounter:
    """Counts of rows that come some at a time, without end: four bytes a key, nothing a row.

    Holds every key of the shape, so it is for a stream that fills most of them (10⁸ reports);
    a few rows are better kept as a `Cube`. The same rows give the same digest either way.
    """

    def __init__(self, shape: tuple[int, int, int]) -> None:
        """Begin with nothing. Raises BadCube when the keys would not fit into memory at all."""
        if min(shape) < 1 or shape[0] * shape[1] * shape[2] > MOST_DENSE:
            raise BadCube(f"a dense cube holds 1 to {MOST_DENSE} keys")
        self.shape = shape
        self.counts = np.zeros(shape[0] * shape[1] * shape[2], dtype=np.int32)

    def count(self, cell: ArrayLike, day: ArrayLike, category: ArrayLike) -> None:
        """Count rows (n,); O(n). Raises BadCube."""
        np.add.at(self.counts, _keys(cell, day, category, self.shape), np.int32(1))

    @property
    def total(self) -> int:
        """Rows counted."""
        return int(self.counts.sum(dtype=np.int64))

    def cell_counts(self, *, days: slice = slice(None), category: int | None = None) -> Ints:
        """Counts per cell (shape[0],), as `cell_counts` of the cube."""
        start, stop, _ = days.indices(self.shape[1])
        kinds = slice(None) if category is None else slice(category, category + 1)
        chosen = self.counts.reshape(self.shape)[:, start:stop, kinds]
        return np.asarray(chosen.sum(axis=(1, 2), dtype=np.int64))

    def cube(self) -> Cube:
        """The cube of what was counted (sixteen bytes a key that is not empty)."""
        keys = np.flatnonzero(self.counts)
        return Cube(self.shape, frozen(keys), frozen(self.counts[keys].astype(np.int64)))

    def digest(self) -> str:
        """As `digest` of the cube, without making it."""
        total = hashlib.sha256(np.asarray(self.shape, dtype="<i8").tobytes())
        starts = range(0, len(self.counts), AT_ONCE)
        for start in starts:
            some = np.flatnonzero(self.counts[start : start + AT_ONCE]) + start
            total.update(some.astype("<i8").tobytes())
        for start in starts:
            lot = self.counts[start : start + AT_ONCE]
            total.update(lot[lot > 0].astype("<i8").tobytes())
        return total.hexdigest()


def _keys(
    cell: ArrayLike, day: ArrayLike, category: ArrayLike, shape: tuple[int, int, int]
) -> Ints:
    """Key of each row (n,). Raises BadCube."""
    columns = [np.asarray(column) for column in (cell, day, category)]
    for column, size in zip(columns, shape, strict=True):
        whole = column.dtype.kind in "iu" or column.size == 0
        if not whole or (column.size and (column.min() < 0 or column.max() >= size)):
            raise BadCube
    a, b, c = (column.astype(np.int64) for column in columns)
    return (a * shape[1] + b) * shape[2] + c


def _merge(cube: Cube, other: Cube, sign: int) -> Cube:
    """Add `other` times `sign`; a short one goes in by binary search, O(log n) a key."""
    if cube.shape != other.shape:
        raise BadCube("the two cubes have different shapes")
    place = np.searchsorted(cube.keys, other.keys)
    known = np.zeros(len(other.keys), dtype=bool)
    inside = place < len(cube.keys)
    known[inside] = cube.keys[place[inside]] == other.keys[inside]
    counts = cube.counts.copy()
    counts[place[known]] += sign * other.counts[known]
    if (counts < 0).any() or (sign < 0 and not known.all()):
        raise NotInCube
    keys = np.insert(cube.keys, place[~known], other.keys[~known])
    counts = np.insert(counts, place[~known], other.counts[~known])
    kept = counts > 0
    return Cube(cube.shape, frozen(keys[kept]), frozen(counts[kept]))
