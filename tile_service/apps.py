"""Django app: how it reaches a map."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate, pre_migrate

DROP_NOTES = """
DO $drop$
DECLARE
    made regprocedure;
BEGIN
    FOR made IN SELECT oid FROM pg_proc
        WHERE proname LIKE 'tile\\_note\\_%' AND pronamespace = 'public'::regnamespace
    LOOP
        EXECUTE format('DROP FUNCTION %s CASCADE', made);
    END LOOP;
END
$drop$
"""


def drop_views(plan: Any, using: str, **_: Any) -> None:
    """Take views and triggers away before a migration: views would hold its columns fast, and
    triggers would ask for columns that are gone.

    With them go the triggers that keep stored counts and low shapes, which name columns too.

    The end of `migrate` publishes them anew (or `publish_layers`), and then all counts as changed;
    until then tiles answer 503.
    """
    if plan:
        with connections[using].cursor() as cursor:
            cursor.execute(DROP_NOTES)
            cursor.execute("DROP SCHEMA IF EXISTS published, tile_upkeep CASCADE")


class TileServiceConfig(AppConfig):
    """How it reaches a map."""

    name = "tile_service"
    verbose_name = "Ubin"

    def ready(self) -> None:
        """Clear the way for migrations, and publish again after them."""
        from tile_service.publish.after_migrate import publish_again

        pre_migrate.connect(drop_views, sender=self)
        post_migrate.connect(publish_again, sender=self)
