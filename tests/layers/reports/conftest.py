"""A toy island for reports: 2 km square with two kelurahan, a camera, and a way to tell."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.contrib.gis.geos import MultiPolygon, Point, Polygon

from layers.catalog.places import Island, Kecamatan, Kelurahan
from layers.catalog.reports.models import Door, PlaceSource
from layers.catalog.reports.report import report
from layers.geography import city

SIDE = 0.02


def square(west: float, south: float, wide: float, tall: float) -> MultiPolygon:
    """A rectangle in degrees."""
    return MultiPolygon(Polygon.from_bbox((west, south, west + wide, south + tall)), srid=4326)


class Toy:
    """Corner (west, south) of the island and its rows; `at(x, y)` in parts of its side."""

    def __init__(self) -> None:
        lon, lat = city().centre
        self.west, self.south = lon, lat
        whole = square(lon, lat, SIDE, SIDE)
        self.island = Island.objects.create(code="toy", name="Pulau Uji", geom=whole)
        self.kecamatan = Kecamatan.objects.create(code="k1", name="Uji", people=100, geom=whole)
        self.lower = self._kelurahan("kel1", "Bawah", 0)
        self.upper = self._kelurahan("kel2", "Atas", 0.5)

    def _kelurahan(self, code: str, name: str, part: float) -> Kelurahan:
        south = self.south + part * SIDE
        return Kelurahan.objects.create(
            code=code,
            name=name,
            kecamatan=self.kecamatan,
            island=self.island,
            people=50,
            marker=Point(self.west + SIDE / 2, south + SIDE / 4, srid=4326),
            geom=square(self.west, south, SIDE, SIDE / 2),
        )

    def at(self, x: float, y: float) -> Point:
        """Point at parts (x, y) of the island's side; below 0 or above 1 is the sea."""
        return Point(self.west + x * SIDE, self.south + y * SIDE, srid=4326)


@pytest.fixture
def toy(db) -> Toy:
    """The toy island."""
    return Toy()


@pytest.fixture
def tell(toy):
    """Tell a report: tell(x=0.5, y=0.25, category="sampah", words="...") -> Report."""

    def make(x=0.5, y=0.25, category="sampah", words="Tumpukan sampah", **more):
        place = more.pop("place", toy.at(x, y))
        return report(
            client_id=more.pop("client_id", None) or uuid4(),
            door=more.pop("door", Door.FORM),
            category=category,
            words=words,
            place=place,
            place_source=PlaceSource.PHONE if place else PlaceSource.NONE,
            **more,
        ).report

    return make
