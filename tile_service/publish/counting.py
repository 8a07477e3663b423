"""Stored counts: rows of a face by grid cell and day, kept in the writer's own transaction.

Cells are those of the web's tile grid at LEVELS (a cell of level 17 is a tile of zoom 17): far
smaller than a hexagon or cluster of the zooms they serve, so that a tile of ten million rows
adds up a few thousand numbers. A trigger on the face's table appends what a statement changed,
one line a cell of the finest level and day, so that writers neither wait for each other nor keep
the other levels. Tiles add these lines to the counts; the process that numbers changes adds them
up in the background (serve/numbering.py). A change in a joined table makes the counts stale:
tiles then count the rows themselves, until `publish_layers` counts anew.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.db import connection, models
from django.db.models import F
from django.db.models.functions import Cast

from layers import sqlfile
from layers.access import Face
from layers.checks import tile_column
from layers.geography import TILE_SRID, city
from layers.spec import ClusterTiles, HexTiles, Layer
from tile_service.models import CellChange, CellCount, Outbox, PublishedLayer
from tile_service.publish.durations import offset_seconds

SCHEMA = "published"
UPKEEP = "tile_upkeep"  # schema of the triggers' functions
DAY_S = 86400
BLOCK = 32  # days: long windows add up blocks, and single days at their ends
ALL, BY_DAY, BY_BLOCK = 0, 1, BLOCK
COUNTED = ((17, BY_DAY), (19, BY_DAY), (21, ALL))  # level, span: counted from rows
ADDED = (  # in this order: what is added up, and into what
    ((17, BY_DAY), (17, BY_BLOCK)),
    ((19, BY_DAY), (19, BY_BLOCK)),
    ((21, ALL), (19, ALL)),
    ((19, ALL), (17, ALL)),
)
LEVELS = (*COUNTED, *(kind for _, kind in ADDED))
FINEST = 21
LEVEL = "(CASE WHEN $1 < 9 THEN 17 WHEN $1 < 12 THEN 19 ELSE 21 END)"
DAY_LEVEL = "(CASE WHEN $1 < 9 THEN 17 ELSE 19 END)"
FEW_LEVEL = "(CASE WHEN $1 <= 17 THEN 17 ELSE 21 END)"  # coarse: its sum alone is wanted
DAYS_BELOW_ZOOM = 14
SETTLE = "settle_counts"  # function that adds waiting changes to the counts
LOCK = 7_219_002  # of a transaction that settles or counts anew
VIEWS = ("counts", "changes", "fresh")  # endings of the names of a face's views
SOURCES = re.compile(r'(?:FROM|JOIN) "(\w+)"')
EVENTS = {
    "insert": "REFERENCING NEW TABLE AS fresh",
    "update": "REFERENCING OLD TABLE AS gone NEW TABLE AS fresh",
    "delete": "REFERENCING OLD TABLE AS gone",
    "truncate": "",
}


@dataclass(frozen=True, slots=True)
class Counted:
    """What the counts of a face are made from: its table, the tables joined to it, a SELECT."""

    view: str
    base: str
    joined: tuple[str, ...]
    select: str
    offset_s: int

    def of(self, source: str) -> str:
        """The SELECT with transition table `source` in place of the table."""
        return self.select.replace(f'FROM "{self.base}"', f'FROM {source} AS "{self.base}"')


def counted(layer: Layer, face: Face, view: str) -> Counted | None:
    """How to count a face; None where it is not declared, or a row hangs on other rows.

    A row must be in the face or not by itself and by what its foreign keys point at: else a
    change elsewhere would move counts that no trigger sees.
    """
    if not isinstance(layer.tiles, HexTiles | ClusterTiles) or not layer.tiles.counts_kept:
        return None
    geometry = sqlfile.raw(tile_column(layer.geometry_of(face)), TILE_SRID)
    at = F(layer.time.column) if layer.time else Cast(models.Value(None), models.DateTimeField())
    select = sqlfile.inline(layer.rows_of(face), {"tile_geom": geometry, "_at": at})
    base, sources = layer.model._meta.db_table, SOURCES.findall(select)
    joined = set(sources) - {base}
    pointed_at = {
        field.related_model._meta.db_table
        for field in layer.model._meta.concrete_fields
        if isinstance(field, models.ForeignKey)
    }
    if sources.count(base) != 1 or f'FROM "{base}"' not in select or not joined <= pointed_at:
        return None
    zone = city().time_zone
    return Counted(view, base, tuple(sorted(joined)), select, offset_seconds(zone))


# --- what a tile statement reads -----------------------------------------------------------


def _ends(offset_s: int) -> tuple[str, str]:
    """Expressions of a window's first day and of the day after its last."""
    since, until = (
        f"floor((extract(epoch FROM {at}) + {offset_s}) / {DAY_S})::int" for at in ("$5", "$6")
    )
    return since, until


