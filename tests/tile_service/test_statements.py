"""Tile statements: what each text may hold, what its plan reads, and that its numbers add up."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import mapbox_vector_tile
import pytest
from django.db import connection
from django.db.models import GeneratedField

from layers.catalog.reports.models import Report
from layers.registry import get
from layers.spec import ClusterTiles, Face, HexTiles
from tests.tile_service import toy
from tile_service.models import PublishedLayer
from tile_service.publish import statements

pytestmark = pytest.mark.django_db
MOST = 20_000
POINTS = 3000
AT_ZOOM = 9
WINDOWED = "int, int, int, int, timestamptz, timestamptz"
PLAIN = "int, int, int, int"
HOUR = ("2026-11-02T03:00:00Z", "2026-11-02T04:00:00Z")


def vector_faces() -> list[PublishedLayer]:
    """Catalogue rows with statements."""
    return list(PublishedLayer.objects.exclude(kind="raster").order_by("slug", "face"))


def table_of(face: PublishedLayer) -> tuple[str, set[str]]:
    """Table of a face's rows, and the names of its indexes on tile geometry."""
    meta = get(face.slug).model._meta
    names = {index.name for index in meta.indexes if index.fields[0].startswith("tile_")}
    return meta.db_table, names


def plan(text: str, name: str, z: int) -> str:
    """Generic plan of a statement for the toy city's tile."""
    x, y = (int(part) for part in toy.column_and_row(*toy.middle(), z))
    windowed = name.endswith("_window")
    with connection.cursor() as cursor:
        types = WINDOWED if windowed else PLAIN
        cursor.execute(f"PREPARE probe ({types}) AS {text}".replace("%", "%%"), [])
        values = [z, x, y, MOST, *(HOUR if windowed else ())]
        places = ", ".join(["%s"] * len(values))
        cursor.execute(f"EXPLAIN EXECUTE probe ({places})", values)
        found = "\n".join(line[0] for line in cursor.fetchall())
        cursor.execute("DEALLOCATE probe")
    return found


def test_every_statement_keeps_the_rules_of_a_tile_query(toy_city):
    for face in vector_faces():
        for name, text in face.spec["statements"].items():
            small = text.lower()
            where = f"{face.slug} {face.face} {name}"
            assert "::bytea" not in small.replace("''::bytea", ""), where
            assert "st_transform" not in small and "st_intersects" not in small, where
            assert "order by" in small and "limit" in small and "$4" in small, where
            assert "tile_geom && st_tileenvelope($1, $2, $3, margin =>" in small, where


def many_reports(count: int) -> None:
    """Copies of a published report, spread over half a degree: a few rows fit any index."""
    own = {
        "id": "1000000 + n", "client_id": "gen_random_uuid()", "number": "'T' || n",
        "public_geom": "ST_SetSRID(ST_Point(ST_X(public_geom) + (n % 100) * 0.005, "
        "ST_Y(public_geom) + n / 100 * 0.005), 4326)",
        "geom": "ST_SetSRID(ST_Point(ST_X(geom) + (n % 100) * 0.005, "
        "ST_Y(geom) + n / 100 * 0.005), 4326)",
    }  # fmt: skip
    fields = [f for f in Report._meta.concrete_fields if not isinstance(f, GeneratedField)]
    names = ", ".join(f'"{field.column}"' for field in fields)
    values = ", ".join(own.get(field.column, f'"{field.column}"') for field in fields)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            f"INSERT INTO layers_report ({names}) SELECT {values} FROM (SELECT * FROM "
            f"layers_report WHERE public_geom IS NOT NULL AND published_at IS NOT NULL LIMIT 1) "
            f"AS one, generate_series(1, {count}) AS n"
        )
        cursor.execute("ANALYZE layers_report")


