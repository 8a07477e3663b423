"""What the incident studies read: reports, islands and people, as arrays in metres."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, Protocol

import numpy as np
import shapely
from django.contrib.gis.db.models.functions import Transform
from django.contrib.gis.geos import GEOSGeometry
from django.db.models import FloatField, Func, Max, Min, QuerySet
from numpy.typing import NDArray

from layers.catalog.incident_cells import OffsetKind
from layers.catalog.places import Island
from layers.catalog.population import PopulationCell
from layers.catalog.reports.models import Report
from layers.errors import PlatformError
from layers.geography import city
from spatial_analysis.frames import (
    Floats,
    coordinates,
    copied,
    in_degrees,
    in_metres,
    texts,
    version_of,
    written,
)
from spatial_analysis.methods.frame import Ints, require_metres
from spatial_analysis.methods.lattice import HexLattice, cell_polygons, find_cells, hex_of
from spatial_analysis.studies.incident_question import (
    NoReportsThen,
    Question,
    counted,
    counted_beside,
)
from spatial_analysis.tally import Counting, lattice_of
from spatial_analysis.tally_store import Store

EVEN_SHARE = 0.01  # of the offset lies evenly on land: a report on an empty road is possible
Lands = tuple[bytes, ...]
KINDS: dict[str, Any] = {
    "pk": np.int64, "_x": float, "_y": float, "island_id": float, "_s": float,
    "category_id": "category", "phone_mark": str, "number": str, "kelurahan__name": "category",
    "origin": "category",
}  # fmt: skip
AT_ONCE = 200_000
PLACED = ("_x", "_y", "category_id")


class NoIslandsKnown(PlatformError):
    """Belum ada data pulau; muat data kota dahulu."""

    code = "NO_ISLANDS_KNOWN"


class NoPeopleThere(PlatformError):
    """Belum ada data penduduk per sel; muat data kota, atau bandingkan dengan luas daratan."""

    code = "NO_PEOPLE_THERE"


@dataclass(frozen=True, slots=True)
class Reports:
    """Reports (n,): place in metres, index of the island, moment (s), category, reporter.

    Ordered by place and moment, so that the order of storing never shows in an answer.
    A reporter is a number; a report without a reporter's mark has a reporter of its own.
    """

    pk: Ints
    xy: Floats
    island: Ints
    at_s: Floats
    category: NDArray[np.str_]
    reporter: NDArray[np.uint64]
    number: NDArray[np.str_]
    kelurahan: NDArray[np.str_]
    origin: NDArray[np.str_]
    elsewhere: int  # left out: their island is unknown or not asked for

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.pk)

    def take(self, chosen: NDArray) -> Reports:
        """Some of them, in the same order."""
        columns = [name for name in self.__dataclass_fields__ if name != "elsewhere"]
        return replace(self, **{name: getattr(self, name)[chosen] for name in columns})

    @property
    def version(self) -> str:
        """Digest of what was read."""
        return version_of(self.xy, self.at_s, self.category, self.reporter)


@dataclass(frozen=True, slots=True)
class Islands:
    """Islands in the order of their codes: names, land in metres."""

    codes: tuple[str, ...]
    names: tuple[str, ...]
    keys: tuple[int, ...]
    lands: tuple[shapely.Geometry, ...]

    def index_of(self, keys: list[int | None]) -> Ints:
        """Index of each island key; -1 for none or another city's."""
        place = {key: number for number, key in enumerate(self.keys)}
        return np.array([place.get(key or -1, -1) for key in keys], dtype=np.int64)

    def index_of_all(self, keys: Ints) -> Ints:
        """The same for an array (n,) of keys, 0 for none."""
        known, which = np.unique(keys, return_inverse=True)
        return self.index_of([int(key) or None for key in known])[which.ravel()]

    @property
    def wkb(self) -> Lands:
        """Their land, as a key for what is computed once."""
        return tuple(shapely.to_wkb(land) for land in self.lands)


def read_islands(only: str = "") -> Islands:
    """All islands, or the one with this code. Raises NoIslandsKnown, BadFrame."""
    require_metres(city().metric_srid)
    rows = Island.objects.filter(code=only) if only else Island.objects.all()
    shapes, columns = in_metres(rows, "code", "name", "pk")
    if not columns:
        raise NoIslandsKnown
    order = sorted(range(len(columns)), key=lambda i: columns[i][0])
    codes, names, keys = zip(*(columns[i] for i in order), strict=True)
    return Islands(codes, names, keys, tuple(shapes[order]))


def read_asked(question: Question, islands: Islands) -> Reports:
    """Counted reports of the question. Raises NoReportsThen."""
    reports = read_window(question, islands)
    if not len(reports):
        raise NoReportsThen
    return reports


def read_window(question: Question, islands: Islands) -> Reports:
    """Counted reports of the question's days; none is an answer too."""
    return _read(question.category, islands, question.first, question.end)


