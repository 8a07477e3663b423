"""WFS 2.0: features by box, page and frame, for who may see them; no XML is read."""

from __future__ import annotations

import json
import re
from xml.etree import ElementTree

import pytest
from django.test import Client

from layers.catalog.wifi import WifiHotspot
from layers.geography import city
from layers.registry import all_layers, get
from layers.spec import RasterTiles
from tile_service.publish.ows.xml import element

pytestmark = pytest.mark.django_db
NS = {
    "wfs": "http://www.opengis.net/wfs/2.0",
    "gml": "http://www.opengis.net/gml/3.2",
    "kota": "urn:gis-platform:layers",
    "ows": "http://www.opengis.net/ows/1.1",
}
ROWS = [layer for layer in all_layers() if not isinstance(layer.tiles, RasterTiles)]


def ask(client: Client, request: str, **params: str):
    return client.get("/wfs", {"SERVICE": "WFS", "VERSION": "2.0.0", "REQUEST": request, **params})


def text_of(answer) -> str:
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return body.decode()


def features(client: Client, layer: str = "wifi-hotspots", **params: str):
    """Root of the GML collection."""
    answer = ask(client, "GetFeature", TYPENAMES=layer, **params)
    assert answer.status_code == 200, text_of(answer)
    return ElementTree.fromstring(text_of(answer))


def as_json(client: Client, layer: str = "wifi-hotspots", **params: str) -> dict:
    params |= {"OUTPUTFORMAT": "application/json"}
    return json.loads(text_of(ask(client, "GetFeature", TYPENAMES=layer, **params)))


def refusal(answer) -> tuple[int, str]:
    root = ElementTree.fromstring(text_of(answer))
    return answer.status_code, root.find("ows:Exception", NS).get("exceptionCode")


def first_place() -> tuple[float, float]:
    place = WifiHotspot.objects.order_by("pk").first().geom
    return round(place.x, 7), round(place.y, 7)


def test_capabilities_name_what_a_visitor_sees_and_nothing_else(toy_city, client, client_of):
    def names(of: Client) -> set[str]:
        root = ElementTree.fromstring(text_of(ask(of, "GetCapabilities")))
        path = "wfs:FeatureTypeList/wfs:FeatureType/wfs:Name"
        return {one.text.removeprefix("kota:") for one in root.findall(path, NS)}

    shown = {layer.slug for layer in ROWS if layer.is_public and layer.symbol.kind != "hidden"}
    assert names(client) == shown
    assert "cctv" in names(client_of("operator")) - shown


def test_every_feature_comes_once_with_the_columns_of_its_face(toy_city, client):
    root = features(client)
    members = root.findall("wfs:member/kota:wifi-hotspots", NS)
    assert len(members) == int(root.get("numberMatched")) == WifiHotspot.objects.count()
    seen = {child.tag.rpartition("}")[2] for member in members for child in member}
    assert seen <= {"geom", *get("wifi-hotspots").public_fields}
    codes = {member.findtext("kota:code", namespaces=NS) for member in members}
    assert codes == set(WifiHotspot.objects.values_list("code", flat=True))


@pytest.mark.parametrize(
    ("name", "latitude_first"),
    [("", True), ("urn:ogc:def:crs:EPSG::4326", True),
     ("http://www.opengis.net/def/crs/EPSG/0/4326", True), ("EPSG:4326", False),
     ("urn:ogc:def:crs:OGC:1.3:CRS84", False)],
)  # fmt: skip
def test_axes_stand_in_the_order_of_the_frame(toy_city, client, name, latitude_first):
    root = features(client, COUNT="1", **({"SRSNAME": name} if name else {}))
    lon, lat = first_place()
    place = [float(part) for part in root.find(".//gml:pos", NS).text.split()]
    assert place == ([lat, lon] if latitude_first else [lon, lat])


def test_metres_are_the_city_s_frame(toy_city, client):
    srid = city().metric_srid
    root = features(client, COUNT="1", SRSNAME=f"urn:ogc:def:crs:EPSG::{srid}")
    place = WifiHotspot.objects.order_by("pk").first().geom.transform(srid, clone=True)
    found = [float(part) for part in root.find(".//gml:pos", NS).text.split()]
    assert found == pytest.approx([place.x, place.y], abs=0.01)