def without_other_indexes(kept: str) -> None:
    """Drop all indexes of toy tables but keys and those on tile geometry: any fits three rows."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT CASE WHEN contype = 'u' "
            "THEN format('ALTER TABLE %%I DROP CONSTRAINT %%I CASCADE', tablename, indexname) "
            "ELSE format('DROP INDEX %%I', indexname) END "
            "FROM pg_indexes LEFT JOIN pg_constraint ON conname = indexname "
            "WHERE schemaname = 'public' AND starts_with(tablename, 'layers_') "
            "AND tablename <> %s AND coalesce(contype, 'u') = 'u' "
            "AND indexname NOT LIKE '%%tile%%'",
            [kept],
        )
        for (statement,) in cursor.fetchall():
            cursor.execute(statement)


def test_every_tile_deep_in_the_map_is_found_by_its_index(toy_city):
    many_reports(5000)
    without_other_indexes(kept=Report._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        cursor.execute("SET LOCAL jit = off")
        cursor.execute("SET LOCAL max_parallel_workers_per_gather = 0")
        cursor.execute("SET LOCAL enable_seqscan = off")  # a toy table fits one page
    for face in vector_faces():
        table, indexes = table_of(face)
        made = face.spec["statements"].items()
        deep = {name: text for name, text in made if not name.startswith(("hex", "low"))}
        for name, text in deep.items():
            for z in (14, 17):
                found = plan(text, name, z)
                where = f"{face.slug} {face.face} {name} z{z}:\n{found}"
                assert any(index in found for index in indexes), where
                assert f"Seq Scan on {table}" not in found and "Gather" not in found, where


@pytest.fixture
def probe(db):
    """A table of random points round the toy city, in place of a view."""
    lon, lat = toy.middle()
    with connection.cursor() as cursor:
        cursor.execute("SELECT setseed(0.5)")
        cursor.execute(
            "CREATE TEMPORARY TABLE probe AS SELECT n::bigint AS feature_id, ST_Transform("
            "ST_SetSRID(ST_Point(%s + random() - 0.5, %s + random() - 0.5), 4326), 3857)"
            "::geometry(Point, 3857) AS tile_geom FROM generate_series(1, %s) AS n",
            [lon, lat, POINTS],
        )
    return statements.Statements(
        replace(get("reports"), public_fields=()), Face.PUBLIC, "probe", {}, counted=False
    )


def data_of(text: str, z: int, x: int, y: int, most: int) -> tuple[bytes, int, bool]:
    """What a statement gives for a tile."""
    with connection.cursor() as cursor:
        cursor.execute(f"PREPARE made ({PLAIN}) AS {text}".replace("%", "%%"), [])
        cursor.execute("EXECUTE made (%s, %s, %s, %s)", [z, x, y, most])
        data, number, cut = cursor.fetchone()
        cursor.execute("DEALLOCATE made")
    return bytes(data or b""), number, cut


def tile(text: str, z: int, x: int, y: int, most: int = MOST) -> dict[str, list[dict]]:
    """Features of a tile by layer, made by a statement."""
    data, _, _ = data_of(text, z, x, y, most)
    layers = mapbox_vector_tile.decode(data) if data else {}
    return {name: found["features"] for name, found in layers.items()}


def around(z: int) -> list[tuple[int, int, int]]:
    """Tiles that hold every point of `probe`."""
    lon, lat = toy.middle()
    left, top = toy.column_and_row(lon - 0.5, lat + 0.5, z)
    right, bottom = toy.column_and_row(lon + 0.5, lat - 0.5, z)
    columns, rows = range(int(left), int(right) + 1), range(int(top), int(bottom) + 1)
    return [(z, x, y) for x in columns for y in rows]


def test_hexagons_count_as_a_join_with_the_worlds_hexagon_grid_does(probe):
    text = probe.hexagons(HexTiles(), statements.OPEN_ENDED)
    found: dict[int, int] = {}
    for at in around(AT_ZOOM):
        for cell in tile(text, *at).get("reports-hex", []):
            assert found.setdefault(cell["id"], cell["properties"]["n"]) == cell["properties"]["n"]
    side = statements.WORLD_M / 2**AT_ZOOM / 24 / 1.5
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (hex.i + 1048576)::bigint * 2097152 + hex.j + 1048576, count(*) "
            "FROM (SELECT ST_Extent(tile_geom) AS box FROM probe) AS all_of, "
            "ST_HexagonGrid(%s, ST_SetSRID(all_of.box::geometry, 3857)) AS hex "
            "JOIN probe ON ST_Intersects(probe.tile_geom, hex.geom) GROUP BY 1",
            [side],
        )
        joined = dict(cursor.fetchall())
    assert found == joined
    assert sum(found.values()) == POINTS


def test_each_point_lies_in_one_cluster_of_one_tile_at_every_zoom(probe):
    layer = replace(probe.layer, tiles=ClusterTiles())
    made = replace(probe, layer=layer)
    _, text = made.gathered(ClusterTiles(), statements.OPEN_ENDED)
    for z in (0, 6, AT_ZOOM):
        cells = [cell for at in around(z) for cell in tile(text, *at).get("reports-cluster", [])]
        assert sum(cell["properties"]["n"] for cell in cells) == POINTS
        assert len({cell["id"] for cell in cells}) == len(cells) > 0
        places = [cell["geometry"]["coordinates"] for cell in cells]
        assert all(0 <= part <= 4096 for place in places for part in place)


def test_counts_under_the_floor_are_left_out(probe):
    text, at = probe.hexagons(HexTiles(), statements.OPEN_ENDED), around(8)[0]
    counts = {cell["id"]: cell["properties"]["n"] for cell in tile(text, *at)["reports-hex"]}
    floor = sorted(counts.values())[len(counts) // 2] + 1
    floored = probe.hexagons(HexTiles(floor=floor), statements.OPEN_ENDED)
    kept = {cell["id"]: cell["properties"]["n"] for cell in tile(floored, *at)["reports-hex"]}
    assert kept == {cell: n for cell, n in counts.items() if n >= floor}
    assert 0 < len(kept) < len(counts)


@pytest.fixture
def lines(probe):
    """Short lines at the places of `probe`."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE line AS SELECT feature_id, ST_MakeLine(tile_geom, "
            "ST_Translate(tile_geom, 900, 900)) AS tile_geom FROM probe"
        )
    layer = replace(get("streets"), public_fields=())
    return statements.Statements(layer, Face.PUBLIC, "line", {}, counted=False)


