"""Recount every report's chain of history; name each line that was changed."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from layers.catalog.reports.history import ReportHistory, broken_chains
from layers.catalog.reports.models import Report


class Command(BaseCommand):
    """`manage.py audit_verify`: ends 1 when a line was changed or a chain is missing."""

    help = __doc__ or ""

    def handle(self, *args: Any, **options: Any) -> None:
        """Recount, and say what was found."""
        lines = ReportHistory.objects.select_related("report").order_by("report_id", "seq")
        faults = list(broken_chains(lines.iterator(chunk_size=5000)))
        bare = Report.objects.filter(history__isnull=True).values_list("number", flat=True)
        faults += [f"{number}: its history is missing" for number in bare]
        for fault in faults:
            self.stderr.write(fault)
        if faults:
            raise CommandError(f"{len(faults)} faults")
        self.stdout.write(f"{lines.count()} lines of {Report.objects.count()} reports are whole")
