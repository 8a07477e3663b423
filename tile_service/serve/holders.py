"""Whom tokens hang on: generations that withdraw them, and people with tokens of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from psycopg2 import extensions

GENERATIONS = "SELECT holder, generation FROM tile_service_tokengeneration"
BEARERS = "SELECT digest, holder, ends_at, roles FROM published.bearers"
IS_THERE = "SELECT to_regclass('published.bearers') IS NOT NULL"


@dataclass(frozen=True, slots=True)
class Bearer:
    """Somebody with a personal token: who, until when (Unix seconds), in which roles."""

    holder: str
    ends_at: float
    roles: frozenset[str]


@dataclass(frozen=True, slots=True)
class Holders:
    """Everything about holders at one moment."""

    generations: Mapping[str, int] = field(default_factory=dict)
    bearers: Mapping[str, Bearer] = field(default_factory=dict)

    def hold(self, told: Mapping[str, int]) -> bool:
        """True while no holder's tokens of that generation were withdrawn."""
        return all(number >= self.generations.get(holder, 0) for holder, number in told.items())


def read(conn: extensions.connection) -> Holders:
    """The holders as they are now; personal tokens are known by their digests alone."""
    with conn.cursor() as cursor:
        cursor.execute(GENERATIONS)
        generations = dict(cursor.fetchall())
        cursor.execute(IS_THERE)
        rows = []
        if cursor.fetchone()[0]:
            cursor.execute(BEARERS)
            rows = cursor.fetchall()
    bearers = {
        digest: Bearer(holder, float(ends_at), frozenset(roles))
        for digest, holder, ends_at, roles in rows
    }
    return Holders(generations, bearers)
