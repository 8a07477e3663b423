"""Write reports as GeoParquet parts: what `analyse --parts` counts from."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from layers.errors import PlatformError
from spatial_analysis.management.progress import bar
from spatial_analysis.partitions import BadParts, Manifest, days_held


class Command(BaseCommand):
    """`manage.py report_parts FOLDER [--geoparquet FILE --id ... --at ... --category-column ...]`.

    Stopped in the middle, it goes on where it was. A finished folder stays as it is.
    """

    help = "Write the city's reports, or a GeoParquet file of points, as parts with a manifest."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the folder, and the names of columns in a stranger's file."""
        parser.add_argument("folder", type=Path)
        parser.add_argument("--geoparquet", type=Path, help="points in degrees, not the database")
        parser.add_argument("--id", default="id", help="its column of unique numbers or words")
        parser.add_argument("--at", default="received_at", help="its column of moments")
        parser.add_argument("--category-column", default="category")
        parser.add_argument("--category", default="", help="one category for every row")
        parser.add_argument("--reporter", default="", help="its column that names the reporter")
        parser.add_argument("--synthetic", action="store_true", help="the rows are made up")
        parser.add_argument("--at-once", type=int, default=250_000, help="rows held in memory")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write, and say what is there."""
        from spatial_analysis.studies import report_parts as parts  # pandas: only when asked

        folder = options["folder"]
        names = parts.Columns(
            options["id"], options["at"], options["category_column"], options["reporter"],
            options["category"], options["synthetic"],
        )  # fmt: skip
        how: dict[str, Any] = {"at_once": options["at_once"]}
        try:
            with bar("parts") as how["say"]:
                done: Manifest = (
                    parts.parts_from_file(folder, options["geoparquet"], names, **how)
                    if options["geoparquet"] else parts.parts_from_database(folder, **how)
                )  # fmt: skip
        except (PlatformError, BadParts) as refusal:
            raise CommandError(str(refusal), returncode=2) from refusal
        held = days_held(done)
        days = f", {held[0]} .. {held[1]}" if held else ""
        left = f", {done.left_out:,} left out" if done.left_out else ""
        self.stdout.write(f"{folder}: {done.rows:,} rows in {len(done.parts)} parts{days}{left}")
