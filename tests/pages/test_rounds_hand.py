"""The dispatcher's hand on a plan: moved, locked, taken out, put in; a broken rule is named."""

from __future__ import annotations

from datetime import time, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from layers.catalog.rounds import actions, outbox
from layers.catalog.rounds.models import Round, RoundPlan, RoundStop, StopMove
from layers.catalog.vehicles import Vehicle
from spatial_analysis import progress, study
from spatial_analysis.methods.reasons import Reason
from spatial_analysis.models import Run
from spatial_analysis.studies import round_moves
from spatial_analysis.studies.round_redo import redo
from spatial_analysis.studies.round_replan import replan
from tests.pages.test_rounds import picture
from tests.round_town import RoundTown, build_round_town

pytestmark = pytest.mark.django_db


@pytest.fixture
def town(db: None) -> RoundTown:
    return build_round_town()


@pytest.fixture(autouse=True)
def media(settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def desk(client_of) -> Client:
    return client_of("operator")


def tomorrow() -> str:
    return (timezone.localdate() + timedelta(days=1)).isoformat()


def two_trucks(town: RoundTown, *, bins: int = 6, shift_end: time = time(7)) -> RoundPlan:
    """Two trucks that both must go: each holds half of the bins (900 l each) and has an hour.

    When the plan is made their shifts end at `shift_end`.
    """
    for code in ("truk-1", "truk-2"):
        town.truck(code, capacity_l=900 * bins // 2, shift_end=time(7))
    for i in range(bins):
        town.bin(f"B{i}", 1 + i)
    run = study.perform(study.ask("bin_rounds", {"on": tomorrow()}, seed=1))
    Vehicle.objects.update(shift_end=shift_end)
    return RoundPlan.objects.get(pk=run.summary["plan"])


def codes(round_: Round) -> list[str]:
    rows = round_.stops.exclude(kind="tip").order_by("order")
    return [stop.code for stop in rows if not stop.is_withdrawn]


def first(round_: Round) -> RoundStop:
    return round_.stops.exclude(kind="tip").order_by("order")[0]


def asked(desk: Client, plan: RoundPlan, act: str, **fields: object):
    return desk.post(f"/rute/{plan.pk}/{act}/", fields, headers={"Accept": "application/json"})


def holds(plan: RoundPlan) -> None:
    """Times rise, loads fit, every truck is home in its shift, each bin stands once."""
    seen: list[str] = []
    for round_ in plan.rounds.all():
        stops = list(round_.stops.order_by("order"))
        times = [t for stop in stops for t in (stop.arrives_at, stop.leaves_at)]
        assert times == sorted(times)
        assert max((s.load_after_l for s in stops), default=0) <= round_.vehicle.capacity_l
        assert [s.number for s in stops] == list(range(1, len(stops) + 1))
        assert not stops or stops[-1].kind == "tip"
        ends = round_.vehicle.shift_end
        assert timezone.localtime(round_.ends_at).time() <= ends
        assert round_.length_m == sum(leg.length_m for leg in round_.legs.filter(kind="drive"))
        seen += codes(round_)
    assert len(seen) == len(set(seen))


# ------------------------------------------------------------------ moving


def test_a_stop_moves_within_its_round_and_the_clock_follows(town: RoundTown, desk):
    town.truck("truk-1")
    for i in range(3):
        town.bin(f"B{i}", 1 + 2 * i)
    run = study.perform(study.ask("bin_rounds", {"on": tomorrow()}, seed=1))
    plan = RoundPlan.objects.get(pk=run.summary["plan"])
    round_ = plan.rounds.get()
    assert codes(round_) == ["B0", "B1", "B2"]
    last = round_.stops.get(code="B2")
    answer = asked(desk, plan, "pindah", perhentian=last.pk, rute=1, sebelum=first(round_).pk)
    assert answer.status_code == 200 and "B2" in answer.json()["said"]
    assert codes(round_) == ["B2", "B0", "B1"]
    holds(plan)
    drives = [leg.length_m for leg in round_.legs.order_by("order")]
    assert drives == pytest.approx([2500, 2000, 1000, 3500, 5000], abs=10)  # 2500 there, 2000 back
    round_.refresh_from_db()
    assert round_.length_m == sum(drives)


def test_a_stop_moves_to_another_vehicle_where_it_costs_least(town: RoundTown, desk):
    plan = two_trucks(town, shift_end=time(8, 0))
    giver, taker = plan.rounds.order_by("number")
    stop = first(giver)
    answer = asked(desk, plan, "pindah", perhentian=stop.pk, rute=taker.number, terbaik=1)
    assert answer.status_code == 200, answer.json()
    assert stop.code in codes(taker) and stop.code not in codes(giver)
    holds(plan)  # 2,700 l do not take a fourth bin at once: a trip to the tip came in
    assert taker.stops.filter(kind="tip").count() == 2
    assert StopMove.objects.get().from_round == giver


def test_a_move_that_makes_a_crew_late_is_not_made_and_says_how_late(town: RoundTown, desk):
    plan = two_trucks(town)
    giver, taker = plan.rounds.order_by("number")
    home = timezone.localtime(taker.ends_at) + timedelta(minutes=1)
    Vehicle.objects.filter(pk=taker.vehicle_id).update(shift_end=home.time())
    before = codes(giver), codes(taker)
    answer = asked(desk, plan, "pindah", perhentian=first(giver).pk, rute=taker.number)
    assert answer.status_code == 400
    assert "menit setelah jam kerjanya berakhir" in answer.json()["title"]
    assert (codes(giver), codes(taker)) == before


def test_a_vehicle_that_cannot_carry_a_bin_is_told_by_how_much(town: RoundTown, desk):
    plan = two_trucks(town, shift_end=time(8))
    giver, taker = plan.rounds.order_by("number")
    Vehicle.objects.filter(pk=taker.vehicle_id).update(capacity_kg=150)  # a bin is 900 l, 162 kg
    answer = asked(desk, plan, "pindah", perhentian=first(giver).pk, rute=taker.number, terbaik=1)
    assert answer.status_code == 400
    assert "kelebihan 12 kg" in answer.json()["title"]


def test_a_stop_across_the_water_is_not_given_to_a_truck_that_stays(town: RoundTown, desk):
    town.truck("truk-1")
    town.truck("truk-2", capacity_l=5000)
    town.bin("A", 2)
    town.bin("K", 1, island="small")
    town.boat(8, out=True)
    town.boat(11, out=False)
    run = study.perform(study.ask("bin_rounds", {"on": tomorrow()}, seed=1))
    plan = RoundPlan.objects.get(pk=run.summary["plan"])
    there = RoundStop.objects.get(code="K")
    stays = plan.rounds.exclude(pk=there.round_id).get()
    answer = asked(desk, plan, "pindah", perhentian=there.pk, rute=stays.number)
    assert answer.status_code == 400 and "tidak ke kecil" in answer.json()["title"]
    # the other way round: the truck on the boat takes the home bin after it lands
    home = RoundStop.objects.get(code="A")
    over = there.round
    spare = over.legs.filter(kind="ferry").values_list("departs_at", flat=True)
    sails = list(spare)
    assert asked(desk, plan, "pindah", perhentian=home.pk, rute=over.number).status_code == 200
    assert codes(over) == ["K", "A"]
    home.refresh_from_db()
    assert list(over.legs.filter(kind="ferry").values_list("departs_at", flat=True)) == sails
    assert home.arrives_at > max(sails)
    orders = [leg.order for leg in over.legs.all()] + [s.order for s in over.stops.all()]
    assert sorted(orders) == list(range(1, len(orders) + 1))


# ------------------------------------------------------------------ out, in, locked


def test_a_stop_taken_out_is_listed_as_the_desks_own_and_comes_back(town: RoundTown, desk):
    plan = two_trucks(town, shift_end=time(8, 0))
    round_ = plan.rounds.get(number=1)
    code = first(round_).code
    assert asked(desk, plan, "keluar", perhentian=first(round_).pk).status_code == 200
    row = plan.unserved.get()
    assert (row.code, row.reason) == (code, Reason.LEFT_BY_DESK)
    assert code not in codes(round_)
    holds(plan)
    assert asked(desk, plan, "pindah", tak=row.pk, rute=1).status_code == 200
    assert code in codes(round_) and not plan.unserved.exists()
    holds(plan)


def test_a_locked_stop_is_not_moved_by_hand_nor_by_computing(town: RoundTown, desk):
    plan = two_trucks(town, shift_end=time(8, 0))
    round_ = plan.rounds.get(number=1)
    stop = round_.stops.exclude(kind="tip").order_by("order")[2]
    before = asked(desk, plan, "pindah", perhentian=stop.pk, rute=1, sebelum=first(round_).pk)
    assert before.status_code == 200 and codes(round_)[0] == stop.code
    asked(desk, plan, "kunci", perhentian=stop.pk, kunci=1)
    answer = asked(desk, plan, "pindah", perhentian=stop.pk, rute=2)
    assert answer.status_code == 409 and "terkunci" in answer.json()["title"]
    assert asked(desk, plan, "urutkan").status_code == 200
    assert codes(round_)[0] == stop.code  # third is where it costs least; locked it stays first
    holds(plan)
    asked(desk, plan, "kunci", perhentian=stop.pk, kunci=0)
    assert asked(desk, plan, "urutkan").status_code == 200
    assert codes(round_)[0] != stop.code


# ------------------------------------------------------------------ during the shift


def underway(town: RoundTown, person) -> tuple[RoundPlan, Round, object]:
    crew = person("crew")
    plan = two_trucks(town, shift_end=time(8, 0))
    round_ = plan.rounds.get(number=1)
    round_.vehicle.crew.add(crew)
    actions.publish(plan=plan, at=timezone.now())
    return plan, round_, crew


def test_ordering_anew_keeps_what_is_done_and_what_is_being_done(town: RoundTown, person):
    plan, round_, crew = underway(town, person)
    one, two = list(round_.stops.exclude(kind="tip").order_by("order"))[:2]
    at = round_.starts_at
    actions.finish(stop=one, by=crew, at=at, photo=picture().read())
    actions.start(stop=two, by=crew, at=at + timedelta(minutes=10))
    extra = plan.rounds.get(number=2).stops.exclude(kind="tip").order_by("order")[0]
    round_moves.move(plan=plan, stop_id=extra.pk, number=1, at=at + timedelta(minutes=11))
    redo(plan=plan, at=at + timedelta(minutes=12))
    replan(Round.objects.get(pk=round_.pk), at=at + timedelta(minutes=12))
    rows = list(round_.stops.order_by("order"))
    assert [(row.pk, row.state) for row in rows[:2]] == [(one.pk, "done"), (two.pk, "started")]
    assert rows[2].arrives_at >= two.leaves_at
    assert rows[2].load_after_l in (2700, 0)  # the 900 of each of the two before are on it
    with pytest.raises(actions.StopClosed):
        round_moves.move(plan=plan, stop_id=one.pk, number=2, at=at)


def test_what_a_phone_says_of_a_stop_that_went_to_another_crew_is_heard(town, person):
    plan, round_, crew = underway(town, person)
    stop = first(round_)
    round_moves.move(plan=plan, stop_id=stop.pk, number=2, at=timezone.now(), cheapest=True)
    outbox.receive(
        by=crew, stop_id=stop.pk, act=outbox.Act.FINISH, key="tap-00000001",
        at=timezone.now(), photo=picture().read(),
    )  # fmt: skip
    stop.refresh_from_db()
    assert (stop.state, stop.round.number) == ("done", 2)
    with pytest.raises(outbox.NotFound):
        other = RoundStop.objects.filter(round__number=2).exclude(pk=stop.pk).first()
        outbox.receive(
            by=crew, stop_id=other.pk, act=outbox.Act.START, key="tap-00000002", at=timezone.now()
        )


def test_a_tip_that_an_offline_crew_made_is_heard_though_the_order_dropped_it(town, person):
    """Offline: a bin skipped, the rest served, tipped twice. One tip was no longer needed."""
    plan, round_, crew = underway(town, person)
    extra, at = first(plan.rounds.get(number=2)), timezone.now()
    round_moves.move(plan=plan, stop_id=extra.pk, number=1, at=at, cheapest=True)
    stops = list(round_.stops.order_by("order"))
    tips = [stop for stop in stops if stop.kind == "tip"]
    bins = [stop for stop in stops if stop.kind != "tip"]
    assert (len(bins), len(tips)) == (4, 2)

    def send(stop: RoundStop, act: outbox.Act, **how: object) -> str:
        key = f"tap-{stop.pk:08d}"
        outbox.receive(by=crew, stop_id=stop.pk, act=act, key=key, at=at, **how)
        stop.refresh_from_db()
        return stop.state

    send(bins[0], outbox.Act.SKIP, reason="kosong")
    assert replan(Round.objects.get(pk=round_.pk), at=at)
    assert [tip.is_withdrawn for tip in round_.stops.filter(kind="tip")].count(True) == 1
    for stop in bins[1:]:
        assert send(stop, outbox.Act.FINISH, photo=picture().read()) == "done"
    assert [send(tip, outbox.Act.FINISH) for tip in tips] == ["done", "done"]


def test_a_stop_the_desk_took_off_while_its_crew_was_away_still_counts(town, person):
    plan, round_, crew = underway(town, person)
    stop = first(round_)
    round_moves.take_out(plan=plan, stop_id=stop.pk, at=timezone.now())
    assert stop.code not in codes(round_)
    outbox.receive(
        by=crew, stop_id=stop.pk, act=outbox.Act.FINISH, key="tap-00000009",
        at=timezone.now(), photo=picture().read(),
    )  # fmt: skip
    stop.refresh_from_db()
    assert stop.state == "done" and stop.photo


# ------------------------------------------------------------------ who, and nonsense


@pytest.mark.parametrize("act", ["pindah", "keluar", "kunci", "urutkan", "semula"])
@pytest.mark.parametrize("who", ["crew", "agency"])
def test_nobody_without_a_desk_changes_a_plan(town: RoundTown, client_of, who, act):
    plan = two_trucks(town, bins=2)
    before = [codes(round_) for round_ in plan.rounds.all()]
    stop = first(plan.rounds.first())
    fields = {"perhentian": stop.pk, "rute": 1, "kunci": 1}
    assert client_of(who).post(f"/rute/{plan.pk}/{act}/", fields).status_code == 404
    assert [codes(round_) for round_ in plan.rounds.all()] == before


@pytest.mark.parametrize(
    ("fields", "status"),
    [({}, 400), ({"perhentian": "x", "rute": 1}, 400), ({"perhentian": 10**9, "rute": 1}, 404)],
)
def test_a_move_without_its_parts_is_refused(town: RoundTown, desk, fields, status):
    plan = two_trucks(town, bins=2)
    assert asked(desk, plan, "pindah", **fields).status_code == status


def test_a_replaced_plan_is_not_changed(town: RoundTown, desk):
    plan = two_trucks(town, bins=2)
    RoundPlan.objects.filter(pk=plan.pk).update(state="replaced")
    assert (
        asked(desk, plan, "pindah", perhentian=first(plan.rounds.first()).pk, rute=1).status_code
        == 409
    )


# ------------------------------------------------------------------ yesterday, and cancelling


def test_todays_stops_in_yesterdays_order_stand_beside_the_plan(town: RoundTown, desk):
    town.truck("truk-1")
    for i in range(3):
        town.bin(f"B{i}", 1 + 2 * i)
    today = study.perform(study.ask("bin_rounds", {"on": timezone.localdate().isoformat()}))
    before = RoundPlan.objects.get(pk=today.summary["plan"])
    last = before.rounds.get().stops.get(code="B2")
    round_moves.move(
        plan=before, stop_id=last.pk, number=1, before_id=first(before.rounds.get()).pk,
        at=timezone.now(),
    )  # fmt: skip
    actions.publish(plan=before, at=timezone.now())
    town.bin("baru", 8)
    run = study.perform(study.ask("bin_rounds", {"on": tomorrow()}, seed=1))
    plan = RoundPlan.objects.get(pk=run.summary["plan"])
    told = plan.compared
    assert (told["known"], told["new"], told["stops"]) == (3, 1, 4)
    # yesterday: 5, back to 1, 3, (8) to 10 and home: 2500 + 2000 + 1000 + 3500 + 5000
    assert told["length_m"] == pytest.approx(14_000, abs=40)
    assert plan.rounds.get().length_m == pytest.approx(10_000, abs=40)
    page = desk.get(f"/rute/{plan.pk}/").content.decode()
    assert "−4,0 km" in page and "Rute sebelumnya" in page


def test_the_desk_offers_yesterdays_vehicles_and_crews(town: RoundTown, desk, person):
    crew = person("crew")
    town.truck("truk-1")
    town.truck("truk-2")
    town.bin("A", 2)
    params = {
        "on": timezone.localdate().isoformat(), "vehicles": ["truk-2"],
        "crews": {"truk-2": [crew.pk]},
    }  # fmt: skip
    run = study.perform(study.ask("bin_rounds", params))
    plan = RoundPlan.objects.get(pk=run.summary["plan"])
    actions.publish(plan=plan, at=timezone.now())
    assert Round.objects.of_crew(crew).count() == 1
    page = desk.get(f"/rute/?tanggal={tomorrow()}").content.decode()
    assert 'value="truk-2" checked' in page and 'value="truk-1" checked' not in page
    assert f'value="{crew.pk}" selected' in page


def test_a_named_crew_drives_and_the_vehicles_own_one_does_not(town: RoundTown, person):
    own, named = person("own"), person("crew")
    town.truck("truk-1").crew.add(own)
    town.bin("A", 2)
    params = {"on": tomorrow(), "crews": {"truk-1": [named.pk]}}
    run = study.perform(study.ask("bin_rounds", params))
    actions.publish(plan=RoundPlan.objects.get(pk=run.summary["plan"]), at=timezone.now())
    assert Round.objects.of_crew(named).count() == 1
    assert Round.objects.of_crew(own).count() == 0


def test_a_computation_that_waits_is_cancelled_and_never_answered(town: RoundTown, desk):
    town.truck("truk-1")
    town.bin("A", 2)
    run = study.ask("bin_rounds", {"on": tomorrow()})
    answer = desk.post(f"/rute/hitung/{run.pk}/batal/", follow=True)
    assert "Perhitungan dibatalkan" in answer.content.decode()
    assert study.perform(Run.objects.get(pk=run.pk)).state == "cancelled"
    assert not RoundPlan.objects.exists()
    assert desk.get(f"/rute/hitung/{run.pk}/sejauh.json").json()["ended"] is True


def test_a_computation_underway_stops_at_its_next_step_and_leaves_nothing(town: RoundTown):
    town.truck("truk-1")
    town.bin("A", 2)
    run = study.ask("bin_rounds", {"on": tomorrow()})
    Run.objects.filter(pk=run.pk).update(cancel_asked_at=timezone.now())
    with pytest.raises(progress.RunCancelled):
        study.perform(run)
    run.refresh_from_db()
    assert (run.state, RoundPlan.objects.count()) == ("cancelled", 0)
