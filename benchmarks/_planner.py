"""Connections with planner settings of their own, for statements beside each other."""

from __future__ import annotations

from typing import Any

import psycopg2

from tile_service.publish.serving import config
from tile_service.serve.catalogue import PublishedFace
from tile_service.serve.session import planned

MOST, MOST_BYTES = 20_000, 500_000
TYPES = "int, int, int, int"

At = tuple[int, int, int]


class Session:
    """A fresh connection with its own planner settings."""

    def __init__(self, options: str = "") -> None:
        self.conn = psycopg2.connect(**config().keywords(""), options=options)
        self.conn.autocommit = True
        self.cursor = self.conn.cursor()
        self.prepared: set[str] = set()

    def query(self, face: PublishedFace, name: str, params: tuple[Any, ...]) -> tuple[Any, ...]:
        """First row of a face's statement, as a pool of the server gives it."""
        known = f"{face.slug}_{name}"
        if known not in self.prepared:
            self.cursor.execute(f"PREPARE {known} ({TYPES}) AS {face.spec['statements'][name]}")
            self.prepared.add(known)
        self.cursor.execute(f"{planned(face.spec, name)}EXECUTE {known} (%s, %s, %s, %s)", params)
        row: tuple[Any, ...] = self.cursor.fetchone()
        return row

    def bytes_of(self, text: str, params: tuple[Any, ...] | None = None) -> bytes:
        """First column of the first row."""
        self.cursor.execute(text, params)
        return bytes(self.cursor.fetchone()[0] or b"")
