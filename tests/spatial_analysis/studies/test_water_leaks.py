"""Suspected leaks: three people, 150 m, 7 days, and nothing less."""

from __future__ import annotations

import pytest
from django.utils import translation

from layers.catalog.suspected_leaks import LAYER, SuspectedLeak
from spatial_analysis import study
from spatial_analysis.models import Run
from spatial_analysis.studies.incident_said import sentence_of

pytestmark = pytest.mark.django_db


def ask(**params) -> Run:
    return study.perform(study.ask("water_leaks", params))


def drip(bay, *tells) -> None:
    """Reports about water: (x, day, who)."""
    for x, day, who in tells:
        bay.tell(x, 1000, day=day, who=who, category="air-bersih", words="air tidak mengalir")


def test_three_people_within_150_m_and_a_week_are_a_suspicion(bay):
    drip(bay, (1000, 1, "a"), (1100, 3, "b"), (1050, 6, "c"))
    run = ask()
    leak = SuspectedLeak.objects.of_run(run.pk).get()
    assert (leak.n, leak.n_reporters, leak.n_open, leak.area) == (3, 3, 3, "Kelurahan Besar")
    assert leak.within_m == pytest.approx(100, abs=0.5)
    assert leak.reports.count() == 3
    assert leak.geom.distance(bay.place(1050, 1000)) < 1e-6  # the one in the middle


@pytest.mark.parametrize("tells", [
    ((1000, 1, "a"), (1100, 3, "b")),  # two
    ((1000, 1, "a"), (1100, 3, "a"), (1050, 6, "a")),  # one person
    ((1000, 1, "a"), (1151, 3, "b"), (1302, 6, "c")),  # too far apart for three
    ((1000, 1, "a"), (1100, 3, "b"), (1050, 15, "c")),  # the third too late
])  # fmt: skip
def test_less_is_no_suspicion(bay, tells):
    drip(bay, *tells)
    assert ask().summary["leaks"] == 0
    assert not SuspectedLeak.objects.exists()


def test_other_categories_are_no_water(heap):
    run = ask()
    assert run.summary["n"] == 0
    assert "Tidak ada dugaan" in run.sentence


def test_a_chain_of_reports_along_a_pipe_is_one_leak(bay):
    drip(bay, *((1000 + 100 * number, number, f"p{number}") for number in range(6)))
    leak = SuspectedLeak.objects.of_run(ask().pk).get()
    assert (leak.n, round(leak.within_m)) == (6, 500)


def test_the_layer_holds_the_standing_answer_only(bay):
    drip(bay, (1000, 1, "a"), (1100, 3, "b"), (1050, 6, "c"))
    run = ask()
    ask(island="besar")
    assert set(LAYER.rows().values_list("run_number", flat=True)) == {run.pk}
    with translation.override("en"):
        assert "1 suspected leak (three" in sentence_of(run)
