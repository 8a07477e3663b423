"""Who sees which layer: each rule has a test of the person who must not see."""

from __future__ import annotations

import pytest

from layers.access import Face, Role, face_for
from layers.registry import all_layers
from layers.spec import RasterTiles

HIDDEN = [layer for layer in all_layers() if not layer.is_public]
FEATURES = [layer for layer in all_layers() if not isinstance(layer.tiles, RasterTiles)]


@pytest.mark.django_db
@pytest.mark.parametrize("layer", HIDDEN, ids=lambda layer: layer.slug)
@pytest.mark.parametrize("address", ["/data/{}.geojson", "/data/{}.csv"])
def test_a_hidden_layer_answers_a_visitor_like_a_missing_one(client, layer, address):
    hidden, missing = client.get(address.format(layer.slug)), client.get(address.format("no-layer"))
    assert hidden.status_code == missing.status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("layer", FEATURES, ids=lambda layer: layer.slug)
def test_every_layer_opens_for_a_role_that_may_see_it(client_of, layer):
    role = sorted((layer.viewers | layer.staff) - {Role.ADMIN})[0]
    client = client_of("visitor" if role is Role.PUBLIC else role.value)
    answer = client.get(f"/data/{layer.slug}.geojson")
    assert answer.status_code == 200
    assert b"FeatureCollection" in b"".join(answer.streaming_content)


def test_the_public_face_of_wifi_holds_no_contact_and_no_source():
    wifi = next(layer for layer in all_layers() if layer.slug == "wifi-hotspots")
    assert face_for(wifi, {Role.PUBLIC}) is Face.PUBLIC
    assert face_for(wifi, {Role.PLANNER}) is Face.STAFF
    assert not {"contact_note", "source"} & set(wifi.public_fields)


def test_no_face_of_the_cameras_carries_a_stream_address():
    cctv = next(layer for layer in all_layers() if layer.slug == "cctv")
    assert "stream_address" not in {*cctv.public_fields, *cctv.staff_fields}
