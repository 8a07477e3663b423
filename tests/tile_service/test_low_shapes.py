"""Lines and areas of low zooms: thinner, without slivers between neighbours, never stale."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from layers.catalog.places import Kelurahan
from tests.tile_service import toy
from tile_service.models import LowShape, PublishedLayer
from tile_service.publish import generalising, publishing

pytestmark = pytest.mark.django_db
SIDE_M, TEETH = 10_000.0, 200


def neighbours() -> list[shapely.Polygon]:
    """Two areas that share a border of many small teeth."""
    y = np.linspace(0, SIDE_M, TEETH)
    border = np.column_stack([SIDE_M + 20 * (np.arange(TEETH) % 2), y])
    left = shapely.Polygon([(0, SIDE_M), (0, 0), *border])
    right = shapely.Polygon([*border, (2 * SIDE_M, SIDE_M), (2 * SIDE_M, 0)])
    return [left, right]


def test_neighbours_are_simplified_together():
    whole = sum(area.area for area in neighbours())
    thin = generalising.simplified(neighbours(), 100, neighbours=True)
    assert shapely.get_num_coordinates(thin).sum() < 2 * TEETH / 10
    assert shapely.area(shapely.intersection(*thin)) == 0
    assert shapely.area(shapely.union_all(thin)) == pytest.approx(whole, rel=0.01)
    assert len(shapely.union_all(thin).interiors) == 0
    assert shapely.coverage_is_valid(np.array(thin))


def test_no_shape_vanishes_however_coarse():
    small = [shapely.box(0, 0, 10, 10), shapely.LineString([(0, 0), (5, 1), (9, 0)])]
    for shape in generalising.simplified(small, 1e6, neighbours=False):
        assert not shape.is_empty and shape.is_valid


def test_a_band_keeps_within_half_a_pixel():
    assert generalising.tolerance_m(11) == pytest.approx(19.1, abs=0.1)


@pytest.fixture
def toothed(toy_city):
    """A kelurahan with a border of many teeth, published."""
    lon, lat = toy.middle()
    ring = [(lon + 0.00001 * (n % 2), lat + 0.00001 * n) for n in range(100)]
    shape = shapely.MultiPolygon([shapely.Polygon([*ring, (lon + 0.01, lat)])])
    area = Kelurahan.objects.first()
    Kelurahan.objects.filter(pk=area.pk).update(geom=shape.wkt)
    publishing.publish()
    return area


def low_shapes():
    """Low shapes of the kelurahan layer."""
    return LowShape.objects.filter(face__slug="kelurahan", face__face="public")


def test_a_published_area_has_its_low_shapes_and_a_moved_border_drops_them(toothed):
    known = PublishedLayer.objects.get(slug="kelurahan", face="public")
    bands = set(low_shapes().filter(row=toothed.pk).values_list("band", flat=True))
    assert bands == {band for band in generalising.BANDS if band >= known.spec["min_zoom"]}
    assert all(shape.shape.num_coords < 20 for shape in low_shapes().filter(row=toothed.pk))
    Kelurahan.objects.filter(pk=toothed.pk).update(name="Lain")
    assert low_shapes().filter(row=toothed.pk).exists()
    Kelurahan.objects.filter(pk=toothed.pk).update(geom=Kelurahan.objects.last().geom)
    assert not low_shapes().exists()
    publishing.publish()
    known.refresh_from_db()
    assert known.low_digest
