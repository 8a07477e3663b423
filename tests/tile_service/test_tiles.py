"""Vector tiles: what is in them, who gets them, what may be kept."""

from __future__ import annotations

import time

import mapbox_vector_tile
import pyogrio
import pytest
from django.conf import settings
from django.db import connection

from layers.access import Face, Role, face_for
from layers.catalog.reports.models import Report
from layers.catalog.wifi import WifiHotspot
from layers.registry import all_layers, get
from layers.spec import ClusterTiles, HexTiles, RasterTiles
from tests.tile_service import toy
from tests.tile_service.conftest import committed
from tile_service.models import PublishedLayer
from tile_service.serve import tokens

pytestmark = pytest.mark.django_db
VECTORS = [layer for layer in all_layers() if not isinstance(layer.tiles, RasterTiles)]
# Layers whose toy rows must be there; of others, made by studies, none may be.
CORE = {
    "agencies", "islands", "kecamatan", "kelurahan", "waste-bins", "cctv", "facilities", "piers",
    "ferry-lines", "hazard-zones", "population", "streets", "waste-places", "wifi-hotspots",
    "reports",
}  # fmt: skip
FACES = [(layer, face) for layer in VECTORS for face in layer.faces]
KEY = tokens.key_from(settings.SECRET_KEY)
SOON = int(time.time()) + 6 * 3600  # later than the longest run of all tests


def tile_at_centre(zoom: int) -> tuple[int, int, int]:
    """Zoom, column, row of the tile that holds the toy city."""
    x, y = toy.column_and_row(*toy.middle(), zoom)
    return zoom, int(x), int(y)


def token_for(slug: str, face: str, expires_at: int = SOON) -> str:
    """A signed token."""
    return tokens.mint(KEY, {slug: face}, expires_at=expires_at)


def address(slug: str, token: str, zoom: int, version: str = "", query: str = "") -> str:
    """Address of the toy city's tile."""
    z, x, y = tile_at_centre(zoom)
    return f"/t/{slug}/{token}/{version or '0'}/{z}/{x}/{y}.mvt{query}"


def version_of(slug: str, face: str = "public") -> str:
    """Published version."""
    return PublishedLayer.objects.get(slug=slug, face=face).version


def zoom_with_everything(layer) -> int:
    """A zoom at which one tile holds all rows as rows."""
    counts = isinstance(layer.tiles, HexTiles | ClusterTiles)
    return layer.tiles.rows_from_zoom if counts else 12


def decoded(body: bytes) -> dict:
    """Layers of a tile."""
    return mapbox_vector_tile.decode(body)


@pytest.mark.parametrize(("layer", "face"), FACES, ids=lambda part: getattr(part, "slug", part))
def test_a_tile_holds_each_row_once_and_only_listed_columns(server, tmp_path, layer, face):
    zoom = zoom_with_everything(layer)
    z, x, y = tile_at_centre(zoom)
    answer = server.get(f"/t/{layer.slug}/{token_for(layer.slug, face)}/0/{z}/{x}/{y}.mvt")
    view = PublishedLayer.objects.get(slug=layer.slug, face=face.value).view
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT count(*) FROM published."{view}" WHERE tile_geom && '
            "ST_TileEnvelope(%s, %s, %s, margin => 0)",
            [z, x, y],
        )
        rows = cursor.fetchone()[0]
    assert (
        rows == layer.rows_of(face).filter(**{f"{layer.geometry_of(face)}__isnull": False}).count()
    )
    assert rows >= 3 or layer.slug not in CORE
    assert answer.status == (200 if rows else 204)
    if not rows:
        return
    found = decoded(answer.body)[layer.slug]["features"]
    assert len(found) == len({feature["id"] for feature in found}) == rows
    assert {name for one in found for name in one["properties"]} <= set(layer.fields_of(face))
    path = tmp_path / "t.mvt"
    path.write_bytes(answer.body)
    assert pyogrio.read_info(path, layer=layer.slug)["features"] == rows


HIDDEN = [layer for layer in all_layers() if not layer.is_public]


@pytest.mark.parametrize("layer", HIDDEN, ids=lambda layer: layer.slug)
def test_a_hidden_layers_tile_is_missing_for_the_public(server, layer):
    z, x, y = tile_at_centre(13)
    missing = server.get(f"/t/no-such-layer/pub/0/{z}/{x}/{y}.mvt")
    if isinstance(layer.tiles, RasterTiles):
        hidden = server.get(f"/r/toy-{layer.slug}/pub/0/{z}/{x}/{y}.png")
    else:
        hidden = server.get(f"/t/{layer.slug}/pub/0/{z}/{x}/{y}.mvt")
    assert hidden.status == missing.status == 404
    assert hidden.body == missing.body
    assert hidden.headers == missing.headers


