"""The command line asks the same studies, and its exit code says how it went."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from spatial_analysis.models import Run

pytestmark = pytest.mark.django_db


def analyse(*words: str) -> str:
    out = StringIO()
    call_command("analyse", *words, stdout=out)
    return out.getvalue()


def test_it_answers_in_json_with_seed_and_digest(heap):
    said = json.loads(
        analyse("incident_clusters", "--category", "sampah", "--island", "besar", "--from",
                "2026-03-01", "--to", "2026-03-31", "--seed", "7", "--json")
    )  # fmt: skip
    run = Run.objects.get()
    assert said["digest"] == run.digest
    assert said["seed"] == 7
    assert said["params"] == {"category": "sampah", "island": "besar", "from": "2026-03-01",
                              "to": "2026-03-31"}  # fmt: skip
    assert said["summary"]["clusters"] == 1


def test_it_answers_in_words(heap):
    assert "Kepadatan, bukan bukti" in analyse("incident_heat", "--days", "30")


def test_a_refusal_ends_with_two_and_its_sentence(heap):
    with pytest.raises(CommandError, match="Pertanyaan ini belum jelas") as refusal:
        analyse("incident_heat", "--category", "naga")
    assert refusal.value.returncode == 2


def test_any_other_parameter_can_be_given_by_name(heap):
    with pytest.raises(CommandError, match="Tidak dikenal: surprise"):
        analyse("incident_heat", "--set", "surprise=1")
    with pytest.raises(CommandError, match="NAME=VALUE"):
        analyse("incident_heat", "--set", "surprise")


def test_an_unknown_study_is_named(db):
    with pytest.raises(CommandError, match="no study"):
        analyse("crystal_ball")
