"""PMTiles: one file with every tile of a slow layer, made by the statements of the live tiles."""

from __future__ import annotations

import gzip
import hashlib
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer
from psycopg2 import sql

from layers.access import Face
from layers.geography import city
from layers.provenance import source_of
from layers.registry import all_layers, get
from layers.spec import Layer, RasterTiles, Theme
from tile_service import base_map
from tile_service.models import PreparedFile, PublishedLayer
from tile_service.publish.compiling import SCHEMA
from tile_service.publish.downloads import files
from tile_service.publish.serving import config
from tile_service.publish.tilejson import vector_layers
from tile_service.serve import mvt
from tile_service.serve.catalogue import PublishedFace
from tile_service.serve.request import Tile
from tile_service.serve.session import Session

FORM, MEDIA_TYPE = "pmtiles", "application/vnd.pmtiles"
BASE = "peta-dasar"
MARGIN = 128 / 4096  # the widest buffer of a tile: a mark beside it may reach into it
HOLDS = """
SELECT EXISTS (SELECT FROM {view} WHERE tile_geom && ST_TileEnvelope(%(z)s, %(x)s, %(y)s,
    margin => {margin}) AND ST_Intersects(tile_geom, ST_TileEnvelope(%(z)s, %(x)s, %(y)s,
    margin => {margin})))
"""

Place = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Pack:
    """What one archive holds: the tiles of these layers, one after the other."""

    slug: str
    title: str
    layers: tuple[Layer, ...]


class Source:
    """Tiles of one face, from the prepared statements that the tile server runs."""

    def __init__(self, layer: Layer) -> None:
        row = PublishedLayer.objects.get(slug=layer.slug, face=Face.PUBLIC.value)
        self.face = PublishedFace(
            row.slug, row.face, row.kind, row.open_to_all, row.login, row.spec, row.version
        )
        self.config = config()
        self.session = Session(self.config, row.login)
        self.holds_text = sql.SQL(HOLDS).format(
            view=sql.Identifier(SCHEMA, row.view), margin=sql.Literal(MARGIN)
        )
        self.zooms = range(row.spec["min_zoom"], row.spec["max_zoom"] + 1)

    def query(self, face: PublishedFace, name: str, params: tuple[Any, ...]) -> tuple[Any, ...]:
        """First row of a statement (what `mvt.fetch` asks of a pool)."""
        return self.session.execute(face, name, params)

    def holds(self, at: Place) -> bool:
        """True when a row lies in the tile or near enough to reach into it."""
        values = dict(zip(("z", "x", "y"), at, strict=True))
        text = self.holds_text.as_string(self.session.connection())
        return bool(self.session.rows(text, values)[0][0])

    def tile(self, at: Place) -> bytes:
        """The live tile, byte for byte; b"" where it is empty or the layer has none."""
        z, x, y = at
        if z not in self.zooms:
            return b""
        wanted = Tile(name=self.face.slug, token="", version="", query={}, z=z, x=x, y=y)
        pool: Any = self
        return mvt.fetch(pool, self.face, wanted, None, self.config.most_bytes).plain

    def close(self) -> None:
        """Give the connection back."""
        self.session.close()


def may_be_packed(layer: Layer) -> bool:
    """True for open layers of rows; never for reports, which must be gone at once if withdrawn."""
    vector = not isinstance(layer.tiles, RasterTiles)
    told_by_people = layer.theme in {Theme.REPORTS, Theme.WORK} or bool(layer.public_geometry)
    return layer.is_public and vector and not told_by_people


def is_static(layer: Layer) -> bool:
    """True for layers of the base map: they change seldom, and never with the clock."""
    return may_be_packed(layer) and layer.theme is Theme.BASE and layer.time is None


def packs(slugs: Sequence[str] = ()) -> list[Pack]:
    """One archive for each static layer and one for the base map, or those called `slugs`."""
    named = [get(slug) for slug in slugs if slug != BASE]
    chosen = named if slugs else [one for one in all_layers() if is_static(one)]
    found = [Pack(one.slug, one.title, (one,)) for one in chosen]
    if not slugs or BASE in slugs:
        found.append(Pack(BASE, "Peta dasar", tuple(get(slug) for slug in base_map.VECTORS)))
    return found


