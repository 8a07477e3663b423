"""Similar reports near a new one: milliseconds to find them among a million, and by which plan."""

from __future__ import annotations

import json
import statistics
import time
from typing import Any

from django.db import connection

from benchmarks import _scratch
from layers.catalog.reports import candidates
from layers.catalog.reports.models import Report

DEFAULT_ROWS = 1_000_000
ASKED = 200
MOST_MS = 50.0
INDEXED = {  # dropped for loading, made anew as the migrations make them
    "layers_report_geom_id": "USING gist (geom)",
    "report_category_time": "(category_id, received_at)",
}


def main(rows: int | None = None) -> None:
    """Load made reports beside the city, ask for those near ASKED of them, print the goal."""
    size = rows or DEFAULT_ROWS
    with _scratch.scratch("similar") as places:
        _scratch.prepare(places)
        _scratch.load(1, size)
        with connection.cursor() as cursor:
            for name, on in INDEXED.items():
                cursor.execute(f"CREATE INDEX {name} ON {_scratch.TABLE} {on}")
            cursor.execute(f"VACUUM ANALYZE {_scratch.TABLE}")
        step = max(1, size // ASKED)
        asked = list(Report.objects.filter(pk__in=range(1, size + 1, step)).select_related())
        spent, found = [], 0
        for report in asked:
            began = time.perf_counter()
            found += len(candidates.near(report))
            spent.append((time.perf_counter() - began) * 1000)
        spent.sort()
        told = _plan(asked[0])
    p50, p95 = statistics.median(spent), spent[int(0.95 * len(spent))]
    print(f"{size:,} reports, {len(asked)} asked, {found / len(asked):.1f} similar ones each")
    print(f"p50 {p50:.1f} ms, p95 {p95:.1f} ms, worst {spent[-1]:.1f} ms; plan: {told}")
    print(f"{'goal':<52} {'ours':>9}  met")
    print(f"{'similar reports near a new one within 50 ms (p95)':<52} {p95:>6.1f} ms  "
          f"{'yes' if p95 <= MOST_MS else 'no'}")  # fmt: skip
    seq = "Seq Scan" in told
    print(f"{'found by indexes, no whole table is read':<52} {'no' if seq else 'yes':>9}  "
          f"{'no' if seq else 'yes'}")  # fmt: skip


def _plan(report: Report) -> str:
    """Nodes of the plan on reports, as the planner chose it at this size."""
    sql, params = candidates.similar(report).query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", params)
        answer: Any = cursor.fetchone()[0]
    plan = (answer if isinstance(answer, list) else json.loads(answer))[0]
    return " > ".join(_nodes(plan["Plan"])) + f" ({plan['Execution Time']:.1f} ms)"


def _nodes(node: dict[str, Any]) -> list[str]:
    name = " ".join(filter(None, (node["Node Type"], node.get("Index Name"))))
    return [name, *(one for part in node.get("Plans", ()) for one in _nodes(part))]


if __name__ == "__main__":
    main()
