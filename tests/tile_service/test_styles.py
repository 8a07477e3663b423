"""Styles are valid for MapLibre, come from the symbols, and hidden layers have none."""

from __future__ import annotations

import json
import re
import subprocess

import pytest
from django.conf import settings

from layers.access import Role, face_for
from layers.registry import all_layers, get
from layers.spec import RasterTiles
from tile_service import styles
from tile_service.publish import tilejson

VALIDATOR = settings.NODE_MODULES / ".bin" / "gl-style-validate"
HIDDEN = [layer for layer in all_layers() if not layer.is_public]
SITE = "http://127.0.0.1:8000"


def faults(style: dict, folder) -> str:
    """What MapLibre's own validator says about `style`; empty when it is content."""
    path = folder / "style.json"
    path.write_text(json.dumps(style))
    done = subprocess.run([str(VALIDATOR), str(path)], capture_output=True, text=True)
    return done.stdout + done.stderr


def test_the_validator_finds_a_planted_fault(tmp_path):
    style = styles.style_of(get("wifi-hotspots"), site=SITE)
    style["layers"][0]["type"] = "blob"
    assert "blob" in faults(style, tmp_path)


def test_every_layers_style_and_the_base_map_are_valid(tmp_path):
    together = styles.base_style(site=SITE, rasters=set(styles.BASE_RASTERS))
    for layer in all_layers():
        own = styles.style_of(layer, site=SITE)
        together["sources"] |= own["sources"]
        together["layers"] += [
            part | {"id": f"own-{part['id']}", "metadata": layer.slug} for part in own["layers"]
        ]
    assert faults(together, tmp_path) == ""


def test_each_legend_colour_is_drawn():
    for layer in all_layers():
        if layer.symbol.kind in {"raster", "hidden"}:
            continue
        drawn = json.dumps(styles.layers_of(layer))
        assert [e.colour for e in layer.symbol.entries if e.colour not in drawn] == [], layer.slug


def test_an_image_is_named_by_kind_layer_value_and_colour():
    assert "square/wifi-hotspots/works/#0b6e8f" in json.dumps(
        styles.layers_of(get("wifi-hotspots"))
    )
    assert "column/waste-bins/80/#c2660a" in json.dumps(styles.layers_of(get("waste-bins")))


@pytest.mark.django_db
@pytest.mark.parametrize("layer", HIDDEN, ids=lambda layer: layer.slug)
@pytest.mark.parametrize("address", ["/tiles/{}.json", "/styles/{}.json"])
def test_a_hidden_layer_has_no_style_and_no_tilejson(client, layer, address):
    hidden, missing = client.get(address.format(layer.slug)), client.get(address.format("no-layer"))
    assert hidden.status_code == missing.status_code == 404
    assert hidden.content == missing.content


@pytest.mark.django_db
def test_a_public_tilejson_names_only_public_columns(client):
    answer = client.get("/tiles/wifi-hotspots.json").json()
    assert answer["tilejson"] == "3.0.0"
    assert set(answer["vector_layers"][0]["fields"]) == set(get("wifi-hotspots").public_fields)
    assert re.search(r"/t/wifi-hotspots/pub/\w+/{z}/{x}/{y}\.mvt$", answer["tiles"][0])


@pytest.mark.django_db
def test_a_planners_tilejson_carries_a_token_that_ends(client_of):
    answer = client_of("planner").get("/tiles/wifi-hotspots.json")
    assert set(answer.json()["vector_layers"][0]["fields"]) == set(
        get("wifi-hotspots").staff_fields
    )
    assert "/pub/" not in answer.json()["tiles"][0]
    assert answer.json()["expires_at"] > 0
    assert "private" in answer["Cache-Control"]


@pytest.mark.django_db
def test_an_unknown_parameter_is_refused_by_name(client):
    answer = client.get("/tiles/wifi-hotspots.json?limit=0")
    assert answer.status_code == 400
    assert "limit" in answer.json()["title"]


@pytest.mark.django_db
def test_the_base_map_is_open_and_names_only_open_layers(client):
    answer = client.get("/styles/base.json")
    assert answer.status_code == 200
    assert all(face_for(get(slug), {Role.PUBLIC}) for slug in answer.json()["sources"])


@pytest.mark.django_db
@pytest.mark.parametrize("layer", all_layers(), ids=lambda layer: layer.slug)
def test_a_style_draws_only_what_the_layers_tilejson_names(layer):
    if isinstance(layer.tiles, RasterTiles):
        return
    drawn = {part["source-layer"] for part in styles.layers_of(layer)}
    for face in layer.faces:
        assert drawn <= {part["id"] for part in tilejson.vector_layers(layer, face)}
