"""The wifi studies from the command line: answers, refusals, and the codes they end with."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from layers.catalog.wifi_proposals import WifiProposal
from spatial_analysis import study
from tests.spatial_analysis import toy_city

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def toy(db: None) -> None:
    toy_city.build()


def analyse(*words: str) -> str:
    out = StringIO()
    call_command("analyse", *words, stdout=out)
    return out.getvalue()


def test_a_placement_is_answered_with_proof_and_digest() -> None:
    said = json.loads(analyse("wifi_placement", "--count", "1", "--walk-m", "250", "--json"))
    assert said["params"] == {"count": 1, "walk_m": 250}
    assert said["summary"]["people_gained"] == 200  # the school, or the site that is off now
    assert said["summary"]["proven"] is True
    assert len(said["digest"]) == 64


def test_service_is_counted_in_words() -> None:
    assert "dapat berjalan 250 m ke WiFi" in analyse("underserved_zones", "--walk-m", "250")


def test_rules_that_contradict_end_with_three_and_name_a_way_out() -> None:
    with pytest.raises(CommandError, match="Longgarkan") as refusal:
        analyse("wifi_placement", "--budget", "1000000", "--floor", "small=1", "--walk-m", "250")
    assert refusal.value.returncode == 3


def test_a_question_without_money_or_number_ends_with_two() -> None:
    with pytest.raises(CommandError, match="Isi anggaran") as refusal:
        analyse("wifi_placement")
    assert refusal.value.returncode == 2


def test_a_new_city_gets_a_standing_proposal() -> None:
    study.perform(study.ask("wifi_placement", study.first_answers()["wifi_placement"]))
    assert WifiProposal.objects.current().count() >= 1


def test_floors_are_named_by_code_or_name_and_a_proof_may_take_its_time() -> None:
    words = ("wifi_placement", "--count", "2", "--walk-m", "250", "--json")
    by_code = json.loads(analyse(*words, "--floor", "small=1"))["summary"]
    by_name = json.loads(analyse(*words, "--floor", "KECIL=1", "--prove"))["summary"]
    assert by_code["areas"] == by_name["areas"]
    assert [area["floor"] for area in by_name["areas"]] == [0, 1]
    with pytest.raises(CommandError, match="Isi anggaran"):
        analyse(*words, "--floor", "Atlantis=1")
