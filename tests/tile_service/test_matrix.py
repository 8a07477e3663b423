"""The permission matrix: every class of caller, every outlet of a tile, every state of the cache.

The oracle is the statement of the caller's own face, run by hand; a hidden layer must answer
in each state byte for byte like one that does not exist.
"""

from __future__ import annotations

import json
import re
import time
from dataclasses import replace
from functools import lru_cache

import psycopg2
import pytest
from django.db import connection

from layers.access import Face, Role, face_for
from layers.registry import all_layers
from layers.spec import RasterTiles
from tests.tile_service import toy
from tests.tile_service.conftest import Answer, Server, committed
from tests.tile_service.test_tiles import KEY, SOON, tile_at_centre
from tile_service.models import PublishedLayer, PublishedTable
from tile_service.publish.serving import KEYWORDS
from tile_service.serve import mvt, tokens

pytestmark = pytest.mark.django_db
VECTORS = [layer for layer in all_layers() if not isinstance(layer.tiles, RasterTiles)]
PEOPLE = ["visitor", *sorted(role.value for role in Role)]
ZOOM = toy.ZOOM
MISSING = "no-such-layer"
NOTHING_TOLD = {"date", "server"}


@pytest.fixture(scope="module")
def stored(toy_city, tmp_path_factory):
    """A server with memory and store."""
    made = Server(store_dir=tmp_path_factory.mktemp("tiles"))
    yield made
    made.close()


def seen_by(person: str) -> dict[str, str]:
    """Layer -> face that somebody sees, as layers/access.py says."""
    roles = {Role.PUBLIC} if person == "visitor" else {Role(person)}
    return {layer.slug: face.value for layer in VECTORS if (face := face_for(layer, roles))}


def token_of(person: str) -> str:
    """Token that the person's pages hand out."""
    return (
        tokens.OPEN if person == "visitor" else tokens.mint(KEY, seen_by(person), expires_at=SOON)
    )


def path_of(slug: str, token: str, version: str) -> str:
    """Address of the toy city's tile."""
    return "/t/{}/{}/{}/{}/{}/{}.mvt".format(slug, token, version, *tile_at_centre(ZOOM))


@lru_cache(maxsize=256)
def made_by_hand(database: str, slug: str, face: str, version: str) -> bytes:
    """Bytes of the face's tile, by its statement alone."""
    given = connection.get_connection_params()
    row = PublishedLayer.objects.get(slug=slug, face=face)
    text = row.spec["statements"][mvt.statement_name(row.spec, ZOOM, None)]
    with psycopg2.connect(**{n: given[n] for n in KEYWORDS if given.get(n)}) as conn:
        cursor = conn.cursor()
        cursor.execute(f"SET TimeZone = UTC; PREPARE t (int, int, int, int) AS {text}")
        cursor.execute("EXECUTE t (%s, %s, %s, %s)", (*tile_at_centre(ZOOM), row.spec["most_rows"]))
        data = bytes(cursor.fetchone()[0] or b"")
    conn.close()
    return data


def told(answer: Answer) -> tuple:
    """All that an answer tells."""
    kept = {name: text for name, text in answer.headers.items() if name not in NOTHING_TOLD}
    return answer.status, answer.body, kept


def forget(server: Server) -> None:
    """Empty memory and store."""
    server.app.cache.kept.clear()
    server.app.cache.bytes = 0
    for path in server.app.store.folder.glob("??/*"):
        path.unlink(missing_ok=True)


def in_state(server: Server, state: str, slug: str, token: str, version: str) -> list[Answer]:
    """Answers to the caller when the cache is in `state`; other callers came before."""
    path = path_of(slug, token, version)
    others = [path_of(slug, tokens.mint(KEY, {slug: face.value}, expires_at=SOON), version_of(
        server, slug, face.value)) for face in Face]  # fmt: skip
    if state == "cold":
        forget(server)
        return [server.get(path)]
    if state == "coalesced":
        forget(server)
        asked = [*others, path, *others, path]
        return [a for a, p in zip(server.get_all(asked), asked, strict=True) if p == path]
    earlier = server.get_all(others)
    if state == "304":
        tags = [answer.headers["etag"] for answer in earlier if "etag" in answer.headers]
        return [server.get(path, if_none_match=tag) for tag in [*tags, '"0123456789abcdef-i"']]
    if state == "HEAD":
        return [server.get(path, "HEAD")]
    if state == "stored":
        server.app.cache.kept.clear()
        server.app.cache.bytes = 0
    if state in {"old", "future"}:
        path = path_of(slug, token, {"old": "0aa11bb22c", "future": "fedcba9876"}[state])
    return [server.get(path)]


