"""Write LAYERS.md from the registry."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from layers.describe import markdown


class Command(BaseCommand):
    """`manage.py describe_layers`."""

    help = __doc__ or ""

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the file."""
        path = settings.BASE_DIR / "LAYERS.md"
        path.write_text(markdown(), encoding="utf-8")
        self.stdout.write(f"{path.name} written")
