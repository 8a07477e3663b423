"""What rose, what changed between two periods, and default addresses: on the bay."""

from __future__ import annotations

import pytest
from django.utils import translation

from layers.catalog.incident_alarms import IncidentAlarm
from layers.catalog.incident_changes import ChangeKind, IncidentChange
from layers.catalog.incident_clusters import ClusterEvent, IncidentCluster
from spatial_analysis import study
from spatial_analysis.studies.incident_question import BadQuestion, Question
from spatial_analysis.studies.incident_said import sentence_of
from tests.bay import BIG, Bay

pytestmark = pytest.mark.django_db


def perform(name: str, **params):
    return study.perform(study.ask(name, params))


@pytest.fixture
def busy(bay) -> Bay:
    """90 days with 80 reports anywhere; twelve phones at one corner in the last five days."""
    bay.scatter(80, BIG, days=89, seed=6)
    for number in range(12):
        bay.tell(600 + 4 * number, 700, day=85 + number % 5, who=f"baru-{number}")
    return bay


def test_a_corner_that_woke_up_this_week_is_an_alarm_with_its_reports(busy):
    run = perform("incident_alarms")
    strongest = IncidentAlarm.objects.filter(category="sampah").get()
    assert strongest.n >= 12
    assert strongest.reports.filter(geom__within=strongest.geom).count() >= 12
    assert strongest.expected < 4
    assert strongest.recurrence_days == pytest.approx(1 / strongest.p)
    assert strongest.recurrence_days > 100
    assert run.summary["alarms"] == IncidentAlarm.objects.count()


def test_a_corner_that_was_always_busy_is_no_alarm(bay):
    bay.scatter(80, BIG, days=89, seed=6)
    for number in range(90):
        bay.tell(600 + number, 700, day=number - 0.5, who=f"selalu-{number}")
    perform("incident_alarms")
    assert not IncidentAlarm.objects.exists()


def test_one_phone_however_loud_raises_no_alarm(bay):
    bay.scatter(80, BIG, days=89, seed=6)
    for number in range(20):
        bay.tell(600 + 3 * number, 700, day=85 + number % 5, who="satu HP")
    perform("incident_alarms")
    assert not IncidentAlarm.objects.exists()


def test_this_week_is_compared_with_last_week_cell_by_cell(busy):
    run = perform("incident_changes")
    assert (run.summary["days"], run.summary["against_days"]) == (7, 7)
    risen = IncidentChange.objects.filter(change=ChangeKind.RISEN)
    assert risen.filter(geom__covers=busy.place(610, 700)).get().n >= 12
    assert run.summary["risen"] == risen.count()
    assert not IncidentChange.objects.filter(change=ChangeKind.FALLEN).exists()


def test_any_two_periods_are_compared_but_not_ones_that_overlap(busy):
    chosen = {"from": "2026-05-20", "to": "2026-05-29", "against_from": "2026-04-01",
              "against_to": "2026-04-30"}  # fmt: skip
    run = perform("incident_changes", **chosen)
    assert (run.summary["days"], run.summary["against_days"]) == (10, 30)
    with pytest.raises(BadQuestion, match="terpisah"):
        perform("incident_changes", **(chosen | {"against_to": "2026-05-20"}))


def test_who_tells_every_week_does_not_rise_against_a_longer_period(bay):
    bay.scatter(8, BIG, days=89, seed=6)
    for number in range(6):  # six phones, each once a week, for thirteen weeks
        for week in range(13):
            bay.tell(600 + 4 * number, 700, day=7 * week + number, who=f"tetap-{number}")
    chosen = {"from": "2026-05-24", "to": "2026-05-30", "against_from": "2026-03-01",
              "against_to": "2026-05-23"}  # fmt: skip
    perform("incident_changes", **chosen)
    change = IncidentChange.objects.get(geom__covers=bay.place(610, 700))
    assert change.window_n == 6
    assert change.window_before >= 66
    assert change.change == ChangeKind.SAME


def test_a_refusal_with_figures_is_said_in_the_readers_language(busy):
    asked = study.ask("incident_heat", {"sigma_m": 5})
    with pytest.raises(BadQuestion):
        study.perform(asked)
    assert sentence_of(asked) == "sigma_m: 100 sampai 2000."
    with translation.override("en"):
        assert sentence_of(asked) == "sigma_m: 100 to 2000."