def version_of(server: Server, slug: str, face: str) -> str:
    """Version of a face, "0" without one."""
    found = server.app.catalogue.faces.get((slug, face))
    return found.version if found else "0"


STATES = ("cold", "warm", "stored", "coalesced", "304", "HEAD", "old", "future")


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("person", PEOPLE)
def test_matrix_of_tiles(stored, person, state):
    seen, token = seen_by(person), token_of(person)
    assert stored.get("/healthz").status == 200
    for layer in VECTORS:
        slug, face = layer.slug, seen.get(layer.slug)
        version = version_of(stored, slug, face or "public")
        answers = in_state(stored, state, slug, token, version)
        if face is None:
            none = [told(a) for a in in_state(stored, state, MISSING, token, version)]
            assert {str(told(answer)) for answer in answers} == {str(none[0])}, slug
            assert answers[0].status == 404
            continue
        whole = made_by_hand(connection.settings_dict["NAME"], slug, face, version)
        for answer in answers:
            if answer.status in {204, 304} or state == "HEAD":
                assert answer.body == b""
                assert answer.status != 204 or whole == b"", slug
            else:
                assert (answer.status, answer.body) == (200, whole), slug
            own = "public" if stored.app.catalogue.faces[slug, face].open_to_all else "private"
            kept = "no-store" if state in {"old", "future"} else f"{own}, no-cache"
            assert answer.headers["cache-control"] == kept, slug
            shared = answer.headers.get("access-control-allow-origin")
            assert shared == ("*" if own == "public" else None), slug


@pytest.mark.parametrize("person", PEOPLE)
def test_matrix_of_etags(stored, person):
    """A caller is answered 304 for the ETag of the face it sees, and for no other face's."""
    seen, token = seen_by(person), token_of(person)
    for layer in VECTORS:
        for face in layer.faces:
            version = version_of(stored, layer.slug, face.value)
            other = tokens.mint(KEY, {layer.slug: face.value}, expires_at=SOON)
            tag = stored.get(path_of(layer.slug, other, version)).headers["etag"]
            mine = version_of(stored, layer.slug, seen.get(layer.slug, "public"))
            answer = stored.get(path_of(layer.slug, token, mine), if_none_match=tag)
            same = seen.get(layer.slug) == face.value
            assert (answer.status == 304) == same, (layer.slug, face)


@pytest.mark.parametrize("who", PEOPLE)
def test_matrix_of_tilejson_and_styles(stored, client_of, who):
    client, seen = client_of(who), seen_by(who)
    none = {kind: client.get(f"/{kind}/{MISSING}.json") for kind in ("tiles", "styles")}
    for layer in VECTORS:
        for kind in ("tiles", "styles"):
            answer = client.get(f"/{kind}/{layer.slug}.json")
            if layer.slug in seen:
                assert answer.status_code == 200
                continue
            head = client.head(f"/{kind}/{layer.slug}.json", headers={"if-none-match": "*"})
            assert answer.status_code == head.status_code == 404
            assert (answer.content, dict(answer.headers)) == (
                none[kind].content, dict(none[kind].headers)
            )  # fmt: skip
        if layer.slug not in seen:
            continue
        face = Face(seen[layer.slug])
        said = client.get(f"/tiles/{layer.slug}.json").json()
        fields = {name for one in said["vector_layers"] for name in one["fields"]}
        assert fields - {"n"} <= set(layer.fields_of(face)) | {layer.symbol.label}
        token, version = re.match(
            r"http://testserver/t/[^/]+/([^/]+)/([^/]+)/", said["tiles"][0]
        ).groups()
        tile = stored.get(path_of(layer.slug, token, version))
        whole = made_by_hand(connection.settings_dict["NAME"], layer.slug, face.value, version)
        assert tile.body == whole, layer.slug
        others = dict.fromkeys(("cctv", "vehicles", "wifi-hotspots"), "staff")
        for slug in others.keys() - {layer.slug}:  # one TileJSON opens one layer
            answer = stored.get(path_of(slug, token, version))
            is_open = token == tokens.OPEN and seen_by("visitor").get(slug)
            assert answer.status == (200 if is_open else 404)