def test_every_layer_opens_with_the_token_of_its_face_and_no_other(server):
    own = token_for("wifi-hotspots", "staff")
    assert server.get(address("wifi-hotspots", own, 12)).status == 200
    assert server.get(address("cctv", own, 12)).status == 404
    edited = own[:-4] + ("AAAA" if own[-4:] != "AAAA" else "BBBB")
    late = token_for("wifi-hotspots", "staff", expires_at=int(time.time()) - 1)
    other_key = tokens.mint(b"another key", {"wifi-hotspots": "staff"}, expires_at=SOON)
    for bad in (edited, late, other_key, "x", "pub2", "..", own + "." + own):
        assert server.get(address("wifi-hotspots", bad, 12)).status == 404, bad


def test_the_staff_face_carries_more_and_is_kept_only_by_its_browser(server):
    version = version_of("wifi-hotspots", "staff")
    staff = server.get(address("wifi-hotspots", token_for("wifi-hotspots", "staff"), 12, version))
    public = server.get(address("wifi-hotspots", "pub", 12, version_of("wifi-hotspots")))
    assert staff.headers["cache-control"] == "private, no-cache"
    assert public.headers["cache-control"] == "public, no-cache"
    assert "access-control-allow-origin" not in staff.headers
    names = {
        name
        for feature in decoded(staff.body)["wifi-hotspots"]["features"]
        for name in feature["properties"]
    }
    assert "provider" in names
    assert b"provider" not in public.body


def test_an_unpublished_report_is_in_no_public_tile(server):
    held = committed(lambda: toy.hold_back(toy.make(Report)))
    server.wait_for_epoch("reports", "staff", server.app.catalogue.epochs.get(("reports", "x"), 0))
    time.sleep(0.5)
    zoom = zoom_with_everything(get("reports"))
    public = decoded(server.get(address("reports", "pub", zoom)).body)["reports"]["features"]
    staff = decoded(server.get(address("reports", token_for("reports", "staff"), zoom)).body)
    assert held.number not in {one["properties"]["number"] for one in public}
    assert held.number in {one["properties"]["number"] for one in staff["reports"]["features"]}


def test_hexagons_count_each_report_once(server):
    shown = Report.objects.published().count()
    answer = server.get(address("reports", "pub", 6))
    cells = decoded(answer.body)["reports-hex"]["features"]
    assert shown >= 3
    assert sum(cell["properties"]["n"] for cell in cells) == shown
    assert all(set(cell["properties"]) == {"n"} for cell in cells)


def test_a_window_holds_what_happened_in_it_and_must_lie_on_the_bucket(server):
    zoom = zoom_with_everything(get("reports"))
    inside = "?from=2026-11-02T03:00:00Z&to=2026-11-02T04:00:00Z"
    before = "?from=2026-11-02T02:00:00Z&to=2026-11-02T03:00:00Z"
    whole = server.get(address("reports", "pub", zoom))
    assert server.get(address("reports", "pub", zoom, query=inside)).body == whole.body
    assert server.get(address("reports", "pub", zoom, query=before)).status == 204
    for bad in (
        "?from=2026-11-02T03:30:00Z&to=2026-11-02T04:00:00Z", "?from=2026-11-02T03:00:00Z",
        "?from=2026-11-02T04:00:00Z&to=2026-11-02T03:00:00Z", "?from=x&to=y",
        "?from=2026-11-02T03:00:00&to=2026-11-02T04:00:00", "?from=';--&to=1",
    ):  # fmt: skip
        assert server.get(address("reports", "pub", zoom, query=bad)).status == 400, bad


@pytest.mark.parametrize(
    "query", ["?limit=0", "?limit=-1", "?from=1&from=2", "?a", "?=", "?filter=1%3D1", "?%00=1"]
)
def test_a_query_out_of_the_closed_list_is_refused_and_kept_nowhere(server, query):
    kept = len(server.app.cache.kept)
    assert server.get(address("wifi-hotspots", "pub", 12, query=query)).status == 400
    assert len(server.app.cache.kept) == kept


@pytest.mark.parametrize(
    "path",
    [
        "/t/wifi-hotspots/pub/0/12/4096/0.mvt", "/t/wifi-hotspots/pub/0/99/0/0.mvt",
        "/t/wifi-hotspots/pub/0/-1/0/0.mvt", "/t/wifi-hotspots/pub/0/12/1e3/0.mvt",
        "/t/../pub/0/1/0/0.mvt", "/t/wifi-hotspots'--/pub/0/12/0/0.mvt",
        "/t/wifi-hotspots/pub/0/12/0/0.pbf", "/t/", "/r/", "/t/relief/pub/0/3/0/0.mvt",
        "/t/wifi-hotspots/pub/0/12/٣/0.mvt",
    ],
)  # fmt: skip
def test_an_address_of_another_shape_is_missing(server, path):
    assert server.get(path).status == 404


