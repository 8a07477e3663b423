"""Two toy islands in the city's frame: numbers that a reader can add up.

Big: a street of 1,000 m eastwards with a cell of 100 people every 200 m; kelurahan Barat (the
first three cells) and Timur (the last three). Small: 3 km north, a street of 200 m, 30 people.
"""

from __future__ import annotations

from itertools import pairwise

from django.contrib.gis.geos import LineString, MultiPolygon, Point, Polygon
from pyproj import Transformer

from layers.catalog.facilities import Facility
from layers.catalog.places import Island, Kecamatan, Kelurahan
from layers.catalog.population import PopulationCell
from layers.catalog.streets import StreetEdge
from layers.catalog.wifi import WifiHotspot
from layers.columns import STORED_SRID
from layers.geography import city

EAST, NORTH = 320_000.0, 88_000.0


def at(x: float, y: float) -> Point:
    """Point x metres east and y metres north of the toy's corner."""
    back = Transformer.from_crs(city().metric_srid, STORED_SRID, always_xy=True)
    return Point(*back.transform(EAST + x, NORTH + y), srid=STORED_SRID)


def block(west: float, south: float, east: float, north: float) -> MultiPolygon:
    """Rectangle in metres from the toy's corner."""
    corners = ((west, south), (east, south), (east, north), (west, north), (west, south))
    ring = [at(x, y).coords for x, y in corners]
    return MultiPolygon(Polygon(ring), srid=STORED_SRID)


def street(name: str, island: Island, *stops: tuple[float, float]) -> None:
    """Edges between these stops; each stop is a junction."""
    for number, (here, there) in enumerate(pairwise(stops)):
        length = ((here[0] - there[0]) ** 2 + (here[1] - there[1]) ** 2) ** 0.5
        StreetEdge.objects.create(
            source_id=f"{name}-{number}", street_class="residential", length_m=length,
            from_node=f"{name}{here}", to_node=f"{name}{there}", island=island,
            geom=LineString(at(*here).coords, at(*there).coords, srid=STORED_SRID),
        )  # fmt: skip


def build() -> None:
    """Make the toy city in the database."""
    big = Island.objects.create(code="big", name="Besar", geom=block(-100, -100, 1100, 100))
    small = Island.objects.create(code="small", name="Kecil", geom=block(-100, 2900, 300, 3100))
    one = Kecamatan.objects.create(code="1", name="Satu", people=630, geom=big.geom)

    def kelurahan(code: str, name: str, island: Island, box: MultiPolygon, x: float) -> Kelurahan:
        marker = at(x, 3000 if island is small else 0)
        return Kelurahan.objects.create(
            code=code, name=name, kecamatan=one, island=island, people=0, marker=marker, geom=box
        )

    west = kelurahan("1.1", "Barat", big, block(-100, -100, 500, 100), 200)
    east = kelurahan("1.2", "Timur", big, block(500, -100, 1100, 100), 800)
    north = kelurahan("1.3", "Seberang", small, small.geom, 100)
    for number in range(6):
        home = west if number < 3 else east
        PopulationCell.objects.create(
            geom=at(number * 200, 0), people=100, island=big, kelurahan=home
        )
    PopulationCell.objects.create(geom=at(0, 3000), people=30, island=small, kelurahan=north)
    street("a", big, *((x * 100.0, 0.0) for x in range(11)))
    street("b", small, (0, 3000), (200, 3000))
    for code, x, status in (("west", 0, "works"), ("east", 1000, "off")):
        WifiHotspot.objects.create(
            code=code, name=code, status=status, power_hours=24, geom=at(x, 0), island=big,
            kelurahan=west if x == 0 else east,
        )  # fmt: skip
    for code, home, x, y, power in (
        ("school", east, 700, 0, 24),
        ("mosque", west, 300, 0, 24),
        ("pier", north, 0, 3000, 6),
    ):
        Facility.objects.create(
            code=code, name=code.title(), kind="office", power_hours=power,
            island=home.island, kelurahan=home, geom=at(x, y),
        )  # fmt: skip