@pytest.mark.parametrize("named", ["", "urn:ogc:def:crs:EPSG::4326", "EPSG:4326", "EPSG:3857"])
def test_a_box_is_read_in_its_own_frame(toy_city, client, named):
    lon, lat = first_place()
    place = WifiHotspot.objects.order_by("pk").first().geom.transform(3857, clone=True)
    side, reach = (0.00002, 2) if named != "EPSG:3857" else (0, 2)
    x, y = {"": (lat, lon), "urn:ogc:def:crs:EPSG::4326": (lat, lon), "EPSG:4326": (lon, lat)}.get(
        named, (place.x, place.y)
    )
    by = side or reach
    sides = f"{x - by},{y - by},{x + by},{y + by}" + (f",{named}" if named else "")
    found = as_json(client, BBOX=sides)
    assert [f["geometry"]["coordinates"] for f in found["features"]] == [[lon, lat]]


def test_pages_hold_every_feature_once(toy_city, client):
    total = int(features(client, RESULTTYPE="hits").get("numberMatched"))
    seen: list[str] = []
    for start in range(0, total, 2):
        page = as_json(client, COUNT="2", STARTINDEX=str(start))
        seen += [one["id"] for one in page["features"]]
    assert len(seen) == len(set(seen)) == total
    first = features(client, COUNT="2")
    assert "STARTINDEX=2" in first.get("next") and first.get("previous") is None


def test_hits_count_without_a_feature(toy_city, client):
    root = features(client, RESULTTYPE="hits")
    assert (root.get("numberReturned"), len(root)) == ("0", 0)
    assert int(root.get("numberMatched")) == WifiHotspot.objects.count()


BY_ID = {"STOREDQUERY_ID": "urn:ogc:def:query:OGC-WFS::GetFeatureById"}


def first_id() -> str:
    return f"wifi-hotspots.{WifiHotspot.objects.order_by('pk').first().pk}"


def test_a_feature_is_had_by_its_id(toy_city, client):
    root = ElementTree.fromstring(text_of(ask(client, "GetFeature", RESOURCEID=first_id())))
    assert root.get("numberMatched") == "1"
    assert root.find(f"wfs:member/*[@{{{NS['gml']}}}id='{first_id()}']", NS) is not None


def test_the_stored_query_answers_with_the_feature_itself(toy_city, client):
    root = ElementTree.fromstring(text_of(ask(client, "GetFeature", ID=first_id(), **BY_ID)))
    assert root.tag == "{urn:gis-platform:layers}wifi-hotspots"
    assert root.get(f"{{{NS['gml']}}}id") == first_id()
    assert root.find("kota:geom", NS) is not None
    asked = {"ID": first_id(), "OUTPUTFORMAT": "application/json", **BY_ID}
    told = json.loads(text_of(ask(client, "GetFeature", **asked)))
    assert (told["type"], told["id"]) == ("Feature", first_id())


def test_an_id_that_nothing_has_is_not_found_and_a_hidden_one_looks_the_same(toy_city, client):
    answers = [
        ask(client, "GetFeature", ID=identity, **BY_ID)
        for identity in ("wifi-hotspots.999999", "cctv.1", "zzzz.1", "x")
    ]
    assert [refusal(answer) for answer in answers] == [(404, "NotFound")] * 4
    assert text_of(answers[1]).replace("cctv", "zzzz") == text_of(answers[2])


def test_an_id_of_another_layer_is_refused_and_one_of_a_hidden_layer_is_unknown(toy_city, client):
    answer = ask(client, "GetFeature", TYPENAMES="islands", RESOURCEID=first_id())
    assert refusal(answer) == (400, "InvalidParameterValue")
    for unknown in ("cctv.1", "zzzz.1", "islands.999999"):
        assert features(client, "islands", RESOURCEID=unknown).get("numberMatched") == "0"


def test_hits_of_a_size_of_page_lead_to_the_first_page(toy_city, client):
    root = features(client, RESULTTYPE="hits", COUNT="2")
    assert root.get("previous") is None
    page = ElementTree.fromstring(text_of(client.get(root.get("next"))))
    assert page.get("numberReturned") == "2"
    assert len(page.findall("wfs:member", NS)) == 2
    assert features(client, RESULTTYPE="hits").get("next") is None


def test_capabilities_must_be_asked_of_a_service_and_say_how_links_are_followed(toy_city, client):
    unnamed = client.get("/wfs", {"VERSION": "2.0.0", "REQUEST": "GetCapabilities"})
    assert refusal(unnamed) == (400, "MissingParameterValue")
    told = ElementTree.fromstring(text_of(ask(client, "GetCapabilities")))
    allowed = ".//ows:Operation[@name='GetFeature']/ows:Parameter[@name='resolve']//ows:Value"
    assert [value.text for value in told.findall(allowed, NS)] == ["local"]
    assert refusal(ask(client, "GetFeature", TYPENAMES="islands", RESOLVE="remote"))[0] == 400


