"""How many reports lie on each exact place, part by part: what default addresses are told by.

No Django, no database: workers of other machines run this before anything else is counted.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from spatial_analysis.methods.default_places import LEAST, default_points
from spatial_analysis.methods.frame import Floats, Ints
from spatial_analysis.tally import MILLIMETRES, Marks, Rows, mixed, names_hashed, packed, unpacked
from spatial_analysis.tally_store import Store

SALTS = (0x9E3779B97F4A7C15, 0xD1B54A32D192ED03)


@dataclass(frozen=True)
class PlacePlan:
    """Which reports to judge places by: islands, days, categories; corner: whole millimetres."""

    codes: tuple[str, ...]
    first_day: int
    days: int
    judged: tuple[str, ...]
    corner: tuple[int, int]

    @property
    def span(self) -> tuple[int, int]:
        """First and last day that are looked at."""
        return self.first_day, self.first_day + self.days - 1

    @cached_property
    def digest(self) -> str:
        """Name of the plan: equal plans count the same."""
        told = ("places", self.codes, self.first_day, self.days, self.judged, self.corner)
        return hashlib.sha256(repr(told).encode()).hexdigest()

    def count(self, rows: Rows) -> PlaceTally:
        """Count the rows that places are judged by."""
        first, last = self.span
        mine = (rows.day >= first) & (rows.day <= last) & (rows.island >= 0)
        mine &= np.isin(rows.category, self.judged)
        some = rows.take(mine)
        times = np.ones(len(some), dtype=np.int64)
        return count_places(self, some.x_mm, some.y_mm, some.category, times, read=len(rows))


@dataclass(frozen=True, slots=True)
class PlaceTally:
    """Reports by (place, kind), sorted; a place may come several times, once a kind.

    read : (1,) rows; version : (2,) the same for any order and split; of_kind : (c,) reports
    """

    read: Ints
    version: Marks
    of_kind: Ints
    place_keys: Ints
    place_kinds: NDArray[np.uint16]
    place_counts: Ints

    @property
    def arrays(self) -> dict[str, NDArray]:
        """Every array by its name."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


def count_places(
    plan: PlacePlan, x_mm: Ints, y_mm: Ints, category: NDArray[np.str_], times: Ints, *, read: int
) -> PlaceTally:
    """Add up `times` (n,) by place and category of the plan; n log n."""
    kind = np.searchsorted(plan.judged, category)
    key = packed(x_mm, y_mm, plan.corner)
    order = np.lexsort((kind, key))
    key, kind, times = key[order], kind[order], times[order].astype(np.int64)
    new = np.ones(len(key), dtype=bool)
    new[1:] = (key[1:] != key[:-1]) | (kind[1:] != kind[:-1])
    first = np.flatnonzero(new)
    counts = np.add.reduceat(times, first) if len(first) else times[:0]
    key, kind = key[first], kind[first]
    of_kind = np.bincount(kind, weights=counts, minlength=len(plan.judged)).astype(np.int64)
    return PlaceTally(
        np.array([read]), _version(plan, key, kind, counts), of_kind, key,
        kind.astype(np.uint16), counts,
    )  # fmt: skip


def _version(plan: PlacePlan, key: Ints, kind: Ints, counts: Ints) -> Marks:
    x, y = unpacked(key, plan.corner).T
    named, times = names_hashed(plan.judged), counts.astype(np.uint64)
    sums = []
    for salt in SALTS:
        row = mixed(mixed(x, salt) ^ mixed(mixed(y, salt), salt), salt)
        row = mixed(row ^ named[kind], salt) if len(kind) else row
        sums.append(int((row * times).sum(dtype=np.uint64)))
    return np.array(sums, dtype=np.uint64)


@dataclass(frozen=True, slots=True)
class Judged:
    """Default addresses: places (k, 2) in whole millimetres by x, then y, reports (k,) on each.

    least, busy : see `DefaultPlaces`; judged : reports that the verdict rests on
    """

    places: Ints
    uses: Ints
    least: int
    busy: int
    judged: int
    version: str
    read: int


def judge(plan: PlacePlan, store: Store, names: Sequence[str]) -> Judged:
    """Tell the default addresses from what was counted of all parts.

    Holds some thirty bytes a place while it judges; the kinds only of those that are full enough.
    """
    read, version = 0, np.zeros(2, dtype=np.uint64)
    of_kind = np.zeros(len(plan.judged), dtype=np.int64)
    for name in names:
        one = store.get(name)
        read, version = read + int(one["read"][0]), version + one["version"]
        of_kind += one["of_kind"]
    told = f"{version[0]:016x}{version[1]:016x}"
    keys, uses = store.added(names, "place")
    if not len(keys):
        return Judged(np.empty((0, 2), dtype=np.int64), uses, LEAST, 0, 0, told, read)

    def kinds_on(full: Ints) -> Floats:
        return _kinds_on(store, names, keys[full], len(of_kind))

    def place(some: slice | Ints) -> Floats:
        return np.asarray(unpacked(keys[some], plan.corner) / MILLIMETRES)

    found = default_points(place, uses, kinds_on, of_kind[of_kind > 0])
    places = unpacked(keys[found.default], plan.corner)
    return Judged(places, uses[found.default], found.least, found.busy, int(of_kind.sum()),
                  told, read)  # fmt: skip


def _kinds_on(store: Store, names: Sequence[str], keys: Ints, kinds: int) -> Floats:
    """Reports of each kind (f, kinds) on the places of `keys`, which are sorted."""
    table = np.zeros((len(keys), kinds))
    for name in names if len(keys) else ():
        one = store.get(name)
        at = np.searchsorted(keys, one["place_keys"]).clip(max=len(keys) - 1)
        mine = keys[at] == one["place_keys"]
        np.add.at(table, (at[mine], one["place_kinds"][mine]), one["place_counts"][mine])
    return table
