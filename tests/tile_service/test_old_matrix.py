"""Who gets what from each of the older outlets: role by role, by session and by token."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from layers.access import Role, face_for
from layers.registry import all_layers, get
from layers.spec import RasterTiles
from tests.tile_service import toy
from tile_service.models import PersonalToken
from tile_service.publish import personal

pytestmark = pytest.mark.django_db
CAST = ("visitor", "crew", "agency", "operator", "planner", "admin")
BOX = "CRS=CRS:84&BBOX={w},{s},{e},{n}&WIDTH=32&HEIGHT=32&STYLES=&FORMAT=image/png"
OUTLETS = {
    "wfs": "/wfs?SERVICE=WFS&VERSION=2.0.0&REQUEST=GetFeature&COUNT=1&TYPENAMES={slug}",
    "wfs hits": "/wfs?SERVICE=WFS&REQUEST=GetFeature&RESULTTYPE=hits&TYPENAMES={slug}",
    "wfs schema": "/wfs?SERVICE=WFS&REQUEST=DescribeFeatureType&TYPENAMES={slug}",
    "wms": "/wms?SERVICE=WMS&REQUEST=GetMap&LAYERS={slug}&" + BOX,
    "wms pixel": "/wms?SERVICE=WMS&REQUEST=GetFeatureInfo&QUERY_LAYERS={slug}&I=1&J=1&" + BOX,
    "wms legend": "/wms?SERVICE=WMS&REQUEST=GetLegendGraphic&LAYER={slug}",
    "wmts": "/wmts/1.0.0/{slug}/default/WebMercatorQuad/{z}/{y}/{x}.png",
    "geopackage": "/data/{slug}.gpkg",
    "words": "/data/{slug}.csv-metadata.json",
    "sprite": "/styles/{slug}/sprite.json",
}
WATCHED = ("islands", "wifi-hotspots", "cctv", "reports", "population", "work-orders", "vehicles")


def address(outlet: str, slug: str) -> str:
    lon, lat = toy.middle()
    x, y = (int(part) for part in toy.column_and_row(lon, lat, toy.ZOOM))
    sides = {"w": lon - 0.01, "s": lat - 0.01, "e": lon + 0.01, "n": lat + 0.01}
    return OUTLETS[outlet].format(slug=slug, z=toy.ZOOM, x=x, y=y, **sides)


def roles(name: str) -> set[Role]:
    return {Role.PUBLIC} if name == "visitor" else {Role.PUBLIC, Role(name)}


def body_of(answer) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.DOWNLOAD_DIR = tmp_path


@pytest.mark.parametrize("name", CAST)
def test_each_outlet_opens_exactly_for_those_whom_the_declaration_names(toy_city, client_of, name):
    client = client_of(name)
    for layer in map(get, WATCHED):
        face = face_for(layer, roles(name))
        hidden = set(layer.staff_fields) - set(layer.public_fields)
        for outlet in OUTLETS:
            answer = client.get(address(outlet, layer.slug))
            if outlet == "sprite" and layer.symbol.kind not in {"square", "column", "wedge"}:
                assert answer.status_code == 404
                continue
            assert (answer.status_code == 200) is (face is not None), (layer.slug, outlet)
            if face is not None and face.value == "public" and outlet in {"wfs", "wfs schema"}:
                text = body_of(answer).decode()
                assert not [column for column in hidden if f":{column}>" in text]
                assert not [column for column in hidden if f'name="{column}"' in text]
            if name != "visitor" and face is not None:
                assert "public" not in answer.get("Cache-Control", "private")


def test_every_layer_of_rows_is_watched_by_the_matrix_or_is_like_one_that_is():
    kinds = {
        (layer.is_public, bool(layer.staff), bool(layer.public_geometry))
        for layer in all_layers()
        if not isinstance(layer.tiles, RasterTiles) and layer.symbol.kind != "hidden"
    }
    seen = {
        (layer.is_public, bool(layer.staff), bool(layer.public_geometry))
        for layer in map(get, WATCHED)
    }
    assert kinds <= seen


def bearer(text: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {text}"}


@pytest.fixture
def token(person) -> str:
    return personal.make(
        person=person("operator"), label="QGIS", at=timezone.now(), life=timedelta(days=2)
    )


CCTV = ("wfs", "wms", "wmts", "geopackage")


def test_a_personal_token_stands_for_its_person(toy_city, client, token):
    for outlet in CCTV:
        assert client.get(address(outlet, "cctv")).status_code in {400, 404}
        answer = client.get(address(outlet, "cctv"), headers=bearer(token))
        assert answer.status_code == 200, outlet
        assert "public" not in answer.get("Cache-Control", "private")
        assert "Authorization" in answer["Vary"]


@pytest.mark.parametrize("fault", ["edited", "ended", "closed", "withdrawn"])
def test_a_token_that_is_not_good_opens_nothing_not_even_open_layers(
    toy_city, client, token, fault
):
    row = PersonalToken.objects.get()
    if fault == "edited":
        token = token[:-1] + ("a" if token[-1] != "a" else "b")
    elif fault == "ended":
        PersonalToken.objects.update(ends_at=timezone.now() - timedelta(seconds=1))
    elif fault == "closed":
        type(row.person).objects.update(is_active=False)
    else:
        personal.withdraw(person=row.person, pk=row.pk)
    for outlet, status in (("wfs", 401), ("wms", 401), ("wmts", 401), ("geopackage", 404)):
        answer = client.get(address(outlet, "wifi-hotspots"), headers=bearer(token))
        assert answer.status_code == status, outlet
        assert token.encode() not in body_of(answer)


def test_a_visitor_s_answer_is_not_that_of_staff(toy_city, client, client_of):
    staff = body_of(client_of("planner").get(address("wfs", "wifi-hotspots")))
    visitor: Client = client
    assert b"kota:provider" in staff
    assert b"kota:provider" not in body_of(visitor.get(address("wfs", "wifi-hotspots")))
