"""Publishing: views with listed columns, logins that read no more, plans by the index."""

from __future__ import annotations

import re
from dataclasses import replace
from threading import Timer

import psycopg2
import pytest
from django.db import connection
from django.utils import timezone

from layers.catalog.population import PopulationCell
from layers.catalog.reports.models import Report
from layers.registry import all_layers, get
from layers.spec import Face, RasterTiles
from tests.tile_service import toy
from tests.tile_service.conftest import committed, run_beside
from tile_service.models import PublishedLayer
from tile_service.publish import compiling, durations, logins, publishing
from tile_service.publish.serving import KEYWORDS

pytestmark = pytest.mark.django_db
MANY = 20_000
INDEXED = {"wifi-hotspots": "wifihotspot", "population": "populationcell", "streets": "streetedge"}


def test_every_face_is_published_with_exactly_its_columns(toy_city):
    for layer in all_layers():
        if isinstance(layer.tiles, RasterTiles):
            continue
        for face in layer.faces:
            row = PublishedLayer.objects.get(slug=layer.slug, face=face.value)
            with connection.cursor() as cursor:
                cursor.execute(f'SELECT * FROM published."{row.view}" LIMIT 0')
                columns = {column.name for column in cursor.description}
            given = {"feature_id", "geom", "tile_geom"} | ({"_at"} if layer.time else set())
            assert columns == given | set(layer.fields_of(face))


def test_a_login_that_another_city_makes_at_the_same_moment_is_taken_as_it_is():
    given, login = connection.get_connection_params(), "gis_tiles_made_twice"
    other = psycopg2.connect(**{name: given[name] for name in KEYWORDS if given.get(name)})
    other.cursor().execute(f"CREATE ROLE {login}")
    Timer(1, other.commit).start()  # meanwhile we do not see it, and wait when we make it
    committed(lambda: logins.make_login(login))
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolconfig FROM pg_roles WHERE rolname = %s", [login])
        assert "statement_timeout=5s" in cursor.fetchone()[0]
    other.close()
    run_beside(f"DROP ROLE {login}")


def test_each_database_of_a_server_has_logins_of_its_own():
    names = ["gis", "ternate", "kota-a", "kota_a", "Kota_A", "x" * 63, "x" * 62 + "y", "kota a"]
    made = [logins.login_name(face, name) for name in names for face in Face]
    assert len(set(made)) == len(made) and not set(made) & set(map(logins.shared_name, Face))
    assert all(re.fullmatch(r"gis_tiles_[a-z0-9_]{1,53}", login) for login in made)
    assert logins.login_name(Face.PUBLIC, "gis") == "gis_tiles_gis_public"
    assert logins.login_name(Face.PUBLIC) != logins.login_name(Face.PUBLIC, "gis")


def test_an_older_city_gets_its_own_logins_by_publishing_and_nothing_is_made_anew(
    toy_city, monkeypatch
):
    """The former logins go where nobody needs them; another city's grant keeps its own."""
    own = connection.settings_dict["NAME"]
    monkeypatch.setattr(logins, "shared_name", lambda face: f"gis_tiles_{face.value}_of_{own}")
    former = {face: logins.shared_name(face) for face in Face}
    publishing.publish()
    with connection.cursor() as cursor:
        for face, login in former.items():
            cursor.execute(f'CREATE ROLE "{login}"')
            cursor.execute(f'GRANT USAGE ON SCHEMA published TO "{login}"')
            PublishedLayer.objects.filter(face=face.value).update(login=login)
        cursor.execute(f'GRANT SELECT ON layers_island TO "{former[Face.STAFF]}"')
    assert publishing.publish().changed == []
    for face in Face:
        held = PublishedLayer.objects.filter(face=face.value).values_list("login", flat=True)
        assert set(held) == {logins.login_name(face)}
    assert logins._exists(former[Face.STAFF]) and not logins._exists(former[Face.PUBLIC])


def test_no_compiled_text_casts_a_geometry(toy_city):
    for row in PublishedLayer.objects.exclude(kind="raster"):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_get_viewdef(%s::regclass)", [f'published."{row.view}"'])
            view = cursor.fetchone()[0]
        texts = [view, *row.spec["statements"].values()]
        assert not any("tile_geom::bytea" in text or ")::bytea" in text for text in texts)
        assert not any("st_transform" in text.lower() for text in texts)


