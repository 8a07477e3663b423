"""Make the city's rasters (elevation, relief, people) and register them."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from layers.errors import PlatformError
from tile_service.publish.population import load_population
from tile_service.publish.relief import load_relief


class Command(BaseCommand):
    """`manage.py load_rasters`: may be run again; the files are replaced whole."""

    help = __doc__ or ""

    def handle(self, *args: Any, **options: Any) -> None:
        """Load each, or say what there is nothing to load from."""
        for make in (load_relief, lambda: [load_population()]):
            try:
                for raster in make():
                    self.stdout.write(f"{raster.code}: {raster.path}, {raster.digest}")
            except PlatformError as fault:
                self.stdout.write(str(fault))
