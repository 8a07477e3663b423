"""Who reads what over the OGC API: every class of caller at every address, none sees more."""

from __future__ import annotations

import json
import time
from urllib.parse import quote

import mapbox_vector_tile
import pytest
from django.conf import settings
from django.db import connection

from layers.access import Role, face_for
from layers.registry import all_layers
from layers.spec import RasterTiles
from tests.tile_service import toy
from tile_service.models import PublishedLayer
from tile_service.serve import tokens

pytestmark = pytest.mark.django_db
KEY = tokens.key_from(settings.SECRET_KEY)
VECTORS = [layer for layer in all_layers() if not isinstance(layer.tiles, RasterTiles)]
PEOPLE = ["visitor", *sorted(Role)]
OUTLETS = (
    "/ogc/collections/{slug}", "/ogc/collections/{slug}/items",
    "/ogc/collections/{slug}/items/{key}",
    "/ogc/collections/{slug}/queryables", "/ogc/collections/{slug}/tiles",
    "/ogc/collections/{slug}/tiles/WebMercatorQuad",
    "/ogc/collections/{slug}/tiles/WebMercatorQuad/{tile}",
)  # fmt: skip
MISSING = "no-such-layer"


def seen_by(person: str) -> dict[str, str]:
    """Layer -> face that somebody sees, as layers/access.py says."""
    roles = {Role.PUBLIC} if person == "visitor" else {Role(person)}
    return {layer.slug: face.value for layer in VECTORS if (face := face_for(layer, roles))}


def headers_of(person: str, **more: str) -> dict[str, str]:
    """Headers that the person's program sends."""
    if person == "visitor":
        return more
    token = tokens.mint(KEY, seen_by(person), expires_at=int(time.time()) + 600)
    return more | {"authorization": f"Bearer {token}"}


def tile_place() -> str:
    """matrix/row/column of the tile that holds the toy city."""
    x, y = toy.column_and_row(*toy.middle(), toy.ZOOM)
    return f"{toy.ZOOM}/{int(y)}/{int(x)}"


def rows_of(slug: str, face: str) -> set[int]:
    """Keys of a face's rows, by SQL."""
    view = PublishedLayer.objects.get(slug=slug, face=face).view
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT feature_id FROM published."{view}"')
        return {row[0] for row in cursor.fetchall()}


@pytest.mark.parametrize("person", PEOPLE)
def test_the_lists_name_what_the_person_sees_and_nothing_else(server, person):
    seen = seen_by(person)
    headers = headers_of(person)
    listed = json.loads(server.get("/ogc/collections", **headers).body)["collections"]
    assert {one["id"] for one in listed} == set(seen)
    definition = json.loads(server.get("/ogc/api", **headers).body)
    tags = {tag["name"] for tag in definition["tags"]} - {"OGC API"}
    assert tags == set(seen)
    tileset = json.loads(server.get("/ogc/tiles/WebMercatorQuad", **headers).body)
    assert {one["id"] for one in tileset["layers"]} == set(seen)
    hidden = {layer.slug for layer in VECTORS} - set(seen)
    for path in ("/ogc", "/ogc/collections", "/ogc/api", "/ogc/tiles/WebMercatorQuad"):
        for form in ("json", "html"):
            body = server.get(f"{path}?f={form}", **headers).body.decode()
            assert not [slug for slug in hidden if f"/{slug}" in body or f'"{slug}"' in body], path


@pytest.mark.parametrize("person", PEOPLE)
def test_a_hidden_collection_is_missing_at_every_address(server, person):
    seen = seen_by(person)
    for layer in VECTORS:
        if layer.slug in seen:
            continue
        for outlet in OUTLETS:
            parts = {"key": 1, "tile": tile_place()}
            for more in ({}, {"if_none_match": '"0123456789abcdef-i"'}, {"accept": "text/html"}):
                for method in ("GET", "HEAD"):
                    asked = headers_of(person, **more)
                    hidden = server.get(outlet.format(slug=layer.slug, **parts), method, **asked)
                    none = server.get(outlet.format(slug=MISSING, **parts), method, **asked)
                    assert hidden.status == none.status == 404, (outlet, layer.slug)
                    assert (hidden.body, hidden.headers) == (none.body, none.headers)
        odd = server.get(
            f"/ogc/tiles/WebMercatorQuad/{tile_place()}?collections={layer.slug}",
            **headers_of(person),
        )
        assert odd.status == 400
        wrong = server.get(f"/ogc/collections/{layer.slug}/items?x=1", **headers_of(person))
        assert wrong.status == 404  # no other answer tells that it is there


