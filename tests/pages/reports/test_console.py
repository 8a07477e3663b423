"""The desk: live queue, details, verdict and forward; nobody else gets in."""

from __future__ import annotations

import re

import pytest

from layers.catalog.reports.models import Report
from layers.catalog.reports.move import move
from layers.catalog.reports.states import Actor

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", ["visitor", "planner", "crew", "agency"])
@pytest.mark.parametrize(
    "address", ["/ops/", "/ops/antrean", "/ops/laporan/1/", "/ops/tempat.json"]
)
def test_only_operators_open_the_desk(client_of, name, address):
    assert client_of(name).get(address).status_code in ((302,) if name == "visitor" else (404,))


def test_the_newest_report_stands_on_top_with_its_chip_and_clock(client_of, tell, toy):
    tell(words="Laporan lama")
    tell(words="Laporan baru di laut", place=toy.at(-0.3, 0.5), category="infrastruktur-rusak")
    page = client_of("operator").get("/ops/").content.decode()
    assert page.index("Laporan baru di laut") < page.index("Laporan lama")
    assert "periksa" in page and "tenggat" in page
    assert re.search(r"belum diverifikasi <b class=.num.>2</b>", page)


def test_the_queue_answers_204_until_something_happens(client_of, tell, person):
    client = client_of("operator")
    report = tell()
    seq = re.search(r'data-seq="(\d+)"', client.get("/ops/antrean").content.decode())[1]
    assert client.get("/ops/antrean", {"since": seq}).status_code == 204
    move(report.pk, "sahkan", actor=Actor.OPERATOR, by=person("lain"))
    assert client.get("/ops/antrean", {"since": seq}).status_code == 200


def test_filters_cut_the_queue(client_of, tell):
    client = client_of("operator")
    tell(words="Satu sampah")
    tell(words="Dua air", category="air-bersih")
    told = client.get("/ops/antrean", {"kategori": "air-bersih"}).content.decode()
    assert "Dua air" in told and "Satu sampah" not in told
    assert client.get("/ops/antrean", {"antrean": "lain"}).status_code == 400
    assert "Dua air" not in client.get("/ops/antrean", {"pulau": "lain"}).content.decode()


def test_details_show_signals_doubles_cameras_and_the_reason_of_the_agency(client_of, tell):
    report, double = tell(), tell(x=0.51)
    page = client_of("operator").get(f"/ops/laporan/{report.pk}/").content.decode()
    assert double.number in page
    assert "tanpa foto" in page and "+1" in page
    assert "instansi bawaan kategori" in page


def test_verdict_and_forward_and_the_loser_of_a_race(client_of, tell, person):
    client, report = client_of("operator"), tell()
    address = f"/ops/laporan/{report.pk}/langkah"
    first = client.post(address, {"langkah": "sahkan", "versi": "1"})
    assert first.json()["state"] == "terverifikasi"
    late = client.post(
        address, {"langkah": "ragukan", "versi": "1", "alasan": "x"},
        headers={"Accept": "application/json"},
    )  # fmt: skip
    assert late.status_code == 409 and "operator" in late.json()["title"]
    code = report.category.default_agency.code
    done = client.post(address, {"langkah": "teruskan", "versi": "2", "instansi": code})
    assert done.json()["state"] == "diteruskan" and done.json()["decided"]
    assert report.assignments.get().agency.code == code
    assert [line.move for line in report.history.order_by("seq")] == [
        "terima",
        "sahkan",
        "teruskan",
    ]


@pytest.mark.parametrize(
    ("name", "status"),
    [("teruskan", 400), ("terima_instansi", 403), ("lain", 400), ("impor", 400), ("tanya", 400)],
)
def test_a_step_that_the_table_does_not_list_is_refused(client_of, tell, name, status):
    report = tell()
    code = report.category.default_agency.code
    answer = client_of("operator").post(
        f"/ops/laporan/{report.pk}/langkah", {"langkah": name, "instansi": code}
    )
    assert answer.status_code == status
    assert Report.objects.get(pk=report.pk).state == "baru"


def test_a_place_is_pinned_and_the_report_joins_the_queue_of_the_placed(client_of, tell, toy):
    report = tell(place=None, landmark="dekat pasar")
    at = toy.at(0.5, 0.25)
    client_of("operator").post(
        f"/ops/laporan/{report.pk}/langkah", {"langkah": "pasang_lokasi", "lon": at.x, "lat": at.y}
    )
    report.refresh_from_db()
    assert (report.state, report.kelurahan) == ("baru", toy.lower)
    assert report.public_geom.equals(at)


def test_counters_name_work_without_owner_and_past_its_clock(client_of, tell, person):
    from datetime import timedelta

    from django.utils import timezone

    tell(received_at=timezone.now() - timedelta(days=30))
    move(tell().pk, "sahkan", actor=Actor.OPERATOR, by=person("lain"))
    page = client_of("operator").get("/ops/antrean").content.decode()
    assert re.search(r"tanpa pemilik <b class=.num.>1</b>", page)
    assert re.search(r"lewat waktu <b class=.num.>1</b>", page)


def test_a_work_order_is_made_once(client_of, tell):
    client, report = client_of("operator"), tell()
    first, second = (client.post(f"/ops/laporan/{report.pk}/perintah").json() for _ in range(2))
    assert first == second


def test_the_health_strip_says_how_old_its_data_is(client_of, toy):
    from django.utils import timezone

    from layers.catalog.bins import WasteBin

    WasteBin.objects.create(label="B1", capacity_l=100, fill_pct=90, sensed_at=timezone.now(),
                            geom=toy.at(0.5, 0.5))  # fmt: skip
    WasteBin.objects.create(label="B2", capacity_l=100, geom=toy.at(0.6, 0.5))
    strip = client_of("operator").get("/ops/kesehatan").content.decode()
    assert "data-ago" in strip
    assert re.search(
        r">1</span>/<span class=.num.>2</span> penuh · <span class=.num.>1</span>", strip
    )
