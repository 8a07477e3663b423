"""Stops that need a skill: only who has it serves them, by land and by boat, or it is told why."""

from __future__ import annotations

import pytest

from layers.catalog.bins import WasteBin
from layers.catalog.rounds.models import RoundPlan, RoundStop
from layers.catalog.skills import Skill
from layers.errors import BadInput
from spatial_analysis.studies import bin_rounds
from tests.round_town import RoundTown
from tests.spatial_analysis.studies.test_bin_rounds import MONDAY, plan, reasons, town

pytestmark = pytest.mark.django_db
__all__ = ["town"]


def who_serves(made: RoundPlan) -> dict[str, str]:
    rows = RoundStop.objects.filter(round__plan=made).exclude(kind="tip")
    return dict(rows.values_list("code", "round__vehicle__code"))


def test_only_who_has_the_skill_serves_a_stop_that_needs_it(town: RoundTown, person):
    crane = Skill.objects.get(code="derek")
    hazardous = Skill.objects.get(code="limbah-b3")
    strong, trained = town.truck("truk-derek"), town.truck("truk-regu")
    town.truck("truk-biasa")
    crane.vehicles.add(strong)
    who = person("crew")
    hazardous.people.add(who)
    heavy = town.bin("berat", 2)
    WasteBin.objects.filter(pk=heavy.pk).update(needs=["derek"])
    ill, both = town.bin("medis", 3), town.bin("keduanya", 4)
    town.bin("biasa", 5)
    needs = {f"bin:{ill.pk}": ["limbah-b3"], f"bin:{both.pk}": ["derek", "limbah-b3"]}
    made = plan(needs=needs, crews={"truk-regu": [who.pk]})
    served = who_serves(made)
    assert (served["berat"], served["medis"]) == ("truk-derek", "truk-regu")
    assert "biasa" in served and reasons(made) == {"keduanya": "no_vehicle_with_skill"}
    assert made.unserved.get().needs == ["derek", "limbah-b3"]
    trained.crew.add(who)  # its own crew counts where the day names no other
    hazardous.vehicles.add(strong)
    again = plan(needs=needs, vehicles=["truk-derek", "truk-biasa"])
    assert reasons(again) == {} and who_serves(again)["keduanya"] == "truk-derek"
    with pytest.raises(BadInput):
        bin_rounds.question(MONDAY, {"needs": {f"bin:{ill.pk}": ["terbang"]}})


def test_the_vehicle_with_the_skill_takes_the_boat(town: RoundTown):
    town.boat(8, out=True)
    town.boat(12, out=False)
    small, large = town.truck("truk-kecil", capacity_l=3000), town.truck("truk-besar")
    far = town.bin("B3", 1, island="small")
    WasteBin.objects.filter(pk=far.pk).update(needs=["limbah-b3"])
    assert reasons(plan()) == {"B3": "no_vehicle_with_skill"}
    Skill.objects.get(code="limbah-b3").vehicles.add(small)
    made = plan()
    assert who_serves(made) == {"B3": "truk-kecil"} and not made.rounds.filter(vehicle=large)
