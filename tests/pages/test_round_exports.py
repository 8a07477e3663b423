"""A round as KML and as a calendar: every stop, every boat, the times that hold."""

from __future__ import annotations

from datetime import timedelta
from xml.etree import ElementTree

import pytest
from django.test import Client
from django.utils import timezone

from gis_platform.pages.rounds.xml_parts import child
from layers.catalog.rounds import actions
from layers.catalog.rounds.models import RoundPlan
from spatial_analysis import study
from tests.pages.test_rounds import planned
from tests.round_town import RoundTown, build_round_town

pytestmark = pytest.mark.django_db
KML = "{http://www.opengis.net/kml/2.2}"


@pytest.fixture
def town(db: None) -> RoundTown:
    return build_round_town()


@pytest.fixture
def crew(person):
    return person("crew")


@pytest.fixture
def phone(crew) -> Client:
    client = Client()
    client.force_login(crew)
    return client


def test_kml_has_a_placemark_for_each_stop_and_drive_in_the_colour_of_the_map(
    town: RoundTown, client_of
):
    plan = planned(town)
    answer = client_of("operator").get(f"/rute/{plan.pk}/rute.kml")
    root = ElementTree.fromstring(answer.content)
    names = [mark.findtext(f"{KML}name") or "" for mark in root.iter(f"{KML}Placemark")]
    round_ = plan.rounds.get()
    drawn = round_.legs.filter(geom__isnull=False).count()
    assert len(names) == round_.stops.count() + drawn
    assert sum(name.endswith(" B0") for name in names) == 1
    assert root.findtext(f".//{KML}LineStyle/{KML}color") == "ffb27200"  # #0072b2, turned round


def test_the_calendar_holds_the_shift_and_both_boats_with_the_time_to_be_there(
    town: RoundTown, crew, phone
):
    town.truck("truk-1").crew.add(crew)
    town.bin("K", 1, island="small")
    town.boat(8, out=True)
    town.boat(11, out=False)
    run = study.perform(study.ask("bin_rounds", {"on": "2026-11-02"}, seed=1))
    plan = actions.publish(plan=RoundPlan.objects.get(pk=run.summary["plan"]), at=timezone.now())
    round_ = plan.rounds.get()
    answer = phone.get(f"/kru/{round_.pk}/shift.ics")
    assert answer["Content-Type"].startswith("text/calendar")
    lines = answer.content.decode().split("\r\n")
    assert all(len(line.encode()) <= 75 for line in lines)
    starts = [line for line in lines if line.startswith("DTSTART")]
    boats = [
        (leg.departs_at - timedelta(minutes=10)).strftime("DTSTART:%Y%m%dT%H%M%SZ")
        for leg in round_.legs.filter(kind="ferry")
    ]  # boarding ends ten minutes before
    assert starts == [round_.starts_at.strftime("DTSTART:%Y%m%dT%H%M%SZ"), *boats]
    assert len(boats) == 2
    assert len({line for line in lines if line.startswith("UID:")}) == 3


def test_no_letter_of_a_reporter_breaks_the_files_of_a_round():
    root = ElementTree.Element("gpx")
    child(root, "{http://www.topografix.com/GPX/1/1}name", "Sampah\x0b di\ud800 pasar \U0001f5d1")
    read = ElementTree.fromstring(ElementTree.tostring(root, encoding="utf-8"))
    assert [one.text for one in read] == ["Sampah  di  pasar \U0001f5d1"]
