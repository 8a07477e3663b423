"""The public map without a browser: filters, the list twin, the nearest WiFi, downloads."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.contrib.gis.geos import MultiPolygon, Point, Polygon
from django.utils import timezone

from gis_platform.pages.portal import lists, nearest, picture, wishes
from layers.catalog.agencies import Agency
from layers.catalog.categories import Category
from layers.catalog.places import Island
from layers.catalog.reports import bulk
from layers.catalog.reports.models import Report
from layers.catalog.wifi import WifiHotspot
from layers.geography import city

pytestmark = pytest.mark.django_db


@pytest.fixture
def two_islands() -> tuple[Island, Island]:
    """Two square islands of 0.02 degrees (2.2 km), 0.01 degrees of sea between them."""
    lon, lat = city().centre

    def square(code: str, west: float) -> Island:
        box = Polygon.from_bbox((west, lat, west + 0.02, lat + 0.02))
        return Island.objects.create(
            code=code, name=code.title(), geom=MultiPolygon(box, srid=4326)
        )

    return square("barat", lon), square("timur", lon + 0.03)


@pytest.fixture
def categories() -> dict[str, Category]:
    """One category that the public map shows, one that it does not."""
    agency = Agency.objects.get_or_create(code="dinas", defaults={"name": "Dinas"})[0]

    def category(code: str, precision: str) -> Category:
        words = {"name": code.title(), "name_en": code, "default_agency": agency}
        return Category.objects.update_or_create(
            code=code, defaults=words | {"public_precision": precision}
        )[0]

    return {"sampah": category("sampah", "exact"), "rahasia": category("rahasia", "kelurahan")}


def report(category: Category, at: datetime, *, published: bool = True) -> Report:
    """A report at the city's centre with its whole history, written by the loader of samples."""
    lon, lat = city().centre
    told = SimpleNamespace(
        client_id=uuid.uuid4(), category=category.code, lon=lon, lat=lat, words="Kantong sobek",
        observed_at=at, received_at=at, target_state="diteruskan" if published else "baru",
        reporter_key="warga", photo_seed=None,
    )  # fmt: skip
    bulk.load([told], until=max(at + timedelta(days=9), timezone.now()))
    return Report.objects.get(client_id=told.client_id)


def hotspot(code: str, island: Island, lon: float, status: str = "works") -> WifiHotspot:
    return WifiHotspot.objects.create(
        code=code, name=code, status=status, island=island,
        geom=Point(lon, city().centre[1] + 0.01, srid=4326),
    )  # fmt: skip


def test_the_list_and_the_map_hold_the_same_reports(client, categories):
    now = timezone.now()
    kept = report(categories["sampah"], now - timedelta(days=1))
    report(categories["sampah"], now - timedelta(days=20))
    report(categories["sampah"], now - timedelta(days=1), published=False)
    report(categories["rahasia"], now - timedelta(days=1))
    page = client.get("/peta/?waktu=7-hari").content.decode()
    rows = json.loads(b"".join(client.get("/peta/laporan.geojson?waktu=7-hari").streaming_content))
    assert [row["id"] for row in rows["features"]] == [kept.pk]
    assert f'data-id="{kept.pk}"' in page
    assert 'data-count="1"' in page


def test_the_first_period_is_the_shortest_that_shows_something(categories):
    now = datetime(2026, 11, 2, tzinfo=UTC)
    assert wishes.first_period(now) == "semua"
    report(categories["sampah"], now - timedelta(days=12))
    assert wishes.first_period(now) == "30-hari"
    report(categories["sampah"], now - timedelta(days=3))
    assert wishes.first_period(now) == "7-hari"


@pytest.mark.parametrize(
    "query",
    ["waktu=kemarin", "kategori=rahasia", "pulau=atlantis", "daftar=x", "hal=0", "status=y"],
)
def test_an_unknown_value_in_the_address_is_refused(client, categories, query):
    assert client.get(f"/peta/?{query}").status_code == 400


