"""The dispatcher's choice of a day: what must be served, between which hours, the queue."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from layers.catalog.rounds import actions
from layers.catalog.rounds.models import PlanState, RoundPlan
from spatial_analysis.models import Run
from tests.pages.test_rounds_hand import town
from tests.round_town import RoundTown

pytestmark = pytest.mark.django_db
__all__ = ["town"]


def test_the_desk_names_what_must_be_served_its_hours_and_the_queue(town: RoundTown, client_of):
    town.truck("truk-1")
    kept = town.bin("A", 2)
    client, key = client_of("operator"), f"bin:{kept.pk}"
    sent = {"kendaraan": "truk-1", "perhentian": key, "wajib": key, "antre-tpa": "20"}
    client.post("/rute/hitung/", {**sent, f"jam-{key}": "7 - 9.30"})
    run = Run.objects.get()
    asked = {name: run.params[name] for name in ("must", "hours", "tip_queues_min")}
    assert asked == {
        "must": [key], "hours": {key: ["07:00", "09:30"]}, "tip_queues_min": {"tpa": 20}
    }  # fmt: skip
    again = client.get(f"/rute/?seperti={run.pk}").content.decode()
    assert 'value="07.00–09.30"' in again and 'value="20"' in again
    for wrong in ("9-7", "25-26", "pagi"):
        refused = client.post("/rute/hitung/", {**sent, f"jam-{key}": wrong})
        assert refused.status_code == 400 and "Tulis jam seperti" in refused.content.decode()
    assert Run.objects.count() == 1


def test_two_drafts_of_a_day_are_published_one_after_the_other():
    """The action locks every plan of the day, so that the slower one sees the other published."""
    now = timezone.now()
    day = {"on": now.date(), "made_at": now, "network_version": "x", "checked": True}
    one, other = (RoundPlan.objects.create(**day) for _ in range(2))
    with CaptureQueriesContext(connection) as told:
        actions.publish(plan=one, at=now)
    locks = [query["sql"] for query in told if query["sql"].endswith("FOR UPDATE")]
    assert len(locks) == 1 and "state" not in locks[0].partition("WHERE")[2]
    actions.publish(plan=other, at=now)
    one.refresh_from_db()
    assert one.state == PlanState.REPLACED