def _read(category: str, islands: Islands, first: date, end: date) -> Reports:
    held = _held.get()
    if held is not None and held.covers(first) and not category:
        return on_islands(held.between(first, end))
    return on_islands(read_rows(counted(category, first, end), islands))


class Held(Protocol):
    """Reports of all open categories that a process keeps in memory."""

    def covers(self, first: date) -> bool:
        """Tell whether every report since this day is held."""
        ...

    def between(self, first: date, end: date) -> Reports:
        """Those of the days [first, end), in their order, islands unknown to us included."""
        ...

    def counted(self, plan: Counting, first: date, end: date) -> tuple[Store, list[str], int]:
        """The same, counted: tallies, their names in the store, how many reports."""
        ...


def held_now() -> Held | None:
    """What this process keeps in memory, while `reading_from` it."""
    return _held.get()


_held: ContextVar[Held | None] = ContextVar("held", default=None)


@contextmanager
def reading_from(held: Held) -> Iterator[None]:
    """Read reports of all open categories from memory in here, not from the table."""
    token = _held.set(held)
    try:
        yield
    finally:
        _held.reset(token)


def on_islands(reports: Reports) -> Reports:
    """Those on a known island; the others are counted in `elsewhere`."""
    here = reports.island >= 0
    if here.all():
        return reports
    return replace(reports.take(here), elsewhere=int((~here).sum()))


def read_places(question: Question) -> tuple[Floats, NDArray[np.str_]]:
    """Place (n, 2) in metres and category (n,) of all that was told in the question's days.

    On every island and of every open category beside the one asked for; in order of place.
    """
    found = counted_beside(question.category, question.first, question.end)
    told = _with_metres(found.filter(island__isnull=False)).values_list(*PLACED)
    columns = copied(told, {name: KINDS[name] for name in PLACED})
    xy, kind = columns[["_x", "_y"]].to_numpy(float), texts(columns["category_id"])
    order = np.lexsort((kind, xy[:, 1], xy[:, 0]))
    return xy[order], kind[order]


def _with_metres(found: QuerySet[Report]) -> QuerySet[Report]:
    place = Transform("geom", city().metric_srid)
    return found.annotate(
        _x=Func(place, function="ST_X", output_field=FloatField()),
        _y=Func(place, function="ST_Y", output_field=FloatField()),
    )


def read_rows(found: QuerySet[Report], islands: Islands) -> Reports:
    """Reports of a queryset, ordered; those on no known island have island -1.

    Read AT_ONCE numbers a statement: none runs into the database's limit of time, and what a
    statement needs besides the arrays does not grow with the reports.
    """
    ends = found.aggregate(low=Min("pk"), high=Max("pk"))
    low, high = ends["low"] or 0, ends["high"] or 0
    lots = [found] if high - low < AT_ONCE else [
        found.filter(pk__gte=start, pk__lt=start + AT_ONCE)
        for start in range(low, high + 1, AT_ONCE)
    ]  # fmt: skip
    return joined([_read_lot(lot, islands) for lot in lots])


def _read_lot(found: QuerySet[Report], islands: Islands) -> Reports:
    told = _with_metres(found).annotate(
        _s=Func("received_at", template="EXTRACT(EPOCH FROM %(expressions)s)",
                output_field=FloatField()),
    )  # fmt: skip
    columns = copied(told.order_by("pk").values_list(*KINDS), KINDS)
    number, mark = (columns[name].to_numpy(object) for name in ("number", "phone_mark"))
    keys = columns["island_id"].fillna(0).to_numpy(np.int64)
    return Reports(
        pk=columns["pk"].to_numpy(np.int64),
        xy=columns[["_x", "_y"]].to_numpy(float),
        island=islands.index_of_all(keys),
        at_s=columns["_s"].to_numpy(float),
        category=texts(columns["category_id"]),
        reporter=_who(number, mark),
        number=np.array(number.tolist(), dtype=np.str_),
        kelurahan=texts(columns["kelurahan__name"]),
        origin=texts(columns["origin"]),
        elsewhere=0,
    )


def _who(number: NDArray[np.object_], mark: NDArray[np.object_]) -> NDArray[np.uint64]:
    """A number a reporter (n,): of the mark, or of the report where nobody left one."""
    from pandas.util import hash_array  # only when asked

    names = np.array([own or f"#{told}" for told, own in zip(number, mark, strict=True)], object)
    return np.asarray(hash_array(names, categorize=False))


def ordered(reports: Reports) -> Reports:
    """The same reports by place, moment and number."""
    xy = reports.xy
    return reports.take(np.lexsort((reports.number, reports.at_s, xy[:, 1], xy[:, 0])))


