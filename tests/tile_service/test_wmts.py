"""WMTS: the grid of the map's tiles, rasters as they are, layers of rows drawn; sprites."""

from __future__ import annotations

import json
from io import BytesIO
from xml.etree import ElementTree

import pytest
from django.test import Client
from PIL import Image

from layers.catalog.wifi import WifiHotspot
from layers.registry import all_layers, get
from tests.tile_service import toy
from tests.tile_service.conftest import committed
from tile_service import styles
from tile_service.publish import wmts
from tile_service.publish.wms.kept import Kept

pytestmark = pytest.mark.django_db
NS = {"wmts": "http://www.opengis.net/wmts/1.0", "ows": "http://www.opengis.net/ows/1.1"}
RASTER = get("elevation")


def ask(client: Client, **params: str):
    return client.get("/wmts", {"SERVICE": "WMTS", "VERSION": "1.0.0", **params})


def refusal(answer) -> tuple[int, str]:
    root = ElementTree.fromstring(answer.content)
    return answer.status_code, root.find("ows:Exception", NS).get("exceptionCode")


def cell(zoom: int = toy.ZOOM) -> tuple[int, int, int]:
    x, y = (int(part) for part in toy.column_and_row(*toy.middle(), zoom))
    return zoom, x, y


def address(layer: str, at: tuple[int, int, int]) -> str:
    zoom, x, y = at
    return f"/wmts/1.0.0/{layer}/default/WebMercatorQuad/{zoom}/{y}/{x}.png"


def test_a_tile_s_box_is_that_of_the_grid():
    half = 20037508.342789244
    assert wmts.box_of(0, 0, 0) == pytest.approx((-half, -half, half, half))
    assert wmts.box_of(1, 1, 0) == pytest.approx((0, 0, half, half))
    assert wmts.box_of(2, 0, 3) == pytest.approx((-half, -half, -half / 2, -half / 2))


def test_capabilities_name_layers_and_tile_addresses_of_the_caller(toy_city, client, client_of):
    def layers(of: Client) -> dict[str, str]:
        answer = of.get("/wmts/1.0.0/WMTSCapabilities.xml")
        root = ElementTree.fromstring(answer.content)
        return {
            one.findtext("ows:Identifier", namespaces=NS): one.find("wmts:ResourceURL", NS).get(
                "template"
            )
            for one in root.findall("wmts:Contents/wmts:Layer", NS)
        }

    public = {one.slug for one in all_layers() if one.is_public and one.symbol.kind != "hidden"}
    assert set(layers(client)) == public | {"peta-dasar"}
    assert "cctv" in layers(client_of("operator"))
    template = layers(client)["islands"]
    zoom, x, y = cell()
    wanted = {"{TileMatrix}": zoom, "{TileRow}": y, "{TileCol}": x}
    for mark, value in wanted.items():
        template = template.replace(mark, str(value))
    assert template.endswith(address("islands", cell()))


def test_a_drawn_tile_is_a_picture_of_its_rows(toy_city, client):
    answer = client.get(address("wifi-hotspots", cell()))
    image = Image.open(BytesIO(answer.content))
    assert image.size == (256, 256)
    assert image.getbbox() is not None
    zoom, x, y = cell()
    empty = client.get(address("wifi-hotspots", (zoom, x + 5, y)))
    assert Image.open(BytesIO(empty.content)).getbbox() is None


def test_parameters_and_address_give_the_same_tile(toy_city, client):
    zoom, x, y = cell()
    by_parameters = ask(
        client, REQUEST="GetTile", LAYER="islands", STYLE="default", FORMAT="image/png",
        TILEMATRIXSET="WebMercatorQuad", TILEMATRIX=str(zoom), TILEROW=str(y), TILECOL=str(x),
    )  # fmt: skip
    assert by_parameters.content == client.get(address("islands", cell())).content


def test_a_raster_s_tile_is_the_one_that_the_map_shows(toy_city, client, server):
    zoom, x, y = cell(12)
    answer = client.get(address(RASTER.slug, (zoom, x, y)))
    assert answer.status_code == 302
    assert answer["Location"].startswith(f"/r/toy-{RASTER.slug}/pub/")
    assert answer["Location"].endswith(f"/{zoom}/{x}/{y}.png")
    assert server.get(answer["Location"]).status in {200, 204}


