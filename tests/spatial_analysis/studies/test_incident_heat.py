"""The heat study: a raster that keeps its sum on land, cells with honest calls, one digest."""

from __future__ import annotations

import numpy as np
import pytest
import rasterio
from django.db import transaction

from layers.access import Role, face_for
from layers.catalog.heat_contours import HeatContour
from layers.catalog.heat_rasters import CLOSED_HEAT, HEAT
from layers.catalog.incident_cells import LAYER as CELLS
from layers.catalog.incident_cells import Grade, IncidentCell
from layers.catalog.rasters import Raster
from layers.geography import city
from spatial_analysis import study
from spatial_analysis.models import Run, RunState
from spatial_analysis.studies.incident_question import BadQuestion, NoReportsThen
from spatial_analysis.studies.incident_said import warnings_of

pytestmark = pytest.mark.django_db


def ask(**params) -> Run:
    return study.perform(study.ask("incident_heat", params))


def test_the_heap_is_hot_and_the_empty_land_is_not(heap):
    run = ask()
    hot = IncidentCell.objects.of_run(run.pk).filter(grade__startswith="hot")
    assert hot.exists()
    heap_place = heap.place(1500, 2000)
    assert hot.filter(geom__covers=heap_place).exists()
    assert {cell.island for cell in hot} == {"Besar"}
    assert all(cell.geom.distance(heap_place) < 0.01 for cell in hot)


def test_every_cell_says_what_it_was_tested_with(heap):
    run = ask()
    cells = list(IncidentCell.objects.of_run(run.pk))
    assert sum(cell.n for cell in cells) == run.summary["n"] == 60
    assert {cell.m_tests for cell in cells} == {len(cells)} == {run.summary["m_tests"]}
    middle = next(cell for cell in cells if cell.geom.covers(heap.place(1500, 2000)))
    assert middle.window_n >= 12 > 3 * middle.expected
    assert middle.p_adjusted < 0.001
    assert middle.stability >= 0.8
    assert middle.offset_kind == "people"


def test_one_loud_person_makes_no_hot_cell(bay):
    bay.scatter(40, (0, 0, 3000, 3000), seed=2)
    for number in range(14):
        bay.tell(1500 + number, 2000, day=number, who="one phone")
    ask()
    middle = IncidentCell.objects.get(geom__covers=bay.place(1505, 2000))
    assert middle.grade == Grade.TOO_FEW


def test_the_raster_keeps_every_report_on_land_and_says_how_it_was_made(heap, rasters):
    run = ask(island="besar")
    raster = Raster.objects.get(code=run.summary["raster"])
    with rasterio.open(rasters / raster.path) as file:
        values, tags = file.read(1), file.tags()
        assert file.crs.to_epsg() == city().metric_srid
        assert np.isnan(file.nodata)
        assert file.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
    weeks = run.summary["days"] / 7
    total = np.nansum(values.astype(float)) * (50**2 / 1e6) * weeks
    assert total == pytest.approx(54, rel=1e-5)
    assert tags["sigma_m"] == "300"
    assert tags["edge"] == "diggle"
    assert tags["reports"] == "54"
    assert raster.unit == "laporan per km² per minggu"


def test_the_sea_between_the_islands_stays_without_a_value(heap, rasters):
    run = ask()
    raster = Raster.objects.get(code=run.summary["raster"])
    x, y = heap.corner + np.array([4000, 500])
    with rasterio.open(rasters / raster.path) as file:
        assert np.isnan(next(file.sample([(x, y)]))[0])


def test_the_same_question_has_the_same_digest_and_replaces_its_rows(heap):
    first, second = ask(), ask()
    assert first.digest == second.digest
    assert not IncidentCell.objects.of_run(first.pk).exists()


def test_the_order_in_which_reports_arrived_does_not_show_in_the_digest(bay):
    rng = np.random.default_rng(3)
    told = [(x, y, day) for x, y, day in zip(*rng.uniform(0, 29, (3, 25)), strict=True)]

    def digest(rows) -> str:
        with transaction.atomic():
            for x, y, day in rows:
                bay.tell(100 * x, 100 * y, day=day, who=f"{x}")
            answer = ask().digest
            transaction.set_rollback(True)
        return answer

    assert digest(told) == digest(told[::-1])


def test_a_further_report_changes_the_digest(heap):
    first = ask()
    heap.tell(100, 100, day=29)
    assert ask().digest != first.digest


