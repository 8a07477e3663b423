"""WMS: pictures in the style of the map, in every frame, for who may see them, within limits."""

from __future__ import annotations

import json
from io import BytesIO
from xml.etree import ElementTree

import pytest
from django.contrib.gis.geos import Point
from django.test import Client
from PIL import Image

from layers.catalog.wifi import WifiHotspot
from layers.geography import city
from layers.registry import all_layers, get
from tests.tile_service import toy
from tests.tile_service.conftest import committed
from tile_service import styles
from tile_service.publish.addresses import tile_address
from tile_service.publish.ows import answers, reading
from tile_service.publish.wms import children
from tile_service.serve import raster as keeper
from tile_service.serve.sentences import said

pytestmark = pytest.mark.django_db
WMS = {"wms": "http://www.opengis.net/wms"}
OGC = {"ogc": "http://www.opengis.net/ogc"}
SIDE = 101  # pixels; odd, so that one lies in the middle
REACH_M = 60.0


def ask(client: Client, request: str = "GetMap", **params: str):
    return client.get("/wms", {"SERVICE": "WMS", "VERSION": "1.3.0", "REQUEST": request, **params})


def refusal(answer) -> tuple[int, str]:
    root = ElementTree.fromstring(answer.content)
    return answer.status_code, root.find("ogc:ServiceException", OGC).get("code")


@pytest.fixture(scope="module")
def lone(toy_city, django_db_blocker) -> WifiHotspot:
    """A wifi hotspot (working) far from all others."""

    def make() -> WifiHotspot:
        lon, lat = toy.middle()
        place = Point(round(lon + 0.05, 6), round(lat + 0.03, 6), srid=4326)
        return toy.make(WifiHotspot, geom=place, name="<b>Pos & Ronda</b>", status="works")

    with django_db_blocker.unblock():
        return committed(make)


def around(place, frame: str, *, swapped: bool = False) -> str:
    """BBOX of REACH_M around a place in a frame."""
    srid = 4326 if frame == "CRS:84" else int(frame.partition(":")[2])
    at = place.transform(srid, clone=True) if srid != 4326 else place
    by = REACH_M / 111_320 if srid == 4326 else REACH_M
    x, y = (at.y, at.x) if swapped else (at.x, at.y)
    return f"{x - by:.9f},{y - by:.9f},{x + by:.9f},{y + by:.9f}"


def drawn(client: Client, **params: str) -> Image.Image:
    wanted = {
        "LAYERS": "wifi-hotspots", "STYLES": "", "WIDTH": str(SIDE), "HEIGHT": str(SIDE),
        "FORMAT": "image/png", "TRANSPARENT": "TRUE",
    }  # fmt: skip
    answer = ask(client, **wanted | params)
    assert answer.status_code == 200, answer.content
    return Image.open(BytesIO(answer.content))