def _spans(offset_s: int, days: bool) -> list[str]:
    """Conditions on span and day: the blocks inside a window, and the days at its two ends."""
    if not days:
        return [f"span = {ALL} AND day = 0"]  # the day lets the index go on to the place
    since, until = _ends(offset_s)
    up, down = f"(({since} + {BLOCK - 1}) / {BLOCK} * {BLOCK})", f"({until} / {BLOCK} * {BLOCK})"
    left, right = (f"(CASE WHEN {up} < {down} THEN {at} ELSE {until} END)" for at in (up, down))
    return [
        f"span = {BY_BLOCK} AND day >= {up} AND day < {down}",
        f"span = {BY_DAY} AND day >= {since} AND day < {left}",
        f"span = {BY_DAY} AND day >= {right} AND day < {until}",
    ]


def places(view: str, rows: str, *, margin: float, days: bool, offset_s: int) -> str:
    """Places with their number out of stored counts; `rows` instead while they are stale."""
    level = DAY_LEVEL if days else LEVEL
    counts, changes, fresh = (f'{view[:-1]}__{name}"' for name in VIEWS)
    parts = {
        "level": level,
        "view_fresh": fresh,
        "aside": f"(ceil((1 << greatest({level} - $1, 0)) * {margin})::int + 1)",
    }
    part = sqlfile.read("tile_service", "counts_part")
    found = [part.format(view=counts, which=span, **parts) for span in _spans(offset_s, days)]
    since, until = _ends(offset_s)
    inside = f"day >= {since} AND day < {until}" if days else "true"
    waiting = sqlfile.read("tile_service", "changes_part")
    found.append(waiting.format(view=changes, which=inside, finest=FINEST, **parts))
    found.append(f"{rows}      AND NOT (SELECT fresh FROM {fresh})\n")
    return "    UNION ALL\n".join(found)


def few(view: str) -> str:
    """CTE `few`: how many rows the stored counts know of in a tile, 0 while they are stale."""
    counts, changes, fresh = (f'{view[:-1]}__{name}"' for name in VIEWS)
    return sqlfile.read("tile_service", "few_part").format(
        counts=counts, changes=changes, fresh=fresh, level=FEW_LEVEL, finest=FINEST, span=ALL
    )


def make_views(face: PublishedLayer) -> list[str]:
    """Views of a face's counts, of what waits to be added, of their freshness; their names."""
    counts, changes, fresh = (f"{face.view}__{name}" for name in VIEWS)
    with connection.cursor() as cursor:
        cursor.execute(
            f'CREATE VIEW {SCHEMA}."{counts}" AS SELECT level, span, day, qx, qy, n '
            f"FROM public.{CellCount._meta.db_table} WHERE face_id = {face.pk}"
        )
        cursor.execute(
            f'CREATE VIEW {SCHEMA}."{changes}" AS SELECT day, qx, qy, n '
            f"FROM public.{CellChange._meta.db_table} WHERE face_id = {face.pk}"
        )
        cursor.execute(
            f'CREATE VIEW {SCHEMA}."{fresh}" AS SELECT counted AS fresh '
            f"FROM public.{PublishedLayer._meta.db_table} WHERE id = {face.pk}"
        )
    return [counts, changes, fresh]


# --- what keeps them -----------------------------------------------------------------------


def _grid(kinds: tuple[tuple[int, int], ...]) -> str:
    return ", ".join(f"({level}, {span})" for level, span in kinds)


def _changes(face_id: int, made: Counted, signed: str) -> str:
    return sqlfile.read("tile_service", "count_changes").format(
        changes=CellChange._meta.db_table, face_id=face_id, signed=signed, finest=FINEST,
        offset_s=made.offset_s, day_s=DAY_S,
    )  # fmt: skip


def _signed(text: str, sign: int) -> str:
    return f"SELECT tile_geom, _at, {sign} AS sign FROM ({text}) AS face"


def functions(face_id: int, made: Counted) -> dict[str, str]:
    """Bodies of the two trigger functions of a face, by name."""
    fresh, gone = _signed(made.of("fresh"), 1), _signed(made.of("gone"), -1)
    parts = {
        "face_id": face_id,
        "table": CellCount._meta.db_table,
        "changes": CellChange._meta.db_table,
        "faces": PublishedLayer._meta.db_table,
        "inserted": _changes(face_id, made, fresh),
        "deleted": _changes(face_id, made, gone),
        "updated": _changes(face_id, made, f"{fresh} UNION ALL {gone}"),
    }
    return {
        f"{made.view}__count": sqlfile.read("tile_service", "count_trigger").format(**parts),
        f"{made.view}__stale": sqlfile.read("tile_service", "stale_trigger").format(**parts),
    }


