"""The dispatcher's choice of a day: what must be served, between which hours, the queue."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from layers.catalog.bins import WasteBin
from layers.catalog.rounds import actions
from layers.catalog.rounds.models import PlanState, Round, RoundPlan, RoundStop
from layers.catalog.skills import Skill
from spatial_analysis import study
from spatial_analysis.models import Run
from spatial_analysis.studies import round_moves
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


def test_the_desk_says_what_a_stop_needs_and_a_hand_cannot_give_it_to_who_lacks_it(
    town: RoundTown, client_of
):
    crane, plain = town.truck("truk-derek"), town.truck("truk-biasa")
    Skill.objects.get(code="derek").vehicles.add(crane)
    heavy = town.bin("berat", 2)
    town.bin("lain", 4)
    client, key = client_of("operator"), f"bin:{heavy.pk}"
    page = client.get("/rute/").content.decode()
    assert f'name="butuh-{key}" value="derek"' in page and "Limbah B3" in page
    sent = {"kendaraan": ["truk-derek", "truk-biasa"], "keahlian": "1", f"butuh-{key}": "derek"}
    keys = [f"bin:{pk}" for pk in WasteBin.objects.values_list("pk", flat=True)]
    client.post("/rute/hitung/", {**sent, "perhentian": keys})
    run = Run.objects.get()
    assert run.params["needs"][key] == ["derek"]
    study.perform(run)
    plan = RoundPlan.objects.get(pk=run.summary["plan"])
    stop = RoundStop.objects.get(round__plan=plan, code="berat")
    assert stop.round.vehicle == crane and stop.needs == ["derek"]
    shown = client.get(f"/rute/{plan.pk}/").content.decode()
    assert "butuh Derek" in shown
    idle = dict.fromkeys(("drive_s", "wait_s", "service_s", "length_m"), 0)
    other, _made = Round.objects.get_or_create(
        plan=plan, vehicle=plain,
        defaults={
            "number": 9, "starts_at": stop.round.starts_at, "ends_at": stop.round.ends_at,
            "load_max_l": 0, "load_max_kg": 0, "geom": stop.round.geom, **idle,
        },
    )  # fmt: skip
    with pytest.raises(round_moves.MoveBreaksRule, match="tidak membawa Derek"):
        round_moves.move(
            plan=plan, stop_id=stop.pk, number=other.number, at=timezone.now(), cheapest=True
        )
    english = {"Accept-Language": "en"}
    assert "needs Crane" in client.get(f"/rute/{plan.pk}/", headers=english).content.decode()


def test_a_stop_nobody_can_serve_names_the_skill_in_both_languages(town: RoundTown, client_of):
    town.truck("truk-1")
    town.bin("biasa", 2)
    WasteBin.objects.filter(pk=town.bin("medis", 3).pk).update(needs=["limbah-b3"])
    run = study.perform(study.ask("bin_rounds", {}, seed=1))
    client, address = client_of("operator"), f"/rute/{run.summary['plan']}/"
    assert "Butuh: Limbah B3." in client.get(address).content.decode()
    english = client.get(address, headers={"Accept-Language": "en"}).content.decode()
    assert "No vehicle or crew here today has all that it needs." in english
    assert "It needs: Hazardous waste." in english
