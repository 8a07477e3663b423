"""/layanan/: every layer that the person sees, its addresses, its lines."""

from __future__ import annotations

import re

import pytest

from layers.access import Role, face_for
from layers.registry import all_layers

pytestmark = pytest.mark.django_db
PEOPLE = ["visitor", *sorted(Role)]


def seen_by(person: str) -> set[str]:
    """Layers that somebody sees."""
    roles = {Role.PUBLIC if person == "visitor" else Role(person)}
    return {layer.slug for layer in all_layers() if face_for(layer, roles)}


def login_of(person: str) -> str:
    """Who of the cast holds the role."""
    return "visitor" if person in {"visitor", Role.PUBLIC} else person


@pytest.mark.parametrize("who", PEOPLE)
def test_the_catalogue_lists_what_the_person_sees_and_nothing_else(client_of, who):
    client = client_of(login_of(who))
    told = client.get("/layanan/katalog.json").json()
    assert {layer["id"] for layer in told["layers"]} == seen_by(who)
    page = client.get("/layanan/").content.decode()
    shown = set(re.findall(r"/tiles/([a-z0-9-]+)\.json", page))
    assert shown == seen_by(who)
    hidden = {layer.slug for layer in all_layers()} - seen_by(who)
    for slug in hidden:
        assert client.get(f"/layanan/?lapisan={slug}").status_code == 404
        assert f'"{slug}"' not in str(told)


def test_each_layer_has_title_legend_count_addresses_and_lines(client):
    told = client.get("/layanan/katalog.json")
    assert told["Access-Control-Allow-Origin"] == "*"
    for layer in told.json()["layers"]:
        assert layer["title"] and layer["attribution"] and layer["count"] >= 0
        assert {"tilejson", "style", "page"} <= set(layer["links"])
        assert all(one["label"] and one["colour"] for one in layer["legend"])
        assert layer["lines"]["maplibre"]
        if layer["kind"] == "vector":
            assert len(layer["lines"]) == 7
            assert {"geojson", "csv", "gpkg", "tiles", "queryables"} <= set(layer["links"])
            assert layer["links"]["items"].endswith(f"/ogc/collections/{layer['id']}/items")


def test_the_maplibre_line_adds_nothing_twice_that_the_base_style_holds(client):
    """MapLibre stops at a source or a layer that is there already; the islands are both."""
    base = client.get("/styles/base.json").json()["sources"]
    lines = {one["id"]: one["lines"]["maplibre"] for one in told_layers(client)}
    assert base.keys() & lines.keys()
    for line in lines.values():
        assert "if (!map.getSource(id)) map.addSource" in line
        assert "if (!map.getLayer(layer.id)) map.addLayer" in line


def told_layers(client) -> list[dict]:
    return client.get("/layanan/katalog.json").json()["layers"]


def test_the_lines_of_a_hidden_layer_ask_for_a_token_and_hold_none(client_of):
    client = client_of("operator")
    told = client.get("/layanan/katalog.json")
    cctv = next(one for one in told.json()["layers"] if one["id"] == "cctv")
    assert set(cctv["lines"]) == {"qgis", "gdal", "python", "filter"}
    for program in ("gdal", "python", "filter"):
        assert "Bearer TOKEN" in cctv["lines"][program]
    assert "Access-Control-Allow-Origin" not in told
    assert 'href="/akun/"' in client.get("/layanan/?lapisan=cctv").content.decode()


def test_the_page_speaks_the_readers_language_and_shows_the_chosen_layers_lines(client):
    page = client.get("/layanan/?lapisan=islands", HTTP_ACCEPT_LANGUAGE="en").content.decode()
    assert "Lines to copy" in page
    assert "OAPIF:http://testserver/ogc" in page.replace("&quot;", '"')
    assert "/ogc/collections/islands/items?limit=1000" in page
    assert 'value="islands" selected' in page
    indonesian = client.get("/layanan/", HTTP_ACCEPT_LANGUAGE="id").content.decode()
    assert "Baris siap salin" in indonesian and "wifi-hotspots" in indonesian


def test_the_foot_of_every_page_leads_to_the_services(client):
    assert 'href="/layanan/"' in client.get("/data/").content.decode()