def is_marked(image: Image.Image) -> bool:
    """True when the mark of a working wifi hotspot stands in the middle, and nothing elsewhere."""
    symbol = get("wifi-hotspots").symbol
    colour = next(entry.colour for entry in symbol.entries if entry.match == "works")
    wanted = bytes.fromhex(colour.removeprefix("#"))
    middle = image.convert("RGBA").crop(
        (SIDE // 2 - 9, SIDE // 2 - 9, SIDE // 2 + 10, SIDE // 2 + 10)
    )
    near = [pixel for pixel in middle.getdata() if pixel[3] == 255]
    found = sum(max(abs(a - b) for a, b in zip(pixel, wanted, strict=False)) < 6 for pixel in near)
    return found > 40 and image.convert("RGBA").getpixel((3, 3))[3] == 0


FRAMES = [
    ("1.3.0", "EPSG:4326", True), ("1.3.0", "CRS:84", False), ("1.3.0", "EPSG:3857", False),
    ("1.3.0", "metric", False), ("1.1.1", "EPSG:4326", False), ("1.1.1", "EPSG:3857", False),
]  # fmt: skip


@pytest.mark.parametrize(("version", "frame", "swapped"), FRAMES)
def test_a_mark_stands_where_it_should_in_every_frame(lone, client, version, frame, swapped):
    frame = f"EPSG:{city().metric_srid}" if frame == "metric" else frame
    name = "CRS" if version == "1.3.0" else "SRS"
    params = {"VERSION": version, name: frame}
    image = drawn(client, BBOX=around(lone.geom, frame, swapped=swapped), **params)
    assert is_marked(image)


def test_the_other_axis_order_shows_another_place(lone, client):
    swapped = around(lone.geom, "CRS:84", swapped=True)
    assert drawn(client, CRS="CRS:84", BBOX=swapped.replace("127.", "12.")).getbbox() is None
    north_of_the_pole = ask(
        client, LAYERS="wifi-hotspots", CRS="EPSG:4326", BBOX="127.1,0.7,127.2,0.8", WIDTH="9",
        HEIGHT="9",
    )  # fmt: skip
    assert refusal(north_of_the_pole) == (400, "InvalidParameterValue")


@pytest.mark.parametrize("form", ["image/png", "image/png; mode=8bit", "image/jpeg", "image/webp"])
def test_a_picture_comes_in_the_form_asked_for(lone, client, form):
    sides = around(lone.geom, "EPSG:3857")
    image = drawn(client, CRS="EPSG:3857", BBOX=sides, FORMAT=form)
    assert Image.MIME[image.format] == form.split(";")[0]
    assert image.size == (SIDE, SIDE)


def test_without_transparency_the_ground_has_the_colour_asked_for(lone, client):
    sides = around(lone.geom, "EPSG:3857")
    more = {"TRANSPARENT": "FALSE", "BGCOLOR": "0x112233"}
    image = drawn(client, CRS="EPSG:3857", BBOX=sides, **more)
    assert image.convert("RGB").getpixel((2, 2)) == (0x11, 0x22, 0x33)


@pytest.mark.parametrize("layer", all_layers(), ids=lambda layer: layer.slug)
def test_every_layer_is_drawn_for_who_may_see_it(lone, client, client_of, layer):
    if layer.symbol.kind == "hidden":
        pytest.skip("is drawn on no map")
    lon, lat = toy.middle()
    sides = f"{lon - 0.01},{lat - 0.01},{lon + 0.01},{lat + 0.01}"
    params = {"CRS": "CRS:84", "BBOX": sides, "LAYERS": layer.slug, "STYLES": "",
              "WIDTH": "64", "HEIGHT": "64", "TRANSPARENT": "TRUE"}  # fmt: skip
    role = sorted((layer.viewers | layer.staff) - {"admin"})[0]
    answer = ask(client if layer.is_public else client_of(role.value), **params)
    assert answer.status_code == 200, answer.content
    assert ("public" in answer.get("Cache-Control", "")) is layer.is_public


@pytest.mark.parametrize("request_", ["GetMap", "GetFeatureInfo", "GetLegendGraphic"])
def test_a_hidden_layer_answers_like_a_missing_one(lone, client, request_):
    def told(slug: str):
        names = dict.fromkeys(("LAYERS", "QUERY_LAYERS", "LAYER"), slug)
        more = {"WIDTH": "9", "HEIGHT": "9", "I": "1", "J": "1", "CRS": "CRS:84"}
        return ask(client, request_, BBOX="127,0,128,1", **names, **more)

    assert refusal(told("cctv")) == refusal(told("zzzz")) == (400, "LayerNotDefined")
    assert told("cctv").content.replace(b"cctv", b"zzzz") == told("zzzz").content


def test_capabilities_name_what_the_caller_sees(lone, client, client_of):
    def names(of: Client, **params: str) -> set[str]:
        root = ElementTree.fromstring(ask(of, "GetCapabilities", **params).content)
        return {one.text for one in root.iter() if one.tag.endswith("Name")} & SLUGS

    public = {layer.slug for layer in all_layers() if layer.is_public}
    assert names(client) == public - HIDDEN
    assert names(client, VERSION="1.1.1") == public - HIDDEN
    assert "cctv" in names(client_of("operator"))


SLUGS = {layer.slug for layer in all_layers()}
HIDDEN = {layer.slug for layer in all_layers() if layer.symbol.kind == "hidden"}


def pixel(client: Client, lone, **params: str):
    wanted = {
        "QUERY_LAYERS": "wifi-hotspots", "LAYERS": "wifi-hotspots", "CRS": "EPSG:3857",
        "BBOX": around(lone.geom, "EPSG:3857"), "WIDTH": str(SIDE), "HEIGHT": str(SIDE),
        "I": str(SIDE // 2), "J": str(SIDE // 2), "INFO_FORMAT": "application/json",
    }  # fmt: skip
    return ask(client, "GetFeatureInfo", **wanted | params)


def test_a_pixel_tells_the_row_below_it_and_only_public_columns(lone, client, client_of):
    found = json.loads(pixel(client, lone).content)["features"]
    assert [one["id"] for one in found] == [f"wifi-hotspots.{lone.pk}"]
    assert set(found[0]["properties"]) == set(get("wifi-hotspots").public_fields)
    assert json.loads(pixel(client, lone, I="3", J="3").content)["features"] == []
    staff = json.loads(pixel(client_of("planner"), lone).content)["features"][0]
    assert set(staff["properties"]) == set(get("wifi-hotspots").staff_fields)


def test_a_hostile_name_is_text_in_html(lone, client):
    page = pixel(client, lone, INFO_FORMAT="text/html").content.decode()
    assert "&lt;b&gt;Pos &amp; Ronda&lt;/b&gt;" in page
    assert "<b>" not in page
    assert "Pos & Ronda" in pixel(client, lone, INFO_FORMAT="text/plain").content.decode()


def test_a_raster_is_drawn_and_tells_its_value(lone, client):
    lon, lat = city().centre
    sides = f"{lon + 0.01},{lat - 0.03},{lon + 0.03},{lat - 0.01}"
    params = {"CRS": "CRS:84", "BBOX": sides, "LAYERS": "elevation"}
    image = drawn(client, **params)
    assert image.getpixel((50, 50))[3] > 0
    assert len(set(image.getdata())) == 1  # a flat raster has one colour
    more = {"QUERY_LAYERS": "elevation", "INFO_FORMAT": "application/json"}
    told = json.loads(pixel(client, lone, **params | more).content)["features"][0]["properties"]
    assert told["value"] == 50


def test_a_raster_beside_the_picture_leaves_it_clear(lone, client):
    image = drawn(client, CRS="CRS:84", BBOX="10,10,11,11", LAYERS="elevation")
    assert image.getbbox() is None


def test_the_base_map_has_sea(lone, client):
    lon, lat = toy.middle()
    sides = f"{lon - 0.5},{lat - 0.5},{lon + 0.5},{lat + 0.5}"
    image = drawn(client, CRS="CRS:84", BBOX=sides, LAYERS="peta-dasar,wifi-hotspots")
    sea = tuple(bytes.fromhex(styles.SEA.removeprefix("#")))
    assert image.convert("RGB").getpixel((2, 2)) == sea


def test_the_legend_has_a_line_for_each_entry(lone, client):
    entries = get("wifi-hotspots").symbol.entries
    answer = ask(client, "GetLegendGraphic", LAYER="wifi-hotspots", SLD_VERSION="1.1.0")
    image = Image.open(BytesIO(answer.content))
    assert image.height == 24 * len(entries)
    assert image.width > 60


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"WIDTH": "4097"}, "InvalidParameterValue"),
        ({"HEIGHT": "0"}, "InvalidParameterValue"),
        ({"WIDTH": ""}, "MissingParameterValue"),
        ({"LAYERS": ",".join(["wifi-hotspots"] * 13)}, "InvalidParameterValue"),
        ({"STYLES": "mine"}, "StyleNotDefined"),
        ({"CRS": "EPSG:2000"}, "InvalidCRS"),
        ({"BBOX": "1,1,1,1"}, "InvalidParameterValue"),
        ({"BBOX": "0,0,inf,1"}, "InvalidParameterValue"),
        ({"FORMAT": "image/svg+xml"}, "InvalidFormat"),
        ({"BGCOLOR": "red"}, "InvalidParameterValue"),
        ({"SLD": "http://127.0.0.1/x.sld"}, "OptionNotSupported"),
        ({"SLD_BODY": "<StyledLayerDescriptor/>"}, "OptionNotSupported"),
        ({"REMOTE_OWS_URL": "http://127.0.0.1/wfs"}, "OptionNotSupported"),
        ({"TIME": "2026"}, "InvalidDimensionValue"),
        ({"TIME": "current"}, "InvalidDimensionValue"),
        ({"TIME": "2026-11-02/2026-11-01"}, "InvalidDimensionValue"),
        ({"TIME": "2026-11-01,2026-11-02"}, "InvalidDimensionValue"),
        ({"TIME": "9999-12-31/9999-12-31"}, "InvalidDimensionValue"),
    ],
)
def test_what_cannot_be_drawn_is_refused_by_name(lone, client, params, code):
    wanted = {
        "LAYERS": "wifi-hotspots", "STYLES": "", "CRS": "EPSG:3857", "BBOX": "0,0,9,9",
        "WIDTH": "10", "HEIGHT": "10", "FORMAT": "image/png",
    }  # fmt: skip
    assert refusal(ask(client, **wanted | params)) == (400, code)


