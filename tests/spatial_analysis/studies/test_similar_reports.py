"""Similar reports near a new one: found by the index on places, also among very many."""

from __future__ import annotations

import json

import pytest
from django.db import connection

from layers.catalog.reports import candidates
from layers.catalog.reports.models import Report

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(bay) -> list[Report]:
    """A report and others: 20 m away, 20 m but another category, 400 m, 20 m but too old."""
    return [
        bay.tell(1000, 1000, day=20, who="a"),
        bay.tell(1020, 1000, day=19, who="b"),
        bay.tell(1000, 1020, day=19, who="c", category="air-bersih"),
        bay.tell(1400, 1000, day=19, who="d"),
        bay.tell(980, 1000, day=-60, who="e"),
    ]


def test_the_similar_ones_are_of_its_kind_near_and_recent(told):
    found = candidates.near(told[0])
    assert [(report.pk, round(report.metres)) for report in found] == [(told[1].pk, 20)]


def plan(rows) -> str:
    """The plan of a query as text, with sequential scans made dear (the toy has few rows)."""
    sql, params = rows.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
        return json.dumps(cursor.fetchone()[0])


def test_they_are_found_by_the_index_on_places(told, bay):
    for n in range(20):  # so that few of a kind are near
        bay.tell(2000 + 50 * n, 2000, day=18, who=f"far {n}")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE layers_report")
    radius_m, _ = told[0].category.near
    said = plan(candidates.within(told[0], radius_m))
    assert "layers_report_geom" in said
    assert "Seq Scan" not in said
