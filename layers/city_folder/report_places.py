"""Places that made reports are drawn from: people, streets, crossings, waste, river beds."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

Places = NDArray[np.float64]  # (n, 2) metres


def table(path: Path) -> list[dict[str, str]]:
    """Rows of a CSV file; none when the city has no such file."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def features(path: Path) -> list[dict[str, Any]]:
    """Features of a GeoJSON file; none when the city has no such file."""
    if not path.exists():
        return []
    found: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["features"]
    return found


@dataclass(frozen=True)
class ReportPlaces:
    """The places of one city, in metres of its projected system `srid`."""

    folder: Path
    srid: int

    @cached_property
    def _frame(self) -> Transformer:
        return Transformer.from_crs(4326, self.srid, always_xy=True)

    def metres(self, lonlat: NDArray[np.float64]) -> Places:
        """Degrees (n, 2) to metres."""
        return np.column_stack(self._frame.transform(lonlat[:, 0], lonlat[:, 1]))

    def degrees(self, xy: Places) -> NDArray[np.float64]:
        """Metres (n, 2) to degrees, six decimals."""
        back = self._frame.transform(xy[:, 0], xy[:, 1], direction="INVERSE")
        return np.round(np.column_stack(back), 6)

    @cached_property
    def land(self) -> shapely.Geometry:
        """All islands as one shape, metres."""
        shapes = [
            shapely.transform(shapely.from_geojson(json.dumps(row["geometry"])), self.metres)
            for row in features(self.folder / "islands.geojson")
        ]
        land = shapely.union_all(shapes)
        shapely.prepare(land)
        return land

    @cached_property
    def kelurahan(self) -> tuple[Places, list[str]]:
        """Points and names of the kelurahan."""
        rows = table(self.folder / "kelurahan_points.csv")
        return self._of(rows), [row["name"] for row in rows]

    @cached_property
    def people(self) -> tuple[Places, NDArray[np.float64]]:
        """100 m cells and their people."""
        rows = table(self.folder / "population_100m.csv")
        xy = np.array([[float(row["east_m"]), float(row["north_m"])] for row in rows])
        return xy, np.array([float(row["people"]) for row in rows])

    def kind(self, name: str) -> Places:
        """Places of one kind: waste_places, crossings, rivers, streets, offices; else none."""
        match name:
            case "waste_places":
                rows = table(self.folder / "waste_places.csv")
                return self._of([row for row in rows if row["kind"] == "dump"])
            case "crossings":
                return self._of(table(self.folder / "cctv_sites.csv"))
            case "offices":
                rows = table(self.folder / "facilities.csv")
                return self._of([row for row in rows if row["kind"] == "office"])
            case "streets":
                return self._vertices("streets.geojson")
            case "rivers":
                return self._vertices("hazard_zones.geojson", kind="flood")
            case _:
                raise ValueError(f"report_year.toml: no places are called {name!r}")

    def _of(self, rows: list[dict[str, str]]) -> Places:
        lonlat = np.array([[float(row["lon"]), float(row["lat"])] for row in rows])
        return self.metres(lonlat) if len(rows) else np.empty((0, 2))

    def _vertices(self, name: str, **wanted: str) -> Places:
        rows = [
            row
            for row in features(self.folder / name)
            if all(row["properties"].get(key) == value for key, value in wanted.items())
        ]
        shapes = [shapely.from_geojson(json.dumps(row["geometry"])) for row in rows]
        xy = shapely.get_coordinates(shapes)
        return self.metres(xy) if len(xy) else np.empty((0, 2))

    def draw(
        self, rng: np.random.Generator, mix: dict[str, float], count: int, spread_m: float
    ) -> Places:
        """`count` places on land, from a mix of kinds, scattered by `spread_m`."""
        base = np.empty((count, 2))
        names = sorted(mix)
        share = np.array([mix[name] for name in names])
        chosen = rng.choice(len(names), size=count, p=share / share.sum())
        for number, name in enumerate(names):
            mine = np.flatnonzero(chosen == number)
            base[mine] = self._some(rng, name, len(mine))
        return self.ashore(base, rng.normal(0.0, spread_m / 2, size=(count, 2)))

    def _some(self, rng: np.random.Generator, name: str, count: int) -> Places:
        found = np.empty((0, 2)) if name == "people" else self.kind(name)
        if len(found):
            return found[rng.integers(len(found), size=count)]
        xy, people = self.people
        cells = rng.choice(len(xy), size=count, p=people / people.sum())
        return xy[cells] + rng.uniform(-50, 50, size=(count, 2))

    def ashore(self, base: Places, offset: Places) -> Places:
        """`base` + `offset`; less and less offset where that is at sea."""
        place = base + offset
        for part in (0.5, 0.2, 0.0):
            wet = ~shapely.contains_xy(self.land, place)
            place[wet] = base[wet] + part * offset[wet]
        wet = np.flatnonzero(~shapely.contains_xy(self.land, place))
        for index in wet:  # a base point on the very coast: one step inland
            point = shapely.Point(place[index])
            inner = shapely.shortest_line(self.land.buffer(-5), point)
            place[index] = shapely.get_coordinates(inner)[0]
        return place

    def names_at(self, xy: Places) -> list[str]:
        """The kelurahan point nearest to each place, by name."""
        points, names = self.kelurahan
        tree = shapely.STRtree(shapely.points(points))
        return [names[int(index)] for index in tree.nearest(shapely.points(xy))]
