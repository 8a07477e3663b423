"""Read one file as an import would and say what it holds; nothing is stored."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from layers.geography import city
from layers.ingest import sandbox
from layers.ingest.account import Account
from layers.ingest_child.request import READERS, Request


class Command(BaseCommand):
    """`manage.py import_check FILE --format geojson [--json]`."""

    help = __doc__ or ""
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the file, its format and what the person states about it."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--format", required=True, help=", ".join(READERS))
        parser.add_argument("--crs", default="", help="EPSG:n, when the file does not say")
        parser.add_argument("--encoding", default="", help="encoding of its text")
        parser.add_argument("--table", default="", help="which table or shapefile in it")
        parser.add_argument("--repair", action="store_true", help="mend invalid areas, and say so")
        parser.add_argument("--json", action="store_true", help="one JSON object on the last line")

    def handle(self, *args: Any, **options: Any) -> None:
        """Check, and print the account."""
        path: Path = options["file"]
        if not path.is_file():
            raise CommandError(f"{path}: tidak ada berkas itu", returncode=2)
        request = Request(
            format=options["format"],
            crs=options["crs"],
            encoding=options["encoding"],
            table=options["table"],
            repair=options["repair"],
            outer_box=city().outer_box,
        )
        with sandbox.opened(path, request) as outcome:
            account = Account.of(outcome.report)
        if options["json"]:
            self.stdout.write(json.dumps(account.as_json(), ensure_ascii=False))
            return
        for line in account.lines():
            self.stdout.write(line)
