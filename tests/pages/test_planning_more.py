"""The folded choices of the planner's page: aim, capacity, people, busy places, terrain, cancel."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from django.core.management import call_command
from django.test import Client

from gis_platform.pages.planning import views
from gis_platform.pages.planning.forms import count_of, decimal, params_of
from layers.catalog.wifi import WifiHotspot
from layers.catalog.wifi_signal import WifiSignal
from spatial_analysis.models import RunState
from spatial_analysis.study import latest, perform
from tests.pages.planning_page import PAGE, compute, text_of
from tests.spatial_analysis.toy_rasters import build_wall, raster

pytestmark = pytest.mark.django_db


def test_fields_left_alone_change_nothing_of_the_question(rf) -> None:
    plain = {"anggaran": "5", "tujuan": "", "kapasitas": "", "penduduk": "", "bobot_school": "0"}
    assert params_of(rf.post("/", plain).POST) == params_of(rf.post("/", {"anggaran": "5"}).POST)
    full = {"tujuan": "mean", "kapasitas": "1.200", "penduduk": "wp", "bobot_school": "200"}
    found = params_of(rf.post("/", full).POST)
    assert (found["aim"], found["capacity"]) == ("mean", 1200)
    assert (found["people"], found["demand"]) == ("wp", {"school": 200})
    assert count_of(rf.post("/", {"tiang_m": "6"}).POST) == {}
    assert count_of(rf.post("/", {"medan": "on", "tiang_m": "12,5", "jalan_m": "250"}).POST) == {
        "walk_m": 250, "sight": True, "mast_m": 12.5,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "read"), [("6,5", 6.5), ("6", 6.0), ("", None), ("tinggi", "tinggi"), ("-1", "-1")]
)
def test_metres_are_read_with_a_comma(typed: str, read: object) -> None:
    assert decimal(typed) == read


def test_busy_places_draw_a_site_and_are_told_before_and_after(planner: Client) -> None:
    run = compute(planner, jalan_m="400", jumlah="1", bobot_office="900")
    page = planner.get(f"{PAGE}?hitung={run.pk}")
    assert run.summary["demand"]["office"] == {"all": 3, "before": 1, "after": 2}
    assert "Tempat ramai yang terlayani Tempat Semua Sebelum Sesudah Kantor 3 1 2" in text_of(page)
    assert 'name="bobot_office" inputmode="numeric" autocomplete="off" value="900"' in (
        page.content.decode()
    )
    assert '<details class="more" id="more" open>' in page.content.decode()
    assert '<details class="more" id="more">' in planner.get(PAGE).content.decode()


def test_an_aim_and_a_capacity_are_asked_on_the_page(planner: Client) -> None:
    run = compute(planner, jalan_m="400", tujuan="all")
    assert "Paling sedikit 2 titik agar semua" in run.sentence
    assert (
        '<option value="all" selected>' in planner.get(f"{PAGE}?hitung={run.pk}").content.decode()
    )
    full = compute(planner, jalan_m="400", jumlah="1", kapasitas="120")
    assert full.summary["people_gained"] == 120
    frame = planner.get(f"{PAGE}/{full.pk}/susunan.json?titik=tempat:school")
    assert frame.status_code == 400
    wrong = compute(planner, jalan_m="400", tujuan="mean", anggaran="5.000.000")
    assert "Tujuan jarak hanya memakai jumlah titik" in text_of(
        planner.get(f"{PAGE}?hitung={wrong.pk}")
    )


def test_a_distance_between_sites_and_a_backup_are_asked_and_told(planner: Client) -> None:
    run = compute(planner, jumlah="3", jalan_m="250", cadangan="50", antara_m="290")
    page = planner.get(f"{PAGE}?hitung={run.pk}")
    assert (run.params["spacing_m"], run.params["backup_pct"]) == (290, 50)
    assert "200 warga punya titik cadangan (kini 0)" in text_of(page)
    assert 'name="antara_m" inputmode="numeric" autocomplete="off" value="290"' in (
        page.content.decode()
    )
    near = compute(planner, jumlah="3", jalan_m="250", antara_m="350")
    page = text_of(planner.get(f"{PAGE}?hitung={near.pk}"))
    assert "Tanpa jarak antartitik +170" in page
    assert "terlalu dekat dengan titik terpilih atau titik yang hidup" in page
    query = "titik=tempat:school&titik=hidupkan:east"
    moved = planner.get(f"{PAGE}/{near.pk}/susunan.json?{query}").json()
    assert moved["warnings"] == ["School - east (hidupkan lagi): 50 m terlalu dekat"]
    for fields, words in (
        ({"antara_m": "5"}, "Jarak antartitik ditulis dalam meter"),
        ({"cadangan": "120"}, "Nilai cadangan: 0-100 persen"),
    ):
        wrong = compute(planner, jalan_m="400", jumlah="1", **fields)
        assert words in text_of(planner.get(f"{PAGE}?hitung={wrong.pk}"))


def test_an_imported_raster_of_people_is_chosen_by_its_title(
    planner: Client, tmp_path: Path
) -> None:
    assert '<option value="pop-2020"' not in planner.get(PAGE).content.decode()
    band = np.full((32, 12), -99999.0)
    band[31, 0], band[31, 9] = 50, 70  # round the hotspot, and at 800 m
    path = raster(tmp_path / "pop.tif", band, 100.0, west=-50, north=3150)
    call_command("load_people_raster", path, "--code", "pop-2020", "--source", "contoh")
    assert '<option value="pop-2020"' in planner.get(PAGE).content.decode()
    answer = planner.post(
        f"{PAGE}/liputan", {"jalan_m": "250", "penduduk": "pop-2020"}, follow=True
    )
    assert "(50 dari 120)" in text_of(answer)
    assert '<option value="pop-2020" selected>' in answer.content.decode()
    assert "Warga menurut raster" in text_of(answer)
    run = compute(planner, jalan_m="400", jumlah="1", penduduk="pop-2020")
    assert run.summary["people_gained"] == 70
    assert "Warga menurut raster" in text_of(planner.get(f"{PAGE}?hitung={run.pk}"))


def test_the_terrain_counts_when_it_is_asked_for_on_the_page(planner: Client, settings) -> None:
    refused = planner.post(f"{PAGE}/liputan", {"medan": "on", "tiang_m": "6"}, follow=True)
    assert "Belum ada raster ketinggian" in text_of(refused)
    build_wall(settings.RASTER_DIR, 20)
    WifiHotspot.objects.filter(code="west").update(radius_m=80)
    answer = planner.post(f"{PAGE}/liputan", {"medan": "on", "tiang_m": "6,5"}, follow=True)
    assert latest("underserved_zones").params == {"sight": True, "mast_m": 6.5}
    assert WifiSignal.objects.get().seen_pct < 75
    assert "terhalang medan, tiang 6,5 m" in text_of(answer)
    run = compute(planner, jalan_m="400", jumlah="1", layanan="sight", tiang_m="6,5")
    assert (run.params["serve"], run.params["mast_m"]) == ("sight", 6.5)
    page = planner.get(f"{PAGE}?hitung={run.pk}")
    assert '<option value="sight" selected>' in page.content.decode()
    assert "Terlayani berarti menerima sinyal di rumah tanpa terhalang medan" in text_of(page)
    assert "tanpa terhalang medan (titik baru 60 m, tiang 6,5 m)" in run.sentence
    tall = planner.post(f"{PAGE}/liputan", {"medan": "on", "tiang_m": "300"}, follow=True)
    assert "Tinggi tiang harus bilangan antara 1 dan 100 meter" in text_of(tall)


def test_bandwidth_by_gravity_is_asked_and_named_on_the_page(planner: Client) -> None:
    answer = planner.post(f"{PAGE}/liputan", {"pangkat": "1,5"}, follow=True)
    assert latest("underserved_zones").params == {"gravity": 1.5}
    assert "Lebar pita per 1.000 warga, gravitasi pangkat 1,5" in text_of(answer)
    assert 'name="pangkat" inputmode="decimal" autocomplete="off" value="1,5"' in (
        answer.content.decode()
    )
    wrong = planner.post(f"{PAGE}/liputan", {"pangkat": "9"}, follow=True)
    assert "Pangkat jarak harus bilangan antara 0,5 dan 3" in text_of(wrong)


def test_a_plan_that_waits_is_taken_back(planner: Client, client_of, monkeypatch) -> None:
    monkeypatch.setattr(views, "HEAVY_CANDIDATES", 0)
    run = compute(planner, jalan_m="400", jumlah="1")
    assert "Batalkan" in text_of(planner.get(f"{PAGE}?hitung={run.pk}"))
    assert client_of("operator").post(f"{PAGE}/{run.pk}/batal").status_code == 404
    answer = planner.post(f"{PAGE}/{run.pk}/batal", follow=True)
    assert "Perhitungan dibatalkan" in text_of(answer)
    run.refresh_from_db()
    assert run.state == RunState.CANCELLED
    assert perform(run).state == RunState.CANCELLED
