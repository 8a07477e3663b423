"""What leaves the house: published rows, public places, public words; nothing before a verdict."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from layers.access import Face
from layers.catalog.categories import Category
from layers.catalog.reports import doubt, numbers, places, public_places
from layers.catalog.reports.candidates import cameras_on, near
from layers.catalog.reports.layer import LAYER
from layers.catalog.reports.models import Report
from layers.catalog.reports.move import move
from layers.catalog.reports.report import report
from layers.catalog.reports.states import Actor
from layers.catalog.reports.wording import for_public
from layers.catalog.routing_rules import RoutingRule, suggest

pytestmark = pytest.mark.django_db


def outlets(client) -> str:
    """All that a visitor can fetch of reports."""
    answers = [client.get(f"/data/reports.{kind}") for kind in ("geojson", "csv")]
    return "".join(b"".join(answer.streaming_content).decode() for answer in answers)


def test_an_unverified_report_is_in_no_public_outlet(client, tell):
    assert tell().number not in outlets(client)


def test_a_verdict_publishes_public_words_without_numbers(client, tell, person):
    told = tell(words="Lubang di jalan, telepon 0812-3456-7890 atau a@b.id")
    move(told.pk, "sahkan", actor=Actor.OPERATOR, by=person("operator"))
    text = outlets(client)
    assert told.number in text
    assert "0812" not in text and "a@b.id" not in text and "[…]" in text


@pytest.mark.parametrize("category", ["kriminalitas", "masalah-sosial"])
def test_crime_and_social_reports_never_stand_on_the_public_map(client, tell, person, category):
    told = tell(category=category)
    move(told.pk, "sahkan", actor=Actor.OPERATOR, by=person("operator"))
    told.refresh_from_db()
    assert told.published_at is not None
    assert told.public_geom.equals(told.kelurahan.marker)
    assert told.number not in outlets(client)


def test_reopening_takes_a_report_back_from_the_public(client, tell, person):
    told, by = tell(), person("operator")
    move(told.pk, "sahkan", actor=Actor.OPERATOR, by=by)
    move(told.pk, "bukan_wewenang", actor=Actor.OPERATOR, by=by, note="Jalan provinsi.")
    move(told.pk, "buka_kembali", actor=Actor.OPERATOR, by=person("lain"), reason="keliru")
    assert told.number not in outlets(client)


def test_the_desk_sees_true_places_and_the_public_face_names_no_inner_state(client_of, tell):
    told = tell()
    answer = client_of("operator").get("/data/reports.geojson")
    (feature,) = json.loads(b"".join(answer.streaming_content))["features"]
    assert feature["properties"]["number"] == told.number
    assert not {"state", "words", "phone_mark", "landmark"} & set(LAYER.fields_of(Face.PUBLIC))


def test_a_blurred_place_lies_in_its_cell_and_is_drawn_apart_from_the_true_one(toy):
    true = toy.at(0.5, 0.5)
    drawn = [public_places.somewhere_in_cell(true, 200) for _ in range(200)]
    tall = 200 / public_places.METRES_PER_DEGREE
    assert {int(point.y // tall) for point in drawn} == {int(true.y // tall)}
    assert len({(point.x, point.y) for point in drawn}) == 200


def test_a_place_outside_the_city_is_refused(toy):
    with pytest.raises(places.OutsideTheCity):
        places.point(10, 50)
    with pytest.raises(places.OutsideTheCity):
        places.point(float("nan"), 0.8)


def test_numbers_find_every_wrong_sign_and_every_swap():
    number = numbers.new_number("T", 2026)
    assert numbers.tidy(number) == number
    body = number.split("-")[2] + number.split("-")[3]
    check = numbers.check_sign(body)
    for at in range(8):
        for sign in numbers.SIGNS[:31]:
            if sign != body[at]:
                assert numbers.check_sign(body[:at] + sign + body[at + 1 :]) != check
    for at in range(7):
        if body[at] != body[at + 1]:
            swapped = body[:at] + body[at + 1] + body[at] + body[at + 2 :]
            assert numbers.check_sign(swapped) != check


def test_long_numbers_and_addresses_leave_public_words_but_house_numbers_stay():
    assert for_public("RT 03 rumah 12, WA +62 812 3456 7890") == "RT 03 rumah 12, WA […]"


def test_the_smaller_area_wins_and_the_loser_is_named(tell, toy):
    agencies = {category.default_agency for category in Category.objects.all()}
    island_agency, kelurahan_agency = sorted(agencies, key=lambda item: item.code)[:2]
    category = Category.objects.get(pk="sampah")
    wide = RoutingRule.objects.create(category=category, island=toy.island, agency=island_agency)
    told = tell()
    assert suggest(told).agency == island_agency
    small = RoutingRule.objects.create(
        category=category, kelurahan=toy.lower, agency=kelurahan_agency
    )
    found = suggest(told)
    assert (found.agency, found.rule) == (kelurahan_agency, small)
    assert f"kalah: aturan {wide.pk}" in found.explained


def test_every_category_has_an_agency_without_any_rule(tell):
    for category in Category.objects.all():
        assert suggest(tell(category=category.pk)).agency == category.default_agency


def test_duplicates_near_are_those_within_the_categorys_radius(tell):
    first = tell()  # 0.0004 of 0.02 degrees is about 0.9 m; 0.01 of it 22 m; 0.1 of it 223 m
    close, far, other = tell(x=0.51), tell(x=0.6), tell(category="air-bersih")
    found = near(first)
    assert [item.pk for item in found] == [close.pk]
    assert 20 < found[0].metres < 24
    assert far not in found and other not in found


def test_a_merged_report_adds_its_people_and_undo_takes_them_back(tell, person):
    main, double, by = tell(), tell(x=0.51), person("operator")
    move(double.pk, "duplikat", actor=Actor.OPERATOR, by=by, main=main)
    main.refresh_from_db()
    assert main.supporters == 1
    move(double.pk, "urungkan", actor=Actor.OPERATOR, by=by)
    main.refresh_from_db()
    assert main.supporters == 0
    assert Report.objects.get(pk=double.pk).main_report is None


def test_a_chain_of_doubles_is_flat_and_no_ring_closes(tell, person):
    a, b, c = tell(), tell(x=0.51), tell(x=0.52)
    by = person("operator")
    move(b.pk, "duplikat", actor=Actor.OPERATOR, by=by, main=a)
    move(c.pk, "duplikat", actor=Actor.OPERATOR, by=by, main=b)
    assert Report.objects.get(pk=c.pk).main_report == a
    with pytest.raises(Exception, match="induk"):
        move(a.pk, "duplikat", actor=Actor.OPERATOR, by=by, main=c)


def test_cameras_that_look_the_other_way_do_not_count(toy):
    from django.contrib.gis.geos import Point

    from layers.catalog.cctv import CctvCamera

    place = toy.at(0.5, 0.5)
    south = Point(place.x, place.y - 0.0004, srid=4326)  # 44 m south, looks north or south
    for code, bearing in (("north", 0), ("south", 180)):
        CctvCamera.objects.create(code=code, name=code, bearing_deg=bearing, view_deg=70,
                                  range_m=80, geom=south)  # fmt: skip
    CctvCamera.objects.create(code="far", name="far", bearing_deg=0, range_m=20, geom=south)
    (seen,) = cameras_on(place)
    assert seen.code == "north" and 43 < seen.metres < 46


def test_signals_add_up_by_their_weights():
    facts = doubt.Facts(at_sea=True, photo_wanted=True, phone_last_hour=6, officer=False)
    found = doubt.signals(facts)
    assert [(signal.kind, signal.points) for signal in found] == [
        ("beruntun", 2), ("di-laut", 2), ("tanpa-foto", 1),
    ]  # fmt: skip
    assert [doubt.chip(points) for points in (2, 3, 4, 5)] == [
        "", "periksa", "periksa", "periksa dulu",
    ]  # fmt: skip


def test_a_burst_and_a_copied_text_are_seen(tell):
    words = "Tumpukan sampah besar di depan pasar sejak kemarin sore"
    tell(words=words, phone_mark="hp-a")
    copied = tell(words=words, phone_mark="hp-b", x=0.9)
    assert copied.signals.get(kind="teks-disalin").points == 2
    for _ in range(6):
        last = tell(words="lain", phone_mark="hp-c", x=0.1)
    assert last.signals.get(kind="beruntun").points == 2


def test_doubt_never_moves_hides_or_delays(tell, toy):
    for _ in range(8):
        told = tell(place=toy.at(-0.3, 0.5), phone_mark="hp", words="Sampah " * 10)
    assert sum(told.signals.values_list("points", flat=True)) >= 5
    assert told.state == "baru"
    clean = tell()
    assert told.clocks.get().kind == clean.clocks.get().kind == "verifikasi"


def test_an_urgent_report_reaches_its_agency_before_the_verdict_and_is_forwarded_once(tell, person):
    told = tell(category="bencana-alam")
    forward = told.forwards.get()
    assert forward.unverified
    by = person("operator")
    move(told.pk, "sahkan", actor=Actor.OPERATOR, by=by)
    move(told.pk, "teruskan", actor=Actor.OPERATOR, by=by, agency=forward.agency)
    assert told.forwards.count() == told.assignments.count() == 1


def test_the_clock_pauses_only_while_the_reporter_is_asked(tell, person):
    at = timezone.now()
    told, by = tell(received_at=at), person("operator")
    due = told.clocks.get(kind="verifikasi").due_at
    move(told.pk, "tanya", actor=Actor.OPERATOR, by=by, note="?", at=at + timedelta(hours=1))
    assert told.clocks.get(kind="verifikasi").paused_at == at + timedelta(hours=1)
    move(told.pk, "jawab", actor=Actor.REPORTER, note="!", at=at + timedelta(hours=6))
    clock = told.clocks.get(kind="verifikasi")
    assert (clock.paused_at, clock.due_at - due) == (None, timedelta(hours=5))


def test_officers_reports_start_verified(toy, person):
    from uuid import uuid4

    from layers.catalog.reports.states import State

    made = report(
        client_id=uuid4(), door="officer", category="sampah", words="Dilihat petugas",
        place=toy.at(0.5, 0.5), place_source="tap", by=person("operator"),
        actor=Actor.OPERATOR, start=State.VERIFIED,
    ).report  # fmt: skip
    assert (made.state, made.history.get().move) == ("terverifikasi", "terima_petugas")
    assert made.signals.get(kind="petugas").points == -4
