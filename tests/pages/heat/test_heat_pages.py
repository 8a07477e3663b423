"""The heat pages: who may open them, what they show, and the work order that a cluster becomes."""

from __future__ import annotations

import io
import json
from datetime import date, timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse
from PIL import Image

from gis_platform.pages.heat.answers import FURTHER, MAIN
from layers.access import Role
from layers.catalog.agencies import Agency
from layers.catalog.bins import WasteBin
from layers.catalog.categories import Category
from layers.catalog.incident_alarms import IncidentAlarm
from layers.catalog.incident_cells import Grade, IncidentCell
from layers.catalog.incident_clusters import IncidentCluster
from layers.catalog.reports.work import Post
from layers.catalog.work_orders import WorkOrder
from spatial_analysis import study
from spatial_analysis.models import Run, RunState
from tests.bay import BIG, Bay

pytestmark = pytest.mark.django_db


@pytest.fixture
def answered(heap: Bay) -> dict[str, Run]:
    return {
        name: study.perform(study.ask(name, {})) for name in ("incident_heat", "incident_clusters")
    }


@pytest.mark.parametrize(("address", "welcome", "strangers"), [
    ("/ops/panas/", "operator", ("planner", "crew", "agency")),
    ("/analisis/", "planner", ("operator", "crew", "agency")),
])  # fmt: skip
def test_each_page_opens_for_its_role_and_is_missing_for_others(
    client_of, address, welcome, strangers
):
    assert client_of(welcome).get(address).status_code == 200
    for stranger in strangers:
        assert client_of(stranger).get(address).status_code == 404
    assert client_of("visitor").get(address).status_code == 302


def test_before_the_first_answer_the_page_says_how_to_get_one(client_of):
    page = client_of("operator").get("/ops/panas/").content.decode()
    assert "Belum dihitung untuk pilihan ini." in page


def test_list_and_map_hold_the_same_clusters(client_of, answered):
    client = client_of("operator")
    page = client.get("/ops/panas/").content.decode()
    on_the_map = client.get(
        reverse("panas-klaster", args=[answered["incident_clusters"].pk])
    ).json()
    assert page.count('data-layer="clusters"') == len(on_the_map["features"]) == 1
    assert "Kepadatan, bukan bukti" in page


def test_the_slider_counts_every_report_on_land_once(client_of, answered):
    run = answered["incident_heat"]
    data = client_of("planner").get(reverse("panas-sel", args=[run.pk])).json()
    assert sum(n for _, _, n in data["counts"]) == run.summary["n"] == 60
    assert max(day for _, day, _ in data["counts"]) < data["days"]
    by_cell = sum(feature["properties"]["n"] for feature in data["features"])
    assert by_cell == 60


def test_a_click_on_a_cluster_tells_its_reports_and_days(client_of, answered):
    cluster = IncidentCluster.objects.get()
    told = client_of("operator").get(f"/analisis/klaster/{cluster.pk}/").content.decode()
    assert told.count("<li>") == cluster.n == 14
    assert "12 pelapor" in told
    assert "Buat perintah kerja" in told


def test_a_cluster_opened_by_its_link_is_a_whole_page_that_leads_to_the_map(client_of, answered):
    address = f"/analisis/klaster/{IncidentCluster.objects.get().pk}/"
    planner = client_of("planner")
    page = planner.get(address, headers={"accept": "text/html"}).content.decode()
    assert "<html" in page
    assert 'href="/analisis/#15/' in page
    assert "<html" not in planner.get(address).content.decode()


def test_a_cluster_becomes_one_work_order_however_often_it_is_asked_for(client_of, answered):
    cluster, client = IncidentCluster.objects.get(), client_of("operator")
    for _ in range(2):
        answer = client.post(f"/analisis/klaster/{cluster.pk}/perintah/")
        assert answer.status_code == 200
    order = WorkOrder.objects.get()
    assert order.cluster_key == cluster.key
    assert order.run_digest == answered["incident_clusters"].digest
    assert order.reports.count() == 14
    assert str(order) in answer.content.decode()


