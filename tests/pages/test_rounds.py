"""The dispatcher's desk and the crew's phone: what each sees, does, and may not see."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from django.test import Client
from django.utils import timezone
from PIL import Image

from layers.catalog.bins import WasteBin
from layers.catalog.rounds import actions, photos
from layers.catalog.rounds.models import PlanState, Round, RoundPlan, RoundStop, StopEvent
from layers.catalog.work_orders import WorkKind, WorkOrder
from spatial_analysis import study
from spatial_analysis.models import Run
from tests.round_town import RoundTown, build_round_town

pytestmark = pytest.mark.django_db
GPX = "{http://www.topografix.com/GPX/1/1}"


@pytest.fixture
def town(db: None) -> RoundTown:
    return build_round_town()


@pytest.fixture(autouse=True)
def media(settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path


def planned(town: RoundTown, *, crew=None, bins: int = 4) -> RoundPlan:
    """A checked draft for today with one truck and a few bins."""
    truck = town.truck("truk-1")
    if crew is not None:
        truck.crew.add(crew)
    for i in range(bins):
        town.bin(f"B{i}", 1 + 2 * i)
    on = timezone.localdate().isoformat()
    run = study.perform(study.ask("bin_rounds", {"on": on}, seed=1))
    return RoundPlan.objects.get(pk=run.summary["plan"])


def published(town: RoundTown, **how) -> Round:
    plan = actions.publish(plan=planned(town, **how), at=timezone.now())
    return plan.rounds.get()


def picture() -> io.BytesIO:
    file = io.BytesIO()
    Image.new("RGB", (40, 30), "green").save(file, "JPEG")
    file.seek(0)
    file.name = "bukti.jpg"
    return file


def next_stop(round_: Round) -> RoundStop:
    return next(s for s in round_.stops.order_by("order") if s.is_open)


# ------------------------------------------------------------------ who may not see


DESK_PAGES = ("", "peta.json", "rute.geojson", "rute.gpx", "rute.kml", "1.gpx", "cetak/")


@pytest.mark.parametrize("page", DESK_PAGES)
@pytest.mark.parametrize("who", ["crew", "agency"])
def test_a_plan_is_missing_for_people_without_a_desk(town: RoundTown, client_of, who, page):
    plan = planned(town)
    assert client_of(who).get(f"/rute/{plan.pk}/{page}").status_code == 404


@pytest.mark.parametrize("page", DESK_PAGES)
def test_a_visitor_is_asked_to_sign_in_before_any_plan(town: RoundTown, client_of, page):
    plan = planned(town)
    answer = client_of("visitor").get(f"/rute/{plan.pk}/{page}")
    assert answer.status_code == 302 and answer.url.startswith("/masuk/")


@pytest.mark.parametrize("page", ["", "peta.json", "rute.geojson", "rute.gpx", "cetak/"])
def test_a_round_of_another_crew_is_missing_in_every_format(
    town: RoundTown, person, client_of, page
):
    other = person("other")
    round_ = published(town, crew=other)
    assert client_of("crew").get(f"/kru/{round_.pk}/{page}").status_code == 404


def test_a_draft_is_missing_even_for_its_own_crew(town: RoundTown, client_of):
    client = client_of("crew")
    from django.contrib.auth.models import User

    plan = planned(town, crew=User.objects.get(username="crew"))
    assert client.get(f"/kru/{plan.rounds.get().pk}/").status_code == 404


@pytest.mark.parametrize("step", ["mulai", "selesai", "lewati", "bukti"])
def test_nobody_touches_a_stop_of_another_crew(town: RoundTown, person, client_of, step):
    round_ = published(town, crew=person("other"))
    stop = next_stop(round_)
    client = client_of("crew")
    send = client.get if step == "bukti" else client.post
    assert send(f"/kru/perhentian/{stop.pk}/{step}/").status_code == 404
    stop.refresh_from_db()
    assert stop.state == "planned"


@pytest.mark.parametrize("slug", ["rounds", "round-stops", "unserved-stops"])
@pytest.mark.parametrize("who", ["visitor", "crew", "agency"])
def test_layers_of_the_rounds_are_for_the_desk_alone(town: RoundTown, client_of, who, slug):
    published(town)
    assert client_of(who).get(f"/data/{slug}.geojson").status_code == 404


# ------------------------------------------------------------------ the desk


def test_the_desk_proposes_full_and_silent_bins_and_the_vehicles(town: RoundTown, client_of):
    town.truck("truk-1")
    town.bin("penuh", 1, fill=85)
    town.bin("kosong", 2, fill=20)
    town.bin("diam", 3, fill=20, hours_ago=7)
    page = client_of("operator").get("/rute/").content.decode()
    assert "penuh" in page and "diam" in page and "kosong" not in page
    assert 'value="truk-1" checked' in page
    assert page.count("sensor diam") >= 2  # the count and the reason


def test_asking_records_a_run_and_the_page_goes_on_to_the_plan(town: RoundTown, client_of):
    town.truck("truk-1")
    kept = town.bin("A", 2)
    client = client_of("operator")
    answer = client.post(
        "/rute/hitung/",
        {"tanggal": "2026-11-02", "kendaraan": ["truk-1"], "perhentian": [f"bin:{kept.pk}"]},
    )
    run = Run.objects.get()
    assert answer.url == f"/rute/hitung/{run.pk}/"
    assert "refresh" in client.get(answer.url).content.decode()
    study.perform(run)
    done = client.get(answer.url, follow=True)
    assert done.redirect_chain[-1][0] == f"/rute/{RoundPlan.objects.get().pk}/"
    assert "A" in done.content.decode()


def test_a_refused_question_shows_its_sentence(town: RoundTown, client_of):
    client = client_of("operator")
    answer = client.post("/rute/hitung/", {"tanggal": "2026-11-02"})
    with pytest.raises(Exception, match="kendaraan"):
        study.perform(Run.objects.get())
    assert "Belum ada kendaraan yang dipilih" in client.get(answer.url).content.decode()


def test_a_plan_page_lists_times_loads_and_reasons(town: RoundTown, client_of):
    town.bin("jauh", 2, north_m=300)
    plan = planned(town)
    page = client_of("planner").get(f"/rute/{plan.pk}/").content.decode()
    assert '<span class="num">06.0' in page  # 500 m at 20 km/h are a minute and a half
    assert "3.600 l" in page
    assert "Terlalu jauh dari jalan" in page and "(299 m)" in page


def test_the_same_page_speaks_english(town: RoundTown, client_of):
    town.bin("jauh", 2, north_m=300)
    plan = planned(town)
    client = client_of("planner")
    client.cookies["django_language"] = "en"
    assert "Too far from any street" in client.get(f"/rute/{plan.pk}/").content.decode()


def test_publishing_routes_the_orders_and_replaces_the_plan_before(town: RoundTown, client_of):
    order = WorkOrder.objects.create(
        kind=WorkKind.WASTE, words="tumpukan", island=town.main, load_l=400,
        made_at=timezone.now(), geom=town.at(3),
    )  # fmt: skip
    first = planned(town)
    again = study.perform(study.ask("bin_rounds", {"on": first.on.isoformat()}, seed=2))
    second = RoundPlan.objects.get(pk=again.summary["plan"])
    client = client_of("operator")
    client.post(f"/rute/{first.pk}/terbit/")
    client.post(f"/rute/{second.pk}/terbit/")
    order.refresh_from_db()
    assert order.state == "routed"
    states = dict(RoundPlan.objects.values_list("pk", "state"))
    assert states == {first.pk: PlanState.REPLACED, second.pk: PlanState.PUBLISHED}
    assert client.post(f"/rute/{first.pk}/terbit/").status_code == 409


def test_a_plan_is_not_replaced_under_a_crew_that_has_set_out(town: RoundTown, person):
    round_ = published(town, crew=person("crew"))
    actions.start(stop=next_stop(round_), by=None, at=timezone.now())
    again = study.perform(study.ask("bin_rounds", {"on": round_.plan.on.isoformat()}, seed=2))
    with pytest.raises(actions.RoundsUnderway):
        actions.publish(plan=RoundPlan.objects.get(pk=again.summary["plan"]), at=timezone.now())


def test_a_plan_that_the_checker_did_not_pass_is_never_published(town: RoundTown):
    plan = planned(town)
    RoundPlan.objects.filter(pk=plan.pk).update(checked=False)
    with pytest.raises(actions.PlanNotChecked):
        actions.publish(plan=plan, at=timezone.now())


# ------------------------------------------------------------------ taken along


def test_geojson_holds_every_leg_stop_and_left_out_stop(town: RoundTown, client_of):
    town.bin("jauh", 2, north_m=300)
    plan = planned(town)
    answer = client_of("operator").get(f"/rute/{plan.pk}/rute.geojson")
    features = json.loads(answer.content)["features"]
    kinds = [feature["properties"]["what"] for feature in features]
    assert (kinds.count("stop"), kinds.count("unserved")) == (5, 1)  # four bins and the tip
    legs = [f for f in features if f["properties"]["what"] == "leg"]
    assert all(f["geometry"]["type"] == "LineString" for f in legs)
    first = legs[0]["geometry"]["coordinates"][0]
    assert first == pytest.approx([town.west, town.south], abs=1e-6)


def test_gpx_is_version_1_1_with_a_waypoint_a_stop_and_a_track_that_hangs_together(
    town: RoundTown, client_of
):
    plan = planned(town)
    answer = client_of("operator").get(f"/rute/{plan.pk}/rute.gpx")
    root = ElementTree.fromstring(answer.content)
    assert (root.tag, root.get("version")) == (f"{GPX}gpx", "1.1")
    names = [point.findtext(f"{GPX}name") for point in root.iter(f"{GPX}wpt")]
    assert [name.split()[0] for name in names] == ["1", "2", "3", "4", "5"]
    assert sorted(name.split()[1] for name in names) == ["B0", "B1", "B2", "B3", "TPA"]
    order = [child.tag.removeprefix(GPX) for child in root]
    assert order == ["wpt"] * 5 + ["trk"]  # the order that the format asks for
    segments = [
        [(float(p.get("lon")), float(p.get("lat"))) for p in segment]
        for segment in root.iter(f"{GPX}trkseg")
    ]
    assert len(segments) > 1
    assert all(a[-1] == pytest.approx(b[0], abs=2e-6) for a, b in pairwise(segments))


def test_the_print_sheet_draws_the_route_and_lists_the_stops(town: RoundTown, client_of):
    plan = planned(town)
    page = client_of("operator").get(f"/rute/{plan.pk}/cetak/").content.decode()
    assert page.count('class="stop"') == 5
    assert 'class="drive"' in page and 'class="coast"' in page
    assert "B0" in page and "TPA" in page


# ------------------------------------------------------------------ the crew


@pytest.fixture
def crew(person):
    return person("crew")


@pytest.fixture
def phone(crew) -> Client:
    client = Client()
    client.force_login(crew)
    return client


def test_the_crew_lands_on_its_own_round_of_today(town: RoundTown, crew, phone):
    round_ = published(town, crew=crew)
    page = phone.get("/kru/", follow=True)
    assert page.redirect_chain[-1][0] == f"/kru/{round_.pk}/"
    body = page.content.decode()
    assert "Mulai" in body and next_stop(round_).label in body


def test_a_crew_without_a_round_is_told_how_one_gets_there(phone):
    assert "Belum ada rute" in phone.get("/kru/").content.decode()


def test_done_needs_a_photo_then_empties_the_bin_and_goes_on(town: RoundTown, crew, phone):
    round_ = published(town, crew=crew)
    stop = next_stop(round_)
    phone.post(f"/kru/perhentian/{stop.pk}/mulai/")
    assert phone.post(f"/kru/perhentian/{stop.pk}/selesai/").status_code == 400
    stop.refresh_from_db()
    assert stop.state == "started"
    phone.post(f"/kru/perhentian/{stop.pk}/selesai/", {"foto": picture()})
    stop.refresh_from_db()
    assert stop.state == "done" and photos.path_of(stop.photo).is_file()
    assert WasteBin.objects.get(pk=stop.bin_id).fill_pct == 0
    round_.refresh_from_db()
    assert round_.state == "underway"
    assert next_stop(round_).pk != stop.pk
    states = list(StopEvent.objects.filter(stop=stop).values_list("state", flat=True))
    assert states == ["started", "done"]


def test_a_proof_is_seen_by_its_crew_and_the_desk_and_holds_only_pixels(
    town: RoundTown, crew, phone, client_of
):
    round_ = published(town, crew=crew)
    stop = next_stop(round_)
    phone.post(f"/kru/perhentian/{stop.pk}/selesai/", {"foto": picture()})
    for client in (phone, client_of("operator")):
        answer = client.get(f"/kru/perhentian/{stop.pk}/bukti/")
        assert answer["Content-Type"] == "image/jpeg"
    assert client_of("agency").get(f"/kru/perhentian/{stop.pk}/bukti/").status_code == 404


def test_a_tap_sent_twice_counts_once(town: RoundTown, crew, phone):
    stop = next_stop(published(town, crew=crew))
    for _ in range(2):
        answer = phone.post(
            f"/kru/perhentian/{stop.pk}/selesai/", {"foto": picture(), "kunci": "tap-1"}
        )
        assert answer.status_code == 302
    assert stop.events.count() == 1


def test_a_closed_stop_cannot_be_closed_again(town: RoundTown, crew, phone):
    stop = next_stop(published(town, crew=crew))
    phone.post(f"/kru/perhentian/{stop.pk}/selesai/", {"foto": picture()})
    assert phone.post(f"/kru/perhentian/{stop.pk}/lewati/", {"sebab": "empty"}).status_code == 409


def test_skipping_needs_a_reason_of_the_list(town: RoundTown, crew, phone):
    stop = next_stop(published(town, crew=crew))
    for words in ({}, {"sebab": "malas"}):
        assert phone.post(f"/kru/perhentian/{stop.pk}/lewati/", words).status_code == 400


def test_a_skipped_stop_leaves_the_order_and_the_rest_is_timed_anew(town: RoundTown, crew, phone):
    round_ = published(town, crew=crew)
    before = [s.code for s in round_.stops.order_by("order")]
    stop = next_stop(round_)
    phone.post(f"/kru/perhentian/{stop.pk}/lewati/", {"sebab": "blocked"})
    stop.refresh_from_db()
    assert (stop.state, stop.skip_reason) == ("skipped", "Jalan tertutup atau terhalang")
    rest = [s for s in round_.stops.order_by("order") if s.is_open]
    assert sorted(s.code for s in rest if s.kind == "bin") == sorted(
        set(before) - {stop.code} - {s.code for s in rest if s.kind == "tip"}
    )
    assert [s.kind for s in rest][-1] == "tip"
    assert [s.load_after_l for s in rest] == [900, 1800, 2700, 0]
    times = [s.arrives_at for s in rest]
    assert times == sorted(times)
    orders = [leg.order for leg in round_.legs.all()]
    assert len(orders) == len(set(orders))


def test_skipping_a_later_stop_keeps_the_nearer_ones_and_what_is_done(town: RoundTown, crew, phone):
    round_ = published(town, crew=crew)
    first, _second, third = list(round_.stops.order_by("order"))[:3]
    phone.post(f"/kru/perhentian/{first.pk}/selesai/", {"foto": picture()})
    phone.post(f"/kru/perhentian/{third.pk}/lewati/", {"sebab": "danger"})
    stops = list(round_.stops.order_by("order"))
    assert [s.state for s in stops] == ["done", "skipped", "planned", "planned", "planned"]
    assert [s.number for s in stops] == [1, 2, 3, 4, 5]
    # the truck goes on with the 900 litres of the stop that is done
    assert [s.load_after_l for s in stops][2:] == [1800, 2700, 0]


def test_when_the_last_bin_is_skipped_the_load_is_still_tipped(town: RoundTown, crew, phone):
    round_ = published(town, crew=crew, bins=2)
    first, second = [s for s in round_.stops.order_by("order") if s.kind == "bin"]
    phone.post(f"/kru/perhentian/{first.pk}/selesai/", {"foto": picture()})
    phone.post(f"/kru/perhentian/{second.pk}/lewati/", {"sebab": "empty"})
    assert next_stop(round_).kind == "tip"


def test_a_work_order_is_done_or_open_again(town: RoundTown, crew, phone):
    orders = [
        WorkOrder.objects.create(
            kind=WorkKind.WASTE, words=f"tumpukan {i}", island=town.main, load_l=400,
            made_at=timezone.now(), geom=town.at(2 + 3 * i),
        )
        for i in range(2)
    ]  # fmt: skip
    round_ = published(town, crew=crew, bins=1)
    by_order = {s.work_order_id: s for s in round_.stops.all() if s.work_order_id}
    done, left = (by_order[order.pk] for order in orders)
    phone.post(f"/kru/perhentian/{done.pk}/selesai/", {"foto": picture()})
    phone.post(f"/kru/perhentian/{left.pk}/lewati/", {"sebab": "blocked"})
    for order in orders:
        order.refresh_from_db()
    assert [order.state for order in orders] == ["done", "open"]


def test_the_round_of_today_comes_before_one_of_tomorrow(town: RoundTown, crew):
    round_ = published(town, crew=crew)
    tomorrow = (timezone.localdate() + timedelta(days=1)).isoformat()
    run = study.perform(study.ask("bin_rounds", {"on": tomorrow}, seed=1))
    actions.publish(plan=RoundPlan.objects.get(pk=run.summary["plan"]), at=timezone.now())
    assert actions.todays(crew, timezone.now()) == round_