def test_matrix_of_events(stored):
    streams = {}
    for person in PEOPLE:
        streams[person] = stored.listen(f"/events?token={token_of(person)}")
        streams[person].wait_for("retry:")
    chosen = [layer for layer in VECTORS if layer.slug in {
        "cctv", "facilities", "vehicles", "wifi-hotspots", "waste-bins"}]  # fmt: skip
    for layer in chosen:
        committed(lambda layer=layer: toy.make(layer.model))
    for person, stream in streams.items():
        for layer in chosen:
            if layer.slug in seen_by(person):
                stream.wait_for(f'"layer": "{layer.slug}"')
    time.sleep(0.3)
    for person, stream in streams.items():
        stream.close()
        lines = [line[6:] for line in stream.text.splitlines() if line.startswith("data: ")]
        heard = {json.loads(line).get("layer") for line in lines} - {None}
        assert heard == {layer.slug for layer in chosen} & set(seen_by(person)), person


@pytest.mark.parametrize("path", ["?a={}", "?from={}", "?from={}&to={}", "?limit={}&offset={}",
                                  "?_={}", "?token={}", "?z={}#x", "?{}"])  # fmt: skip
def test_ten_thousand_odd_queries_add_no_cache_entry(stored, path):
    right = path_of("facilities", "pub", version_of(stored, "facilities", "public"))
    forget(stored)
    asked = stored.app.queries
    for start in range(0, 1250, 250):
        queries = [path.replace("{}", f"{start + n}%27;--") for n in range(250)]
        answers = stored.get_all([right + query for query in queries])
        assert {answer.status for answer in answers} == {400}
        assert {answer.headers["cache-control"] for answer in answers} == {"no-store"}
    app = stored.app
    assert (len(app.cache.kept), app.makings.by_place, app.queries) == (0, {}, asked)
    assert not list(stored.app.store.folder.glob("??/*"))


BROKEN = (
    "SELECT 1 / ($1 - $1), 1, false",
    "SELECT no_such_column, 1, false",
    "SELECT ''::bytea, 1, false FROM pg_cancel_backend(pg_backend_pid()), pg_sleep(1)",
)
TOLD_TOO_MUCH = re.compile(rb"SELECT|column|division|psycopg|Trace|File |/[a-z]+/|tile_", re.I)


@pytest.mark.parametrize("text", BROKEN)
def test_no_sql_path_or_trace_in_any_error(stored, text):
    faces = stored.app.catalogue.faces
    before = faces["facilities", "public"]
    spec = before.spec | {"statements": {"rows": text}}
    version = f"broken{BROKEN.index(text)}"
    faces["facilities", "public"] = replace(before, spec=spec, version=version)
    try:
        answer = stored.get(path_of("facilities", "pub", "0"))
    finally:
        faces["facilities", "public"] = before
    assert answer.status == 503
    assert not TOLD_TOO_MUCH.search(answer.body), answer.body
    assert answer.headers["content-type"] == "application/problem+json"
    assert stored.get(path_of("facilities", "pub", "0")).status == 200


def test_cors(stored):
    public = stored.get(path_of("facilities", "pub", "0"), origin="https://elsewhere.example")
    assert public.headers["access-control-allow-origin"] == "*"
    assert public.headers["cross-origin-resource-policy"] == "cross-origin"
    token = token_of("operator")
    staff = stored.get(path_of("wifi-hotspots", token, "0"), origin="https://elsewhere.example")
    assert staff.status == 200
    assert staff.headers["cross-origin-resource-policy"] == "same-origin"
    for answer in (public, staff):
        assert "access-control-allow-credentials" not in answer.headers
    asked = {"origin": "https://elsewhere.example", "access_control_request_method": "GET",
             "access_control_request_headers": "authorization"}  # fmt: skip
    preflight = stored.get(path_of("wifi-hotspots", "me", "0"), "OPTIONS", **asked)
    assert preflight.status == 204
    assert not {name for name in preflight.headers if name.startswith("access-control")}
    del asked["access_control_request_headers"]
    for_all = stored.get(path_of("facilities", "pub", "0"), "OPTIONS", **asked)
    assert for_all.headers["access-control-allow-origin"] == "*"