def test_a_sample_is_the_same_at_every_zoom(lines):
    text, most = lines.sample(statements.OPEN_ENDED), 100
    ids = {
        at: [row["id"] for row in tile(text, *at, most=most).get("streets", [])]
        for z in (AT_ZOOM, AT_ZOOM + 1)
        for at in around(z)
    }
    below = Counter(row for at, rows in ids.items() if at[0] > AT_ZOOM for row in rows)
    crowded = [rows for at, rows in ids.items() if at[0] == AT_ZOOM and len(rows) == most]
    assert crowded
    assert all(row in below for rows in crowded for row in rows)


def test_a_sample_tells_what_it_shows_and_the_total(lines):
    layers = tile(lines.sample(statements.OPEN_ENDED), *around(0)[0], most=100)
    notice = layers["_notice"][0]["properties"]
    assert notice == {"layer": "streets", "step": "sample", "total": POINTS, "shown": 100}


def test_of_very_many_areas_the_largest_are_named(probe, monkeypatch):
    monkeypatch.setattr(statements, "MOST_NAMES", 5)
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE area AS SELECT feature_id, 'area ' || feature_id AS name, "
            "ST_Buffer(tile_geom, 3000 + feature_id * 500) AS tile_geom FROM probe LIMIT 20"
        )
    layer = replace(get("kelurahan"), public_fields=("name",))
    made = statements.Statements(layer, Face.PUBLIC, "area", {"name": "text"}, counted=False)
    drawn: set[int] = set()
    named: set[int] = set()
    for at in around(5):
        layers = tile(made.rows(statements.OPEN_ENDED), *at)
        drawn |= {row["id"] for row in layers.get("kelurahan", [])}
        named |= {row["id"] for row in layers.get("kelurahan-label", [])}
    assert len(drawn) == 20
    assert named == set(sorted(drawn)[-5:])


def test_a_tile_of_more_rows_than_fit_is_counted_and_not_drawn(probe):
    counted = replace(probe, many=True).rows(statements.OPEN_ENDED)
    assert data_of(counted, *around(0)[0], most=100) == (b"", POINTS, True)
    drawn, plain = (
        data_of(text, *around(0)[0], most=POINTS)
        for text in (counted, probe.rows(statements.OPEN_ENDED))
    )
    assert drawn == plain and drawn[1:] == (POINTS, False)


def test_a_tile_of_too_many_points_shows_all_of_them_as_clusters(probe):
    text = probe.clusters(16, 1, statements.OPEN_ENDED, overflows=True)
    layers = tile(text, *around(0)[0])
    notice = layers["_notice"][0]["properties"]
    assert notice == {"layer": "reports", "step": "clusters", "total": POINTS,
                      "shown": len(layers["reports-cluster"])}  # fmt: skip


def test_a_cluster_grid_whose_cells_lie_in_two_tiles_is_refused():
    with pytest.raises(ValueError, match="power of two"):
        ClusterTiles(cells_across=6)