def test_a_tile_is_known_by_its_etag_until_its_rows_change(toy_city, client, server):
    def tag() -> str:
        return client.get(address("wifi-hotspots", cell()))["ETag"]

    server.wait_until_fed("wifi-hotspots", "public")  # an earlier test may have changed it
    first = tag()
    assert tag() == first
    held = client.get(address("wifi-hotspots", cell()), headers={"If-None-Match": first})
    assert (held.status_code, held.content) == (304, b"")
    before = server.app.catalogue.epochs.get(("wifi-hotspots", "public"), 0)
    new = committed(lambda: toy.make(WifiHotspot))
    server.wait_for_epoch("wifi-hotspots", "public", before)
    server.wait_for_tile("wifi-hotspots", "public", toy.ZOOM, new)
    assert tag() != first


def test_a_hidden_layer_has_no_tile(toy_city, client, client_of):
    hidden, missing = (client.get(address(name, cell())) for name in ("cctv", "zzzz"))
    assert refusal(hidden) == refusal(missing) == (400, "InvalidParameterValue")
    assert hidden.content.replace(b"cctv", b"zzzz") == missing.content
    seen = client_of("operator").get(address("cctv", cell()))
    assert seen.status_code == 200
    assert "public" not in seen["Cache-Control"]


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"TILEMATRIX": "20"}, "InvalidParameterValue"),
        ({"TILEMATRIX": "-1"}, "InvalidParameterValue"),
        ({"TILECOL": "4"}, "TileOutOfRange"),
        ({"TILEROW": ""}, "MissingParameterValue"),
        ({"TILEMATRIXSET": "other"}, "InvalidParameterValue"),
        ({"FORMAT": "image/jpeg"}, "InvalidParameterValue"),
        ({"STYLE": "other"}, "InvalidParameterValue"),
        ({"REQUEST": "PutTile"}, "OperationNotSupported"),
    ],
)
def test_what_is_no_tile_is_refused_by_name(toy_city, client, params, code):
    wanted = {
        "REQUEST": "GetTile", "LAYER": "islands", "TILEMATRIXSET": "WebMercatorQuad",
        "TILEMATRIX": "2", "TILEROW": "1", "TILECOL": "1",
    }  # fmt: skip
    assert refusal(ask(client, **wanted | params)) == (400, code)


def test_kept_pictures_stay_within_their_bytes():
    kept = Kept(10)
    kept.put("a", b"1234")
    kept.put("b", b"1234")
    assert kept.get("a") == b"1234"  # used again, so b goes first
    kept.put("c", b"1234")
    assert (kept.get("b"), kept.get("a"), kept.bytes) == (None, b"1234", 8)
    kept.put("d", b"x" * 11)
    assert kept.bytes == 0


IMAGES = [layer for layer in all_layers() if styles.images_of(layer)]


@pytest.mark.parametrize("layer", IMAGES, ids=lambda layer: layer.slug)
def test_a_sprite_holds_every_image_that_the_style_may_ask_for(client, client_of, layer):
    role = sorted((layer.viewers | layer.staff) - {"admin"})[0]
    person = client if layer.is_public else client_of(role.value)
    style = person.get(f"/styles/{layer.slug}.json").json()
    stem = style["sprite"].removeprefix("http://testserver")
    for ratio, pixels in (("", 28), ("@2x", 56)):
        index = person.get(f"{stem}{ratio}.json").json()
        sheet = Image.open(BytesIO(person.get(f"{stem}{ratio}.png").content))
        assert set(index) == set(styles.images_of(layer))
        assert set(index) >= asked_for(style["layers"])
        for place in index.values():
            box = (place["x"], place["y"], place["x"] + pixels, place["y"] + pixels)
            assert (place["width"], place["height"]) == (pixels, pixels)
            assert sheet.crop(box).getbbox() is not None
    if not layer.is_public:
        assert client.get(f"{stem}.json").status_code == 404


def asked_for(layers: list[dict]) -> set[str]:
    """Names of images inside the style's layout."""
    text = json.dumps([one.get("layout", {}).get("icon-image") for one in layers])
    return {part for part in text.split('"') if part.count("/") == 3}


def test_a_sprite_is_known_by_its_etag(client):
    first = client.get("/styles/wifi-hotspots/sprite.png")
    again = client.get("/styles/wifi-hotspots/sprite.png", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get("/styles/streets/sprite.png").status_code == 404  # lines have no images