def test_only_get_and_head_are_answered(server):
    whole = server.get(address("wifi-hotspots", "pub", 12))
    head = server.get(address("wifi-hotspots", "pub", 12), method="HEAD")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-length"] == whole.headers["content-length"]
    assert server.get(address("wifi-hotspots", "pub", 12), method="POST").status == 405


def test_an_equal_etag_is_answered_without_a_query(server):
    right = address("wifi-hotspots", "pub", 12, version_of("wifi-hotspots"))
    first = server.get(right)
    assert first.status == 200 and first.headers["etag"].endswith('-i"')
    asked = server.app.queries
    server.app.cache.kept.clear()
    again = server.get(right, if_none_match=first.headers["etag"])
    assert (again.status, again.body, server.app.queries) == (304, b"", asked)
    assert server.get(right, if_none_match='"0123456789abcdef-i"').status == 200


def test_a_future_version_is_served_but_never_kept(server):
    kept = len(server.app.cache.kept)
    z, x, y = tile_at_centre(16)
    answer = server.get(f"/t/facilities/pub/fffffff/{z}/{x}/{y}.mvt")
    assert answer.headers["cache-control"] == "no-store"
    assert "etag" not in answer.headers
    assert len(server.app.cache.kept) == kept


def test_an_empty_tile_is_204(server):
    answer = server.get(f"/t/wifi-hotspots/pub/{version_of('wifi-hotspots')}/12/0/0.mvt")
    assert (answer.status, answer.body) == (204, b"")
    assert answer.headers["etag"]


def test_equal_misses_share_one_query(server):
    server.app.cache.kept.clear()
    asked = server.app.queries
    wanted = address("wifi-hotspots", "pub", 11, version_of("wifi-hotspots"))
    answers = server.get_all([wanted] * 50)
    assert {answer.status for answer in answers} == {200}
    assert server.app.queries == asked + 1
    staff = address("wifi-hotspots", token_for("wifi-hotspots", "staff"), 11)
    server.get_all([wanted, staff])
    assert server.app.queries == asked + 2


def test_a_change_brings_a_new_etag_and_a_new_row(server):
    right = address("wifi-hotspots", "pub", 12, version_of("wifi-hotspots"))
    before = server.get(right)
    epoch = server.app.catalogue.epochs.get(("wifi-hotspots", "public"), 0)
    committed(lambda: toy.make(WifiHotspot))
    server.wait_for_epoch("wifi-hotspots", "public", epoch)
    after = server.get(right, if_none_match=before.headers["etag"])
    assert after.status == 200
    counts = [len(decoded(one.body)["wifi-hotspots"]["features"]) for one in (before, after)]
    assert counts[1] == counts[0] + 1
    assert server.get(right).headers["etag"] == after.headers["etag"] != before.headers["etag"]


@pytest.mark.parametrize(
    ("slug", "step", "drawn"),
    [("facilities", "clusters", "facilities-cluster"), ("streets", "sample", "streets")],
)
def test_too_many_rows_are_cut_and_the_tile_says_so(server, slug, step, drawn):
    face = server.app.catalogue.faces[slug, "public"]
    total = get(slug).rows().count()
    assert total >= 3
    face.spec["most_rows"] = 2
    try:
        z, x, y = tile_at_centre(12)
        answer = server.get(f"/t/{slug}/pub/0/{z}/{x}/{y}.mvt")
    finally:
        face.spec["most_rows"] = 20_000
    layers = decoded(answer.body)
    shown = len(layers[drawn]["features"])
    assert shown == 2 if step == "sample" else 1 <= shown <= 2
    notice = layers["_notice"]["features"][0]["properties"]
    assert notice == {"layer": slug, "step": step, "shown": shown, "total": total}
    assert answer.headers["x-tile-truncated"] == str(shown)


@pytest.mark.parametrize("person", ["visitor", *sorted(Role)])
def test_the_matrix_of_roles_and_layers(server, person):
    for layer in VECTORS:
        face = face_for(layer, {Role(person)} if person != "visitor" else {Role.PUBLIC})
        granted = {layer.slug: face.value} if face else {}
        opened = server.app.catalogue.opened_by(layer.slug, granted)
        assert (opened.face if opened else None) == (face.value if face else None)
        if face is None:
            held = tokens.mint(KEY, {"islands": "public"}, expires_at=SOON)
            assert server.get(address(layer.slug, held, 13)).status == 404


def test_staff_tokens_open_the_layers_that_a_client_sees(server, client):
    answer = client.get("/tiles/islands.json").json()
    z, x, y = tile_at_centre(12)
    path = answer["tiles"][0].removeprefix("http://testserver").format(z=z, x=x, y=y)
    assert server.get(path).headers["cache-control"] == "public, no-cache"
    assert get("islands").faces == (Face.PUBLIC,)