def test_ids_inside_one_answer_are_unique(toy_city, client):
    for layer in ("islands", "streets", "waste-bins"):
        text = text_of(ask(client, "GetFeature", TYPENAMES=layer))
        ids = re.findall(r'gml:id="([^"]+)"', text)
        assert len(ids) == len(set(ids)) >= 2


def test_chosen_columns_and_an_order_are_kept(toy_city, client):
    found = as_json(client, PROPERTYNAME="name", SORTBY="code DESC")
    assert all(set(one["properties"]) == {"name"} for one in found["features"])
    assert all(one["geometry"] is None for one in found["features"])
    names = list(WifiHotspot.objects.order_by("-code").values_list("name", flat=True))
    assert [one["properties"]["name"] for one in found["features"]] == names


def test_the_schema_names_the_columns_and_the_geometry(toy_city, client):
    schema = text_of(ask(client, "DescribeFeatureType", TYPENAMES="wifi-hotspots"))
    root = ElementTree.fromstring(schema)
    kinds = {one.get("name"): one.get("type") for one in root.iter() if one.get("minOccurs")}
    assert kinds["geom"] == "gml:PointPropertyType"
    assert kinds["radius_m"] in {"xsd:long", "xsd:double"}
    assert set(kinds) == {"geom", *get("wifi-hotspots").public_fields}


@pytest.mark.parametrize("layer", ROWS, ids=lambda layer: layer.slug)
def test_every_layer_is_written_well_for_a_role_that_sees_it(toy_city, client, client_of, layer):
    if layer.symbol.kind == "hidden":
        pytest.skip("is drawn on no map")
    role = sorted((layer.viewers | layer.staff) - {"admin"})[0]
    one = client if layer.is_public else client_of(role.value)
    root = features(one, layer.slug)
    assert int(root.get("numberMatched")) == len(root)


def test_a_hidden_layer_answers_like_a_missing_one(toy_city, client):
    hidden, missing = (ask(client, "GetFeature", TYPENAMES=name) for name in ("cctv", "zzzz"))
    assert refusal(hidden) == refusal(missing) == (400, "InvalidParameterValue")
    assert text_of(hidden).replace("cctv", "zzzz") == text_of(missing)


def test_staff_columns_are_asked_for_in_vain_by_a_visitor(toy_city, client, client_of):
    hidden = ask(client, "GetFeature", TYPENAMES="wifi-hotspots", PROPERTYNAME="provider")
    assert refusal(hidden) == (400, "InvalidParameterValue")
    sorted_by = ask(client, "GetFeature", TYPENAMES="wifi-hotspots", SORTBY="provider")
    assert refusal(sorted_by) == (400, "InvalidParameterValue")
    page = as_json(client_of("planner"), PROPERTYNAME="provider")
    assert page["features"]


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"FILTER": "<fes:Filter/>"}, "OptionNotSupported"),
        ({"BBOX": "1,2,3"}, "InvalidParameterValue"),
        ({"BBOX": "nan,0,1,1"}, "InvalidParameterValue"),
        ({"BBOX": "5,5,1,1"}, "InvalidParameterValue"),
        ({"BBOX": "0,0,1,1,EPSG:2000"}, "InvalidParameterValue"),
        ({"SRSNAME": "EPSG:99999"}, "InvalidParameterValue"),
        ({"COUNT": "-1"}, "InvalidParameterValue"),
        ({"COUNT": "1e3"}, "InvalidParameterValue"),
        ({"STARTINDEX": "x"}, "InvalidParameterValue"),
        ({"OUTPUTFORMAT": "application/zip"}, "InvalidParameterValue"),
        ({"SORTBY": "code; DROP TABLE x"}, "InvalidParameterValue"),
        ({"VENDOR": "1"}, "InvalidParameterValue"),
        ({"VERSION": "1.0.0"}, "InvalidParameterValue"),
        ({"TYPENAMES": "wifi-hotspots,islands"}, "OperationNotSupported"),
    ],
)
def test_what_cannot_be_served_is_refused_by_name(toy_city, client, params, code):
    query = {"TYPENAMES": "wifi-hotspots", "VERSION": "2.0.0", **params}
    answer = client.get("/wfs", {"SERVICE": "WFS", "REQUEST": "GetFeature", **query})
    assert refusal(answer) == (400, code)
    for word in ("SELECT", "Traceback", "psycopg"):
        assert word not in text_of(answer)


