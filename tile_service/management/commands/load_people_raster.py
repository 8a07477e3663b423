"""Import a population raster (people a cell, GeoTIFF) that the WiFi studies can count with."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_slug

from layers.errors import PlatformError
from tile_service.publish.people_raster import import_people


class Command(BaseCommand):
    """`manage.py load_people_raster FILE --code worldpop-2020 --source "WorldPop, CC BY 4.0"`.

    Afterwards `analyse underserved_zones --set people=worldpop-2020` counts with it.
    """

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the file, its code, and where it comes from."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--code", required=True, help="a-z, 0-9 and hyphens")
        parser.add_argument("--source", required=True, help="source and licence, as published")

    def handle(self, *args: Any, **options: Any) -> None:
        """Import, or say why not (exit 2)."""
        try:
            validate_slug(options["code"])
            raster = import_people(options["file"], code=options["code"], source=options["source"])
        except PlatformError as refusal:
            raise CommandError(str(refusal), returncode=2) from refusal
        self.stdout.write(f"{raster.code}: {raster.path}")
