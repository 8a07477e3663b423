"""Write the PMTiles archives of slow public layers and of the base map (nightly)."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from tile_service.publish import pmtiles


class Command(BaseCommand):
    """`manage.py publish_pmtiles [--layers a,b] [--max-zoom N]`: unchanged layers are left."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the switches."""
        parser.add_argument("--layers", default="", help="slugs, or peta-dasar, comma-separated")
        parser.add_argument("--max-zoom", type=int, help="deepest zoom; else each layer's own")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make what is missing or has changed."""
        slugs = [slug for slug in options["layers"].split(",") if slug]
        for pack in pmtiles.packs(slugs):
            if not all(pmtiles.may_be_packed(layer) for layer in pack.layers):
                self.stderr.write(f"{pack.slug}: may not be packed, left out")
                continue
            try:
                file, made = pmtiles.publish(pack, deepest=options["max_zoom"])
            except ValueError as fault:
                self.stderr.write(str(fault))
                continue
            words = f"{file.rows} tiles, {file.bytes} bytes"
            self.stdout.write(f"{file.name}: {words}{'' if made else ' (unchanged)'}")
