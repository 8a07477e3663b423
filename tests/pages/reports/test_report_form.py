"""A citizen tells: once, with or without place or photo; and follows what becomes of it."""

from __future__ import annotations

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from layers.catalog.reports.models import Report
from layers.catalog.reports.move import move
from layers.catalog.reports.photos import Photo
from layers.catalog.reports.states import Actor
from tests.pages.reports.conftest import picture

pytestmark = pytest.mark.django_db


def test_the_form_has_at_most_six_controls_and_needs_no_script(client, toy):
    page = client.get("/lapor/").content.decode()
    form = page[page.index('id="report"') :]
    form = form[: form.index("</form>")]
    controls = re.findall(r"<(?:input|select|textarea|button)\b[^>]*>", form)
    seen = [tag for tag in controls if 'type="hidden"' not in tag and " hidden" not in tag]
    assert len(seen) == 6, seen
    assert client.get("/lapor/")["Cache-Control"] == "no-store, private"


def test_everything_that_is_missing_is_said_at_once(client, filled):
    answer = client.post("/lapor/", filled(category="", words="", kelurahan="", landmark=""))
    page = answer.content.decode()
    assert answer.status_code == 400
    for field in ("category", "kelurahan", "words"):
        told = page[: page.index(f'id="id_{field}"')].rpartition("<label")[2]
        assert "errorlist" in told, field


def test_english_writes_the_time_of_day_with_a_colon(client, filled):
    answer = client.post("/lapor/", filled())
    pages = {
        language: client.get(answer["Location"], headers={"accept-language": language})
        for language in ("id", "en")
    }
    clock = r"20\d\d (\d\d[.:]\d\d) "
    told = {name: re.findall(clock, page.content.decode()) for name, page in pages.items()}
    assert told["id"] and [one.replace(".", ":") for one in told["id"]] == told["en"]
    assert all(":" in one for one in told["en"]) and all("." in one for one in told["id"])


def test_a_report_with_a_position_gets_island_kelurahan_and_a_number(client, toy, filled):
    place = toy.at(0.5, 0.75)
    answer = client.post("/lapor/", filled(lon=place.x, lat=place.y, kelurahan=""))
    assert answer.status_code == 303
    report = Report.objects.get()
    assert (report.state, report.island, report.kelurahan) == ("baru", toy.island, toy.upper)
    page = client.get(answer["Location"]).content.decode()
    assert report.number in page and report.words in page and "data:image/svg" in page


def test_without_a_position_the_desk_finds_the_place(client, filled, toy):
    client.post("/lapor/", filled())
    report = Report.objects.get()
    assert (report.state, report.geom, report.kelurahan) == ("perlu_lokasi", None, toy.lower)


def test_the_same_sending_twice_is_one_report_with_one_answer(client, filled):
    sent = filled()
    first, second = (client.post("/lapor/", sent)["Location"] for _ in range(2))
    assert first == second
    assert Report.objects.count() == 1


def test_a_cached_form_used_for_other_words_loses_neither(client, filled):
    sent = filled()
    client.post("/lapor/", sent)
    answer = client.post("/lapor/", sent | {"words": "Cerita lain"})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Cerita lain" in page and sent["client_id"] not in page
    fresh = dict(re.findall(r'name="(client_id|follow_key)" value="([^"]+)"', page))
    client.post("/lapor/", sent | {"words": "Cerita lain"} | fresh)
    assert sorted(Report.objects.values_list("words", flat=True)) == ["Cerita lain", sent["words"]]


@pytest.mark.parametrize(
    "change",
    [{"lon": 10.0, "lat": 50.0}, {"category": "lain"}, {"kelurahan": "", "landmark": ""},
     {"words": "x" * 2001}, {"words": ""}, {"lon": "nan", "lat": "0.8"}],
)  # fmt: skip
def test_a_refused_report_keeps_the_words_and_says_why(client, filled, change):
    answer = client.post("/lapor/", filled(**change))
    assert answer.status_code == 400
    page = answer.content.decode()
    assert "errorlist" in page
    assert Report.objects.count() == 0


def test_a_place_at_sea_is_taken_and_marked_with_the_nearest_island(client, toy, filled):
    place = toy.at(-0.3, 0.5)
    client.post("/lapor/", filled(lon=place.x, lat=place.y))
    report = Report.objects.get()
    assert report.at_sea and report.island == toy.island
    assert list(report.signals.filter(kind="di-laut").values_list("points", flat=True)) == [2]


def test_a_photo_with_a_position_comes_out_clean(client, filled, media):
    sent = SimpleUploadedFile("foto.jpg", picture(gps=True), "image/jpeg")
    client.post("/lapor/", filled() | {"photo": sent})
    photo = Photo.objects.get()
    for small in (False, True):
        data = photo.file(small=small).read_bytes()
        with Image.open(photo.file(small=small)) as image:
            assert not image.getexif()
        assert b"Exif" not in data and b"HP Uji" not in data


