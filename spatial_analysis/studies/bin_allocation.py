"""Where a street bin is missing or too small for the people around it, kelurahan by kelurahan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely

from layers.catalog.bin_needs import BinNeed, NeedKind
from layers.catalog.bins import WasteBin
from layers.errors import BadInput
from layers.geography import city
from layers.spec import Origin
from spatial_analysis.frames import (
    Floats,
    Ints,
    coordinates,
    in_degrees,
    in_metres,
    keys,
    version_of,
)
from spatial_analysis.methods.allocation import Allocation
from spatial_analysis.methods.bin_sizes import Used, new_bins, used_by_nearest, worth_a_bin
from spatial_analysis.methods.coverage import NOWHERE, Snapped, reach_walk
from spatial_analysis.models import Run
from spatial_analysis.studies import wifi_words
from spatial_analysis.studies.bin_overflow import NoBins
from spatial_analysis.studies.wifi_frames import Situation, read_situation
from spatial_analysis.study import Answer, study

BLOCK_M = 200.0  # neighbouring cells of a kelurahan put their waste out together
SECONDS = 1.0  # for each kelurahan; an answer that is not proven by then states its gap
LEAST_FILL = 0.2  # a new bin that would stand emptier than this at every round is not wanted
# Litres a person leaves in street bins a day: an assumption, city.toml [bins] says otherwise.
LITRES, DAYS, WALK_M = 0.4, 2, 250
RANGES = {"litres": (0.01, 20.0), "days": (1, 14), "walk_m": (50, 2_000), "room_l": (50, 20_000)}


class BadBinQuestion(BadInput):
    """Liter per orang 0,01-20; hari antar ronde 1-14; jalan kaki 50-2.000 m; bak 50-20.000 L."""

    code = "BAD_BIN_QUESTION"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked: litres a person and day, days between rounds, walk, size of new bins."""

    litres: float
    days: int
    walk_m: int
    room_l: int

    @classmethod
    def of(cls, params: Mapping[str, Any], usual_l: int) -> Wanted:
        """Read litres, days, walk_m, room_l; the city's own litres, its most usual size.

        Raises BadBinQuestion.
        """
        own = city().extra.get("bins", {}).get("litres_per_person_day", LITRES)
        asked = {"litres": own, "days": DAYS, "walk_m": WALK_M, "room_l": usual_l}
        asked |= {name: params[name] for name in RANGES if params.get(name) is not None}
        for name, (low, high) in RANGES.items():
            kind = int | float if name == "litres" else int
            fine = isinstance(asked[name], kind) and not isinstance(asked[name], bool)
            if not fine or not low <= asked[name] <= high:
                raise BadBinQuestion
        return cls(float(asked["litres"]), asked["days"], asked["walk_m"], asked["room_l"])


@dataclass(frozen=True, slots=True)
class Bins:
    """Bins that stand: place, litres, label, island."""

    xy: Floats
    room_l: Floats
    labels: tuple[str, ...]
    island: Ints


@dataclass(frozen=True, slots=True)
class Clients:
    """Blocks of cells without a bin in reach, of one kelurahan: where they are, who, litres."""

    xy: Floats
    people: Floats
    load_l: Floats
    doors: Snapped
    kelurahan: int
    island: int

    def only(self, kept: np.ndarray) -> Clients:
        """The same kelurahan with these blocks alone."""
        return replace(
            self,
            xy=self.xy[kept],
            people=self.people[kept],
            load_l=self.load_l[kept],
            doors=Snapped(self.doors.node[kept], self.doors.metres[kept]),
        )


