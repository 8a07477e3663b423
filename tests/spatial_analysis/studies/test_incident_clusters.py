"""The cluster study: who belongs together, how many people told it, and could it be chance."""

from __future__ import annotations

import numpy as np
import pytest

from layers.catalog.incident_clusters import (
    LAYER,
    Became,
    ClusterEvent,
    IncidentCluster,
    Trend,
)
from layers.catalog.reports.models import Report
from spatial_analysis import study
from spatial_analysis.models import Run
from spatial_analysis.studies import cluster_chance, incident_frames
from spatial_analysis.studies.incident_frames import read_islands, read_offset
from spatial_analysis.studies.incident_question import Question
from spatial_analysis.studies.incident_said import warnings_of

pytestmark = pytest.mark.django_db


def ask(seed: int = 7, **params) -> Run:
    return study.perform(study.ask("incident_clusters", params, seed=seed))


def test_the_heap_is_one_cluster_with_its_people_and_days(heap):
    run = ask()
    cluster = IncidentCluster.objects.of_run(run.pk).get()
    assert (cluster.n, cluster.n_reporters) == (14, 12)
    assert (cluster.category, cluster.category_n) == ("sampah", 14)
    assert (cluster.island, cluster.area) == ("Besar", "Kelurahan Besar")
    assert (cluster.last_at - cluster.first_at).days == 8
    assert cluster.reports.count() == 14
    assert cluster.geom.covers(cluster.centre)


def test_its_p_is_that_of_random_maps_and_its_risk_is_high(heap):
    ask(replications=99)
    cluster = IncidentCluster.objects.get()
    assert cluster.p == 0.01
    assert cluster.relative_risk > 5
    assert cluster.expected < 14 / 5


def test_a_cluster_keeps_its_key_when_a_report_joins(heap):
    ask()
    before = IncidentCluster.objects.get().key
    heap.tell(1505, 2005, day=29.5, who="hp-late")
    ask()
    after = IncidentCluster.objects.get()
    assert (after.key, after.n) == (before, 15)


def test_the_same_seed_gives_the_same_digest(heap):
    assert ask(seed=7).digest == ask(seed=7).digest


def test_one_loud_person_is_no_cluster(bay):
    for number in range(12):
        bay.tell(1500 + 3 * number, 2000, day=number, who="one phone")
    run = ask()
    assert (run.summary["clusters"], run.summary["left_out_small"]) == (0, 0)


def test_one_loud_person_with_two_neighbours_is_no_cluster_nor_lends_one_strength(heap):
    heap.tell(700, 700, who="a")
    heap.tell(705, 700, day=1, who="b")
    for number in range(12):
        heap.tell(702, 700 + number, day=number, who="one phone")
    before = ask()
    cluster = IncidentCluster.objects.get()
    assert not cluster.geom.contains(heap.place(702, 705))
    heap.tell(1500, 2000, day=25, who="hp-1")  # one of the heap's phones tells again
    ask()
    again = IncidentCluster.objects.get()
    assert (again.n, again.n_reporters) == (cluster.n + 1, cluster.n_reporters)
    assert again.expected == pytest.approx(cluster.expected)
    assert before.summary["clusters"] == 1


def test_random_maps_are_drawn_once_for_a_question_and_a_number_of_voices(heap, monkeypatch):
    assert [cluster_chance.drawn_for(n) for n in (9_999, 10_099, 156_580, 1_234_567)] == [
        9_999, 10_000, 156_000, 1_230_000]  # fmt: skip
    run = ask()
    kept = run.summary["chance"]
    assert len(kept["maxima"]) == run.summary["replications"]
    islands, question = read_islands(), Question.of({})
    asked = question, islands, read_offset(question, islands)
    drawn = []
    monkeypatch.setattr(
        cluster_chance, "random_maxima", lambda n, *_, **__: drawn.append(n) or np.ones(99)
    )
    again = cluster_chance.Chance.of(*asked, 60, seed=0, known={})
    assert cluster_chance.Chance.of(*asked, 60, seed=0, known=again.kept).kept == again.kept
    assert cluster_chance.Chance.of(*asked, 60, seed=1, known=again.kept).name != again.name
    assert cluster_chance.Chance.of(*asked, 61, seed=0, known=again.kept).name != again.name
    assert drawn == [60, 60, 61]