@pytest.mark.parametrize("person", PEOPLE)
def test_rows_columns_and_tiles_are_those_of_the_persons_face(server, person):
    headers = headers_of(person)
    for slug, face in seen_by(person).items():
        columns = set(server.app.catalogue.faces[slug, face].spec["collection"]["columns"])
        page = json.loads(server.get(f"/ogc/collections/{slug}/items?limit=1000", **headers).body)
        assert {one["id"] for one in page["features"]} == rows_of(slug, face), slug
        for one in page["features"]:
            assert set(one["properties"]) == columns, slug
        schema = json.loads(server.get(f"/ogc/collections/{slug}/queryables", **headers).body)
        assert set(schema["properties"]) <= columns | {"geometry"}
        path = f"/ogc/collections/{slug}/tiles/WebMercatorQuad/{tile_place()}"
        answer = server.get(path, **headers)
        if answer.status == 200:
            layers = mapbox_vector_tile.decode(answer.body)
            inside = {n for one in layers.get(slug, {"features": []})["features"]
                      for n in one["properties"]}  # fmt: skip
            assert inside <= columns, slug


@pytest.mark.parametrize("order", ["staff first", "visitor first"])
def test_no_cache_hands_one_callers_answer_to_another(server, order):
    server.app.cache.kept.clear()
    paths = [
        "/ogc/collections", "/ogc/api", "/ogc/collections/wifi-hotspots/items",
        "/ogc/collections/wifi-hotspots/queryables",
        f"/ogc/collections/wifi-hotspots/tiles/WebMercatorQuad/{tile_place()}",
        f"/ogc/tiles/WebMercatorQuad/{tile_place()}",
    ]  # fmt: skip
    people = ["operator", "visitor"] if order == "staff first" else ["visitor", "operator"]
    for path in paths:
        got = {person: server.get(path, **headers_of(person)) for person in people * 2}
        public, staff = got["visitor"], got["operator"]
        assert public.status == staff.status == 200
        assert b"provider" not in public.body
        assert public.body != staff.body, path
        assert staff.headers["cache-control"].startswith("private"), path
        assert public.headers["cache-control"].startswith("public"), path
        assert "access-control-allow-origin" not in staff.headers
        assert public.headers["access-control-allow-origin"] == "*"
        etag = staff.headers["etag"]
        assert server.get(path, **headers_of("visitor", if_none_match=etag)).status == 200, path
    both = ({person: server.get(path, **headers_of(person)).body for person in people}
            for path in paths)  # fmt: skip
    assert all(b"provider" not in one["visitor"] for one in both)


def test_a_bad_token_opens_nothing_not_even_what_is_open(server):
    right = headers_of("operator")["authorization"]
    late = tokens.mint(KEY, seen_by("operator"), expires_at=int(time.time()) - 1)
    for bad in (right[:-3] + "AAA", f"Bearer {late}", "Bearer x", "Bearer ../..", "Bearer a.b"):
        for path in ("/ogc/collections", "/ogc/collections/islands/items"):
            assert server.get(path, authorization=bad).status in {401, 404}, bad
    for other in ("Basic eA==", "", "Bearer"):
        answer = server.get("/ogc/collections", authorization=other)
        assert {one["id"] for one in json.loads(answer.body)["collections"]} == set(
            seen_by("visitor")
        )


def test_a_token_in_the_question_is_refused(server):
    token = headers_of("operator")["authorization"].split()[1]
    for name in ("token", "access_token", "key"):
        assert server.get(f"/ogc/collections?{name}={quote(token)}").status == 400
