"""Load a file into a layer: first a preview, and with --yes all rows in one transaction."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from layers.errors import BadInput, NotFound, PlatformError
from layers.ingest import load as loading
from layers.ingest.stated import Stated, constants_of, format_of, rules_of
from layers.registry import get


class Command(BaseCommand):
    """`manage.py load_layer SLUG FILE [--dry-run | --yes]`.

    Exit codes: 0 done, 1 failed and nothing changed, 2 wrong use, 3 done but some rows
    were refused, 4 another import is running.
    """

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the layer, the file and what the person states about it."""
        parser.add_argument("layer")
        parser.add_argument("file", type=Path)
        parser.add_argument("--format", default="", help="when the file's name does not tell it")
        parser.add_argument("--crs", default="", help="EPSG:n, when the file does not say")
        parser.add_argument("--encoding", default="", help="encoding of its text")
        parser.add_argument("--table", default="", help="which table or shapefile in it")
        parser.add_argument("--map", action="append", default=[], metavar="COLUMN=FIELD[*FACTOR]")
        parser.add_argument("--set", action="append", default=[], metavar="FIELD=VALUE")
        parser.add_argument("--good-rows", action="store_true", help="load the good rows alone")
        parser.add_argument("--repair", action="store_true", help="mend invalid areas, and say so")
        parser.add_argument("--again", action="store_true", help="load the same file once more")
        parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
        either = parser.add_mutually_exclusive_group()
        either.add_argument("--dry-run", action="store_true", help="preview only (the default)")
        either.add_argument("--yes", action="store_true", help="store it")

    def handle(self, *args: Any, **options: Any) -> None:
        """Preview or load; the exit code says which way it went."""
        try:
            done = self._load(options)
        except (BadInput, NotFound) as error:
            raise CommandError(str(error), returncode=2) from error
        except loading.Busy as error:
            raise CommandError(str(error), returncode=4) from error
        except PlatformError as error:
            raise CommandError(str(error), returncode=1) from error
        if options["json"]:
            self.stdout.write(json.dumps(_plain(done, options["yes"]), ensure_ascii=False))
        else:
            self._tell(done, options["yes"])
        if done.exit_code:
            sys.exit(done.exit_code)

    def _load(self, options: dict[str, Any]) -> loading.Loaded:
        path: Path = options["file"]
        if not path.is_file():
            raise CommandError(_("%(file)s: tidak ada berkas itu") % {"file": path}, returncode=2)
        stated = Stated(
            format=format_of(path.name, options["format"]),
            crs=options["crs"],
            encoding=options["encoding"],
            table=options["table"],
            rules=rules_of(options["map"]),
            constants=constants_of(options["set"]),
            repair=options["repair"],
            good_rows=options["good_rows"],
        )
        return loading.load(
            path,
            get(options["layer"]),
            stated,
            name=path.name,
            by=None,
            at=timezone.now(),
            commit=options["yes"],
            again=options["again"],
        )

    def _tell(self, done: loading.Loaded, commit: bool) -> None:
        for line in [] if done.already else done.account.lines():
            self.stdout.write(line)
        self.stdout.write(loading.outcome(done, commit))
        if done.exit_code != 1 and not done.already and not commit:
            self.stdout.write(_("Simpan dengan --yes."))


def _plain(done: loading.Loaded, commit: bool) -> dict[str, Any]:
    return done.account.as_json() | {
        "stored": done.stored,
        "already": done.already,
        "inserted": done.written.inserted,
        "updated": done.written.updated,
        "unchanged": done.written.unchanged,
        "dry_run": not commit,
    }
