"""Print how well the street network hangs together, island by island."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from io import StringIO
from typing import Any

from django.core.management.base import BaseCommand
from rich.console import Console
from rich.table import Table

from spatial_analysis.studies.network_report import as_rows


class Command(BaseCommand):
    """`manage.py network_report [--json]`."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the switch for machines."""
        parser.add_argument("--json", action="store_true", help="rows as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the table."""
        rows = as_rows()
        if options["json"]:
            self.stdout.write(json.dumps(rows, ensure_ascii=False))
            return
        table = Table(*(name.replace("_", " ") for name in (rows[0] if rows else {"island": 0})))
        for row in rows:
            table.add_row(*(str(value) for value in row.values()))
        paper = StringIO()
        Console(file=paper, width=150).print(table)
        self.stdout.write(paper.getvalue())