@study("bin_allocation", first_answer=True)
def bin_allocation(run: Run, params: Mapping[str, Any]) -> Answer:
    """Send everybody to the nearest bin; name those that overflow, and place what is missing.

    params: `litres` (a person and day), `days` between rounds, `walk_m`, `room_l` of a new bin.
    """
    bins = read_bins()
    usual = Counter(bins.room_l.tolist()).most_common(1)[0][0]
    wanted = Wanted.of(params, int(usual))
    seen = read_situation()
    load = seen.cells.people * wanted.litres * wanted.days
    doors = seen.enter(bins.xy, bins.island)
    reach = reach_walk(seen.streets, seen.doors, doors, wanted.walk_m)
    used = used_by_nearest(load, seen.cells.people, reach)
    rows = _too_small(seen, bins, used)
    groups = clients_of(seen, used.bin_of == NOWHERE, wanted)
    found, scattered = [], 0.0
    for whole in groups:
        metres = ways_of(seen, whole, wanted)
        kept = worth_a_bin(metres <= wanted.walk_m, whole.load_l, LEAST_FILL * wanted.room_l)
        scattered += float(whole.people[~kept].sum())
        if not kept.any():
            continue
        group, metres = whole.only(kept), metres[np.ix_(kept, kept)]
        answer = new_bins(
            metres, group.people, group.load_l, wanted.room_l, walk_m=wanted.walk_m, seconds=SECONDS
        )
        found.append((group, answer))
        rows += _missing(seen, group, answer, metres, wanted)
    rows.sort(key=lambda row: (-row.people, row.kind, row.label, row.geom.x, row.geom.y))
    for rank, row in enumerate(rows, start=1):
        row.rank, row.run_number = rank, run.pk
    BinNeed.objects.all().delete()
    BinNeed.objects.bulk_create(rows)
    return _answer(rows, found, bins, wanted, seen, scattered)


def read_bins() -> Bins:
    """Raises NoBins."""
    shapes, rows = in_metres(
        WasteBin.objects.filter(capacity_l__gt=0), "capacity_l", "label", "island_id"
    )
    if not rows:
        raise NoBins
    return Bins(
        coordinates(shapes),
        np.array([row[0] for row in rows], dtype=float),
        tuple(row[1] for row in rows),
        keys([row[2] for row in rows]),
    )


def clients_of(seen: Situation, waiting: np.ndarray, wanted: Wanted) -> list[Clients]:
    """Blocks of cells that have a street but no bin in reach, by kelurahan.

    A block with more litres than a new bin holds is cut into equal parts at one place.
    """
    open_ = np.flatnonzero(waiting & (seen.doors.node != NOWHERE))
    groups = []
    for home in np.unique(seen.cells.kelurahan[open_]).tolist():
        mine = open_[seen.cells.kelurahan[open_] == home]
        tile = np.floor((seen.cells.xy[mine] + BLOCK_M / 8) / BLOCK_M).astype(np.int64)
        _, block = np.unique(
            np.column_stack([tile, seen.cells.island[mine]]), axis=0, return_inverse=True
        )
        groups.append(_blocks(seen, mine, block.reshape(-1), home, wanted))
    return groups


def _blocks(seen: Situation, mine: Ints, block: Ints, home: int, wanted: Wanted) -> Clients:
    people = np.bincount(block, weights=seen.cells.people[mine])
    #  the block stands where most of its people live
    first = np.array([
        mine[block == b][np.argmax(seen.cells.people[mine[block == b]])] for b in range(len(people))
    ])  # fmt: skip
    load = people * wanted.litres * wanted.days
    parts = np.maximum(np.ceil(load / wanted.room_l), 1).astype(np.int64)
    at = np.repeat(np.arange(len(people)), parts)
    cell = first[at]
    return Clients(
        xy=seen.cells.xy[cell],
        people=(people / parts)[at],
        load_l=(load / parts)[at],
        doors=Snapped(seen.doors.node[cell], seen.doors.metres[cell]),
        kelurahan=home,
        island=int(seen.cells.island[cell[0]]),
    )


def ways_of(seen: Situation, group: Clients, wanted: Wanted) -> Floats:
    """(n, n) metres on foot between the blocks of one kelurahan; inf: no way."""
    n = len(group.people)
    ways = reach_walk(seen.streets, group.doors, group.doors, wanted.walk_m * 10)
    metres = np.full((n, n), np.inf)
    metres[ways.places, ways.sites] = ways.metres
    same = (group.xy[:, None, :] == group.xy[None, :, :]).all(axis=2)
    metres[same] = 0.0  # a bin in front of the house
    return metres


