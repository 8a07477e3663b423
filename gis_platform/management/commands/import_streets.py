"""Replace the city's streets by those of a file: .osm, .osm.pbf (osmium) or .graphml (osmnx)."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from layers.catalog.streets import actions
from layers.errors import PlatformError


class Command(BaseCommand):
    """`manage.py import_streets FILE`."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the file."""
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, replace, tell."""
        path: Path = options["file"]
        if not path.is_file():
            raise CommandError(f"{path}: tidak ada / not there")
        try:
            streets = actions.read(path)
            turns = actions.read_turns(path, streets)
            done = actions.replace_streets(records=streets, turns=turns)
        except PlatformError as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(
            f"{done.streets} jalan / streets, {done.one_way} searah / one-way, "
            f"{done.without_name} tanpa nama / without name, "
            f"{done.without_island} di luar pulau / on no island, "
            f"{done.turns} larangan belok / turn restrictions"
        )