def test_a_box_beyond_the_earth_is_empty_or_refused_never_an_error(lone, client):
    for frame in ("EPSG:3857", "CRS:84", f"EPSG:{city().metric_srid}"):
        for sides in ("-1e15,-1e15,1e15,1e15", "500,95,501,96", "-1e-9,-1e-9,1e-9,1e-9"):
            answer = ask(client, LAYERS="streets", CRS=frame, BBOX=sides, WIDTH="8", HEIGHT="8")
            assert answer.status_code in {200, 400}, (frame, sides, answer.content)


def test_no_body_is_read(lone, client):
    answer = client.post("/wms", "<GetMap/>", content_type="text/xml")
    assert refusal(answer) == (405, "OperationNotSupported")


def test_tiles_survive_a_dead_renderer(lone, client, server, monkeypatch):
    params = {"CRS": "EPSG:3857", "BBOX": around(lone.geom, "EPSG:3857")}
    assert is_marked(drawn(client, **params))
    children.maps.child.process.kill()
    children.maps.child.process.wait(5)
    assert is_marked(drawn(client, **params))  # started again

    layer = get("wifi-hotspots")
    address = tile_address(layer, layer.faces[0], "pub")
    x, y = (int(part) for part in toy.column_and_row(*toy.middle(), toy.ZOOM))
    tile = address.format(z=toy.ZOOM, x=x, y=y)
    monkeypatch.setattr(children.maps, "module", "no.such.module")
    children.maps.close()
    answer = ask(client, LAYERS="wifi-hotspots", WIDTH="9", HEIGHT="9", **params)
    assert (answer.status_code, answer["Retry-After"]) == (503, "3")
    assert server.get(tile).status == 200
    children.maps.close()


