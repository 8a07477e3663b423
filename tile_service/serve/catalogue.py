"""What is published, read from the database: faces, versions, epochs, rasters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from psycopg2 import extensions

from tile_service.serve import holders
from tile_service.serve.holders import Holders

FACES = """
SELECT slug, face, kind, open_to_all, login, spec, version, publication, roles
FROM tile_service_publishedlayer
"""
HEADS = """
SELECT slug, face, open_to_all, login, publication, roles, epoch FROM tile_service_publishedlayer
"""
RASTERS = "SELECT code, layer, path, stops, digest FROM published.rasters"
# Which history of which database this is: a copy, a restored or a promoted one is another.
ORIGIN = """
SELECT concat_ws('-', (pg_control_system()).system_identifier,
                 (pg_control_checkpoint()).timeline_id, oid)
FROM pg_database WHERE datname = current_database()
"""
PUBLIC = "public"
STAFF = "staff"

Head = tuple[str, str, bool, str, str, str]


@dataclass(frozen=True, slots=True)
class PublishedFace:
    """One face of one layer."""

    slug: str
    face: str
    kind: str
    open_to_all: bool
    login: str
    spec: Mapping[str, Any]
    version: str
    publication: str = ""
    roles: str = ""  # that see this face of the layer, comma-separated


@dataclass(frozen=True, slots=True)
class PublishedRaster:
    """A registered raster; `path` lies inside the raster folder."""

    code: str
    layer: str
    path: str
    stops: tuple[tuple[float, str], ...]
    digest: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything published at one moment."""

    faces: Mapping[tuple[str, str], PublishedFace] = field(default_factory=dict)
    epochs: Mapping[tuple[str, str], int] = field(default_factory=dict)
    rasters: Mapping[str, PublishedRaster] = field(default_factory=dict)
    origin: str = ""
    holders: Holders = field(default_factory=Holders)

    def opened_by(self, slug: str, granted: Mapping[str, str] | None) -> PublishedFace | None:
        """Face of `slug` that a token opens; `granted` None is the open token."""
        face = PUBLIC if granted is None else granted.get(slug, "")
        found = self.faces.get((slug, face))
        if found is None or (granted is None and not found.open_to_all):
            return None
        return found

    def opened_to(self, roles: Iterable[str]) -> dict[str, str]:
        """Face (by slug) that somebody with `roles` sees, as access.py said when publishing."""
        held, found = {PUBLIC, *roles}, {}
        for (slug, face), row in self.faces.items():
            if held & set(row.roles.split(",")) and found.get(slug) != STAFF:
                found[slug] = face
        return found

    def after(self, changes: Iterable[tuple[int, str, str]]) -> Catalogue:
        """The same with the layers' epochs that `changes` (seq, slug, face) bring."""
        epochs = dict(self.epochs)
        for seq, slug, face in changes:
            epochs[slug, face] = max(seq, epochs.get((slug, face), 0))
        return replace(self, epochs=epochs)


def _heads(conn: extensions.connection) -> tuple[set[Head], dict[tuple[str, str], int], list[Any]]:
    with conn.cursor() as cursor:
        cursor.execute(HEADS)
        rows = cursor.fetchall()
        cursor.execute("SELECT to_regclass('published.rasters') IS NOT NULL")
        rasters: list[Any] = []
        if cursor.fetchone()[0]:
            cursor.execute(RASTERS)
            rasters = cursor.fetchall()
    return {row[:6] for row in rows}, {row[:2]: row[6] for row in rows}, rasters


def _origin(conn: extensions.connection) -> str:
    with conn.cursor() as cursor:
        cursor.execute(ORIGIN)
        return str(cursor.fetchone()[0])


def _faces(conn: extensions.connection) -> dict[tuple[str, str], PublishedFace]:
    with conn.cursor() as cursor:
        cursor.execute(FACES)
        return {(row[0], row[1]): PublishedFace(*row) for row in cursor.fetchall()}


def read(conn: extensions.connection, known: Catalogue) -> Catalogue:
    """The catalogue as it is now; faces that `known` still holds rightly are not read again."""
    heads, epochs, rasters = _heads(conn)
    held = {
        (f.slug, f.face, f.open_to_all, f.login, f.publication, f.roles)
        for f in known.faces.values()
    }
    return Catalogue(
        faces=known.faces if heads == held else _faces(conn),
        epochs=epochs,
        origin=_origin(conn),
        holders=holders.read(conn),
        rasters={
            code: PublishedRaster(code, layer, path, tuple((v, c) for v, c in stops), digest)
            for code, layer, path, stops, digest in rasters
        },
    )
