"""Closures, nearest crews, reach: a closure holds at the next question, and no longer than told."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.contrib.gis.geos import MultiPolygon, Polygon
from django.utils import timezone

from layers.catalog.closures import Cause, RoadClosure, actions
from layers.catalog.hazards import HazardZone
from layers.catalog.rounds.models import RoundStop, StopState
from layers.catalog.streets import StreetEdge
from spatial_analysis import snapshots, study
from spatial_analysis.methods.reasons import Reason
from spatial_analysis.methods.speeds import Profile
from spatial_analysis.studies.nearest_crew import nearest_crews
from spatial_analysis.studies.reach_areas import StartClosed, reach_areas
from spatial_analysis.studies.route import NoWay, route
from tests.pages.test_rounds import published
from tests.round_town import RoundTown, build_round_town

pytestmark = pytest.mark.django_db


@pytest.fixture
def town(db: None) -> RoundTown:
    return build_round_town()


def place(town: RoundTown, block: float) -> tuple[float, float]:
    at = town.at(block)
    return at.x, at.y


def point(town: RoundTown, block: float) -> dict:
    return {"type": "Point", "coordinates": list(place(town, block))}


def shut(town: RoundTown, block: float, cause: Cause = Cause.FLOOD, **how) -> RoadClosure:
    """Close the block whose middle lies at `block`."""
    return actions.close(
        drawn=point(town, block), cause=cause, by=None, at=timezone.now(), radius_m=20, **how
    )


def drive_s(town: RoundTown, a: float, b: float, profile: Profile = Profile.TRUCK) -> int:
    return route(place(town, a), place(town, b), profile).duration_s


def test_a_closure_holds_at_the_next_question_and_the_old_way_is_back_when_it_is_lifted(town):
    before = drive_s(town, 1, 6)
    row = shut(town, 3.5)
    with pytest.raises(NoWay, match="penutupan jalan"):
        drive_s(town, 1, 6)
    actions.lift(closure=row, by=None, at=timezone.now())
    assert drive_s(town, 1, 6) == before


def test_a_closure_ends_by_itself(town):
    now = timezone.now()
    row = shut(town, 3.5, ends_at=now + timedelta(hours=1))
    held = [snapshots.network(now + timedelta(minutes=m)).shut.edges != () for m in (1, 59, 61)]
    assert held == [True, True, False]
    assert RoadClosure.objects.in_force(now + timedelta(minutes=61)).count() == 0
    assert RoadClosure.objects.filter(pk=row.pk).exists()  # history stays


def test_a_closure_of_tomorrow_does_not_hold_today(town):
    before = drive_s(town, 1, 6)
    shut(town, 3.5, starts_at=timezone.now() + timedelta(days=1))
    assert drive_s(town, 1, 6) == before


def test_the_streets_are_not_built_anew_for_a_closure(town):
    whole = snapshots.network()
    shut(town, 3.5)
    assert snapshots.network().whole is whole
    assert snapshots.network().topology is whole.topology


def test_a_street_written_anew_is_another_version_and_the_same_once_it_is_put_back(town):
    before, street = snapshots.current_version(), StreetEdge.objects.earliest("pk")
    speed = street.max_speed_kph
    StreetEdge.objects.filter(pk=street.pk).update(max_speed_kph=7)
    assert snapshots.current_version() != before
    StreetEdge.objects.filter(pk=street.pk).update(max_speed_kph=speed)
    assert snapshots.current_version() == before


def test_water_under_a_bridge_leaves_the_bridge_open_and_lava_does_not(town):
    StreetEdge.objects.filter(source_id="besar-3").update(bridge=True)
    with pytest.raises(actions.ClosesNothing):
        shut(town, 3.5, Cause.FLOOD)
    assert shut(town, 3.5, Cause.ERUPTION).length_m == 500


def test_an_ambulance_passes_a_crash_but_no_flood(town):
    shut(town, 3.5, Cause.ACCIDENT)
    assert drive_s(town, 1, 6, Profile.AMBULANCE) > 0
    with pytest.raises(NoWay):
        drive_s(town, 1, 6)
    shut(town, 3.5, Cause.FLOOD)
    with pytest.raises(NoWay):
        drive_s(town, 1, 6, Profile.AMBULANCE)


def test_a_stop_on_the_closed_street_itself_is_cut_off(town):
    town.truck("truk-1")
    town.bin("B", 3.5)
    shut(town, 3.5)
    on = timezone.localdate().isoformat()
    study.perform(study.ask("bin_rounds", {"on": on}, seed=1))
    from layers.catalog.rounds.models import UnservedStop

    assert [(u.code, u.reason) for u in UnservedStop.objects.all()] == [
        ("B", Reason.CUT_OFF_BY_CLOSURE)
    ]


def test_the_nearest_crew_is_the_one_that_arrives_first_not_the_one_that_lies_nearest(town):
    near, far = town.truck("dekat", geom=town.at(6)), town.truck("jauh", geom=town.at(1))
    assert [c.standing.vehicle for c in nearest_crews(place(town, 5), timezone.now())] == [
        near,
        far,
    ]
    row = shut(town, 5.5)
    first, cut_off = nearest_crews(place(town, 5), timezone.now())
    assert (first.standing.vehicle, cut_off.standing.vehicle) == (far, near)
    assert (cut_off.reason, cut_off.closure) == (Reason.CUT_OFF_BY_CLOSURE, row.pk)


def test_a_busy_crew_first_ends_its_stop_and_starts_from_there(town, person):
    round_ = published(town, crew=person("crew"))
    stop = round_.stops.order_by("order").first()
    now = timezone.now()
    RoundStop.objects.filter(pk=stop.pk).update(state=StopState.STARTED, state_at=now)
    one = nearest_crews(place(town, 5), now)[0]
    assert (one.standing.where, one.standing.free_in_s) == (stop.label, stop.service_s)
    assert one.arrives_in_s == one.drive_s + stop.service_s


def test_a_crew_on_another_island_is_named_with_its_reason(town):
    town.truck("sini")
    town.truck("sana", island=town.small, geom=town.at(1, 0.18))
    answers = {
        c.standing.vehicle.code: c.reason for c in nearest_crews(place(town, 2), timezone.now())
    }
    assert answers == {"sini": None, "sana": Reason.NO_CONNECTION}


def test_reach_grows_with_time_and_shrinks_behind_a_closure(town):
    five, ten, fifteen = reach_areas(place(town, 0), Profile.TRUCK, timezone.now())
    assert fifteen.area.buffer(1e-7).contains(ten.area) and ten.area.buffer(1e-7).contains(
        five.area
    )
    # 20 km/h in a residential street: 1,667 m in five minutes, 3,333 m in ten
    assert (round(five.street_m, -2), round(ten.street_m, -2)) == (1700, 3300)
    assert 4990 <= fifteen.street_m <= 5020
    shut(town, 2.5)
    assert reach_areas(place(town, 0), Profile.TRUCK, timezone.now())[2].street_m < 1010
    with pytest.raises(StartClosed):
        reach_areas(place(town, 2.5), Profile.TRUCK, timezone.now())


# ------------------------------------------------------------------ pages


def test_the_desk_previews_closes_and_opens_again(town, client_of):
    desk = client_of("operator")
    asked = {"shape": point(town, 3.5), "cause": "works", "radius_m": 20, "hours": 3}
    seen = desk.post("/rute/jalan/penutupan/pratinjau.json", asked, content_type="application/json")
    assert seen.json()["properties"] == {"streets": 1, "length_m": 500, "names": ["Jalan Panjang"]}
    assert RoadClosure.objects.count() == 0
    made = desk.post("/rute/jalan/penutupan.json", asked, content_type="application/json")
    assert made.status_code == 201
    listed = desk.get("/rute/jalan/penutupan.json").json()["features"]
    assert [f["properties"]["id"] for f in listed] == [made.json()["id"]]
    address = f"/rute/jalan/penutupan/{made.json()['id']}/buka/"
    json_only = {"headers": {"accept": "application/json"}}
    assert desk.post(address, {}, content_type="application/json", **json_only).status_code == 200
    assert desk.post(address, {}, content_type="application/json", **json_only).status_code == 409
    assert desk.get("/rute/jalan/penutupan.json").json()["features"] == []


@pytest.mark.parametrize(
    "wrong",
    [
        b"nonsense", b"[]", b'{"cause": "works"}', b'{"cause": "wrath", "shape": null}',
        json.dumps({"cause": "works", "shape": {"type": "Point", "coordinates": [0, 0]}}).encode(),
        b'{"cause": "works", "shape": {"type": "Point", "coordinates": [NaN, 1]}}',
    ],
)  # fmt: skip
def test_a_drawing_that_is_none_is_refused(town, client_of, wrong):
    answer = client_of("operator").post(
        "/rute/jalan/penutupan.json", wrong, content_type="application/json"
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "BAD_SHAPE")


@pytest.mark.parametrize("who", ["crew", "agency"])
@pytest.mark.parametrize("page", ["", "penutupan.json", "regu.json", "jangkauan.json"])
def test_the_page_is_missing_for_people_without_a_desk(town, client_of, who, page):
    assert client_of(who).get(f"/rute/jalan/{page}").status_code == 404


def test_a_hazard_zone_is_closed_by_its_name_and_one_that_is_not_there_is_missing(town, client_of):
    west, south = place(town, 2.2)
    zone = MultiPolygon(Polygon.from_bbox((west, south - 0.001, west + 0.001, south + 0.001)))
    HazardZone.objects.create(code="kali", name="Kali", kind="flood", geom=zone)
    desk, asked = client_of("operator"), {"zone": "kali", "cause": "flood", "hours": 3}
    made = desk.post("/rute/jalan/penutupan.json", asked, content_type="application/json")
    assert made.status_code == 201
    (row,) = RoadClosure.objects.all()
    assert row.area.equals_exact(zone, 1e-9) and row.streets.count() == 1
    asked["zone"] = "tiada"
    assert (
        desk.post("/rute/jalan/penutupan.json", asked, content_type="application/json").status_code
        == 404
    )


def test_crews_and_reach_answer_as_data(town, client_of):
    town.truck("truk-1")
    desk = client_of("planner")
    here = ",".join(map(str, place(town, 4)))
    crews = desk.get("/rute/jalan/regu.json", {"tempat": here}).json()["crews"]
    assert [c["code"] for c in crews] == ["truk-1"] and crews[0]["arrives_in_s"] > 0
    areas = desk.get("/rute/jalan/jangkauan.json", {"dari": here, "kendaraan": "motor"}).json()
    assert [f["properties"]["minutes"] for f in areas["features"]] == [15, 10, 5]
    assert desk.get("/rute/jalan/regu.json", {"tempat": "laut"}).status_code == 400