@pytest.mark.parametrize(("slug", "table"), INDEXED.items())
def test_a_tile_deep_in_the_map_is_found_by_the_index(toy_city, slug, table):
    layer = get(slug)
    face = layer.faces[0]
    if layer.model is PopulationCell and PopulationCell.objects.count() < MANY:
        committed(many_cells)
    row = PublishedLayer.objects.get(slug=slug, face=face.value)
    statement = row.spec["statements"]["rows"]
    x, y = (int(part) for part in toy.column_and_row(*toy.middle(), 16))
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE layers_{table}")
        cursor.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        cursor.execute("SET LOCAL jit = off")
        if layer.model is not PopulationCell:
            cursor.execute("SET LOCAL enable_seqscan = off")  # a toy table fits one page
        cursor.execute(f"PREPARE probe (int, int, int, int) AS {statement}".replace("%", "%%"), [])
        cursor.execute("EXPLAIN EXECUTE probe (16, %s, %s, 20000)", [x, y])
        plan = "\n".join(line[0] for line in cursor.fetchall())
        cursor.execute("DEALLOCATE probe")
    assert f"{table}_tile_geom" in plan, plan
    assert f"Seq Scan on layers_{table}" not in plan


def many_cells() -> None:
    """Fill the population table with cells spread over a degree."""
    first = PopulationCell.objects.first()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO layers_populationcell (geom, people, island_id, kelurahan_id, origin) "
            "SELECT ST_SetSRID(ST_Point(126.5 + (n %% 200) * 0.005, 0.3 + (n / 200) * 0.005), "
            "4326), 1, %s, %s, 'estimated' FROM generate_series(1, %s) AS n",
            [first.island_id, first.kelurahan_id, MANY],
        )


def test_each_login_reads_its_own_views_and_nothing_else(toy_city):
    given = connection.get_connection_params()
    for face in Face:
        login = PublishedLayer.objects.filter(face=face.value).first().login
        keywords = {name: given[name] for name in KEYWORDS if given.get(name)}
        keywords |= {"user": login, "password": logins.login_password(login)}
        conn = psycopg2.connect(**keywords)
        conn.autocommit = True
        cursor = conn.cursor()
        own = PublishedLayer.objects.filter(face=face.value).exclude(kind="raster").first().view
        cursor.execute(f'SELECT count(*) FROM published."{own}"')
        other = PublishedLayer.objects.exclude(face=face.value).exclude(kind="raster").first().view
        for forbidden in (
            f'SELECT * FROM published."{other}"', "SELECT * FROM layers_report",
            "SELECT * FROM auth_user", "SELECT * FROM tile_service_publishedlayer",
            "INSERT INTO layers_report DEFAULT VALUES", "SET ROLE gis", "CREATE TABLE x (a int)",
            f'DELETE FROM published."{own}"',
        ):  # fmt: skip
            with pytest.raises(psycopg2.Error):
                cursor.execute(forbidden)
        cursor.execute("SELECT current_setting('statement_timeout'), current_setting('jit')")
        assert cursor.fetchone() == ("5s", "off")
        conn.close()


def test_a_new_table_stays_unlisted(toy_city):
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE surprise (id int, geom geometry(Point, 4326))")
    publishing.publish()
    assert not PublishedLayer.objects.filter(slug__contains="surprise").exists()


def test_publishing_twice_changes_no_version_and_keeps_the_epochs(toy_city):
    publishing.publish()  # other tests may have made a layer so large that its rows are weighed
    PublishedLayer.objects.update(epoch=7)
    before = dict(PublishedLayer.objects.values_list("pk", "version"))
    assert publishing.publish().changed == []
    assert dict(PublishedLayer.objects.values_list("pk", "version")) == before
    assert set(PublishedLayer.objects.values_list("epoch", flat=True)) == {7}


def test_a_declaration_that_asks_the_clock_is_refused():
    def lately():
        return Report.objects.filter(received_at__gte=timezone.now())

    layer = replace(get("reports"), slug="lately", rows=lately, public_rows=None)
    with pytest.raises(compiling.DependsOnTheClock):
        compiling.compile_face(layer, Face.STAFF)


def test_durations_and_days_of_the_citys_zone():
    assert durations.seconds_of("PT1H") == 3600
    assert durations.seconds_of("P1DT30M") == 88200
    assert durations.offset_seconds("Asia/Jayapura") == 9 * 3600
    for bad in ("P", "1H", "PT0H", "P1M"):
        with pytest.raises(ValueError, match="bucket"):
            durations.seconds_of(bad)
