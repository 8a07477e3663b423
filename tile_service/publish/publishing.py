"""Publish the declarations: views, grants, triggers and catalogue rows, in one transaction."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction
from psycopg2 import sql

from layers.access import Face, Role, face_for
from layers.catalog.rasters import Raster
from layers.registry import all_layers
from layers.spec import ClusterTiles, HexTiles, Layer, RasterTiles
from tile_service.models import Outbox, PublishedLayer, PublishedTable
from tile_service.publish import counting, generalising, logins, triggers
from tile_service.publish.compiling import SCHEMA, Compiled, compile_face
from tile_service.publish.noting import Source

LOCK = 7_219_001  # also taken by serve/feed.py while it numbers changes
RASTER_VIEW = "rasters"
BEARER_VIEW = "bearers"
BEARERS = """
SELECT token.digest, 'u' || person.id AS holder, extract(epoch FROM token.ends_at) AS ends_at,
       array_remove(array_agg(team.name::text), NULL)
       || CASE WHEN person.is_superuser THEN ARRAY['admin'] END AS roles
FROM tile_service_personaltoken AS token
JOIN auth_user AS person ON person.id = token.person_id AND person.is_active
LEFT JOIN auth_user_groups AS held ON held.user_id = person.id
LEFT JOIN auth_group AS team ON team.id = held.group_id
GROUP BY token.digest, token.ends_at, person.id
"""


@dataclass(slots=True)
class Outcome:
    """What publishing did."""

    faces: int = 0
    changed: list[str] = field(default_factory=list)
    logins: dict[str, str] = field(default_factory=dict)
    tables: int = 0


def run(text: str, *names: str) -> None:
    """Run a statement with identifiers in place of its braces."""
    with connection.cursor() as cursor:
        made = sql.SQL(text).format(*(sql.Identifier(name) for name in names))
        cursor.execute(made.as_string(cursor.connection))


def make_schema() -> None:
    """An empty schema `published`; readers wait for the end of the transaction."""
    run("DROP SCHEMA IF EXISTS {} CASCADE", SCHEMA)
    run("CREATE SCHEMA {}", SCHEMA)


def make_view(compiled: Compiled) -> None:
    """The plain view of a face (row security and security_barrier would lose the index)."""
    text = f'CREATE VIEW {SCHEMA}."{compiled.view}" AS {compiled.view_sql}'
    with connection.cursor() as cursor:
        cursor.execute(text)


def kind_of(layer: Layer) -> str:
    """Word for the layer's tiles in the catalogue."""
    match layer.tiles:
        case RasterTiles():
            return "raster"
        case HexTiles():
            return "hex"
        case ClusterTiles():
            return "cluster"
        case _:
            return "feature"


def record(layer: Layer, face: Face, compiled: Compiled, login: str) -> tuple[PublishedLayer, bool]:
    """Write the catalogue row of a face; True when its version changed."""
    row: PublishedLayer
    known = PublishedLayer.objects.filter(slug=layer.slug, face=face.value).first()
    values: dict[str, Any] = {
        "kind": kind_of(layer),
        "open_to_all": layer.is_public and face is Face.PUBLIC,
        "view": compiled.view,
        "login": login,
        "spec": compiled.spec | {"statements": compiled.statements},
        "version": compiled.version,
        "roles": ",".join(role for role in Role if face_for(layer, {role}) is face),
    }
    changed = known is None or known.version != compiled.version
    if changed:  # never the same twice: what was kept of an earlier time is not found again
        values["publication"] = secrets.token_hex(8)
    row, _ = PublishedLayer.objects.update_or_create(
        slug=layer.slug, face=face.value, defaults=values
    )
    return row, changed


def remember_tables(
    row: PublishedLayer, layer: Layer, face: Face, compiled: Compiled
) -> dict[str, Source]:
    """Remember the tables that a face is read from; answers how it is seen from each."""
    if compiled.view:
        sources = triggers.sources_of(layer, face, compiled)
    else:
        sources = {Raster._meta.db_table: Source(layer.slug, face.value, "")}
    PublishedTable.objects.filter(layer=row).delete()
    PublishedTable.objects.bulk_create(PublishedTable(relation=name, layer=row) for name in sources)
    return sources


def count_as_changed(tables: set[str]) -> None:
    """Note a change of every face that is read from tables nobody watched until now."""
    for row in PublishedLayer.objects.filter(tables__relation__in=tables).distinct():
        Outbox.objects.create(slug=row.slug, face=row.face, boxes=None)


def make_raster_view() -> None:
    """What the raw server may know of rasters."""
    table = Raster._meta.db_table
    run(f"CREATE VIEW {{}}.{RASTER_VIEW} AS SELECT code, layer, path, stops, digest FROM {{}}",
        SCHEMA, table)  # fmt: skip


def add_upkeep(row: PublishedLayer, layer: Layer, compiled: Compiled) -> list[str]:
    """Counts and low shapes of a face, kept up from now on; returns the names of their views."""
    added: list[str] = []
    if compiled.counted is not None:
        counting.keep(row, compiled.counted)
        added += counting.make_views(row)
    if generalising.wanted(layer):
        generalising.keep(row, layer)
        added.append(generalising.make_view(row))
    return added


def make_bearer_view() -> None:
    """Who holds a personal token, in which roles: digests, no names."""
    run(f"CREATE VIEW {{}}.{BEARER_VIEW} AS {BEARERS}", SCHEMA)


@transaction.atomic
def publish() -> Outcome:
    """Compile the registry and publish it; raises DependsOnTheClock and then changes nothing."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    outcome = Outcome(logins={face.value: logins.ready_login(face) for face in Face})
    make_schema()
    make_raster_view()
    make_bearer_view()
    counting.make_room()
    watched: dict[str, list[Source]] = {}
    kept_up: set[str] = set()
    kept: list[int] = []
    views: dict[str, list[str]] = {face.value: [] for face in Face}
    for layer in all_layers():
        for face in layer.faces:
            compiled = compile_face(layer, face)
            if compiled.view:
                make_view(compiled)
                views[face.value].append(compiled.view)
            row, changed = record(layer, face, compiled, outcome.logins[face.value])
            kept.append(row.pk)
            if compiled.view:
                kept_up |= {compiled.view} if (added := add_upkeep(row, layer, compiled)) else set()
                views[face.value] += added
            for table, source in remember_tables(row, layer, face, compiled).items():
                watched.setdefault(table, []).append(source)
            outcome.changed += [f"{layer.slug}/{face.value}"] if changed else []
    counting.sweep(kept_up)
    PublishedLayer.objects.exclude(pk__in=kept).delete()
    count_as_changed(triggers.watch(watched))
    for face_name, login in outcome.logins.items():
        if login:
            logins.grant(login, views[face_name])
    logins.drop_shared()
    run("NOTIFY tile_changes")
    outcome.faces, outcome.tables = len(kept), len(watched)
    return outcome


def try_logins(outcome: Outcome) -> None:
    """Give each login its password if it cannot connect; one that still cannot is not used."""
    for face, login in outcome.logins.items():
        if not login or logins.can_connect(login):
            continue
        if logins.may_make_logins():
            logins.set_password(login)
        if not logins.can_connect(login):
            PublishedLayer.objects.filter(face=face).update(login="")
            outcome.logins[face] = ""