def test_the_nearest_wifi_is_the_nearest_that_works(two_islands):
    west, _ = two_islands
    lon = city().centre[0]
    hotspot("mati", west, lon + 0.0101, "off")
    hotspot("dekat", west, lon + 0.012)
    hotspot("jauh", west, lon + 0.018)
    near = nearest.nearest_working(Point(lon + 0.01, city().centre[1] + 0.01, srid=4326))
    assert [one.hotspot.code for one in near] == ["dekat", "jauh"]
    assert near[0].metres == pytest.approx(0.002 * 111_320, rel=0.01)


def test_wifi_across_water_comes_after_wifi_on_the_same_island(two_islands):
    west, east = two_islands
    lon = city().centre[0]
    hotspot("seberang", east, lon + 0.031)
    hotspot("sepulau", west, lon + 0.001)
    near = nearest.nearest_working(Point(lon + 0.019, city().centre[1] + 0.01, srid=4326))
    assert [(one.hotspot.code, one.across_water) for one in near] == [
        ("sepulau", False),
        ("seberang", True),
    ]
    assert near[0].metres > near[1].metres


def test_a_place_outside_the_city_is_refused_with_a_sentence(client):
    answer = client.get("/peta/wifi-terdekat.json?lon=2.35&lat=48.85")
    assert answer.status_code == 400
    assert answer.json()["code"] == "OUTSIDE_THE_CITY"


@pytest.mark.parametrize("lon", ["nan", "inf", "x", ""])
def test_a_place_that_is_no_place_is_refused(client, lon):
    assert client.get(f"/peta/wifi-terdekat.json?lon={lon}&lat=0.8").status_code == 400


def test_the_light_page_needs_no_script_and_stays_small(client, two_islands, categories):
    for _ in range(60):
        report(categories["sampah"], timezone.now() - timedelta(hours=5))
    answer = client.get("/peta/?ringan=1")
    text = answer.content.decode()
    assert len(answer.content) < 80_000
    assert "<svg" in text and "map-config" not in text and "portal.mjs" not in text
    assert text.count("<li data-lon") == 40


def test_the_drawing_keeps_the_island_within_its_frame(two_islands):
    drawn = picture.draw([], "barat")
    assert drawn is not None
    numbers = [float(part) for part in drawn.coast.replace("M", "").replace("Z", "").replace(
        ",", " ").split()]  # fmt: skip
    assert min(numbers) >= 0 and max(numbers) <= 640


def test_a_list_sorted_from_a_kelurahan_says_metres(two_islands):
    west, _ = two_islands
    lon, lat = city().centre
    hotspot("a", west, lon + 0.004)
    hotspot("b", west, lon + 0.002)
    rows = lists.by_distance(
        WifiHotspot.objects.all(), "wifi-hotspots", Point(lon, lat + 0.01, srid=4326)
    )
    assert [row.code for row in rows] == ["b", "a"]
    assert rows[0].metres == pytest.approx(0.002 * 111_320, rel=0.01)


def test_a_view_makes_a_qr_only_for_the_public_map(client):
    assert client.get("/peta/qr.svg?alamat=/peta/?waktu=semua").status_code == 200
    assert client.get("/peta/qr.svg?alamat=https://jahat.example/").status_code == 404


@pytest.mark.parametrize(
    "path", ["/peta/", "/peta/?daftar=wifi", "/data/", "/layanan/", "/bantuan/"]
)
@pytest.mark.parametrize("language", ["id", "en"])
def test_public_pages_open_on_an_empty_city_in_both_languages(client, path, language):
    client.cookies["django_language"] = language
    answer = client.get(path)
    assert answer.status_code == 200
    assert f'<html lang="{language}"' in answer.content.decode()


def test_every_layer_page_lists_exactly_the_columns_of_its_face(client):
    text = client.get("/data/lapisan/wifi-hotspots/").content.decode()
    assert "<code>power_hours</code>" in text
    assert "contact_note" not in text and "provider" not in text


def test_a_hidden_layer_has_no_page(client):
    assert client.get("/data/lapisan/population/").status_code == 404
    assert "population" not in client.get("/layanan/").content.decode()