def test_reports_at_a_default_address_are_set_aside_and_said(heap):
    for number in range(9):
        heap.tell(800, 800, day=number, who=f"x{number}")
    run = ask()
    assert run.summary["stacked"] == 9
    (pile,) = run.summary["stacks"]
    assert (pile["n"], pile["area"]) == (9, "Kelurahan Besar")
    place = heap.place(800, 800)
    assert (pile["lon"], pile["lat"]) == (round(place.x, 6), round(place.y, 6))
    assert any("menumpuk" in warning for warning in warnings_of(run))
    assert not IncidentCluster.objects.filter(geom__covers=heap.place(800, 800)).exists()


def test_two_shores_are_two_clusters(bay):
    for number in range(6):
        bay.tell(2990 - 3 * number, 500, day=number, who=f"a{number}")
        bay.tell(5010 + 3 * number, 500, day=number, who=f"b{number}")
    ask(eps_m=1000, min_pts=5)
    assert {cluster.island for cluster in IncidentCluster.objects.all()} == {"Besar", "Kecil"}


def test_the_outline_ends_at_the_coast(bay):
    for number in range(6):
        bay.tell(2995, 500 + 5 * number, day=number, who=f"a{number}")
    ask(min_pts=5)
    outline = IncidentCluster.objects.get().geom
    assert outline.difference(bay.big.geom.buffer(1e-7)).area < 1e-12


def test_a_cluster_that_swells_has_its_arrow_up(bay):
    bay.tell(100, 100, day=0)
    for number in range(10):
        bay.tell(1500 + 5 * number, 2000, day=26 + number / 4, who=f"a{number}")
    ask(**{"from": "2026-03-01", "to": "2026-03-30"})
    assert IncidentCluster.objects.get().trend == Trend.UP


def test_the_layer_holds_the_standing_answer_only(heap):
    run = ask()
    ask(category="sampah")
    assert set(LAYER.rows().values_list("run_number", flat=True)) == {run.pk}
    assert IncidentCluster.objects.count() == 2


def test_two_reports_are_no_cluster(bay):
    bay.tell(100, 100)
    bay.tell(101, 100)
    assert "0 klaster dari 2 laporan" in ask().sentence


def test_the_key_lasts_when_the_first_report_leaves_the_period(heap):
    ask(**{"from": "2026-03-01", "to": "2026-03-31"})
    before = IncidentCluster.objects.get()
    first = before.reports.order_by("received_at", "number").first()
    Report.objects.filter(pk=first.pk).update(practice=True)  # no longer counted
    ask(**{"from": "2026-03-01", "to": "2026-03-31"})
    after = IncidentCluster.objects.get()
    assert after.key == before.key
    assert not after.reports.filter(pk=first.pk).exists()


def test_a_new_heap_is_born_and_a_larger_one_has_grown(heap):
    ask()
    assert not ClusterEvent.objects.exists()  # nothing to compare with yet
    old = IncidentCluster.objects.get().key
    for number in range(9):
        heap.tell(700 + 4 * number, 700, day=29, who=f"n{number}")
        heap.tell(1500 + 4 * number, 2000, day=29, who=f"m{number}")
    run = ask()
    told = {event.key: event for event in ClusterEvent.objects.filter(run_number=run.pk)}
    assert told[old].became == Became.GROWN
    assert (told[old].n_before, told[old].n_now) == (14, 23)
    born = [event for event in told.values() if event.became == Became.BORN]
    assert [event.area for event in born] == ["Kelurahan Besar"]


def test_the_digest_does_not_know_what_was_asked_before(heap):
    first = ask().digest
    IncidentCluster.objects.update(key="another-name")
    again = ask()
    assert again.digest == first
    assert IncidentCluster.objects.of_run(again.pk).get().key == "another-name"


def test_where_everything_is_near_everything_the_number_rises_unless_somebody_set_it(heap):
    near, far = ask(), ask(eps_m=1000)  # some 19 of the 60 lie within a kilometre by chance
    assert (near.summary["min_pts"], near.summary["min_pts_asked"]) == (8, 8)
    assert far.summary["min_pts"] > far.summary["min_pts_asked"] == 8
    assert far.summary["dense_pct"] > 50
    own = ask(eps_m=1000, min_pts=8)
    assert own.summary["min_pts"] == 8
    assert own.summary["clustered"] > far.summary["clustered"]
    assert [any("menyatu" in warning for warning in warnings_of(run))
            for run in (near, far, own)] == [False, False, True]  # fmt: skip


def test_reading_in_several_statements_reads_the_same(heap, monkeypatch):
    whole = ask()
    monkeypatch.setattr(incident_frames, "AT_ONCE", 7)
    assert ask().digest == whole.digest
    assert ask().inputs == whole.inputs
