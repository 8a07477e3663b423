"""Which tiles are measured: those round the city that hold rows."""

from __future__ import annotations

from math import asinh, pi, radians, tan

from django.db import connection

from layers.geography import city
from tile_service.models import PublishedLayer

LAYERS = ("streets", "kelurahan", "waste-bins", "wifi-hotspots", "reports", "facilities")
NEWEST = "now"  # a version of its own right: answers are kept under today's
WRONG = "0"  # such an answer is right but never kept: the next request is a miss too

At = tuple[int, int, int]


def tile_at(lon: float, lat: float, zoom: int) -> At:
    """Zoom, column, row of the tile that holds a place."""
    size = 1 << zoom
    return zoom, int((lon + 180) / 360 * size), int((1 - asinh(tan(radians(lat))) / pi) / 2 * size)


def public(slug: str) -> PublishedLayer:
    """The public face of a layer."""
    return PublishedLayer.objects.get(slug=slug, face="public")


def filled(slug: str, zooms: range) -> list[At]:
    """Every tile of these zooms in which the layer has a row's box, by zoom, column, row."""
    view = public(slug).view
    found: set[At] = set()
    with connection.cursor() as cursor:
        for zoom in zooms:
            size = 40075016.6855785 / (1 << zoom)
            cursor.execute(
                f"SELECT DISTINCT floor((ST_X(p) + 20037508.34278925) / %s)::int, "
                f"floor((20037508.34278925 - ST_Y(p)) / %s)::int "
                f'FROM (SELECT ST_PointOnSurface(tile_geom) AS p FROM published."{view}") AS s',
                [size, size],
            )
            found |= {(zoom, x, y) for x, y in cursor.fetchall()}
    return sorted(found)


def round_the_centre() -> list[tuple[PublishedLayer, At]]:
    """Tiles round the city's centre, of the layers that hold rows."""
    lon, lat = city().centre
    faces = PublishedLayer.objects.filter(slug__in=LAYERS, face="public").order_by("slug")
    return [
        (face, tile_at(lon - 0.03 + shift, lat + shift / 2, zoom))
        for face in faces
        for zoom in (12, 14, 15)
        if zoom >= max(face.spec["min_zoom"], face.spec.get("rows_from_zoom", 0))
        for shift in (0.0, 0.01, 0.02)
    ]


def address(slug: str, at: At, version: str = NEWEST) -> str:
    """Address of one of our tiles."""
    z, x, y = at
    return f"/t/{slug}/pub/{version}/{z}/{x}/{y}.mvt"
