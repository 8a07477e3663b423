"""Loading a city's folder: whole or not at all, twice is once, every row with its origin."""

from __future__ import annotations

import csv
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import models

from layers.catalog.bins import WasteBin
from layers.catalog.categories import Category
from layers.catalog.city_parts import CityPart
from layers.catalog.facilities import Facility
from layers.catalog.ferries import FerryDeparture, FerryLine
from layers.catalog.places import Island, Kecamatan, Kelurahan
from layers.catalog.population import PopulationCell
from layers.catalog.reports.history import ReportHistory
from layers.catalog.reports.models import Report
from layers.catalog.streets import StreetEdge
from layers.catalog.vehicles import Vehicle
from layers.catalog.wifi import WifiHotspot
from layers.city_folder.loading import FolderHasFaults, load_city
from layers.spec import Origin
from tests.fixtures_geodata.sample import TANJUNGPINANG, TERNATE, table

AT = datetime(2026, 3, 15, 6, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A copy of the small city with one cell of people a kelurahan: quick to load."""
    folder = tmp_path / "kota"
    shutil.copytree(TANJUNGPINANG, folder)
    cells = {}
    for row in table("population_100m.csv", folder):
        kept = cells.setdefault(row["kelurahan"], {**row, "people": 0})
        kept["people"] += int(row["people"])
    with (folder / "population_100m.csv").open("w", newline="") as handle:
        writer = csv.DictWriter(handle, ["east_m", "north_m", "kelurahan", "people"])
        writer.writeheader()
        writer.writerows(cells.values())
    return folder


def counts() -> dict[str, int]:
    """Rows of every table of ours."""
    return {
        model.__name__: model._default_manager.count()
        for model in apps.get_app_config("layers").get_models()
    }


def test_the_second_city_loads_from_its_folder_alone(small):
    load_city(small, at=AT)
    assert (Island.objects.count(), Kecamatan.objects.count()) == (3, 4)
    assert Kelurahan.objects.count() == 18
    assert WifiHotspot.objects.count() == 10
    assert sum(PopulationCell.objects.values_list("people", flat=True)) == 225_000
    assert StreetEdge.objects.filter(island=None).count() == 0
    assert FerryLine.objects.get().from_pier.island.code == "bintan"
    assert Category.objects.get(pk="kriminalitas").default_agency.code == "polresta"
    assert Vehicle.objects.get(code="truk-01").depot == Facility.objects.get(kind="tpa")


def test_loading_twice_changes_nothing(small):
    load_city(small, at=AT)
    before = counts()
    stamps = set(CityPart.objects.values_list("name", "loaded_at"))
    done = load_city(small, at=AT)
    assert {part.rows for part in done} == {None}
    assert counts() == before
    assert set(CityPart.objects.values_list("name", "loaded_at")) == stamps


def test_loading_by_force_adds_no_second_row(small):
    load_city(small, at=AT)
    before = counts()
    load_city(small, at=AT, force=True)
    assert counts() == before


def test_what_people_changed_stays_until_its_file_changes(small):
    load_city(small, at=AT)
    WasteBin.objects.filter(label="BS-0001").update(fill_pct=99)
    agencies = small / "agencies.csv"
    agencies.write_text(agencies.read_text().replace("Dinas Sosial", "Dinas Sosial Kota"))
    done = {part.name: part.rows for part in load_city(small, at=AT)}
    assert done["agencies"] == 10 and done["waste bins"] is None
    assert WasteBin.objects.get(label="BS-0001").fill_pct == 99


def test_a_folder_with_a_fault_loads_nothing(small):
    piers = small / "piers.csv"
    piers.write_text(piers.read_text().replace("penyengat,104", "nowhere,104"))
    with pytest.raises(FolderHasFaults, match=r"piers.csv line 3"):
        load_city(small, at=AT)
    assert Island.objects.count() == CityPart.objects.count() == 0


def test_a_failure_half_way_takes_everything_back(small, monkeypatch):
    from layers.city_folder import loading

    def fail(_ground):
        raise RuntimeError("the lights went out")

    parts = [
        part if part.name != "cameras" else loading.Part(part.name, part.files, fail)
        for part in loading.PARTS
    ]
    monkeypatch.setattr(loading, "PARTS", parts)
    with pytest.raises(RuntimeError):
        load_city(small, at=AT)
    assert Island.objects.count() == StreetEdge.objects.count() == CityPart.objects.count() == 0


def test_sensor_ages_count_back_from_the_moment_of_the_load(small):
    load_city(small, at=AT)
    assert all(bin_.sensed_at <= AT for bin_ in WasteBin.objects.all())
    fresh = WasteBin.objects.filter(sensed_at__gte=AT.replace(hour=5)).count()
    assert fresh >= 20


def test_weekdays_become_bits(small):
    load_city(small, at=AT)
    assert set(FerryDeparture.objects.values_list("weekdays", flat=True)) == {127}


def test_the_command_tells_each_part_with_rows_and_seconds(small, capsys):
    call_command("load_city", small, "--no-reports")
    told = capsys.readouterr().out
    assert "islands" in told and "3 rows" in told and "parts loaded in" in told
    call_command("load_city", small, "--no-reports")
    assert "0 of" in capsys.readouterr().out


def test_the_command_refuses_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(CommandError, match="no folder"):
        call_command("load_city", tmp_path / "absent")


@pytest.mark.slow
def test_the_whole_first_city_stands_with_reports_backlog_and_origins(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    settings.VAR_DIR = tmp_path
    load_city(TERNATE, at=AT)
    assert (Island.objects.count(), Kecamatan.objects.count()) == (6, 8)
    assert Kelurahan.objects.count() == 78
    assert sum(Kelurahan.objects.values_list("people", flat=True)) == 219_051
    assert round(sum(PopulationCell.objects.values_list("people", flat=True))) == 219_051
    assert WasteBin.objects.count() == 600
    assert Facility.objects.get(code="tpa-buku-deru-deru").kind == "tpa"
    by_door = dict(Report.objects.values_list("door").annotate(models.Count("pk")))
    assert by_door["sp4n"] == 139 and by_door["sample"] >= 10_000
    states = Report.objects.filter(door="sp4n").values_list("public_state")
    assert dict(states.annotate(models.Count("pk"))) == {
        "belum_diverifikasi": 61, "belum_ditindaklanjuti": 12, "selesai": 66,
    }  # fmt: skip
    assert ReportHistory.objects.count() > Report.objects.count()
    for model in apps.get_app_config("layers").get_models():
        if any(field.name == "origin" for field in model._meta.fields):
            found = set(model._default_manager.values_list("origin", flat=True))
            assert found <= set(Origin.values), model
    done = load_city(TERNATE, at=AT)
    assert {part.rows for part in done} == {None}
