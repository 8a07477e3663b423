"""Django app: how it reaches a map."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import pre_migrate


def drop_views(plan: Any, using: str, **_: Any) -> None:
    """Take the published views away before a migration: they would hold its columns fast.

    With them go the triggers that keep stored counts and low shapes, which name columns too.

    `publish_layers` makes them anew; until then tiles answer 503.
    """
    if plan:
        with connections[using].cursor() as cursor:
            cursor.execute("DROP SCHEMA IF EXISTS published, tile_upkeep CASCADE")


class TileServiceConfig(AppConfig):
    """How it reaches a map."""

    name = "tile_service"
    verbose_name = "Ubin"

    def ready(self) -> None:
        """Clear the way for migrations."""
        pre_migrate.connect(drop_views, sender=self)