def digest_of(pack: Pack) -> str:
    """Names the state of all rows of a pack."""
    states = " ".join(files.digest_of(layer, Face.PUBLIC) for layer in pack.layers)
    return hashlib.sha256(states.encode()).hexdigest()[:32]


def places(sources: Sequence[Source], deepest: int) -> Iterator[Place]:
    """Every tile that holds something, level by level; a tile without rows has no children."""
    level: list[tuple[Place, list[Source]]] = [((0, 0, 0), list(sources))]
    while level:
        below = []
        for (z, x, y), near in level:
            held = [source for source in near if source.holds((z, x, y))]
            if not held:
                continue
            yield z, x, y
            if z < deepest:
                quarter = [(z + 1, 2 * x + i, 2 * y + j) for j in (0, 1) for i in (0, 1)]
                below += [(at, held) for at in quarter]
        level = below


def header(deepest: int) -> dict[str, Any]:
    """What the head of the archive says besides what the writer counts."""
    west, south, east, north = (round(side * 10_000_000) for side in city().outer_box)
    lon, lat = (round(part * 10_000_000) for part in city().centre)
    return {
        "tile_type": TileType.MVT, "tile_compression": Compression.GZIP,
        "min_lon_e7": west, "min_lat_e7": south, "max_lon_e7": east, "max_lat_e7": north,
        "center_zoom": min(12, deepest), "center_lon_e7": lon, "center_lat_e7": lat,
    }  # fmt: skip


def metadata(pack: Pack) -> dict[str, Any]:
    """Words inside the archive: layers and fields as in TileJSON, origin, licence."""
    told = [part for layer in pack.layers for part in vector_layers(layer, Face.PUBLIC)]
    credits = dict.fromkeys(layer.attribution for layer in pack.layers)
    licences = dict.fromkeys(source_of(layer).licence for layer in pack.layers)
    return {
        "name": pack.title,
        "description": f"{pack.title}, {city().name}",
        "type": "overlay" if len(pack.layers) == 1 else "baselayer",
        "attribution": "; ".join(filter(None, credits)),
        "licence": "; ".join(filter(None, licences)),
        "vector_layers": told,
    }


def write(pack: Pack, path: Path, *, deepest: int | None = None) -> int:
    """Write the archive; returns its tiles. Raises ValueError when there is not one."""
    sources = [Source(layer) for layer in pack.layers]
    end = max(max(source.zooms) for source in sources) if deepest is None else deepest
    tiles: list[tuple[int, bytes]] = []
    try:
        for at in places(sources, end):
            data = b"".join(source.tile(at) for source in sources)
            if data:
                tiles.append((zxy_to_tileid(*at), gzip.compress(data, 6, mtime=0)))
    finally:
        for source in sources:
            source.close()
    if not tiles:
        raise ValueError(f"{pack.slug}: no row, no tile")
    with path.open("wb") as file:
        writer = Writer(file)
        for number, data in sorted(tiles):
            writer.write_tile(number, data)
        writer.finalize(header(end), metadata(pack))
    return len(tiles)


def publish(pack: Pack, *, deepest: int | None = None) -> tuple[PreparedFile, bool]:
    """The pack's archive for the present rows, and whether it had to be made."""
    digest = digest_of(pack)
    file, _ = PreparedFile.objects.get_or_create(
        slug=pack.slug, face=Face.PUBLIC.value, form=FORM, digest=digest,
        defaults={"name": f"{pack.slug}.{FORM}"},
    )  # fmt: skip
    if file.state == PreparedFile.State.READY and files.path_of(file).exists():
        return file, False
    made = files.written(file, lambda path: (write(pack, path, deepest=deepest), False))
    put_out(made)
    return made, True


def put_out(file: PreparedFile) -> Path:
    """The archive under its steady name in PMTILES_DIR, for a web server or a CDN to take."""
    folder = Path(settings.PMTILES_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f".{file.digest}.part"
    part.unlink(missing_ok=True)
    shutil.copyfile(files.path_of(file), part)
    return part.replace(folder / f"{file.slug}.{FORM}")


def newest(slug: str) -> PreparedFile | None:
    """The newest archive that stands ready."""
    ready = PreparedFile.objects.filter(
        slug=slug, face=Face.PUBLIC.value, form=FORM, state=PreparedFile.State.READY
    )
    return next((one for one in ready.order_by("-ready_at") if files.path_of(one).exists()), None)
