"""Default addresses: heat, cells, windows and two periods are those of a city without them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import rasterio
from django.db import transaction
from django.test import override_settings
from django.utils import timezone

from layers.catalog.incident_cells import IncidentCell
from layers.catalog.incident_changes import ChangeKind, IncidentChange
from layers.catalog.rasters import Raster, register_raster
from layers.catalog.reports.models import Report
from spatial_analysis import live, study
from spatial_analysis.methods.density import Density, Grid
from spatial_analysis.models import Run, RunState
from spatial_analysis.studies import heat_files
from spatial_analysis.studies.incident_days import cell_days, question_of
from spatial_analysis.studies.incident_question import OnlyDefaultAddressesThen
from spatial_analysis.studies.incident_window import window_of
from tests.bay import BIG, Bay, fill

pytestmark = pytest.mark.django_db
DAYS = {"from": "2026-03-01", "to": "2026-03-31"}
KINDS = ("sampah", "kecelakaan", "kemacetan")
SPOT = (800.0, 800.0)
FIGURES = ("cell", "n", "n_before", "window_n", "expected", "p_adjusted", "grade", "gi_star_z")


def ask(name: str = "incident_heat", **params) -> Run:
    return study.perform(study.ask(name, DAYS | params))


@dataclass(frozen=True)
class City:
    """The heap before and after a pile was planted: answers, cells and heat of either."""

    bay: Bay
    folder: Path
    clean: Run
    clean_cells: list
    clean_heat: np.ndarray
    run: Run
    cells: list


@pytest.fixture(scope="module")
def told(django_db_setup, django_db_blocker, tmp_path_factory):
    """The city, told and answered once for all tests of this module."""
    folder = tmp_path_factory.mktemp("rasters")
    held = override_settings(RASTER_DIR=folder)
    with django_db_blocker.unblock(), held, transaction.atomic():
        heap = fill(Bay())
        clean = ask()
        known, warm = cells(), heat_of(clean, folder)
        plant(heap)
        yield City(heap, folder, clean, known, warm, ask(), cells())
        transaction.set_rollback(True)


@pytest.fixture
def planted(told, db, settings) -> City:
    settings.RASTER_DIR = told.folder
    return told


def plant(bay, n: int = 60, *, first: int = 0, days: int = 30) -> None:
    """Reports of every kind and of many people on one exact point."""
    for number in range(n):
        bay.tell(*SPOT, day=first + number % days, who=f"tumpuk-{number}",
                 category=KINDS[number % 3])  # fmt: skip


def heat_of(run: Run, folder: Path) -> np.ndarray:
    with rasterio.open(folder / Raster.objects.get(code=run.summary["raster"]).path) as file:
        return file.read(1)


def cells() -> list:
    return list(IncidentCell.objects.order_by("cell").values_list(*FIGURES))


def cells_of(run: Run) -> list:
    return list(IncidentCell.objects.of_run(run.pk).order_by("cell").values_list(*FIGURES))


def cell_at(bay, run: Run) -> IncidentCell:
    return IncidentCell.objects.of_run(run.pk).get(geom__covers=bay.place(*SPOT))


def test_heat_and_cells_are_those_of_a_city_without_the_pile(planted):
    clean, run = planted.clean, planted.run
    assert (planted.cells, run.summary["n"]) == (planted.clean_cells, clean.summary["n"])
    assert np.array_equal(heat_of(run, planted.folder), planted.clean_heat, equal_nan=True)
    assert run.digest == clean.digest
    assert (clean.summary["stacked"], run.summary["stacked"]) == (0, 60)
    (pile,) = run.summary["stacks"]
    place = planted.bay.place(*SPOT)
    assert (pile["n"], pile["of"]) == (60, 60)
    assert (pile["lon"], pile["lat"]) == (round(place.x, 6), round(place.y, 6))
    assert ["stacked", {"stacked": 60}] in run.summary["warnings"]
    assert run.inputs["piles"] != clean.inputs["piles"]


def test_with_default_addresses_kept_they_glow(planted):
    aside, kept = planted.run, ask(piles="1")
    assert cell_at(planted.bay, kept).grade.startswith("hot")
    assert not cell_at(planted.bay, aside).grade.startswith("hot")
    assert (kept.summary["n"], kept.summary["stacked"]) == (aside.summary["n"] + 60, 0)
    assert kept.summary["piles_kept"] and not aside.summary["piles_kept"]
    assert kept.summary["top"] > aside.summary["top"]


def test_a_few_of_one_category_are_judged_by_all_that_was_told_there(planted):
    for number in range(4):
        planted.bay.tell(*SPOT, day=number, who=f"y{number}", category="bencana-alam")
    planted.bay.scatter(10, BIG, seed=8, category="bencana-alam")
    run = ask(category="bencana-alam")
    clusters = ask("incident_clusters", category="bencana-alam")
    assert run.summary["stacked"] == clusters.summary["stacked"] == 4
    assert [(pile["n"], pile["of"]) for pile in run.summary["stacks"]] == [(4, 64)]
    for name in ("pile_least", "pile_busy", "pile_judged"):
        assert run.summary[name] == clusters.summary[name], name


@pytest.mark.parametrize("name", ["incident_heat", "incident_clusters", "incident_alarms"])
def test_where_nothing_else_was_told_the_reader_is_told_so(planted, name):
    for number in range(6):
        planted.bay.tell(*SPOT, day=number, who=f"y{number}", category="bencana-alam")
    with pytest.raises(OnlyDefaultAddressesThen):
        ask(name, category="bencana-alam")
    assert Run.objects.first().state == RunState.REFUSED


def test_a_measure_made_of_reports_leaves_them_out_too(planted):
    planted.bay.scatter(40, BIG, seed=8, category="air-bersih")
    run = ask(category="sampah", offset="reports")
    known = cells_of(run)
    assert run.summary["stacked"] == 20
    Report.objects.filter(phone_mark__startswith="tumpuk-").delete()
    clean = ask(category="sampah", offset="reports")
    assert (cells_of(clean), clean.digest) == (known, run.digest)


def test_the_slider_leaves_out_what_its_answer_left_out(planted):
    run = planted.run
    asked = question_of(run)
    seen = window_of(run, asked.first, asked.end)
    assert seen.n == run.summary["n"]
    here = cell_at(planted.bay, run)
    assert {row[0]: row[1] for row in seen.cells}.get(here.cell, 0) == here.n
    assert sum(n for told in cell_days(run).values() for _, n in told) == run.summary["n"]


def test_a_default_address_neither_rises_nor_falls_between_two_periods(planted):
    late = {"from": "2026-03-25", "to": "2026-03-31"}
    for number in range(30):
        planted.bay.tell(*SPOT, day=24 + number % 6, who=f"z{number}")
    run = study.perform(study.ask("incident_changes", late))
    assert run.summary["stacked"] > 30
    moved = IncidentChange.objects.exclude(change__in=(ChangeKind.SAME, ChangeKind.TOO_FEW))
    assert not moved.filter(geom__covers=planted.bay.place(*SPOT)).exists()
    kept = study.perform(study.ask("incident_changes", late | {"piles": "1"}))
    rose = IncidentChange.objects.filter(question=kept.summary["question"], change="risen")
    assert rose.filter(geom__covers=planted.bay.place(*SPOT)).exists()


def test_a_live_recount_sets_aside_what_a_full_run_does(planted):
    live.forget()
    study.perform(study.ask("incident_heat", {}))
    live.recount()
    planted.bay.tell(*SPOT, day=29, who="baru")
    planted.bay.tell(1200, 1200, day=29, who="baru")
    assert live.recount() == ["incident_heat"]
    revised = Run.objects.get(params={})
    full = study.perform(study.ask("incident_heat", {}))
    assert (revised.digest, revised.summary["stacked"]) == (full.digest, 61)
    assert revised.summary["stacks"] == full.summary["stacks"]
    live.forget()


def test_a_run_that_is_rolled_back_leaves_the_raster_on_the_map(planted):
    row = Raster.objects.get(code=planted.run.summary["raster"])
    before = (planted.folder / row.path).read_bytes()
    planted.bay.tell(1200, 1200, day=3)

    class TakenBack(Exception):
        pass

    with pytest.raises(TakenBack), transaction.atomic():
        again = ask()
        assert Raster.objects.get(code=again.summary["raster"]).path != row.path
        raise TakenBack
    same = Raster.objects.get(pk=row.pk)
    assert (same.path, same.digest) == (row.path, row.digest)
    assert (planted.folder / same.path).read_bytes() == before


def test_once_an_answer_is_committed_the_one_before_is_kept_and_older_ones_go(
    planted, rasters, django_capture_on_commit_callbacks
):
    paths, grid = [], Grid(0.0, 100.0, 50.0, 2, 2)
    holder = Density(np.ones((2, 2)), grid, 4.0, 0)
    for _ in range(3):
        with django_capture_on_commit_callbacks(execute=True):
            path = heat_files.write_heat("h", np.ones((2, 2), np.float32), holder, {"unit": "u"})
            register_raster(path, code="h", layer="heat", title="h", ramp="heat", low=0, high=1,
                            attribution="a", at=timezone.now())  # fmt: skip
        paths.append(path)
        for old in paths:
            if old.exists():
                os.utime(old, (0, 0))
    assert set((rasters / heat_files.FOLDER).iterdir()) == set(paths[1:])