def test_a_site_that_the_city_trusts_reads_with_its_token_and_no_other_does(stored, monkeypatch):
    trusted, other = "https://portal.example.go.id", "https://elsewhere.example"
    monkeypatch.setattr(stored.app, "config", replace(stored.app.config, origins=(trusted,)))
    asked = {"access_control_request_method": "GET",
             "access_control_request_headers": "authorization, if-none-match"}  # fmt: skip
    path, token = path_of("wifi-hotspots", "me", "now"), f"Bearer {token_of('operator')}"
    for origin, reads in ((trusted, True), (other, False), ("null", False)):
        before = stored.get(path, "OPTIONS", origin=origin, **asked)
        allowed = before.headers.get("access-control-allow-origin") == origin
        answer = stored.get(path, origin=origin, authorization=token)
        assert (before.status, answer.status) == (204, 200)
        assert allowed == (answer.headers.get("access-control-allow-origin") == origin) == reads
        assert "access-control-allow-credentials" not in {**before.headers, **answer.headers}
        assert answer.headers["cache-control"] == "private, no-cache"
        assert ("Origin" in answer.headers["vary"]) == reads
    write = asked | {"access_control_request_method": "POST"}
    refused = stored.get(path, "OPTIONS", origin=trusted, **write)
    assert "access-control-allow-origin" not in refused.headers


def test_django_addresses_share_with_a_trusted_site_what_a_token_opened(client, settings, toy_city):
    settings.MAP_ORIGINS = ["https://portal.example.go.id"]
    asked = {"origin": "https://portal.example.go.id", "access-control-request-method": "GET",
             "access-control-request-headers": "authorization"}  # fmt: skip
    before = client.options("/wfs", headers=asked)
    assert (before.status_code, before["Access-Control-Allow-Origin"]) == (204, asked["origin"])
    elsewhere = client.options("/wfs", headers=asked | {"origin": "https://elsewhere.example"})
    assert "Access-Control-Allow-Origin" not in elsewhere
    client.cookies[settings.SESSION_COOKIE_NAME] = "a session"
    hidden = client.get("/tiles/cctv.json", headers={"origin": asked["origin"]})
    assert "Access-Control-Allow-Origin" not in hidden
    del client.cookies[settings.SESSION_COOKIE_NAME]
    missing = client.get("/tiles/cctv.json", headers={"origin": asked["origin"]})
    assert missing["Access-Control-Allow-Origin"] == asked["origin"]


def test_now_stands_for_the_version_of_today_and_is_kept_under_it(stored):
    version = version_of(stored, "facilities", "public")
    now = stored.get(path_of("facilities", "pub", "now"))
    today = stored.get(path_of("facilities", "pub", version))
    assert now.headers == today.headers and now.body == today.body
    assert now.headers["cache-control"] == "public, no-cache"


def test_an_unpublished_layer_is_missing_in_every_state(stored):
    slug, person = "piers", "operator"
    face = seen_by(person)[slug]
    path = path_of(slug, token_of(person), version_of(stored, slug, face))
    warm = stored.get(path)
    assert warm.status == 200
    rows = committed(lambda: list(PublishedLayer.objects.filter(slug=slug)))
    tables = committed(lambda: list(PublishedTable.objects.filter(layer__slug=slug)))

    def tell() -> None:
        with connection.cursor() as cursor:
            cursor.execute("NOTIFY tile_changes")

    def take_away() -> None:
        PublishedLayer.objects.filter(slug=slug).delete()
        tell()

    def put_back() -> None:
        for row in [*rows, *tables]:
            row.save(force_insert=True)
        tell()

    committed(take_away)
    try:
        ends = time.monotonic() + 10
        while stored.get(path).status != 404:
            assert time.monotonic() < ends
        none = told(stored.get(path.replace(slug, MISSING)))
        for more in ({}, {"if_none_match": warm.headers["etag"]}):
            assert told(stored.get(path, **more)) == none
        assert stored.get(path, "HEAD").status == 404
        assert {answer.status for answer in stored.get_all([path] * 5)} == {404}
    finally:
        committed(put_back)
    ends = time.monotonic() + 10
    while stored.get(path).status != 200:
        assert time.monotonic() < ends