def _too_small(seen: Situation, bins: Bins, used: Used) -> list[BinNeed]:
    rows = []
    for number in np.flatnonzero(used.load_l > bins.room_l).tolist():
        cells = np.flatnonzero(used.bin_of == number)
        people = float(seen.cells.people[cells].sum())
        home = _home(seen, cells)
        more = float(used.load_l[number] - bins.room_l[number])
        room, load = (wifi_words.whole(litres[number]) for litres in (bins.room_l, used.load_l))
        rows.append(
            BinNeed(
                kind=NeedKind.TOO_SMALL,
                label=bins.labels[number],
                kelurahan=home,
                island=_island(seen, int(bins.island[number])),
                people=round(people),
                capacity_l=round(bins.room_l[number]),
                load_l=round(used.load_l[number]),
                wanted_l=round(more),
                mean_walk_m=round(used.mean_walk_m[number]),
                sentence=(
                    f"bak {bins.labels[number]} ({room} L) di {home} menerima {load} L antar ronde "
                    f"dari {wifi_words.whole(people)} orang: tambah {wifi_words.whole(more)} L"
                ),
                geom=_point(bins.xy[number]),
                origin=Origin.ESTIMATED,
            )
        )
    return rows


def _missing(
    seen: Situation, group: Clients, answer: Allocation, metres: Floats, wanted: Wanted
) -> list[BinNeed]:
    home = seen.kelurahan[group.kelurahan]["name"]
    rows = []
    for site in answer.sites:
        mine = np.flatnonzero(answer.served_by == site)
        people, load = float(group.people[mine].sum()), float(group.load_l[mine].sum())
        far = metres[mine, site]
        far = np.where(np.isfinite(far), far, np.hypot(*(group.xy[mine] - group.xy[site]).T))
        rows.append(
            BinNeed(
                kind=NeedKind.MISSING,
                kelurahan=home,
                island=_island(seen, group.island),
                people=round(people),
                capacity_l=0,
                load_l=round(load),
                wanted_l=wanted.room_l,
                mean_walk_m=round(float(np.average(far, weights=group.people[mine]))),
                sentence=(
                    f"bak baru {wifi_words.whole(wanted.room_l)} L di {home} untuk "
                    f"{wifi_words.whole(people)} orang tanpa bak dalam "
                    f"{wifi_words.metres(wanted.walk_m)}: {wifi_words.whole(load)} L antar ronde"
                ),
                geom=_point(group.xy[site]),
                origin=Origin.ESTIMATED,
            )
        )
    return rows


def _home(seen: Situation, cells: Ints) -> str:
    """Kelurahan of most people of these cells."""
    names, at = np.unique(seen.cells.kelurahan[cells], return_inverse=True)
    most = int(names[int(np.argmax(np.bincount(at, weights=seen.cells.people[cells])))])
    return str(seen.kelurahan.get(most, {}).get("name", ""))


def _island(seen: Situation, key: int) -> str:
    return seen.islands.get(key, ("", ""))[1]


def _point(xy: Floats) -> Any:
    return in_degrees(np.array([shapely.Point(xy)], dtype=object))[0]


def _answer(
    rows: list[BinNeed],
    found: list[tuple[Clients, Allocation]],
    bins: Bins,
    wanted: Wanted,
    seen: Situation,
    scattered: float,
) -> Answer:
    missing = [row for row in rows if row.kind == NeedKind.MISSING]
    small = [row for row in rows if row.kind == NeedKind.TOO_SMALL]
    without = sum(row.people for row in missing)
    off_street = float(seen.cells.people[seen.doors.node == NOWHERE].sum())
    return Answer(
        sentence=(
            f"{len(missing)} bak baru untuk {wifi_words.whole(without)} orang tanpa bak dalam "
            f"{wifi_words.metres(wanted.walk_m)} ({wifi_words.whole(scattered)} orang lagi tinggal "
            f"terlalu terpencar untuk satu bak); {len(small)} dari {len(bins.labels)} bak terlalu "
            f"kecil untuk {wanted.days} hari."
        ),
        summary={
            "bins": len(bins.labels),
            "missing": len(missing),
            "too_small": len(small),
            "people_without": without,
            "people_scattered": round(scattered),
            "people_off_street": round(off_street),
            "wanted_l": sum(row.wanted_l for row in rows),
            "litres": wanted.litres,
            "days": wanted.days,
            "walk_m": wanted.walk_m,
            "room_l": wanted.room_l,
            "kelurahan": len(found),
            "proven": sum(answer.proven for _, answer in found),
            "worst_gap_pct": round(max((a.gap_pct for _, a in found), default=0.0), 2),
        },
        canonical=[(row.kind, row.label, row.kelurahan, row.people, row.wanted_l) for row in rows],
        inputs=seen.versions | {"waste-bins": version_of(bins.xy, bins.room_l)},
    )
