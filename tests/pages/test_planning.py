"""The planner's page on the toy city: who may open it, what it computes, keeps and hands out."""

from __future__ import annotations

import csv
import io
import json

import pytest
from django.test import Client
from openpyxl import load_workbook

from gis_platform.pages.planning import plan_pdf, views
from gis_platform.pages.planning.forms import number, params_of
from layers.catalog.wifi import WifiHotspot
from layers.catalog.wifi_proposals import WifiProposal
from spatial_analysis.models import Run, RunState, WifiScenario
from spatial_analysis.study import perform
from tests.pages.planning_page import PAGE, compute, drawn, text_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", ["operator", "crew", "agency"])
@pytest.mark.parametrize("path", ["", "/1/kemajuan", "/1.csv", "/1.geojson"])
def test_others_find_nothing_there(client_of, name: str, path: str) -> None:
    assert client_of(name).get(PAGE + path).status_code == 404


@pytest.mark.parametrize(
    "path", ["/hitung", "/liputan", "/1/simpan", "/skenario/1/sahkan", "/skenario/1/lupakan"]
)
def test_others_change_nothing(client_of, path: str) -> None:
    assert client_of("operator").post(PAGE + path).status_code == 404
    assert client_of("visitor").post(PAGE + path).status_code == 302
    assert not Run.objects.exists()


def test_a_visitor_signs_in_first(client: Client) -> None:
    answer = client.get(PAGE)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/masuk/")


def test_the_page_shows_coverage_gaps_and_a_floor_for_each_island(planner: Client) -> None:
    words = text_of(planner.get(PAGE))
    assert "Besar 600 200 33,3 33,3" in words
    assert "Kecil 30 0 0,0 0,0" in words
    assert "Zona belum terlayani (5)" in words
    assert "listrik tidak 24 jam" in words
    page = planner.get(PAGE).content.decode()
    assert 'name="batas_big"' in page
    assert 'name="batas_small"' in page


def test_a_computed_plan_shows_sites_proof_and_prices(planner: Client) -> None:
    run = compute(planner, anggaran="Rp 40.000.000", batas_small="1", batas_big="0")
    assert run.params["budget_idr"] == 40_000_000
    assert run.params["floors"] == {"small": 1}
    words = text_of(planner.get(f"{PAGE}?hitung={run.pk}"))
    assert "optimal terbukti" in words
    assert "Pier" in words
    assert "Tanpa batas Kecil" in words
    assert run.asked_by.username == "planner"


def test_contradicting_rules_are_named_on_the_page_and_the_form_is_kept(planner: Client) -> None:
    run = compute(planner, anggaran="1.000.000", batas_small="1")
    assert run.state == RunState.REFUSED
    answer = planner.get(f"{PAGE}?hitung={run.pk}")
    words = text_of(answer)
    assert "anggaran: kurang Rp" in words
    assert "batas Kecil: kurangi 1 (calon di sana: 1)" in words
    assert 'value="1.000.000"' in answer.content.decode()


def test_nonsense_in_the_form_is_refused_with_a_sentence(planner: Client) -> None:
    run = compute(planner, anggaran="banyak")
    assert "Isi anggaran dalam rupiah" in text_of(planner.get(f"{PAGE}?hitung={run.pk}"))


def test_a_moved_site_stands_elsewhere(planner: Client) -> None:
    first = compute(planner, jumlah="1")
    here = WifiProposal.objects.of_run(first.pk)[0].candidate
    there = first.summary["moves"][here][0]["code"]
    second = compute(planner, jumlah="1", dari=here, **{f"ke:{here}": there})
    assert second.params["must"] == [there]
    assert second.params["forbidden"] == [here]
    assert WifiProposal.objects.of_run(second.pk)[0].candidate == there
    back = compute(
        planner, jumlah="1", wajib=there, tolak=here, dari=there, **{f"ke:{there}": here}
    )
    assert (back.params["must"], back.params["forbidden"]) == ([here], [there])


def test_scenarios_are_kept_compared_approved_and_forgotten(planner: Client) -> None:
    runs = [compute(planner, jumlah=str(count)) for count in (1, 3)]
    for run, name in zip(runs, ("Hemat", "Penuh"), strict=True):
        planner.post(f"{PAGE}/{run.pk}/simpan", {"nama": name})
    words = text_of(planner.get(PAGE))
    assert "Penuh Hemat" in words
    assert "Warga bertambah 400 200" in words
    thrifty, full = WifiScenario.objects.get(name="Hemat"), WifiScenario.objects.get(name="Penuh")
    planner.post(f"{PAGE}/skenario/{thrifty.pk}/sahkan")
    assert {row.run_number for row in WifiProposal.objects.current()} == {runs[0].pk}
    assert planner.post(f"{PAGE}/skenario/{thrifty.pk}/lupakan").status_code == 404
    assert planner.post(f"{PAGE}/skenario/{full.pk}/lupakan").status_code == 302
    assert list(WifiScenario.objects.all()) == [thrifty]


def test_a_name_in_use_is_refused_beside_the_plan(planner: Client) -> None:
    first, second = compute(planner, jumlah="1"), compute(planner, jumlah="2")
    planner.post(f"{PAGE}/{first.pk}/simpan", {"nama": "Sama"})
    answer = planner.post(f"{PAGE}/{second.pk}/simpan", {"nama": "Sama"}, follow=True)
    assert "Nama skenario ini sudah dipakai" in text_of(answer)
    assert answer.redirect_chain[-1][0] == f"{PAGE}?hitung={second.pk}"
    assert WifiScenario.objects.get().run == first