def test_a_bad_photo_never_loses_the_text(client, filled):
    sent = SimpleUploadedFile("foto.jpg", b"<html>no photo", "image/jpeg")
    answer = client.post("/lapor/", filled() | {"photo": sent}, follow=True)
    assert Report.objects.count() == 1
    assert Photo.objects.count() == 0
    assert "fotonya tidak" in answer.content.decode()


def test_number_alone_shows_only_the_ladder(client, tell, person):
    report = tell(words="Rahasia pelapor 0812-3456-7890", follow_key="a" * 32)
    page = client.get(f"/lacak/{report.number}/").content.decode()
    assert "Laporan diterima" in page
    assert "Rahasia" not in page and "data:image" not in page
    own = client.get(f"/lacak/{report.number}/?kunci={'a' * 32}").content.decode()
    assert "Rahasia" in own
    assert "Rahasia" not in client.get(f"/lacak/{report.number}/?kunci={'b' * 32}").content.decode()


def test_a_doubt_is_never_shown_and_a_verdict_shows_the_agency(client, tell, person):
    report, first, second = tell(), person("operator"), person("lain")
    before = client.get(f"/lacak/{report.number}/").content
    move(report.pk, "ragukan", actor=Actor.OPERATOR, by=first, reason="foto lama")
    after = client.get(f"/lacak/{report.number}/").content.decode()
    assert "ragu" not in after
    assert re.findall(r"<li class=.*?</li>", before.decode(), re.S) == re.findall(
        r"<li class=.*?</li>", after, re.S
    )
    move(report.pk, "sahkan", actor=Actor.OPERATOR, by=second)
    move(report.pk, "teruskan", actor=Actor.OPERATOR, by=second,
         agency=report.category.default_agency)  # fmt: skip
    page = client.get(f"/lacak/{report.number}/").content.decode()
    assert f"Diteruskan ke {report.category.default_agency.name}" in page


@pytest.mark.parametrize("number", ["T-26-0000-0000-0", "T-26-AAAA-AAAA-Z", "apa-saja"])
def test_wrong_numbers_answer_alike(client, db, number):
    assert client.get(f"/lacak/{number}/").status_code == 404


def test_a_number_typed_by_hand_is_understood_and_a_slip_is_told(client, tell):
    report = tell()
    typed = report.number.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    answer = client.get("/lacak/", {"nomor": typed})
    assert answer["Location"] == f"/lacak/{report.number}/"
    slip = report.number[:-1] + ("2" if report.number[-1] != "2" else "3")
    assert client.get("/lacak/", {"nomor": slip}).status_code == 400


def test_question_answer_thanks_and_objection(client, tell, person):
    key = "c" * 32
    report, by = tell(follow_key=key), person("operator")
    move(report.pk, "tanya", actor=Actor.OPERATOR, by=by, note="Gang yang mana?")
    page = client.get(f"/lacak/{report.number}/?kunci={key}").content.decode()
    assert "Gang yang mana?" in page
    assert "Gang yang mana?" not in client.get(f"/lacak/{report.number}/").content.decode()
    client.post(f"/lacak/{report.number}/jawab", {"kunci": key, "jawaban": "Gang dua"})
    report.refresh_from_db()
    assert report.state == "baru"
    move(report.pk, "tidak_terbukti", actor=Actor.OPERATOR, by=by, note="Tidak ada di sana.")
    objection = {"kunci": key, "alasan": "Masih ada"}
    assert client.post(f"/lacak/{report.number}/keberatan", objection).status_code == 302
    assert client.post(f"/lacak/{report.number}/keberatan", objection).status_code == 400
    assert "digugat" in client.get(f"/lacak/{report.number}/").content.decode()
    wrong = {"kunci": "d" * 32, "alasan": "x"}
    assert client.post(f"/lacak/{report.number}/keberatan", wrong).status_code == 404


def test_a_photo_is_hidden_until_published_except_to_desk_and_reporter(
    client, client_of, tell, filled, toy, person
):
    key = "e" * 32
    place = toy.at(0.5, 0.5)
    sent = SimpleUploadedFile("foto.jpg", picture(), "image/jpeg")
    client.post("/lapor/", filled(lon=place.x, lat=place.y, follow_key=key) | {"photo": sent})
    photo = Photo.objects.get()
    for address in (f"/foto/{photo.name}/", f"/foto/{photo.name}/kecil/"):
        assert client.get(address).status_code == 404
        assert client.get(address, {"kunci": key}).status_code == 200
    assert client_of("operator").get(f"/foto/{photo.name}/").status_code == 200
    assert client_of("crew").get(f"/foto/{photo.name}/").status_code == 404
    move(photo.report_id, "sahkan", actor=Actor.OPERATOR, by=person("satu"), publish_photos=True)
    answer = client.get(f"/foto/{photo.name}/")
    assert answer.status_code == 200
    assert answer["Content-Security-Policy"].startswith("sandbox")