def together(some: Reports, more: Reports) -> Reports:
    """Both, in order, where `some` is in order already: a few are put in their places."""
    new = ordered(more)
    keys = some.xy[:, 0], some.xy[:, 1], some.at_s, some.number
    told = zip(*new.xy.T, new.at_s, new.number, strict=True)
    places = np.array([_place_of(keys, row) for row in told], dtype=np.int64)
    order = np.insert(np.arange(len(some)), places, len(some) + np.arange(len(new)))
    return _one_after_another([some, new]).take(order)


def _place_of(keys: tuple[NDArray, ...], row: tuple[Any, ...]) -> int:
    """Where a row belongs among rows in the order of `keys`, the first key first."""
    low, high = 0, len(keys[0])
    for column, value in zip(keys, row, strict=True):
        part = column[low:high]
        low, high = (low + int(np.searchsorted(part, value, side)) for side in ("left", "right"))
    return high


def joined(parts: list[Reports]) -> Reports:
    """All of them, in order."""
    return ordered(_one_after_another(parts))


def _one_after_another(parts: list[Reports]) -> Reports:
    columns = [name for name in Reports.__dataclass_fields__ if name != "elsewhere"]
    every = {name: np.concatenate([getattr(part, name) for part in parts]) for name in columns}
    return Reports(**every, elsewhere=sum(part.elsewhere for part in parts))


def at(seconds: float) -> datetime:
    """Moment of seconds since 1970 (UTC)."""
    return datetime.fromtimestamp(float(seconds), UTC)


def lattice_over(lands: Lands, spacing_m: float, shift: tuple[float, float]) -> HexLattice:
    """The lattice of these islands, made once in a process."""
    return lattice_of(lands, spacing_m, shift)


@lru_cache(maxsize=8)
def cell_shapes(lands: Lands, spacing_m: float) -> tuple[GEOSGeometry, ...]:
    """Cells of the base lattice as geometry to store, made once in a process."""
    return tuple(in_degrees(cell_polygons(lattice_over(lands, spacing_m, (0.0, 0.0)))))


def cells_of(lattice: HexLattice, xy: Floats, island: Ints) -> Ints:
    """Cell of each point; -1 off land."""
    q, r = hex_of(xy, lattice.spacing_m, lattice.shift)
    return find_cells(lattice, q, r, island)


@dataclass(frozen=True, slots=True)
class Offset:
    """Points that carry what reports are measured against, and the kind of measure."""

    kind: str
    xy: Floats
    island: Ints
    load: Floats

    def on(self, lattice: HexLattice) -> Floats:
        """Offset per cell (m,), > 0 on all land: EVEN_SHARE of it is spread by area."""
        land = np.asarray(lattice.land_m2)
        if self.kind == OffsetKind.LAND:
            return land.copy()
        cell = cells_of(lattice, self.xy, self.island)
        held = cell >= 0
        sums = np.bincount(cell[held], weights=self.load[held], minlength=len(lattice))
        total = max(float(sums.sum()), 1.0)
        return sums * (1 - EVEN_SHARE) + EVEN_SHARE * total * land / land.sum()

    @property
    def version(self) -> str:
        """Digest of what was read."""
        return version_of(self.xy, self.load)


def read_offset(question: Question, islands: Islands) -> Offset:
    """What the question measures reports against. Raises NoPeopleThere."""
    if question.offset == OffsetKind.PEOPLE:
        return _people(islands)
    if question.offset == OffsetKind.REPORTS:
        return _of_reports(question, _read("", islands, question.first, question.end))
    if question.offset == OffsetKind.BEFORE:
        return _of_reports(question, _read(question.category, islands, *question.before))
    return Offset(question.offset, np.empty((0, 2)), np.empty(0, dtype=np.int64), np.empty(0))


def _people(islands: Islands) -> Offset:
    """Where people live; read once in a process, until the table changes."""
    key = (islands.keys, *written(PopulationCell))
    if key not in _people_read:
        while len(_people_read) >= MOST_KEPT:
            _people_read.pop(next(iter(_people_read)))
        _people_read[key] = _read_people(islands)
    return _people_read[key]


MOST_KEPT = 8
_people_read: dict[tuple[object, ...], Offset] = {}


def forget() -> None:
    """Drop what is held in memory."""
    _people_read.clear()


def _read_people(islands: Islands) -> Offset:
    cells = PopulationCell.objects.filter(people__gt=0, island__in=islands.keys)
    shapes, rows = in_metres(cells, "people", "island_id")
    if not rows:
        raise NoPeopleThere
    people, keys = zip(*rows, strict=True)
    load = np.array(people, dtype=np.float64)
    return Offset(OffsetKind.PEOPLE, coordinates(shapes), islands.index_of(list(keys)), load)


def _of_reports(question: Question, reports: Reports) -> Offset:
    return Offset(question.offset, reports.xy, reports.island, np.ones(len(reports)))
