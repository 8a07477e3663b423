"""Moving sites, drawing and importing candidates, and two plans side by side, on the toy city."""

from __future__ import annotations

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from layers.catalog.wifi import WifiHotspot
from layers.catalog.wifi_candidates import WifiCandidate
from layers.catalog.wifi_proposals import WifiProposal
from spatial_analysis.models import PlanFrame, Run, WifiScenario
from tests.pages.planning_page import PAGE, compute
from tests.spatial_analysis import toy_city

pytestmark = pytest.mark.django_db


@pytest.fixture
def planner(client_of) -> Client:
    """A planner before the toy city."""
    toy_city.build()
    return client_of("planner")


def codes(run: Run) -> list[str]:
    """Candidates that a plan chose."""
    return [row.candidate for row in WifiProposal.objects.of_run(run.pk)]


def test_places_to_move_to_are_the_candidates_with_what_each_adds(planner: Client) -> None:
    run = compute(planner, jumlah="1")
    rows = planner.get(f"{PAGE}/{run.pk}/tempat.json").json()["candidates"]
    assert {row["code"]: row["alone"] for row in rows} == {
        "hidupkan:east": 200, "tempat:mosque": 100, "tempat:pier": 30, "tempat:school": 200,
    }  # fmt: skip


def test_another_arrangement_is_counted_with_the_rules_it_breaks(planner: Client) -> None:
    run = compute(planner, anggaran="30.000.000", batas_small="1")
    found = planner.get(f"{PAGE}/{run.pk}/susunan.json", {"titik": codes(run)}).json()
    assert (found["people_gained"], found["warnings"]) == (run.summary["people_gained"], [])
    found = planner.get(
        f"{PAGE}/{run.pk}/susunan.json", {"titik": ["tempat:school", "tempat:mosque"]}
    ).json()
    assert found["people_gained"] == 300
    assert "Kecil: kurang 1 titik" in found["warnings"]
    answer = planner.get(f"{PAGE}/{run.pk}/susunan.json", {"titik": ["tempat:nowhere"]})
    assert (answer.status_code, answer.json()["code"]) == (400, "UNKNOWN_SITE")


def test_an_arrangement_that_is_adopted_is_a_plan_of_just_these_sites(planner: Client) -> None:
    run = compute(planner, anggaran="16.000.000")
    wanted = ["tempat:mosque", "tempat:school"]
    answer = planner.post(f"{PAGE}/{run.pk}/susunan", {"titik": wanted})
    made = Run.objects.get(pk=int(answer["Location"].rpartition("=")[2]))
    assert sorted(codes(made)) == wanted
    assert made.params["moved_from"] == run.pk
    assert made.summary["people_gained"] == 300


def test_a_run_without_a_frame_says_what_to_do(planner: Client) -> None:
    run = compute(planner, jumlah="1")
    PlanFrame.objects.all().delete()
    answer = planner.get(f"{PAGE}/{run.pk}/tempat.json")
    assert answer.status_code == 400
    assert "hitung sekali lagi" in answer.json()["title"]


def test_power_is_refused_by_name_and_granted_by_panels(planner: Client) -> None:
    asked = {"anggaran": "90.000.000", "batas_small": "1", "listrik_jam": "24"}
    run = compute(planner, **asked)
    page = planner.get(f"{PAGE}?hitung={run.pk}").content.decode()
    assert "listrik 24 jam: izinkan panel surya" in page
    run = compute(planner, **asked, surya="on")
    assert run.summary["sites"] >= 1
    assert "(dengan panel surya)" in planner.get(f"{PAGE}?hitung={run.pk}").content.decode()