def test_category_island_and_days_cut_what_is_counted(heap):
    heap.tell(500, 500, day=10, category="kecelakaan")
    assert ask(category="kecelakaan").summary["n"] == 1
    assert ask(island="kecil").summary["n"] == 6
    assert (
        ask(**{"from": "2026-03-21", "to": "2026-03-29", "category": "sampah"}).summary["n"] >= 14
    )
    run = ask(**{"from": "2026-03-01", "to": "2026-03-30"})
    assert len(run.summary["histogram"]) == 30
    assert sum(count for _, count in run.summary["histogram"]) == run.summary["n"]


def test_the_period_before_is_counted_beside(bay):
    bay.scatter(10, (0, 0, 3000, 3000), days=9, seed=1)
    for number in range(4):
        bay.tell(1000, 1000, day=12 + number, who=str(number))
    run = ask(**{"from": "2026-03-11", "to": "2026-03-20"})
    assert (run.summary["n"], run.summary["n_before"]) == (4, 10)


def test_practice_reports_do_not_count(heap):
    heap.tell(1500, 2000, day=25, practice=True)
    assert ask().summary["n"] == 60


def test_hidden_categories_are_counted_only_when_asked_for_and_shown_only_to_the_desk(heap):
    for number in range(8):
        heap.tell(700, 700 + number, day=5, category="kriminalitas", who=str(number))
    assert ask().summary["n"] == 60
    run = ask(category="kriminalitas")
    assert run.summary["n"] == 8
    assert run.summary["raster_layer"] == CLOSED_HEAT.slug
    assert face_for(CLOSED_HEAT, {Role.PLANNER}) is None
    assert face_for(CLOSED_HEAT, {Role.OPERATOR}) is not None
    assert not CELLS.rows().filter(category="kriminalitas").exists()


def test_only_the_desk_sees_heat_and_cells():
    for layer in (HEAT, CELLS):
        assert face_for(layer, {Role.PUBLIC}) is None
        assert face_for(layer, {Role.CREW}) is None
        assert face_for(layer, {Role.PLANNER}) is not None


def test_the_layer_shows_the_question_nobody_narrowed(heap):
    standing = ask()
    ask(category="sampah")
    assert set(CELLS.rows().values_list("run_number", flat=True)) == {standing.pk}


def test_other_measures_are_possible_and_named(heap):
    heap.scatter(30, (0, 0, 3000, 3000), seed=9, category="air-bersih")
    assert ask(offset="land").summary["offset_words"] == "luas daratan"
    assert ask(offset="reports", category="sampah").summary["offset_words"] == "semua laporan"
    before = ask(**{"offset": "before", "from": "2026-03-15", "to": "2026-03-30"})
    assert before.summary["n_before"] > 0


def test_nothing_to_count_is_a_refusal_that_is_recorded(bay):
    with pytest.raises(NoReportsThen):
        ask()
    assert Run.objects.get().state == RunState.REFUSED
    assert "Tidak ada laporan" in Run.objects.get().sentence


@pytest.mark.parametrize(
    "params",
    [{"category": "naga"}, {"island": "atlantis"}, {"from": "kemarin"}, {"sigma_m": 5},
     {"from": "2026-03-10", "to": "2026-03-01"}, {"offset": "reports"}, {"surprise": 1},
     {"days": "banyak"}],
)  # fmt: skip
def test_a_question_that_makes_no_sense_is_refused(heap, params):
    with pytest.raises(BadQuestion):
        ask(**params)


def test_a_report_at_sea_is_told_and_not_counted_in_a_cell(heap):
    heap.tell(4000, 500, day=3)
    run = ask()
    assert run.summary["n"] == 61
    assert any("di laut" in warning for warning in warnings_of(run))
    assert sum(IncidentCell.objects.of_run(run.pk).values_list("n", flat=True)) == 60


def test_the_areas_of_the_heat_hold_about_their_share_and_lie_inside_one_another(heap):
    run = ask()
    rows = list(HeatContour.objects.of_run(run.pk).order_by("held_pct"))
    assert [row.held_pct for row in rows] == [25, 50, 75]
    assert rows[0].area_km2 < rows[1].area_km2 < rows[2].area_km2
    assert rows[0].n <= rows[1].n <= rows[2].n <= 60
    assert abs(rows[2].n - 45) <= 8
    assert rows[2].geom.buffer(1e-9).covers(rows[1].geom)
    assert run.summary["contours"][2][0] == 75


def test_the_areas_end_at_the_coast(heap):
    ask()
    lands = heap.big.geom.union(heap.small.geom).buffer(1e-7)
    for row in HeatContour.objects.all():
        assert row.geom.difference(lands).area < 1e-12
