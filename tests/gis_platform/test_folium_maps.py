"""Maps in one file: no foreign host, values that stay text, and the caller's permission."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html.parser import HTMLParser

import numpy as np
import pytest
import rasterio
from django.contrib.gis.geos import Point
from rasterio.transform import from_origin

from gis_platform import folium_maps as maps
from layers.access import Role
from layers.catalog.cctv import CctvCamera
from layers.catalog.rasters import register_raster
from layers.catalog.wifi import WifiHotspot
from layers.errors import NotFound
from layers.geography import city
from layers.registry import get

HOSTILE = "</script><script>window.__xss=1</script><img src=x onerror=alert(1)>{{7*7}}{%raw%}"
NAMESPACES = {"http://www.w3.org/2000/svg"}


class Page(HTMLParser):
    """Addresses that a page would fetch, and its event attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.events: list[str] = []
        self.scripts = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what a tag asks for."""
        self.scripts += tag == "script"
        self.fetched += [value or "" for name, value in attrs if name in {"src", "href"}]
        self.events += [name for name, _ in attrs if name.startswith("on")]


def hotspot(**more) -> WifiHotspot:
    """A wifi hotspot at the city's centre."""
    given = {"code": "w1", "name": "Alun-alun", "status": "works", "geom": Point(*city().centre)}
    return WifiHotspot.objects.create(**given | more)


@pytest.mark.django_db
def test_a_map_names_no_foreign_host_and_fetches_nothing():
    hotspot()
    text = maps.page(maps.draw(["islands", "wifi-hotspots"]))
    assert set(re.findall(r"https?://[^\s\"'<>)]+", text)) <= NAMESPACES
    assert Page(text).fetched == []
    assert "url(http" not in text and "@import" not in text


@pytest.mark.django_db
def test_a_hostile_name_stays_text():
    calm = Page(maps.page(maps.draw(["wifi-hotspots"])))
    hotspot(name=HOSTILE[:120])
    text = maps.page(maps.draw(["wifi-hotspots"]))
    page = Page(text)
    assert "window.__xss" in text
    assert HOSTILE[:30] not in text
    assert "\\ue07b\\ue07b7*7" in text and "49}" not in text
    assert page.scripts == calm.scripts and page.events == []


@pytest.mark.django_db
def test_a_hidden_layer_is_not_drawn_for_the_public():
    CctvCamera.objects.create(code="c", name="k", bearing_deg=1, geom=Point(*city().centre))
    with pytest.raises(NotFound):
        maps.draw(["cctv"])
    assert "bearing_deg" in maps.page(maps.draw(["cctv"], roles=[Role.OPERATOR]))


@pytest.mark.django_db
def test_the_public_map_carries_only_public_columns():
    hotspot(contact_note="0812-rahasia", provider="Penyedia")
    public = maps.page(maps.draw(["wifi-hotspots"]))
    assert "0812-rahasia" not in public and "Penyedia" not in public
    assert "Penyedia" in maps.page(maps.draw(["wifi-hotspots"], roles=[Role.PLANNER]))


def test_a_row_takes_the_colour_of_its_legend_line():
    bins, wifi = get("waste-bins"), get("wifi-hotspots")
    assert [
        getattr(maps.entry_of(bins, {"fill_pct": value}), "label", None)
        for value in (0, 59, 60, 94, 95, None)
    ] == ["< 60 %", "< 60 %", "60-80 %", "80-95 %", "> 95 %", None]
    assert maps.entry_of(wifi, {"status": "weak"}).label == "Lemah"
    assert maps.entry_of(wifi, {"status": "?"}) is None


@pytest.mark.django_db
def test_a_raster_is_drawn_as_a_picture_inside_the_page(settings, tmp_path):
    settings.RASTER_DIR = tmp_path
    lon, lat = city().centre
    with rasterio.open(
        tmp_path / "e.tif", "w", driver="GTiff", height=20, width=20, count=1, dtype="float32",
        crs="EPSG:4326", transform=from_origin(lon, lat, 0.001, 0.001),
    ) as file:  # fmt: skip
        file.write(np.full((20, 20), 500, dtype="float32"), 1)
    register_raster(
        tmp_path / "e.tif", code="e", layer="elevation", title="t", ramp="height", low=0,
        high=1000, attribution="a", at=datetime(2026, 11, 2, tzinfo=UTC),
    )  # fmt: skip
    text = maps.page(maps.draw(["elevation"]))
    assert "data:image/png;base64," in text
    assert "imageOverlay" in text
