"""Posters of wifi hotspots, one A4 page each in one PDF, with a QR code that opens the hotspot."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from gis_platform.pages.planning.poster_sheets import posters_pdf
from gis_platform.pages.planning.posters import PLANNED, STANDING, WORKING, NoPosters, chosen
from layers.catalog.wifi_dropped import note_posters


class Command(BaseCommand):
    """`manage.py posters OUT.pdf --address https://... [--island NAME] [--kelurahan NAME]`."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where to write, what the codes say, which hotspots."""
        parser.add_argument("out", type=Path, help="the PDF to write")
        parser.add_argument(
            "--address", required=True, help="of the city's server as telephones reach it"
        )
        parser.add_argument("--island", default="", help="code or name; left out: all")
        parser.add_argument("--kelurahan", default="", help="code or name; left out: all")
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--all", action="store_true", help="those that are off or unknown, too")
        which.add_argument("--planned", action="store_true", help="those of the approved plan")
        parser.add_argument("--language", default="id", help="of the large words (id, en)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the file and say how many posters are in it."""
        parts = urlsplit(options["address"])
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise CommandError(f"{options['address']!r} is no address; begin it with https://")
        try:
            states = STANDING if options["all"] else PLANNED if options["planned"] else WORKING
            spots = chosen(options["island"], options["kelurahan"], states=states)
        except NoPosters as refusal:
            raise CommandError(str(refusal)) from None
        with translation.override(options["language"]):
            made = posters_pdf(spots, lambda path: urljoin(options["address"], path))
        options["out"].write_bytes(made)
        note_posters(spots)
        self.stdout.write(f"{options['out']}: {len(spots)} posters, {len(made) // 1024} kB")
