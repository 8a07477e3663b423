"""Sample reports are written as the doors would have written them."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection

from layers.catalog.categories import Category
from layers.catalog.reports import bulk, bulk_rows
from layers.catalog.reports.history import ReportHistory, broken_chains
from layers.catalog.reports.models import Report
from layers.catalog.reports.move import move
from layers.catalog.reports.states import Actor, Resolution

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 3, tzinfo=UTC)
TARGETS = [
    *(state for state in bulk_rows.PATHS),
    *(f"selesai:{name}" for name in bulk_rows.CLOSINGS if name != Resolution.DUPLICATE),
]


@dataclass(frozen=True)
class Row:
    client_id: UUID
    category: str
    lon: float
    lat: float
    words: str
    observed_at: datetime
    received_at: datetime
    target_state: str
    reporter_key: str
    photo_seed: int | None


def rows(toy, count: int, *, photos: int = 0) -> list[Row]:
    dice = random.Random(1)
    codes = list(Category.objects.values_list("code", flat=True))
    made = []
    for number in range(count):
        place = toy.at(dice.uniform(-0.02, 1), dice.uniform(0, 1))
        at = NOW - timedelta(minutes=dice.uniform(1, 500_000))
        code = codes[number % len(codes)]
        made.append(
            Row(UUID(int=number + 1), code, place.x, place.y, f"Kata {number}", at,
                at, str(TARGETS[number % len(TARGETS)]), f"hp{number % 97}",
                number if number < photos else None)
        )  # fmt: skip
    return made


def test_every_target_is_reached_by_an_unbroken_chain_in_order(toy, person):
    bulk.load(rows(toy, 3 * len(TARGETS)), until=NOW)
    connection.check_constraints()
    reached = Counter(
        f"{report.state}:{report.resolution}" if report.resolution else report.state
        for report in Report.objects.all()
    )
    assert reached == Counter({str(target): 3 for target in TARGETS})
    lines = ReportHistory.objects.select_related("report").order_by("report", "seq")
    assert list(broken_chains(lines)) == []
    assert all(line.at <= NOW for line in lines)
    for report in Report.objects.prefetch_related("history"):
        times = [line.at for line in report.history.all()]
        assert times == sorted(times)
        assert (report.published_at is None) or report.state not in ("baru", "perlu_info")


def test_loading_twice_writes_nothing_new(toy):
    first, second = (bulk.load(rows(toy, 20), until=NOW) for _ in range(2))
    assert (first.written, second.written, second.known) == (20, 0, 20)
    assert Report.objects.count() == 20


def test_a_loaded_report_moves_on_like_any_other(toy, person):
    bulk.load(rows(toy, len(TARGETS)), until=NOW)
    new = Report.objects.get(state="terverifikasi")
    move(new.pk, "teruskan", actor=Actor.OPERATOR, by=person("operator"),
         agency=new.category.default_agency)  # fmt: skip
    new.refresh_from_db()
    assert new.state == "diteruskan"
    assert new.clocks.filter(kind="rencana", stopped_at=None).count() == 1


@pytest.mark.slow
def test_ten_thousand_reports_load_with_their_photos_and_histories(toy, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    made = rows(toy, 10_000, photos=100)
    done = bulk.load(made, until=NOW, most_photos=100)
    assert (done.written, done.photos) == (10_000, 100)
    assert ReportHistory.objects.values("report").distinct().count() == 10_000