def test_a_drawn_candidate_can_be_chosen_and_taken_away(planner: Client) -> None:
    place = toy_city.at(400, 0)
    drawn = {"lon": place.x, "lat": place.y, "nama": "Pos ronda", "listrik": "24"}
    planner.post(f"{PAGE}/calon/gambar", drawn)
    made = WifiCandidate.objects.get()
    assert (made.code, made.kelurahan.name, made.island.name) == (
        "gambar-pos-ronda", "Barat", "Besar",
    )  # fmt: skip
    features = planner.get(f"{PAGE}/calon.geojson").json()["features"]
    assert "calon:gambar-pos-ronda" in {one["properties"]["code"] for one in features}
    run = compute(planner, jumlah="1", wajib="calon:gambar-pos-ronda")
    assert codes(run) == ["calon:gambar-pos-ronda"]
    planner.post(f"{PAGE}/calon/{made.code}/hapus")
    assert not WifiCandidate.objects.exists()


@pytest.mark.parametrize(
    ("change", "words"),
    [({"lon": ""}, "Pilih tempatnya di peta"), ({"nama": " "}, "Beri nama tempatnya"),
     ({"listrik": "30"}, "Beri nama tempatnya"), ({"lat": "2.5"}, "di luar wilayah"),
     ({"north": 1500}, "Titik itu di laut")],
)  # fmt: skip
def test_a_candidate_that_cannot_be_is_refused_in_words(planner: Client, change, words) -> None:
    place = toy_city.at(400, change.pop("north", 0))
    drawn = {"lon": place.x, "lat": place.y, "nama": "Pos", "listrik": "24"} | change
    page = planner.post(f"{PAGE}/calon/gambar", drawn, follow=True).content.decode()
    assert words in page
    assert not WifiCandidate.objects.exists()


def test_a_file_of_candidates_is_shown_first_and_stored_on_yes(planner: Client) -> None:
    place = toy_city.at(450, 0)
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [lon, place.y]},
            "properties": {"code": f"c{i}", "name": f"Calon {i}", "origin": "estimated"},
        }
        for i, lon in enumerate((place.x, place.x + 1e-4, 400.0))
    ]
    text = json.dumps({"type": "FeatureCollection", "features": features})
    file = SimpleUploadedFile("calon.geojson", text.encode())
    page = planner.post(f"{PAGE}/calon/berkas", {"file": file}, follow=True).content.decode()
    assert "3 baris: 2 dapat disimpan, 1 ditolak" in page
    assert not WifiCandidate.objects.exists()
    job = int(page.split(f"{PAGE}/calon/berkas/")[1].split('"')[0])
    planner.post(f"{PAGE}/calon/berkas/{job}", {"ya": ""})
    assert sorted(WifiCandidate.objects.values_list("code", flat=True)) == ["c0", "c1"]


def test_two_plans_stand_side_by_side_with_fairness_and_one_map(planner: Client) -> None:
    runs = [compute(planner, jumlah=str(count)) for count in (1, 3)]
    planner.post(f"{PAGE}/{runs[1].pk}/simpan", {"nama": "Penuh"})
    scenario = WifiScenario.objects.get()
    planner.post(f"{PAGE}/skenario/{scenario.pk}/sahkan")
    page = planner.get(f"{PAGE}/banding", {"kiri": runs[0].pk, "kanan": runs[1].pk})
    words = page.content.decode()
    assert "Koefisien Gini" in words
    assert f"hitungan {runs[0].pk}" in words
    assert [len(one["features"]) for one in page.context["pins"]] == [1, 3]
    assert "disahkan planner, " in planner.get(PAGE).content.decode()
    assert WifiHotspot.objects.filter(planned_run=runs[1].pk).count() == 3
    assert planner.get(f"{PAGE}/banding?kiri=x").status_code == 404


@pytest.mark.parametrize(
    "path", ["/calon.geojson", "/1/tempat.json", "/1/susunan.json", "/banding"]
)
def test_others_see_no_arrangements(client_of, path: str) -> None:
    assert client_of("operator").get(PAGE + path).status_code == 404


@pytest.mark.parametrize(
    "path", ["/1/susunan", "/calon/gambar", "/calon/berkas", "/calon/x/hapus", "/calon/berkas/1"]
)
def test_others_change_no_candidate(client_of, path: str) -> None:
    assert client_of("crew").post(PAGE + path).status_code == 404