def test_all_three_downloads_hold_the_same_sites(planner: Client) -> None:
    run = compute(planner, jumlah="3")
    expected = [row.candidate for row in WifiProposal.objects.of_run(run.pk)]
    collection = json.loads(planner.get(f"{PAGE}/{run.pk}.geojson").content)
    assert [one["properties"]["candidate"] for one in collection["features"]] == expected
    assert collection["digest"] == run.digest
    assert collection["proven"] is True
    table = list(csv.DictReader(io.StringIO(planner.get(f"{PAGE}/{run.pk}.csv").content.decode())))
    assert [row["candidate"] for row in table] == expected
    assert float(table[0]["lon"]) == collection["features"][0]["geometry"]["coordinates"][0]
    book = load_workbook(io.BytesIO(planner.get(f"{PAGE}/{run.pk}.xlsx").content))
    assert book.sheetnames == ["Titik", "Pulau", "Keterangan"]
    assert [row[1] for row in book["Titik"].iter_rows(min_row=2, values_only=True)] == expected
    assert all(row["origin"] for row in table)


def test_a_name_that_a_spreadsheet_would_run_is_defused(planner: Client) -> None:
    run = compute(planner, jumlah="1")
    WifiProposal.objects.update(name="=HYPERLINK(1)")
    assert "'=HYPERLINK(1)" in planner.get(f"{PAGE}/{run.pk}.csv").content.decode()
    book = load_workbook(io.BytesIO(planner.get(f"{PAGE}/{run.pk}.xlsx").content))
    assert book["Titik"]["C2"].value == "'=HYPERLINK(1)"


@pytest.mark.parametrize("path", ["/999999.csv", "/999999/simpan", "/1.pdf"])
def test_unknown_plans_are_missing(planner: Client, path: str) -> None:
    assert planner.get(PAGE + path).status_code in {404, 405}
    assert planner.get(f"{PAGE}?hitung=abc").status_code == 404


def test_a_heavy_question_waits_for_the_worker(planner: Client, monkeypatch) -> None:
    monkeypatch.setattr(views, "HEAVY_CANDIDATES", 0)
    run = compute(planner, jumlah="1")
    assert run.state == RunState.QUEUED
    assert "menunggu giliran" in text_of(planner.get(f"{PAGE}?hitung={run.pk}"))
    assert "menunggu giliran" in text_of(planner.get(f"{PAGE}/{run.pk}/kemajuan"))
    perform(run)
    answer = planner.get(f"{PAGE}/{run.pk}/kemajuan")
    assert answer["HX-Redirect"] == f"{PAGE}?hitung={run.pk}"


def test_coverage_is_counted_anew(planner: Client) -> None:
    answer = planner.post(f"{PAGE}/liputan", {"jalan_m": "400"}, follow=True)
    assert "47,6 % warga (300 dari 630)" in text_of(answer)


@pytest.mark.parametrize(
    ("typed", "read"),
    [("140.000.000", 140_000_000), ("Rp 140 000 000", 140_000_000), ("", None), ("-5", "-5"),
     ("١٢", "١٢"), (None, None)],
)  # fmt: skip
def test_amounts_are_read_as_people_write_them(typed: str | None, read: object) -> None:
    assert number(typed) == read


def test_empty_floors_are_no_floors(rf) -> None:
    post = rf.post("/", {"anggaran": "5", "batas_a": "0", "batas_b": "2", "batas_c": ""}).POST
    assert params_of(post)["floors"] == {"b": 2}


def test_the_plan_is_taken_as_two_pages(planner: Client) -> None:
    run = compute(planner, jumlah="2")
    answer = planner.get(f"{PAGE}/{run.pk}.pdf")
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")
    assert answer.content.count(b"/Type /Page\n") == 2
    rows = list(WifiProposal.objects.of_run(run.pk))
    text = drawn(plan_pdf.plan_pdf(run, rows, "Percobaan"))
    assert "Rencana WiFi" in text
    assert all(row.sentence[:20] in text for row in rows)
    assert run.digest[:12] in text


def test_a_plan_of_many_sites_stays_on_two_pages(planner: Client) -> None:
    run = compute(planner, jumlah="2")
    row = WifiProposal.objects.of_run(run.pk)[0]
    made = plan_pdf.plan_pdf(run, [row] * 90, "Panjang")
    assert made.count(b"/Type /Page\n") == 2
    assert "titik lagi ada di berkas XLSX" in drawn(made)


def test_a_poster_says_where_it_hangs_and_how_long_the_power_lasts(planner: Client) -> None:
    spot = WifiHotspot.objects.get(code="west")
    answer = planner.get(f"{PAGE}/poster/west.pdf")
    assert answer["Content-Type"] == "application/pdf"
    text = drawn(answer.content)
    assert spot.name in text
    assert "http://testserver/q/west" in text
    assert "Listrik 24 jam" in text
    assert "Power 24 hours a day" in text
    assert planner.get(f"{PAGE}/poster/nowhere.pdf").status_code == 404


def test_others_take_no_poster_and_no_pdf(client_of, planner: Client) -> None:
    run = compute(planner, jumlah="1")
    crew = client_of("crew")
    for path in ("/poster/west.pdf", f"/{run.pk}.pdf"):
        assert crew.get(PAGE + path).status_code == 404