def _triggers(made: Counted) -> list[tuple[str, str, str, str]]:
    """Name, table, event and function of each trigger of a face."""
    found = [(f"{made.view}_{event}", made.base, event, f"{made.view}__count") for event in EVENTS]
    return found + [
        (f"{made.view}_{event}", table, event, f"{made.view}__stale")
        for table in made.joined
        for event in ("update", "delete", "truncate")
    ]


def _present(made: Counted) -> dict[str, str]:
    """Bodies of the face's functions, if all its triggers stand; else nothing."""
    wanted = {(name, table) for name, table, _, _ in _triggers(made)}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname, relname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid "
            "WHERE tgname LIKE %s AND tgenabled <> 'D'",
            [f"{made.view}\\_%"],
        )
        if not wanted <= set(cursor.fetchall()):
            return {}
        cursor.execute(
            "SELECT proname, prosrc FROM pg_proc JOIN pg_namespace AS place "
            "ON place.oid = pronamespace WHERE nspname = %s",
            [UPKEEP],
        )
        return dict(cursor.fetchall())


def keep(face: PublishedLayer, made: Counted) -> None:
    """See to it that the counts of a face are kept; count anew where they were not."""
    wanted = functions(face.pk, made)
    present = _present(made)
    if face.counted and all(present.get(name) == body for name, body in wanted.items()):
        return
    with connection.cursor() as cursor:
        cursor.execute(f'LOCK TABLE public."{made.base}" IN SHARE ROW EXCLUSIVE MODE')
        for name, body in wanted.items():
            cursor.execute(
                f'CREATE OR REPLACE FUNCTION {UPKEEP}."{name}"() RETURNS trigger LANGUAGE plpgsql '
                f"SECURITY DEFINER SET search_path = pg_catalog, public AS $upkeep${body}$upkeep$"
            )
        for name, table, event, function in _triggers(made):
            cursor.execute(
                f'CREATE OR REPLACE TRIGGER "{name}" AFTER {event} ON public."{table}" '
                f"{EVENTS[event]} FOR EACH STATEMENT EXECUTE FUNCTION "
                f'{UPKEEP}."{function}"()'
            )
    count_anew(face, made)


def count_anew(face: PublishedLayer, made: Counted) -> None:
    """Count all rows of a face (writers wait, and so does who settles)."""
    table = CellCount._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0; SET LOCAL work_mem = '256MB'")
        cursor.execute(f'LOCK TABLE public."{made.base}" IN SHARE ROW EXCLUSIVE MODE')
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        for model in (CellCount, CellChange):
            model.objects.filter(face=face)._raw_delete(model.objects.db)
        cursor.execute(
            sqlfile.read("tile_service", "count_cells").format(
                table=table, face_id=face.pk, rows=made.select, levels=_grid(COUNTED),
                offset_s=made.offset_s, day_s=DAY_S,
            )
        )  # fmt: skip
        for (level, span), (into, wider) in ADDED:
            cursor.execute(
                sqlfile.read("tile_service", "count_added").format(
                    table=table, face_id=face.pk, level=level, span=span, into=into, wider=wider
                )
            )
        cursor.execute(f"ANALYZE {table}")
    PublishedLayer.objects.filter(pk=face.pk).update(counted=True)
    Outbox.objects.create(slug=face.slug, face=face.face)  # tiles made of rows differ by a pixel


def make_room() -> None:
    """The schema of the triggers' functions, and the function that settles."""
    body = sqlfile.read("tile_service", "settle_counts").format(
        table=CellCount._meta.db_table,
        changes=CellChange._meta.db_table,
        levels=_grid(LEVELS),
        finest=FINEST,
        lock=LOCK,
    )
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {UPKEEP}")
        cursor.execute(
            f"CREATE OR REPLACE FUNCTION {UPKEEP}.{SETTLE}(most int) RETURNS bigint "
            f"LANGUAGE plpgsql SET search_path = pg_catalog, public AS $upkeep${body}$upkeep$"
        )


def settle(most: int) -> int:
    """Add the `most` oldest changes to the counts; how many there were."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {UPKEEP}.{SETTLE}(%s)", [most])
        return int(cursor.fetchone()[0])


def sweep(kept: set[str]) -> None:
    """Drop the functions of faces that are kept no more, and their triggers with them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT proname FROM pg_proc JOIN pg_namespace AS place ON place.oid = pronamespace "
            "WHERE nspname = %s",
            [UPKEEP],
        )
        for (name,) in cursor.fetchall():
            if name != SETTLE and name.rpartition("__")[0] not in kept:
                cursor.execute(f'DROP FUNCTION {UPKEEP}."{name}" CASCADE')
