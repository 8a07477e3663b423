"""Two toy islands with people, and reports of known places: enough to add up by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import numpy as np
import pytest
import shapely
from django.contrib.gis.geos import Point

from layers.catalog.places import Island, Kecamatan, Kelurahan
from layers.catalog.population import PopulationCell
from layers.catalog.reports.models import Door, PlaceSource
from layers.catalog.reports.report import report
from layers.geography import city
from spatial_analysis.frames import in_degrees

DAY_0 = datetime(2026, 3, 1, 3, tzinfo=UTC)
BIG, SMALL = (0.0, 0.0, 3000.0, 3000.0), (5000.0, 0.0, 6000.0, 1000.0)


class Bay:
    """A big island (3 km) and a small one (1 km), 2 km of sea between; corner in metres."""

    def __init__(self) -> None:
        from pyproj import Transformer

        frame = Transformer.from_crs(4326, city().metric_srid, always_xy=True)
        self.corner = np.round(np.array(frame.transform(*city().centre)), -3)
        self.told = 0
        whole = self._shape(shapely.multipolygons([shapely.box(*BIG), shapely.box(*SMALL)]))
        self.kecamatan = Kecamatan.objects.create(code="k", name="Teluk", people=9000, geom=whole)
        self.big = self._island("besar", "Besar", BIG)
        self.small = self._island("kecil", "Kecil", SMALL)

    def place(self, x: float, y: float) -> Point:
        """A place in metres from the corner, in degrees."""
        return self._shape(shapely.Point(x, y))

    def tell(self, x: float, y: float, *, day: float = 0, who: str = "", **more):
        """Tell a report at (x, y) on a day of the period."""
        self.told += 1
        return report(
            client_id=UUID(int=self.told),
            door=Door.FORM,
            category=more.pop("category", "sampah"),
            words=more.pop("words", "Tumpukan sampah"),
            place=self.place(x, y),
            place_source=PlaceSource.PHONE,
            received_at=DAY_0 + timedelta(days=day),
            phone_mark=who,
            **more,
        ).report

    def scatter(self, n: int, box, *, days: float = 30, seed: int = 1, **more) -> None:
        """Tell `n` reports anywhere in a box, over the days."""
        rng = np.random.default_rng(seed)
        for x, y, day in zip(
            rng.uniform(box[0], box[2], n), rng.uniform(box[1], box[3], n),
            rng.uniform(0, days, n), strict=True,
        ):  # fmt: skip
            self.tell(x, y, day=day, **more)

    def _shape(self, shape):
        moved = shapely.transform(shape, lambda xy: xy + self.corner)
        return in_degrees(np.array([moved], dtype=object))[0]

    def _island(self, code: str, name: str, box) -> Island:
        shape = self._shape(shapely.multipolygons([shapely.box(*box)]))
        island = Island.objects.create(code=code, name=name, geom=shape)
        middle = self.place((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
        kelurahan = Kelurahan.objects.create(
            code=code, name=f"Kelurahan {name}", kecamatan=self.kecamatan, island=island,
            people=4500, marker=middle, geom=shape,
        )  # fmt: skip
        steps = [np.arange(low + 50, high, 100) for low, high in (box[::2], box[1::2])]
        cells = np.stack(np.meshgrid(*steps), axis=-1).reshape(-1, 2) + self.corner
        PopulationCell.objects.bulk_create(
            PopulationCell(geom=place, people=5, island=island, kelurahan=kelurahan)
            for place in in_degrees(shapely.points(cells))
        )
        return island


@pytest.fixture
def rasters(settings, tmp_path):
    """A raster folder of the test's own."""
    settings.RASTER_DIR = tmp_path
    return tmp_path


@pytest.fixture
def bay(db, rasters) -> Bay:
    """The two islands."""
    return Bay()


@pytest.fixture
def heap(bay) -> Bay:
    """40 reports anywhere on the big island, 6 on the small one, 14 at one heap in 9 days."""
    return fill(bay)


def fill(bay: Bay) -> Bay:
    """Tell the reports of `heap`."""
    bay.scatter(40, BIG, seed=2)
    bay.scatter(6, SMALL, seed=3)
    rng = np.random.default_rng(4)
    for number, (dx, dy) in enumerate(rng.normal(0, 25, (14, 2))):
        bay.tell(1500 + dx, 2000 + dy, day=20 + number % 9, who=f"hp-{number % 12}")
    return bay
