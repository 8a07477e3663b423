"""Compile every layer into published views, statements, logins and triggers for the tile server."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from tile_service.publish.publishing import publish, try_logins


class Command(BaseCommand):
    """`manage.py publish_layers`: run after every migration and after a change of a declaration."""

    help = __doc__ or ""

    def handle(self, *args: Any, **options: Any) -> None:
        """Publish, then say what changed and which login reads each face."""
        outcome = publish()
        try_logins(outcome)
        self.stdout.write(
            f"{outcome.faces} faces published, {len(outcome.changed)} changed, "
            f"{outcome.tables} tables watched"
        )
        for face, login in outcome.logins.items():
            words = login or "the app's own login (no login of its own could be made)"
            self.stdout.write(f"{face}: read as {words}")
