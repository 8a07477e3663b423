"""Print the benchmark tables of benchmarks/: ratios measured against a named peer in one run."""

from __future__ import annotations

import importlib
import inspect
import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError


def tables() -> list[str]:
    """Names of the benchmark modules."""
    folder = Path(settings.BASE_DIR) / "benchmarks"
    modules = [path.stem for path in folder.glob("*.py")]
    packages = [path.parent.name for path in folder.glob("*/__init__.py")]
    return sorted(name for name in modules + packages if not name.startswith("_"))


class Command(BaseCommand):
    """`manage.py bench [NAME ...] [--rows N] [--from N]`."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the names."""
        parser.add_argument("names", nargs="*", help="which tables; none means all")
        parser.add_argument("--rows", type=int, help="reports that `scale` goes up to")
        parser.add_argument(
            "--from", type=int, dest="first", help="reports that `scale` begins with (10,000)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run each benchmark's main()."""
        known = tables()
        for name in options["names"] or known:
            if name not in known:
                raise CommandError(f"No table {name!r}; there are: {', '.join(known)}")
            self.stdout.write(f"\n== {name} (load average {os.getloadavg()[0]:.1f}) ==")
            main = importlib.import_module(f"benchmarks.{name}").main
            known_words = inspect.signature(main).parameters
            main(**{word: options[word] for word in ("rows", "first") if word in known_words})
