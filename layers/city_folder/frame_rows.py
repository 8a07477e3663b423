"""Islands, kecamatan, kelurahan and people: the frame that all figures are cut by."""

from __future__ import annotations

import numpy as np
import shapely
from pyproj import Transformer

from layers.bulk_copy import copy
from layers.catalog.places import Island, Kecamatan, Kelurahan
from layers.catalog.population import PopulationCell
from layers.city_folder.writing import Ground, geos, upsert


def islands(ground: Ground) -> int:
    """Islands and islets."""
    rows = [
        Island(
            code=row["code"],
            name=row["name"],
            geom=geos(row["geom"], many=True),
            origin=row["origin"],
        )
        for row in ground.folder.of("islands.geojson")
    ]
    return upsert(Island, rows, "code", ("name", "geom", "origin"))


def kecamatan(ground: Ground) -> int:
    """Kecamatan with the people that were counted."""
    rows = [
        Kecamatan(
            code=row["code"],
            name=row["name"],
            people=row["people"],
            people_origin=row["people_origin"] or row["origin"],
            geom=geos(row["geom"], many=True),
            origin=row["origin"],
        )
        for row in ground.folder.of("kecamatan.geojson")
    ]
    fields = ("name", "people", "people_origin", "geom", "origin")
    return upsert(Kecamatan, rows, "code", fields)


def kelurahan(ground: Ground) -> int:
    """Kelurahan, each on the island that its marker lies on."""
    parents = dict(Kecamatan.objects.values_list("code", "pk"))
    points = {row["code"]: row for row in ground.folder.of("kelurahan_points.csv")}
    features = ground.folder.of("kelurahan.geojson")
    markers = [
        points[row["code"]]["geom"]
        if row["code"] in points
        else shapely.point_on_surface(row["geom"])
        for row in features
    ]
    rows = [
        Kelurahan(
            code=row["code"],
            name=row["name"],
            kecamatan_id=parents[row["kecamatan_code"]],
            island_id=island,
            postcode=points.get(row["code"], {}).get("postcode") or "",
            people=row["people"],
            people_origin=row["people_origin"] or row["origin"],
            marker=geos(marker),
            geom=geos(row["geom"], many=True),
            origin=row["origin"],
        )
        for row, marker, island in zip(features, markers, ground.island_of(markers), strict=True)
    ]
    fields = (
        "name", "kecamatan", "island", "postcode", "people", "people_origin", "marker", "geom",
        "origin",
    )  # fmt: skip
    return upsert(Kelurahan, rows, "code", fields)


def people(ground: Ground) -> int:
    """People by 100 m cell: all present cells give way to the file's."""
    cells = ground.folder.of("population_100m.csv")
    frame = Transformer.from_crs(ground.srid, 4326, always_xy=True)
    places = np.array([(row["east_m"], row["north_m"]) for row in cells]).reshape(-1, 2)
    lonlat = np.round(np.column_stack(frame.transform(places[:, 0], places[:, 1])), 6)
    shapes = shapely.points(lonlat).tolist()
    rows = [
        PopulationCell(
            geom=geos(shape),
            people=row["people"],
            island_id=island,
            kelurahan_id=ground.kelurahan[row["kelurahan"]],
            origin=row["origin"],
        )
        for row, shape, island in zip(cells, shapes, ground.island_of(shapes), strict=True)
    ]
    PopulationCell.objects.all().delete()
    copy(rows)
    return len(rows)
