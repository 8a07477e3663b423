"""Two toy islands joined by a ferry, for everything about rounds: streets, bins, trucks, boats.

The main island is a row of ten 500 m blocks along the equator with a depot at its west end, a
tip at its east end and a pier in the middle; the small one, 20 km north, has two blocks, a pier
and two bins, and no vehicle.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.contrib.gis.geos import (
    LineString,
    MultiLineString,
    MultiPolygon,
    Point,
    Polygon,
)
from django.utils import timezone

from layers.catalog.bins import WasteBin
from layers.catalog.facilities import Facility
from layers.catalog.ferries import FerryDeparture, FerryLine, Pier
from layers.catalog.places import Island
from layers.catalog.rounds.models import Round, RoundPlan, RoundStop
from layers.catalog.streets import StreetEdge
from layers.catalog.vehicles import Vehicle
from layers.geography import city

BLOCK_DEG = 0.0045  # about 500 m


@dataclass
class RoundTown:
    """The toy islands, as rows."""

    main: Island
    small: Island
    depot: Facility
    tip: Facility
    line: FerryLine
    west: float
    south: float

    def bin(
        self,
        label: str,
        block: float,
        *,
        fill: int = 90,
        island: str = "main",
        hours_ago: float = 0,
        capacity_l: int = 1000,
        north_m: float = 0,
    ) -> WasteBin:
        """Put a bin `block` blocks along the street of an island."""
        north = 0.18 if island == "small" else 0.0
        return WasteBin.objects.create(
            label=label, capacity_l=capacity_l, fill_pct=fill,
            sensed_at=timezone.now() - timedelta(hours=hours_ago),
            island=self.small if island == "small" else self.main,
            geom=self.at(block, north + north_m / 111_000),
        )  # fmt: skip

    def at(self, block: float, north_deg: float = 0.0) -> Point:
        """Place `block` blocks east of the west end."""
        return Point(self.west + block * BLOCK_DEG, self.south + north_deg, srid=4326)

    def truck(self, code: str, **how: object) -> Vehicle:
        """A truck at the depot, 06:00 to 14:00, 6,000 litres, unless told otherwise."""
        plain: dict[str, object] = {
            "label": code, "kind": "truck", "capacity_l": 6000, "capacity_kg": 4000,
            "shift_start": time(6), "shift_end": time(14), "depot": self.depot,
            "island": self.main, "geom": self.depot.geom,
        }  # fmt: skip
        return Vehicle.objects.create(code=code, **{**plain, **how})

    def boat(self, hour: float, *, out: bool, weekdays: int = 127, crossing_min: int = 30) -> None:
        """A departure at `hour` (13.5 = 13:30), boarding ends ten minutes before."""
        FerryDeparture.objects.create(
            line=self.line, outward=out, departs_at=time(int(hour), round(hour % 1 * 60)),
            weekdays=weekdays, crossing_min=crossing_min, boarding_min=10,
        )  # fmt: skip


def street(town: RoundTown, island: Island, name: str, start: float, end: float, north: float):
    """A piece of street between two whole blocks of an island."""
    a, b = town.at(start, north), town.at(end, north)
    known = f"{island.code}-{start}"
    taken = StreetEdge.objects.filter(source_id=known).exists()
    StreetEdge.objects.create(
        source_id=name if taken else known, name=name, street_class="residential",
        length_m=500, from_node=f"{island.code}{start}", to_node=f"{island.code}{end}",
        island=island, geom=LineString((a.x, a.y), (b.x, b.y), srid=4326),
    )  # fmt: skip


def build_round_town() -> RoundTown:
    """Make the toy islands near the city's centre, so that its metric frame fits."""
    west, south = city().centre

    def island(code: str, north: float) -> Island:
        box = Polygon.from_bbox(
            (west - 0.02, south + north - 0.02, west + 0.08, south + north + 0.02)
        )
        return Island.objects.create(code=code, name=code, geom=MultiPolygon(box, srid=4326))

    main, small = island("besar", 0.0), island("kecil", 0.18)
    town = RoundTown(main, small, None, None, None, west, south)  # type: ignore[arg-type]
    for i in range(10):
        street(town, main, "Jalan Panjang", i, i + 1, 0.0)
    for i in range(2):
        street(town, small, "Jalan Kecil", i, i + 1, 0.18)
    town.depot = Facility.objects.create(
        code="pangkalan", name="Pangkalan", kind="depot", island=main, geom=town.at(0)
    )
    town.tip = Facility.objects.create(
        code="tpa", name="TPA", kind="tpa", island=main, geom=town.at(10)
    )
    here = Pier.objects.create(code="sini", name="Dermaga Sini", island=main, geom=town.at(5))
    there = Pier.objects.create(
        code="sana", name="Dermaga Sana", island=small, geom=town.at(0, 0.18)
    )
    town.line = FerryLine.objects.create(
        code="sini-sana", name="Sini - Sana", from_pier=here, to_pier=there,
        carries_vehicles=True,
        geom=LineString((here.geom.x, here.geom.y), (there.geom.x, there.geom.y), srid=4326),
    )  # fmt: skip
    return town


def planned_stop() -> RoundStop:
    """One planned stop at a bin, of a plan made by hand on a town of its own: no study is asked."""
    town, at = build_round_town(), timezone.now()
    bin_, here = town.bin("Bak 1", 2), town.at(2)
    plan = RoundPlan.objects.create(on=at.date(), made_at=at, network_version="uji")
    drawn = LineString((town.depot.geom.x, town.depot.geom.y), (here.x, here.y), srid=4326)
    of_truck = Round.objects.create(
        plan=plan, vehicle=town.truck("Truk 1"), number=1, starts_at=at, ends_at=at, drive_s=0,
        wait_s=0, service_s=0, length_m=0, load_max_l=0, load_max_kg=0,
        geom=MultiLineString(drawn, srid=4326),
    )  # fmt: skip
    return RoundStop.objects.create(
        round=of_truck, order=1, number=1, kind="bin", code=bin_.label, label=bin_.label, bin=bin_,
        arrives_at=at, leaves_at=at, geom=here,
    )  # fmt: skip


def local(moment: datetime) -> str:
    """Hour and minute in the city's own time."""
    return timezone.localtime(moment).strftime("%H:%M")
