"""PMTiles archives: every tile is the live tile, and parts of the file can be asked for."""

from __future__ import annotations

import gzip

import pyogrio
import pytest
from django.core.management import call_command
from pmtiles.reader import Reader, all_tiles

from gis_platform.pages.rounds import offline
from layers.access import Face
from layers.registry import all_layers, get
from tests.tile_service import toy
from tests.tile_service.conftest import committed
from tile_service import base_map
from tile_service.models import PreparedFile
from tile_service.publish import pmtiles
from tile_service.publish.addresses import tile_address

pytestmark = pytest.mark.django_db
DEEPEST = 14


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.DOWNLOAD_DIR, settings.PMTILES_DIR = tmp_path / "files", tmp_path / "pmtiles"


def asking(client, address: str):
    """What the reader takes its bytes by: range requests over HTTP."""

    def take(offset: int, length: int) -> bytes:
        wanted = {"Range": f"bytes={offset}-{offset + length - 1}"}
        answer = client.get(address, headers=wanted)
        assert answer.status_code == 206
        return b"".join(answer.streaming_content)

    return take


def written(slug: str, tmp_path):
    path = tmp_path / f"{slug}.pmtiles"
    pack = next(one for one in pmtiles.packs() if one.slug == slug)
    count = pmtiles.write(pack, path, deepest=DEEPEST)
    data = path.read_bytes()
    tiles = dict(all_tiles(lambda offset, length: data[offset : offset + length]))
    assert len(tiles) == count
    return {at: gzip.decompress(packed) for at, packed in tiles.items()}


@pytest.mark.parametrize("slug", ["islands", "streets", "piers"])
def test_every_tile_of_an_archive_is_the_live_tile(toy_city, server, tmp_path, slug):
    template = tile_address(get(slug), Face.PUBLIC, "pub")
    tiles = written(slug, tmp_path)
    for (z, x, y), data in tiles.items():
        assert server.get(template.format(z=z, x=x, y=y)).body == data
    x, y = (int(part) for part in toy.column_and_row(*toy.middle(), DEEPEST))
    assert (DEEPEST, x, y) in tiles
    beside = template.format(z=DEEPEST, x=x + 1, y=y + 1)
    assert (DEEPEST, x + 1, y + 1) not in tiles
    assert server.get(beside).status == 204  # what is left out is empty


def test_the_base_map_s_archive_holds_its_layers_one_after_the_other(toy_city, server, tmp_path):
    x, y = (int(part) for part in toy.column_and_row(*toy.middle(), DEEPEST))
    whole = b"".join(
        server.get(tile_address(get(slug), Face.PUBLIC, "pub").format(z=DEEPEST, x=x, y=y)).body
        for slug in base_map.VECTORS
    )
    assert written(pmtiles.BASE, tmp_path)[DEEPEST, x, y] == whole


def test_gdal_opens_an_archive(toy_city, tmp_path):
    path = tmp_path / "streets.pmtiles"
    pmtiles.write(pmtiles.packs(["streets"])[0], path, deepest=12)
    assert [name for name, _ in pyogrio.list_layers(path)] == ["streets"]
    assert set(pyogrio.read_info(path)["fields"]) >= set(get("streets").public_fields)


def test_only_open_slow_layers_are_packed():
    packed = {pack.slug for pack in pmtiles.packs()} - {pmtiles.BASE}
    assert {"islands", "streets", "ferry-lines"} <= packed
    closed = {layer.slug for layer in all_layers() if not layer.is_public}
    assert not packed & (closed | {"reports", "relief"})


def test_the_command_writes_what_changed_and_visitors_read_it_in_parts(
    toy_city, client, server, capsys, tmp_path
):
    server.get("/healthz")  # begins to follow changes
    server.wait_until_told()  # before that no state has a name
    call_command("publish_pmtiles", layers="piers,cctv,reports", max_zoom=10)
    first, told = PreparedFile.objects.get(), capsys.readouterr()
    assert f"piers.pmtiles: {first.rows} tiles, {first.bytes} bytes" in told.out
    assert "cctv: may not be packed" in told.err
    assert "reports: may not be packed" in told.err  # what is withdrawn must be gone at once
    assert [path.name for path in (tmp_path / "pmtiles").iterdir()] == ["piers.pmtiles"]
    call_command("publish_pmtiles", layers="piers", max_zoom=10)
    assert "(unchanged)" in capsys.readouterr().out

    reader = Reader(asking(client, "/data/piers.pmtiles"))
    assert reader.header()["max_zoom"] == 10
    words = reader.metadata()
    assert words["attribution"] == get("piers").attribution
    assert words["vector_layers"][0]["id"] == "piers"
    x, y = (int(part) for part in toy.column_and_row(*toy.middle(), 10))
    assert reader.get(10, x, y)
    whole = client.get("/data/piers.pmtiles")
    assert (whole.status_code, int(whole["Content-Length"])) == (200, first.bytes)
    assert b"PMTiles" in b"".join(whole.streaming_content)[:7]
    assert client.get("/data/cctv.pmtiles").status_code == 404
    assert client.get("/data/streets.pmtiles").status_code == 404  # none was made


def test_a_phone_is_offered_the_base_map_s_archive_once_there_is_one(toy_city, client):
    assert offline.archive_address() == ""
    pmtiles.publish(pmtiles.packs([pmtiles.BASE])[0], deepest=8)
    address = offline.archive_address()
    whole = b"".join(client.get(address).streaming_content)
    assert 0 < len(whole) < 15_000_000
    held = client.get(address, headers={"if-none-match": client.get(address)["ETag"]})
    assert held.status_code == 304  # a phone asks each day whether what it keeps is the newest


def test_an_archive_is_made_anew_when_a_row_changed(toy_city, server):
    pack = pmtiles.packs(["piers"])[0]
    first, made = pmtiles.publish(pack, deepest=10)
    assert made
    committed(lambda: toy.make(get("piers").model))
    second, made = pmtiles.publish(pack, deepest=10)
    assert made
    assert second.digest != first.digest
