"""Islands stand where they are: against real polygons and real buildings beside the repository."""

from __future__ import annotations

import pytest
import shapely

from tests.fixtures_geodata.sample import features, iou, metres, shapes_of
from tests.shared_data import shared

PLACES = (
    "pendidikan_pt_50k_21", "saranaibadah_pt_50k_17", "pemerintahan_pt_50k_22",
    "kesehatan_pt_50k_26", "puskesmas_pt_50k_19", "rumahsakit_pt_50k_18",
)  # fmt: skip


def island(code):
    """Land of one island in metres."""
    return metres(next(row["geom"] for row in features("islands.geojson") if row["code"] == code))


@pytest.fixture(scope="module")
def real_land():
    """Real kelurahan dissolved, in metres, parts a shore apart."""
    folder = shared("ternate-kelurahan-cahyadsn", "where the islands are")
    shapes = [shapely.make_valid(s) for _row, s in shapes_of(folder / "ternate_kelurahan.geojson")]
    land = shapely.union_all([metres(shape) for shape in shapes])
    return shapely.get_parts(land.buffer(1))


@pytest.mark.parametrize(
    ("code", "least"),
    [("ternate", 0.90), ("hiri", 0.90), ("moti", 0.90), ("mayau", 0.90), ("tifure", 0.65)],
)
def test_an_island_covers_the_real_one(code, least, real_land):
    mine = island(code)
    theirs = shapely.union_all([part for part in real_land if part.distance(mine) < 300])
    assert iou(mine, theirs) >= least


def test_real_schools_and_clinics_stand_on_land():
    """A forgotten shift leaves 57 % on land."""
    folder = shared("ternate-rbi-50k", "schools on land")
    points = [
        shapely.force_2d(shape)
        for name in PLACES
        for _row, shape in shapes_of(folder / f"{name}.geojson")
    ]
    land = shapely.union_all([row["geom"] for row in features("islands.geojson")])
    on_land = sum(land.contains(point.centroid) for point in points)
    assert len(points) > 200
    assert on_land / len(points) >= 0.95


def test_no_island_touches_another():
    shapes = [metres(row["geom"]) for row in features("islands.geojson")]
    gaps = [a.distance(b) for i, a in enumerate(shapes) for b in shapes[i + 1 :]]
    assert min(gaps) > 50


def test_the_metric_frame_is_right_to_a_thousandth():
    """Measured in metres and on the ellipsoid, island shores have the same length."""
    from pyproj import Geod

    for row in features("islands.geojson"):
        true_m = Geod(ellps="WGS84").geometry_length(row["geom"].exterior)
        assert metres(row["geom"]).exterior.length == pytest.approx(true_m, rel=0.001)