def test_a_planner_looks_at_a_cluster_but_orders_no_work(client_of, answered):
    cluster, client = IncidentCluster.objects.get(), client_of("planner")
    assert (
        "Buat perintah kerja" not in client.get(f"/analisis/klaster/{cluster.pk}/").content.decode()
    )
    assert client.post(f"/analisis/klaster/{cluster.pk}/perintah/").status_code == 404
    assert not WorkOrder.objects.exists()


def test_hidden_categories_are_for_the_desk_alone(client_of, heap):
    for number in range(8):
        heap.tell(700, 700 + 5 * number, day=5, category="kriminalitas", who=str(number))
    params = {"category": "kriminalitas"}
    cells, clusters = (study.perform(study.ask(name, params))
                       for name in ("incident_heat", "incident_clusters"))  # fmt: skip
    addresses = [
        reverse("panas-sel", args=[cells.pk]),
        reverse("panas-klaster", args=[clusters.pk]),
        f"/analisis/klaster/{IncidentCluster.objects.get().pk}/",
    ]
    operator, planner = client_of("operator"), client_of("planner")
    assert [operator.get(address).status_code for address in addresses] == [200, 200, 200]
    assert [planner.get(address).status_code for address in addresses] == [404, 404, 404]
    assert planner.get("/analisis/?kategori=kriminalitas").status_code == 404
    assert "kriminalitas" not in planner.get("/analisis/").content.decode()
    assert 'value="kriminalitas"' in operator.get("/ops/panas/").content.decode()


def test_compute_again_queues_every_study_once(
    client_of,
    heap,
    django_capture_on_commit_callbacks,
):
    client = client_of("planner")
    for _ in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            answer = client.post("/analisis/hitung/", {"kategori": "sampah", "laman": "analisis"})
    assert answer["Location"] == "/analisis/?kategori=sampah"
    runs = Run.objects.all()
    assert sorted(run.study for run in runs) == sorted((*MAIN, *FURTHER, "incident_risk"))
    assert {run.params["category"] for run in runs} == {"sampah"}
    page = client.get(answer["Location"]).content.decode()
    assert "Antre sejak" in page


def test_the_page_waits_for_a_run_and_learns_when_it_is_done(client_of, answered):
    client = client_of("operator")
    done = client.get(reverse("panas-keadaan", args=[answered["incident_heat"].pk])).json()
    assert done == {"state": "done", "done": True, "digest": answered["incident_heat"].digest}
    waiting = study.ask("incident_heat", {"days": 7})
    assert not client.get(reverse("panas-keadaan", args=[waiting.pk])).json()["done"]
    assert client.get(reverse("panas-keadaan", args=[999_999])).status_code == 404


def test_a_refusal_is_shown_with_its_sentence(client_of, heap):
    run = study.ask("incident_heat", {"category": "kecelakaan"})
    with pytest.raises(Exception, match="Tidak ada laporan"):
        study.perform(run)
    assert Run.objects.get().state == RunState.REFUSED
    page = client_of("operator").get("/ops/panas/?kategori=kecelakaan").content.decode()
    assert "Tidak ada laporan bertempat" in page


@pytest.mark.parametrize("query", ["hari=banyak", "kategori=naga"])
def test_filters_that_make_no_sense_are_refused(client_of, query):
    assert client_of("operator").get(f"/ops/panas/?{query}").status_code in (400, 404)


def test_the_map_asks_for_the_answers_own_raster(client_of, answered):
    page = client_of("operator").get("/ops/panas/").content.decode()
    config = page.split('<script id="heat-config" type="application/json">')[1].split("</script>")[
        0
    ]
    raster = json.loads(config)["raster"]
    assert raster.endswith(answered["incident_heat"].summary["raster"])
    assert client_of("planner").get(raster).status_code == 200


