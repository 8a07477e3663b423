"""The last wall: the database itself refuses each trap, in every geometry column there is."""

from __future__ import annotations

import json

import pytest
from django.apps import apps
from django.contrib.gis.db.models import GeometryField
from django.db import DatabaseError, connection, transaction
from django.db.models import GeneratedField

from layers.geography import STORED_SRID
from tests.badgeo import FOLDER, corpus

pytestmark = pytest.mark.django_db
TRAPS = {
    "latitude 100": "POINT(127 100)",
    "huge": "POINT(1e300 1e300)",
    "longitude 200": "LINESTRING(127 0, 200 0)",
    "empty": "POINT EMPTY",
    "bow-tie": "POLYGON((0 0, 1 1, 1 0, 0 1, 0 0))",
    "empty collection": "GEOMETRYCOLLECTION EMPTY",
}
BYTES = {  # PostGIS reads no NaN or infinity from text, but takes them as bytes
    "nan": "0101000020E6100000000000000000F87F000000000000F87F",
    "infinity": "0101000020E6100000000000000000F07F0000000000000000",
    "nan in a line": "0102000020E610000002000000"
    "00000000000000000000000000000000000000000000F87F0000000000000000",
}
GOOD = ["POINT(180 90)", "POINT(-180 -90)", "POLYGON((0 0, 1 0, 1 1, 0 0))"]


def geo_ok(text: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT public.geo_ok(%s::public.geometry)", [text])
        return cursor.fetchone()[0]


@pytest.mark.parametrize("name", [*TRAPS, *BYTES])
def test_the_wall_refuses_each_trap(name):
    text = f"SRID=4326;{TRAPS[name]}" if name in TRAPS else BYTES[name]
    try:
        with transaction.atomic():
            assert geo_ok(text) is False
    except DatabaseError:
        pass  # the text is not even read


@pytest.mark.parametrize("text", GOOD)
def test_the_wall_lets_the_edges_of_the_earth_pass(text):
    assert geo_ok(f"SRID=4326;{text}") is True


def geometry_columns() -> list[tuple[str, str, str]]:
    """Table, column and kind of every stored geometry that is not computed."""
    return [
        (model._meta.db_table, field.column, field.geom_type)
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, GeometryField)
        and not isinstance(field, GeneratedField)
        and field.srid == STORED_SRID  # copies for drawing come from checked rows
    ]


def test_every_geometry_column_has_the_check():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE contype = 'c' AND pg_get_constraintdef(oid) LIKE '%geo_ok%'"
        )
        checks = cursor.fetchall()
    bare = [
        (table, column)
        for table, column, _ in geometry_columns()
        if not any(name == table and f"geo_ok({column})" in rule for name, rule in checks)
    ]
    assert bare == [] and len(checks) > 10


def test_an_update_to_a_trap_fails_in_a_real_table():
    from layers.models import WastePlace

    place = WastePlace.objects.create(code="a", name="A", geom="SRID=4326;POINT(127 0)")
    bad = [f"SRID=4326;{text}" for text in TRAPS.values() if text.startswith("POINT")]
    for text in [*bad, *(BYTES[name] for name in ("nan", "infinity"))]:
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "UPDATE layers_wasteplace SET geom = %s::public.geometry WHERE id = %s",
                [text, place.pk],
            )
    place.refresh_from_db()
    assert (place.geom.x, place.geom.y) == (127, 0)


def test_star_3000_is_refused_in_a_moment_and_postgres_lives():
    corpus()
    star = json.loads((FOLDER / "generated/geojson/star_3000.geojson").read_text())
    shape = json.dumps(star["features"][0]["geometry"])
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '10s'")
        cursor.execute("SELECT public.geo_ok(ST_SetSRID(ST_GeomFromGeoJSON(%s), 4326))", [shape])
        assert cursor.fetchone()[0] is False
        cursor.execute("SELECT 1")
        assert cursor.fetchone()[0] == 1


@pytest.mark.parametrize("lon", [-180, 180])
def test_a_place_at_180_degrees_is_stored_with_its_tile_twin(lon):
    from layers.models import WastePlace

    place = WastePlace.objects.create(code="a", name="A", geom=f"SRID=4326;POINT({lon} 0)")
    place.refresh_from_db()
    assert round(abs(place.tile_geom.x)) == 20_037_508


def test_a_pole_is_stored_and_its_tile_twin_is_finite():
    from layers.models import WastePlace

    WastePlace.objects.create(code="a", name="A", geom="SRID=4326;POINT(0 90)")
    assert 1e7 < WastePlace.objects.get().tile_geom.y < 1e12