def test_a_box_off_the_earth_is_refused_or_empty_never_an_error(toy_city, client):
    frame = f"urn:ogc:def:crs:EPSG::{city().metric_srid}"
    for sides in ("-1e12,-1e12,1e12,1e12", "1e300,1e300,1e301,1e301", "0,0,0,0"):
        answer = ask(client, "GetFeature", TYPENAMES="wifi-hotspots", BBOX=f"{sides},{frame}")
        assert answer.status_code in {200, 400}
        ElementTree.fromstring(text_of(answer))
    assert as_json(client, BBOX="-95,-190,-89,-170")["features"] == []


@pytest.mark.parametrize(
    "text",
    [
        "<Filter><BBOX/></Filter>",
        '<!DOCTYPE x [<!ENTITY e "1">]><Filter/>',
        "<Filter><Or><BBOX/></Or></Filter>",
        "1=1",
    ],
)
def test_only_the_one_known_text_of_a_filter_is_taken(toy_city, client, text):
    answer = ask(client, "GetFeature", TYPENAMES="wifi-hotspots", FILTER=text)
    assert refusal(answer) == (400, "OptionNotSupported")
    lon, lat = first_place()
    taken = (
        '<Filter xmlns="http://www.opengis.net/fes/2.0" xmlns:gml="http://www.opengis.net/gml/3.2">'
        "<BBOX><ValueReference>geom</ValueReference><gml:Envelope>"
        f"<gml:lowerCorner>{lat - 1e-5:.9f} {lon - 1e-5:.9f}</gml:lowerCorner>"
        f"<gml:upperCorner>{lat + 1e-5:.9f} {lon + 1e-5:.9f}</gml:upperCorner>"
        "</gml:Envelope></BBOX></Filter>"
    )
    assert as_json(client, FILTER=taken)["numberMatched"] == 1


OLD = {"wfs": "http://www.opengis.net/wfs", "gml": "http://www.opengis.net/gml",
       "ows": "http://www.opengis.net/ows", "kota": "urn:gis-platform:layers"}  # fmt: skip


def old(client: Client, request: str, **params: str) -> ElementTree.Element:
    """Root of an answer of WFS 1.1.0."""
    query = {"SERVICE": "WFS", "VERSION": "1.1.0", "REQUEST": request, **params}
    answer = client.get("/wfs", query)
    assert answer.status_code == 200, text_of(answer)
    return ElementTree.fromstring(text_of(answer))


def test_older_clients_find_and_read_the_same_features(toy_city, client):
    for asked in ({"VERSION": "1.1.0"}, {"ACCEPTVERSIONS": "1.0.0,1.1.0"}, {"VERSION": "1.0.0"}):
        query = {"SERVICE": "WFS", "REQUEST": "GetCapabilities", **asked}
        root = ElementTree.fromstring(text_of(client.get("/wfs", query)))
        assert root.get("version") == "1.1.0"
    names = {one.text for one in root.findall(".//wfs:FeatureType/wfs:Name", OLD)}
    newer = ElementTree.fromstring(text_of(ask(client, "GetCapabilities")))
    assert newer.get("version") == "2.0.0"
    assert names == {one.text for one in newer.findall(".//wfs:FeatureType/wfs:Name", NS)}
    found = old(client, "GetFeature", TYPENAME="kota:wifi-hotspots", MAXFEATURES="2")
    places = [one.text for one in found.findall(".//gml:pos", OLD)]
    newer_places = features(client, COUNT="2").findall(".//gml:pos", NS)
    assert places == [one.text for one in newer_places]
    assert found.get("numberOfFeatures") == str(len(found.findall("gml:featureMember", OLD))) == "2"
    hits = old(client, "GetFeature", TYPENAME="wifi-hotspots", RESULTTYPE="hits")
    assert hits.get("numberOfFeatures") == str(WifiHotspot.objects.count())
    assert len(hits) == 0
    schema = old(client, "DescribeFeatureType", TYPENAME="kota:wifi-hotspots")
    (head,) = schema.findall("{http://www.w3.org/2001/XMLSchema}element")
    assert head.get("substitutionGroup") == "gml:_Feature"


@pytest.mark.parametrize("request_", ["Transaction", "LockFeature", "GetFeatureWithLock"])
def test_nothing_is_written(toy_city, client, request_):
    assert refusal(ask(client, request_)) == (400, "OperationNotSupported")


def test_no_body_is_read(toy_city, client):
    body = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'
    answer = client.post("/wfs", body, content_type="text/xml")
    assert refusal(answer) == (405, "OperationNotSupported")
    assert answer["Allow"] == "GET, HEAD"


def test_text_that_xml_cannot_hold_is_left_out_and_the_rest_escaped():
    assert element("a", "x\x00\x0b<&>", b='"') == "<a b='\"'>x&lt;&amp;&gt;</a>"