def test_further_layers_and_their_lists_hold_the_same_rows(client_of, heap):
    for number in range(30):
        heap.tell(1500 + 2 * number, 2000, day=27 + number % 4, who=f"n{number}")
    for number in range(3):
        heap.tell(800 + 40 * number, 900, day=5 + number, who=f"w{number}", category="air-bersih")
    runs = {
        name: study.perform(study.ask(name, {}))
        for name in (*MAIN, *FURTHER)
        if name != "street_heat"
    }
    client = client_of("operator")
    page = client.get("/ops/panas/").content.decode()
    for kind, name, layer in (("riwayat", "emerging_incidents", "histories"),
                              ("bocor", "water_leaks", "leaks")):  # fmt: skip
        rows = client.get(reverse("panas-lapis", args=[runs[name].pk, kind])).json()["features"]
        assert page.count(f'data-layer="{layer}"') == len(rows) > 0
    areas = client.get(reverse("panas-lapis", args=[runs["incident_heat"].pk, "batas"])).json()
    assert [row["properties"]["held_pct"] for row in areas["features"]] == [75, 50, 25]
    assert client.get(reverse("panas-lapis", args=[runs["water_leaks"].pk, "x"])).status_code == 404
    crew = client_of("crew").get(reverse("panas-lapis", args=[runs["water_leaks"].pk, "bocor"]))
    assert crew.status_code == 404
    english = client.get("/ops/panas/", headers={"accept-language": "en"}).content.decode()
    assert "Density, not proof." in english
    assert "1 suspected leak (three reporters" in english


