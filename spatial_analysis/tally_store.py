"""Tallies on disk, joined a stretch of keys at a time: memory does not grow with the reports.

What was counted need not be counted again: a stopped run goes on with the tallies it finds.
"""

from __future__ import annotations

import json
import mmap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from spatial_analysis.methods.cube import Cube
from spatial_analysis.methods.frame import Ints, frozen
from spatial_analysis.methods.heat_bins import HeatBins
from spatial_analysis.methods.window_people import people_in_windows
from spatial_analysis.tally import (
    CELL_BITS,
    MILLIMETRES,
    Counted,
    Marks,
    Plan,
    corner_mm,
    ground_of,
    once_each,
)

AT_ONCE = 2_000_000  # keys joined at once
SAMPLED = 64  # every so many keys are looked at to find where to cut (of few, more)
WORD = 8
Keys = NDArray[np.int64] | Marks


@dataclass(frozen=True, slots=True)
class Summed:
    """All tallies together, but for the marks: `Store.voices` joins them lattice by lattice."""

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
    aside: Ints


class DoubledReport(ValueError):
    """A report stands in two parts."""


class Store:
    """A folder of tallies by name of part. A file is a table of its arrays, then their bytes."""

    def __init__(self, folder: Path, *, at_once: int = AT_ONCE) -> None:
        """Use `folder`, made when it is not there."""
        self.folder, self.at_once = folder, at_once
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def path(self, name: str) -> Path:
        """File of a part's tally."""
        return self.folder / f"{name}.tally"

    def has(self, name: str) -> bool:
        """Whether the part was counted."""
        return self.path(name).exists()

    def put(self, name: str, counted: Counted) -> None:
        """Keep a tally, whole or not at all."""
        table, at, arrays = {}, 0, counted.arrays
        for field, array in arrays.items():
            table[field] = (array.dtype.str, at, array.nbytes)
            at += -(-array.nbytes // WORD) * WORD
        head = json.dumps(table).encode()
        head += b" " * (-len(head) % WORD)
        fresh = self.path(name).with_suffix(".new")
        with fresh.open("wb") as file:
            file.write(len(head).to_bytes(WORD, "little") + head)
            for array in arrays.values():
                file.write(np.ascontiguousarray(array).tobytes())
                file.write(b"\0" * (-array.nbytes % WORD))
        fresh.replace(self.path(name))

    def get(self, name: str) -> dict[str, NDArray]:
        """The arrays of a tally, as they lie in the file: only what is looked at is read."""
        with self.path(name).open("rb") as file:
            held = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        raw = np.frombuffer(held, dtype=np.uint8)
        size = WORD + int.from_bytes(raw[:WORD].tobytes(), "little")
        table = json.loads(raw[WORD:size].tobytes())
        return {field: raw[size + at : size + at + length].view(kind)
                for field, (kind, at, length) in table.items()}  # fmt: skip

    def total(self, plan: Plan, names: Sequence[str]) -> Summed:
        """Join the tallies of `names`. Raises DoubledReport."""
        ground = ground_of(plan)
        base = ground.lattices[0]
        figures, version = np.zeros(5, dtype=np.int64), np.zeros(2, dtype=np.uint64)
        aside = np.zeros(len(plan.aside), dtype=np.int64)
        by_day, before = np.zeros(plan.days, dtype=np.int64), np.zeros(len(base), dtype=np.int64)
        lone = [np.zeros(len(one), dtype=np.int64) for one in ground.lattices]
        loads = [np.zeros(len(one), dtype=np.int64) for one in ground.lattices if plan.loads]
        for name in names:
            one = self.get(name)
            figures += one["figures"]
            aside += one["aside"]
            version += one["version"]
            by_day += one["by_day"]
            before += one["before"]
            for k, kept in enumerate(lone):
                kept += one[f"lone_{k}"]
            for k, kept in enumerate(loads):
                kept += one[f"loads_{k}"]
        self._each_once(names)
        shape, heat = (len(base), plan.days, max(1, len(plan.asked))), ground.heat.nothing()
        cube = Cube(shape, *map(frozen, self.added(names, "cube")))
        bins = Cube(heat.sums.shape, *map(frozen, self.added(names, "heat")))
        read, n, elsewhere, synthetic, outside = (int(value) for value in figures)
        return Summed(
            read, n, elsewhere, synthetic, f"{version[0]:016x}{version[1]:016x}", by_day, cube,
            before, tuple(lone), tuple(loads), replace(heat, sums=bins, outside=outside),
            aside,
        )  # fmt: skip

    def voices(self, names: Sequence[str], lattice: int) -> Iterator[Marks]:
        """Marks of one lattice, sorted, each once, some whole reporters at a time."""
        for marks, _ in self._joined(names, f"voices_{lattice}", whole=1 << CELL_BITS):
            yield once_each(marks.astype(np.uint64, copy=False))

    def people(
        self, names: Sequence[str], lattice: int, window: sparse.csr_array
    ) -> tuple[Ints, Ints]:
        """Reporters with a mark in each cell (m,), and different ones in its window (m,)."""
        m = window.shape[0]
        voices, people = np.zeros(m, dtype=np.int64), np.zeros(m, dtype=np.int64)
        for marks in self.voices(names, lattice):
            cell = (marks & np.uint64((1 << CELL_BITS) - 1)).astype(np.int64)
            voices += np.bincount(cell, minlength=m)
            people += people_in_windows(cell, marks >> np.uint64(CELL_BITS), window)
        return voices, people

    def places(self, plan: Plan, names: Sequence[str]) -> Iterator[NDArray[np.float64]]:
        """Places (k, 2) in metres of the asked rows, tally by tally."""
        for name in names:
            yield (self.get(name)["places"].reshape(-1, 2) + corner_mm(plan)) / MILLIMETRES

    def added(self, names: Sequence[str], field: str) -> tuple[Ints, Ints]:
        """Sorted keys of all tallies' `field`_keys, each once, and the sums of their counts."""
        keys, sums = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
        for some, counts in self._joined(names, f"{field}_keys", f"{field}_counts"):
            order = np.argsort(some)
            some = some[order]
            first = np.flatnonzero(np.diff(some, prepend=some[0] - 1))
            keys.append(some[first].astype(np.int64))
            sums.append(np.add.reduceat(counts[order], first))
        every = np.concatenate(keys)
        del keys  # of ten million places they weigh as much again
        return every, np.concatenate(sums)

    def _each_once(self, names: Sequence[str]) -> None:
        for ids, _ in self._joined(names, "ids"):
            ids.sort()
            twice = ids[1:][ids[1:] == ids[:-1]]
            if len(twice):
                raise DoubledReport(f"report {int(twice[0])}")

    def _joined(
        self, names: Sequence[str], field: str, beside: str = "", *, whole: int = 1
    ) -> Iterator[tuple[Keys, Ints]]:
        """Yield the sorted keys of all tallies a stretch at a time, with what stands beside them.

        No key lies in two stretches, nor do keys of one multiple of `whole`.
        """
        for low, high in pairwise(self._cuts(names, field, whole)):
            keys, values = [], []
            for name in names:
                one = self.get(name)
                a = 0 if low is None else int(np.searchsorted(one[field], low))
                b = len(one[field]) if high is None else int(np.searchsorted(one[field], high))
                keys.append(np.array(one[field][a:b]))
                values.append(np.array(one[beside][a:b]) if beside else np.empty(0, dtype=int))
            joined = np.concatenate(keys)
            if len(joined):
                yield joined, np.concatenate(values)

    def _cuts(self, names: Sequence[str], field: str, whole: int) -> list[np.generic | None]:
        """Where stretches begin and end (None: open), so that each holds about `at_once` keys."""
        some, total = [], 0
        for name in names:
            keys = self.get(name)[field]
            total += len(keys)
            some.append(np.array(keys[:: max(1, min(SAMPLED, len(keys) // SAMPLED))]))
        pieces = -(-total // self.at_once)
        if pieces < 2:
            return [None, None]
        sample = np.sort(np.concatenate(some))
        inner = sample[np.arange(1, pieces) * len(sample) // pieces]
        unit = sample.dtype.type(whole)
        return [None, *np.unique(inner // unit * unit), None]
