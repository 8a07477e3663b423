"""Make the city's elevation and relief rasters and register them."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from tile_service.publish.relief import NoElevation, load_relief


class Command(BaseCommand):
    """`manage.py load_rasters`: may be run again; the files are replaced whole."""

    help = __doc__ or ""

    def handle(self, *args: Any, **options: Any) -> None:
        """Load, or say that there is nothing to load."""
        try:
            for raster in load_relief():
                self.stdout.write(f"{raster.code}: {raster.path}, {raster.digest}")
        except NoElevation as fault:
            self.stdout.write(str(fault))