def test_a_long_list_says_how_many_there_are_and_leads_to_the_rest(client_of, heap, monkeypatch):
    monkeypatch.setattr("gis_platform.pages.heat.lists.ROWS_A_PAGE", 2)
    for number in range(9):
        heap.tell(300 * number, 900, day=5, who=f"w{number}", category="air-bersih")
        heap.tell(300 * number, 930, day=6, who=f"x{number}", category="air-bersih")
        heap.tell(300 * number, 960, day=7, who=f"y{number}", category="air-bersih")
    run = study.perform(study.ask("water_leaks", {}))
    client, n = client_of("operator"), run.summary["leaks"]
    assert n >= 5
    seen: list[str] = []
    for number in range(1, (n + 1) // 2 + 1):
        page = client.get(f"/ops/panas/?pulau=&hal_bocor={number}").content.decode()
        rows = page.split('id="leaks">')[1].split("</ol>")[0]
        seen += [part.split('"')[0] for part in rows.split('data-id="')[1:]]
        assert f'<span class="count">{n}</span>' in page
        assert f"Baris {2 * number - 1} sampai {min(n, 2 * number)} dari {n}" in page
        assert (f"?pulau=&amp;hal_bocor={number + 1}#leaks-head" in page) == (2 * number < n)
    address = reverse("panas-lapis", args=[run.pk, "bocor"])
    whole = client.get(address).json()
    assert [str(row["id"]) for row in whole["features"]] == seen
    assert (whole["numberMatched"], whole["numberReturned"], len(seen)) == (n, n, n)
    part, ids = client.get(f"{address}?banyak=2").json(), []
    while "links" in part:
        ids += [row["id"] for row in part["features"]]
        part = client.get(part["links"][0]["href"]).json()
    assert [str(k) for k in ids + [row["id"] for row in part["features"]]] == seen
    for wrong in ("mulai=-1", "banyak=0", "banyak=1001", "banyak=²"):
        assert client.get(f"{address}?{wrong}").status_code == 400


def test_a_window_of_the_slider_is_tested_by_itself(client_of, answered):
    client, run = client_of("planner"), answered["incident_heat"]
    address = reverse("panas-jendela", args=[run.pk])
    other = f"&klaster={answered['incident_clusters'].pk}"
    first, last = run.summary["first"], run.summary["last"]
    after = (date.fromisoformat(last) + timedelta(days=1)).isoformat()
    whole = client.get(f"{address}?dari={first}&sampai={after}{other}").json()
    assert (whole["n"], whole["m_tests"]) == (60, run.summary["m_tests"])
    assert list(whole["clusters"].values()) == [14]
    calls = {cell: grade for cell, _, grade, *_ in whole["cells"]}
    rows = IncidentCell.objects.exclude(grade=Grade.TOO_FEW)
    assert calls.items() >= dict(rows.values_list("cell", "grade")).items()
    part = client.get(f"{address}?dari=2026-03-21&sampai=2026-03-26{other}").json()
    assert 0 < part["n"] < 60
    assert list(part["clusters"].values()) == [10]
    assert client.get(f"{address}?dari=2020-01-01&sampai={after}").status_code == 400
    assert client_of("crew").get(f"{address}?dari={first}&sampai={after}").status_code == 404


def test_likely_causes_stand_beside_a_cluster_and_speak_both_languages(client_of, heap):
    for number in range(9):
        heap.tell(700 + 4 * number, 900, day=12 + number / 9, who=f"h{number}",
                  words="Bangkai anjing di selokan")  # fmt: skip
    WasteBin.objects.create(label="B-9", capacity_l=660, fill_pct=96, geom=heap.place(720, 905))
    study.perform(study.ask("incident_clusters", {}))
    cluster = IncidentCluster.objects.get(n=9)
    client = client_of("operator")
    told = client.get(f"/analisis/klaster/{cluster.pk}/").content.decode()
    assert "Bak sampah B-9" in told
    assert "terisi 96 %" in told
    assert "9 dari 9 laporan dalam" in told
    assert "bangkai" in told
    english = client.get(f"/analisis/klaster/{cluster.pk}/", headers={"accept-language": "en"})
    assert "is 96 % full" in english.content.decode()
    planner = client_of("planner").get(f"/analisis/klaster/{cluster.pk}/").content.decode()
    assert "bangkai" not in planner  # words of unpublished reports are for the desk


def test_an_alarm_is_handed_to_an_agency_once(client_of, bay):
    bay.scatter(80, BIG, days=89, seed=6)
    for number in range(12):
        bay.tell(600 + 4 * number, 700, day=85 + number % 5, who=f"baru-{number}")
    study.perform(study.ask("incident_alarms", {}))
    alarm, client = IncidentAlarm.objects.get(category="sampah"), client_of("operator")
    page = client.get("/analisis/alarm/").content.decode()
    assert page.count('id="alarm-') == IncidentAlarm.objects.count()
    agency = Agency.objects.exclude(pk=Category.objects.get(pk="sampah").default_agency_id).first()
    for _ in range(2):
        answer = client.post(f"/analisis/naik/{alarm.pk}/perintah/",
                             {"instansi": agency.code, "kembali": "alarm"})  # fmt: skip
        assert answer["Location"] == "/analisis/alarm/"
    order = WorkOrder.objects.get()
    assert (order.agency, order.cluster_key) == (agency, f"alarm:{alarm.key}")
    assert order.reports.count() == alarm.reports.count()
    assert agency.name in client.get("/analisis/alarm/").content.decode()
    officer = User.objects.create_user("petugas", password="sandi-uji-123")
    officer.groups.add(Group.objects.get_or_create(name=Role.AGENCY.value)[0])
    Post.objects.create(user=officer, agency=agency)
    office = Client()
    office.force_login(officer)
    assert str(order) in office.get("/instansi/").content.decode()
    assert client_of("planner").post(f"/analisis/naik/{alarm.pk}/perintah/").status_code == 404


def test_the_heat_is_a_picture_for_written_reports(client_of, answered):
    address = reverse("panas-gambar", args=[answered["incident_heat"].pk])
    answer = client_of("planner").get(address)
    assert answer["Content-Type"] == "image/png"
    drawn = Image.open(io.BytesIO(answer.content)).convert("RGB")
    assert drawn.size == (1600, 1200)
    seen = {colour for _, colour in drawn.getcolors(1 << 24)}
    assert {(223, 234, 240), (127, 39, 4)} <= seen  # the sea, and the narrowest contour
    assert client_of("crew").get(address).status_code == 404
