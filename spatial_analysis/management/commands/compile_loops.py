"""Compile the methods' loops once on a machine, so that nobody's first question waits for it."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from spatial_analysis.methods.ready import compile_loops


class Command(BaseCommand):
    """`manage.py compile_loops`: a minute the first time and after an update, else two seconds."""

    help = __doc__ or ""

    def handle(self, *args: Any, **options: Any) -> None:
        """Call every family of loops, and say how long each took."""
        for family, seconds in compile_loops():
            self.stdout.write(f"    {family}: {seconds:.1f} s")
