"""A new report in the standing answers: from its commit to cell, heat and cluster; at two sizes."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from typing import Any

from django.db import connection

from benchmarks import _scratch
from benchmarks._analysed_city import load, made_city
from layers.catalog.incident_cells import IncidentCell
from spatial_analysis import live, study
from spatial_analysis.models import Run

SMALL, DEFAULT_ROWS = 2_000, 1_000_000
TOLD = 9
MOST_S = 2.0


def main(rows: int | None = None) -> None:
    """Answer the standing questions, tell report after report, print seconds and the goals."""
    print(f"{'reports':>11} {'first answers':>14} {'cold':>8} {'nothing new':>12} "
          f"{'a new report: median, worst':>28} {'beyond the period':>18}   full run")  # fmt: skip
    for size in dict.fromkeys((SMALL, rows or DEFAULT_ROWS)):
        with made_city():
            load(1, size)
            _measured(size)


def _measured(size: int) -> None:
    live.forget()
    answered = _seconds(lambda: [study.perform(study.ask(name, {})) for name in live.STUDIES])
    cold, idle = _seconds(live.recount), _seconds(live.recount)
    spent = []
    for number in range(TOLD):
        before = sum(IncidentCell.objects.standing().values_list("n", flat=True))
        _tell(size + 1 + number, "max(received_at)")
        spent.append(_seconds(live.recount))
        after = sum(IncidentCell.objects.standing().values_list("n", flat=True))
        assert after == before + 1, "the report is in no cell"
    _tell(size + TOLD + 1, "min(received_at)")
    old = _seconds(live.recount)
    revised = _digests()
    live.forget()
    whole = {name: study.perform(study.ask(name, {})).digest for name in live.STUDIES}
    same = "the same digests" if whole == revised else "OTHER digests"
    middle, worst = statistics.median(spent), max(spent)
    print(
        f"{size:>11,} {answered:>12.1f} s {cold:>6.2f} s {idle:>10.2f} s "
        f"{middle:>16.2f} s, {worst:.2f} s {old:>16.2f} s   {same}"
    )
    met = "met" if worst <= MOST_S and whole == revised else "NOT met"
    print(
        f"  goal: in cell, heat, cluster within {MOST_S:g} s of the commit, as a full run says: "
        f"{met} (load average {os.getloadavg()[0]:.1f})",
        flush=True,
    )


def _tell(number: int, at: str) -> None:
    """Put a report beside another one of the last day, as the database knows reports."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT string_agg(quote_ident(attname), ', ') FROM pg_attribute WHERE attrelid = "
            "%s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' AND attname "
            "NOT IN ('id', 'number', 'client_id', 'received_at')",
            [_scratch.TABLE],
        )
        names = cursor.fetchone()[0]
        cursor.execute(
            f"INSERT INTO {_scratch.TABLE} (id, number, client_id, received_at, {names}) "
            f"SELECT %s, 'N' || %s, gen_random_uuid(), (SELECT {at} FROM {_scratch.TABLE}), "
            f"{names} FROM {_scratch.TABLE} WHERE id = %s",
            [number, number, number - SMALL // 2],
        )


def _seconds(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _digests() -> dict[str, str]:
    return {
        name: Run.objects.filter(study=name, params={}).latest("id").digest for name in live.STUDIES
    }
