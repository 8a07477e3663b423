"""Requirements of OGC API Tiles and of tiling schemes that we claim."""

from __future__ import annotations

import itertools
import json
import re
from typing import Any

import mapbox_vector_tile
import pytest

from tests.tile_service import toy
from tests.tile_service.ogc_asking import QUAD, WIFI, holds, local, opens, read, rels
from tile_service.serve.ogc_documents import REL
from tile_service.serve.ogc_frames import EPSG


def tile_of(zoom: int) -> str:
    """matrix/row/column of the tile that holds the toy city."""
    x, y = toy.column_and_row(*toy.middle(), zoom)
    return f"{zoom}/{int(y)}/{int(x)}"


@holds("tms/2.0/req/tilematrixset/definition", "tms/2.0/req/json-tilematrixset/encoding")
def the_tiling_scheme_halves_its_cells_at_each_zoom(server: Any) -> None:
    listed = read(server, "/ogc/tileMatrixSets")["tileMatrixSets"]
    assert [one["id"] for one in listed] == [QUAD]
    scheme = json.loads(server.get(local(listed[0]["links"][0]["href"])).body)
    assert scheme["crs"] == EPSG.format(3857)
    assert scheme["uri"].endswith(QUAD)
    matrices = scheme["tileMatrices"]
    assert [one["id"] for one in matrices] == [str(zoom) for zoom in range(23)]
    assert matrices[0]["cellSize"] == pytest.approx(156543.033928041)
    assert matrices[0]["scaleDenominator"] == pytest.approx(559082264.028717)
    for coarse, fine in itertools.pairwise(matrices):
        assert fine["cellSize"] * 2 == pytest.approx(coarse["cellSize"])
        assert fine["matrixWidth"] == coarse["matrixWidth"] * 2
        assert fine["pointOfOrigin"] == [
            pytest.approx(-20037508.3427892),
            pytest.approx(20037508.3427892),
        ]


@holds(
    "ogcapi-tiles-1/req/dataset-tilesets/landing-page",
    "ogcapi-tiles-1/req/tilesets-list/tileset-links",
    "ogcapi-tiles-1/req/geodata-tilesets/desc-links",
    "ogcapi-tiles-1/req/tilesets-list/operation",
)
def tilesets_are_found_from_the_landing_page_and_from_each_collection(server: Any) -> None:
    dataset = rels(read(server, "/ogc"))[f"{REL}/tilesets-vector application/json"]
    own = rels(read(server, WIFI))[f"{REL}/tilesets-vector application/json"]
    for one in (dataset, own):
        (listed,) = json.loads(server.get(local(one["href"])).body)["tilesets"]
        assert (listed["dataType"], listed["crs"]) == ("vector", EPSG.format(3857))
        found = rels(listed)
        opens(server, found["self application/json"])
        opens(server, found[f"{REL}/tiling-scheme application/json"])


@holds(
    "ogcapi-tiles-1/req/tileset/success",
    "ogcapi-tiles-1/req/tileset/tile-template-links",
    "ogcapi-tiles-1/req/core/tc-op",
    "ogcapi-tiles-1/req/core/tc-success",
    "ogcapi-tiles-1/req/mvt/content",
)
def a_tilesets_template_leads_to_its_tiles(server: Any) -> None:
    for path, names in ((f"{WIFI}/tiles/{QUAD}", {"wifi-hotspots"}), (f"/ogc/tiles/{QUAD}", None)):
        tileset = read(server, path)
        assert tileset["dataType"] == "vector" and tileset["tileMatrixSetURI"].endswith(QUAD)
        found = rels(tileset)["item application/vnd.mapbox-vector-tile"]
        assert found["templated"] is True
        z, y, x = tile_of(14).split("/")
        href = local(found["href"]).format(tileMatrix=z, tileRow=y, tileCol=x)
        answer = server.get(href)
        assert (answer.status, answer.headers["content-type"]) == (
            200,
            "application/vnd.mapbox-vector-tile",
        )
        inside = set(mapbox_vector_tile.decode(answer.body))
        assert inside == names if names else {"wifi-hotspots", "reports"} < inside
        listed = {one["id"] for one in tileset["layers"]}
        assert {re.sub("-(label|hex|cluster)$", "", name) for name in inside} <= listed


@holds("ogcapi-tiles-1/req/core/tc-error")
def a_tile_outside_the_scheme_is_missing(server: Any) -> None:
    for place in ("99/0/0", "3/8/0", "3/0/8", "x/0/0", "3/0", "3/0/0/0", "-1/0/0", "03000/1/1"):
        assert server.get(f"{WIFI}/tiles/{QUAD}/{place}").status == 404, place
        assert server.get(f"/ogc/tiles/{QUAD}/{place}").status == 404, place
    assert server.get(f"{WIFI}/tiles/NoSuchScheme/3/0/0").status == 404
    assert server.get(f"{WIFI}/tiles/{QUAD}/12/0/0").status == 204


@holds(
    "ogcapi-tiles-1/req/collections-selection/collections-parameter",
    "ogcapi-tiles-1/req/collections-selection/collections-response",
)
def the_dataset_tile_holds_the_collections_asked_for(server: Any) -> None:
    path = f"/ogc/tiles/{QUAD}/{tile_of(14)}"
    answer = server.get(f"{path}?collections=wifi-hotspots,facilities")
    assert set(mapbox_vector_tile.decode(answer.body)) == {"wifi-hotspots", "facilities"}
    for odd in ("", "no-such", "wifi-hotspots,cctv", ",".join(["wifi-hotspots", "x"])):
        assert server.get(f"{path}?collections={odd}").status == 400, odd
