"""The cube of counts per (cell, day, category): integer, additive, and the same everywhere."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from spatial_analysis.methods.frame import Ints, frozen

VERSION = "1"


class BadCube(ValueError):
    """Cells, days and categories must be whole numbers inside the cube's shape."""


class NotInCube(ValueError):
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
    columns = [np.asarray(column) for column in (cell, day, category)]
    for column, size in zip(columns, shape, strict=True):
        whole = column.dtype.kind in "iu" or column.size == 0
        if not whole or (column.size and (column.min() < 0 or column.max() >= size)):
            raise BadCube(BadCube.__doc__)
    a, b, c = (column.astype(np.int64) for column in columns)
    keys, counts = np.unique((a * shape[1] + b) * shape[2] + c, return_counts=True)
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
        raise NotInCube(NotInCube.__doc__)
    keys = np.insert(cube.keys, place[~known], other.keys[~known])
    counts = np.insert(counts, place[~known], other.counts[~known])
    kept = counts > 0
    return Cube(cube.shape, frozen(keys[kept]), frozen(counts[kept]))
