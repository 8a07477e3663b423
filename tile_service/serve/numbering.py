"""Numbered changes in the database: made by the elected process, read by all, folded when old."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import psycopg2
from psycopg2.extras import execute_values

from tile_service.serve import epochs
from tile_service.serve.catalogue import Catalogue
from tile_service.serve.epochs import FaceEpochs

LOCK = 7_219_001  # of a transaction; also taken by publish/publishing.py
ELECTION = 7_219_003  # of a session: who holds it numbers
KEPT_CHANGES = 2000
WAITING_CHANGES = 1000  # of stored counts: read by each tile until they are added up
SETTLED_AT_ONCE = 2000  # a fraction of a second, in which nothing is numbered
FOLDED_AT_ONCE = 1000
MOST_FOLDED = 20_000  # tiles of a face; past them the whole layer counts as changed

ELECT = "SELECT pg_try_advisory_lock(%s)"
NUMBER = """
WITH gone AS (DELETE FROM tile_service_outbox RETURNING slug, face, boxes),
joined AS (
    SELECT slug, face, CASE WHEN NOT bool_or(boxes IS NULL) THEN public.tile_service_boxes(
               array_agg(ARRAY[boxes[i][1], boxes[i][2], boxes[i][3], boxes[i][4], boxes[i][5]])
           ) END AS boxes
    FROM gone LEFT JOIN generate_subscripts(boxes, 1) AS i ON true
    GROUP BY slug, face
),
made AS (
    INSERT INTO tile_service_change (seq, slug, face, boxes)
    SELECT row_number() OVER (ORDER BY slug, face) + greatest(
               (SELECT coalesce(max(seq), 0) FROM tile_service_change),
               (SELECT max(epoch) FROM tile_service_publishedlayer)),
           slug, face, joined.boxes
    FROM joined JOIN tile_service_publishedlayer USING (slug, face)
    RETURNING seq, slug, face, boxes
)
UPDATE tile_service_publishedlayer AS known
SET epoch = made.seq, floor = CASE WHEN made.boxes IS NULL THEN made.seq ELSE known.floor END
FROM made WHERE known.slug = made.slug AND known.face = made.face
"""
MANY_WAIT = """
SELECT max(id) - min(id) >= %s AND to_regprocedure('tile_upkeep.settle_counts(integer)') IS NOT NULL
FROM tile_service_cellchange
"""
SETTLE = "SELECT tile_upkeep.settle_counts(%s)"
SINCE = "SELECT seq, slug, face, boxes FROM tile_service_change WHERE seq > %s ORDER BY seq"
ENDS = "SELECT coalesce(min(seq), 0), coalesce(max(seq), 0) FROM tile_service_change"
FLOORS = "SELECT slug, face, floor FROM tile_service_publishedlayer"
STORED = "SELECT slug, face, z, x, y, below, seq FROM tile_service_tileepoch"
OLD = """
SELECT seq, slug, face, boxes FROM tile_service_change
WHERE seq <= (SELECT max(seq) FROM tile_service_change) - %s ORDER BY seq
"""
FOLD = """
INSERT INTO tile_service_tileepoch AS held (slug, face, z, x, y, below, seq) VALUES %s
ON CONFLICT (slug, face, z, x, y, below) DO UPDATE SET seq = greatest(held.seq, excluded.seq)
"""
RAISE = """
WITH crowded AS (
    SELECT slug, face, max(seq) AS seq FROM tile_service_tileepoch
    GROUP BY slug, face HAVING count(*) > %s
)
UPDATE tile_service_publishedlayer AS known SET floor = greatest(known.floor, crowded.seq)
FROM crowded WHERE known.slug = crowded.slug AND known.face = crowded.face
"""
CLEAR = """
DELETE FROM tile_service_tileepoch AS held USING tile_service_publishedlayer AS known
WHERE known.slug = held.slug AND known.face = held.face AND held.seq <= known.floor
"""


def elect(conn: Any) -> bool:
    """True when this session is the one that numbers, until it ends."""
    with conn.cursor() as cursor:
        cursor.execute(ELECT, [ELECTION])
        return bool(cursor.fetchone()[0])


def number(conn: Any, known: Catalogue) -> bool:
    """Number what is noted, and wake all; False when nothing is."""
    with conn.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM tile_service_outbox)")
        if not cursor.fetchone()[0]:
            return False
        cursor.execute("BEGIN")
        try:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
            cursor.execute(NUMBER)
            _fold(cursor, known)
            cursor.execute("NOTIFY tile_changes")
        except psycopg2.Error:
            cursor.execute("ROLLBACK")
            raise
        cursor.execute("COMMIT")
    return True


def settle(conn: Any) -> bool:
    """Add changes that wait to the stored counts once they are many; True when more may wait."""
    with conn.cursor() as cursor:
        cursor.execute(MANY_WAIT, [WAITING_CHANGES])
        if not cursor.fetchone()[0]:
            return False
        cursor.execute(SETTLE, [SETTLED_AT_ONCE])
        return bool(cursor.fetchone()[0] == SETTLED_AT_ONCE)


def _fold(cursor: Any, known: Catalogue) -> None:
    """Turn changes of long ago into numbers of tiles, some hundreds at once."""
    cursor.execute(ENDS)
    first, last = cursor.fetchone()
    if last - first < KEPT_CHANGES + FOLDED_AT_ONCE:
        return
    cursor.execute(OLD, [KEPT_CHANGES])
    found: dict[tuple[str, str], FaceEpochs] = defaultdict(FaceEpochs)
    for seq, slug, face, boxes in cursor.fetchall():
        published = known.faces.get((slug, face))
        if published is not None and boxes is not None:
            found[slug, face].take(seq, epochs.touched(boxes, published.spec))
    rows = [
        (slug, face, *tile, below, seq)
        for (slug, face), numbers in found.items()
        for below, tiles in ((False, numbers.tiles), (True, numbers.below))
        for tile, seq in tiles.items()
    ]
    if rows:
        execute_values(cursor, FOLD, rows)
    for (slug, face), numbers in found.items():
        cursor.execute(
            "UPDATE tile_service_publishedlayer SET floor = greatest(floor, %s) "
            "WHERE slug = %s AND face = %s",
            [numbers.floor, slug, face],
        )
    cursor.execute(RAISE, [MOST_FOLDED])
    cursor.execute(CLEAR)
    cursor.execute("DELETE FROM tile_service_change WHERE seq <= %s", [last - KEPT_CHANGES])


def lost(conn: Any, last: int) -> bool:
    """True when changes after `last` were folded meanwhile, or the database went back in time."""
    with conn.cursor() as cursor:
        cursor.execute(ENDS)
        oldest, newest = cursor.fetchone()
    return oldest > last + 1 or newest < last


def stored(conn: Any, known: Catalogue) -> dict[tuple[str, str], FaceEpochs]:
    """Numbers of tiles as folded; the changes that are still kept come on top of them."""
    with conn.cursor() as cursor:
        cursor.execute(FLOORS)
        found = {(slug, face): FaceEpochs(floor) for slug, face, floor in cursor.fetchall()}
        cursor.execute(STORED)
        for slug, face, z, x, y, below, seq in cursor.fetchall():
            held = found.setdefault((slug, face), FaceEpochs())
            (held.below if below else held.tiles)[z, x, y] = seq
    return found


def since(conn: Any, last: int) -> list[tuple[int, str, str, list[list[float]] | None]]:
    """Changes after number `last`, in order."""
    with conn.cursor() as cursor:
        cursor.execute(SINCE, [last])
        rows: list[tuple[int, str, str, list[list[float]] | None]] = cursor.fetchall()
    return rows