def test_a_cluster_goes_on_under_its_name_when_the_newest_day_moves_on(heap):
    perform("incident_clusters")
    before = IncidentCluster.objects.get()
    for number in range(8):
        heap.tell(1500 + 2 * number, 2010, day=31, who=f"besok-{number}")
    perform("incident_clusters")
    after = IncidentCluster.objects.get()
    assert (after.key, after.pk) == (before.key, before.pk)
    assert after.n == before.n + 8
    assert ClusterEvent.objects.get().became == "grown"


def test_with_default_addresses_kept_the_strongest_cluster_is_one(heap):
    for number in range(30):
        heap.tell(800, 800, day=number, who=f"x{number}")
    aside, kept = perform("incident_clusters"), perform("incident_clusters", piles="1")
    question = kept.summary["question"]
    strongest = IncidentCluster.objects.filter(question=question).order_by("rank").first()
    assert strongest.geom.contains(heap.place(800, 800))
    assert (aside.summary["stacked"], kept.summary["stacked"]) == (30, 0)
    assert kept.summary["clusters"] == aside.summary["clusters"] + 1


def test_a_default_address_is_judged_by_all_that_was_told_there_whatever_is_asked(heap):
    kinds = ("sampah", "kecelakaan", "kemacetan")
    for number in range(30):
        heap.tell(800, 800, day=number, who=f"x{number}", category=kinds[number % 3])
    for number in range(4):  # alone these are too few for a pile
        heap.tell(800, 800, day=number, who=f"y{number}", category="bencana-alam")
        heap.tell(150 + 90 * number, 300, day=number, category="bencana-alam")
    days = {"from": "2026-03-01", "to": "2026-03-31"}
    whole = perform("incident_clusters", **days)
    narrow = perform("incident_clusters", category="bencana-alam", **days)
    island = perform("incident_clusters", island="besar", **days)
    assert [run.summary["stacked"] for run in (whole, narrow, island)] == [34, 4, 34]
    assert [(pile["n"], pile["of"]) for pile in narrow.summary["stacks"]] == [(4, 34)]
    judged = {run.summary["pile_judged"] for run in (whole, narrow, island)}
    assert judged == {whole.summary["n"]} != {narrow.summary["n"]}
    assert len({(run.summary["pile_least"], run.summary["pile_busy"]) for run in
                (whole, narrow, island)}) == 1  # fmt: skip


def test_a_point_that_one_kind_alone_fills_stays_also_when_that_kind_is_asked_for(bay):
    for number, kind in enumerate(("sampah", "kecelakaan", "kemacetan", "bencana-alam")):
        bay.scatter(15, BIG, seed=6 + number, category=kind)
        for k in range(1, 6):  # points of two are no rarity here
            bay.tell(100 * k, 50 + 200 * number, category=kind)
            bay.tell(100 * k, 50 + 200 * number, category=kind)
    for number in range(30):  # a signal that fails thirty times
        bay.tell(800, 800, day=number, who=f"x{number}", category="wifi-mati")
    run = perform("incident_clusters", category="wifi-mati")
    assert (run.summary["stacked"], run.summary["pile_busy"]) == (0, 1)
    assert run.summary["clusters"] == 1


@pytest.mark.parametrize(
    "params",
    [{"days": 0}, {"days": 10**12}, {"days": -5}, {"days": "x"}, {"to": "9999-12-31"},
     {"from": "0001-01-01"}, {"from": "2026-05-01", "to": "2026-04-01"}, {"sigma_m": 0},
     {"alpha": 0}, {"alpha": "nan"}, {"min_pts": -8}],
)  # fmt: skip
def test_odd_days_and_figures_are_refused_in_words_and_none_is_mended_in_silence(bay, params):
    bay.tell(100, 100)
    with pytest.raises(BadQuestion):
        Question.of(params)


def test_days_that_roll_on_are_no_other_question(heap):
    before = Question.of({"category": "sampah"}).key("s")
    heap.tell(100, 100, day=40)
    assert Question.of({"category": "sampah"}).key("s") == before
    assert Question.of({"category": "sampah", "days": 30}).key("s") != before


def test_one_report_is_said_as_one_in_english(bay):
    bay.tell(100, 100)
    bay.tell(5500, 500, day=1)
    heat, whole = perform("incident_heat", island="besar"), perform("incident_clusters")
    assert heat.sentence.startswith("1 laporan, ")
    with translation.override("en"):
        assert sentence_of(heat).startswith("1 report, ")
        assert sentence_of(whole).startswith("0 clusters of 2 reports, ")