def test_a_renderer_that_hangs_is_ended(lone, client, monkeypatch):
    monkeypatch.setattr(children.maps, "module", "tests.tile_service.hung_child")
    monkeypatch.setattr(keeper, "LONGEST_S", 0.3)
    children.maps.close()
    params = {"CRS": "EPSG:3857", "BBOX": around(lone.geom, "EPSG:3857")}
    answer = ask(client, LAYERS="wifi-hotspots", WIDTH="9", HEIGHT="9", **params)
    assert answer.status_code == 503
    assert children.maps.child.process is None  # ended, not left behind
    children.maps.close()


def test_when_every_place_is_taken_the_next_is_sent_away(lone, client, monkeypatch):
    monkeypatch.setattr(children, "WAIT_S", 0.05)
    params = {"CRS": "EPSG:3857", "BBOX": around(lone.geom, "EPSG:3857")}
    with children.maps.free:
        answer = ask(client, LAYERS="wifi-hotspots", WIDTH="9", HEIGHT="9", **params)
    assert answer.status_code == 503
    assert said(reading.BUSY, "id") in answer.content.decode()


def test_the_old_protocols_never_take_every_thread_of_the_pages(lone, client):
    params = {"CRS": "EPSG:3857", "BBOX": around(lone.geom, "EPSG:3857")}
    for _ in range(answers.MOST_AT_ONCE):
        answers.gate.acquire()
    try:
        sent_away = [
            ask(client, LAYERS="wifi-hotspots", WIDTH="9", HEIGHT="9", **params),
            client.get("/wfs?SERVICE=WFS&REQUEST=GetCapabilities"),
            client.get("/wmts?SERVICE=WMTS&REQUEST=GetCapabilities"),
        ]
        assert client.get("/data/layers.json").status_code == 200
    finally:
        for _ in range(answers.MOST_AT_ONCE):
            answers.gate.release()
    assert [answer.status_code for answer in sent_away] == [503, 503, 503]
    assert client.get("/wfs?SERVICE=WFS&REQUEST=GetCapabilities").status_code == 200
