"""A new order of the day taken back: every stop where it was, what crews did left alone."""

from __future__ import annotations

from datetime import time, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from layers.catalog.rounds import actions
from layers.catalog.rounds.models import RoundPlan, RoundStop
from spatial_analysis.methods.reasons import Reason
from spatial_analysis.studies import round_moves
from spatial_analysis.studies.round_redo import redo
from spatial_analysis.studies.round_undo import put_back
from tests.pages.test_rounds import picture
from tests.pages.test_rounds_hand import (
    asked,
    codes,
    desk,
    first,
    holds,
    media,
    town,
    two_trucks,
    underway,
)
from tests.round_town import RoundTown

pytestmark = pytest.mark.django_db
__all__ = ["desk", "media", "town"]


def open_order(plan: RoundPlan) -> list[list[str]]:
    return [codes(round_) for round_ in plan.rounds.order_by("number")]


def worse(town: RoundTown, desk: Client) -> tuple[RoundPlan, list[list[str]]]:
    """A plan whose first round somebody put into a needlessly long order."""
    plan = two_trucks(town, shift_end=time(9))
    for _ in range(2):
        round_ = plan.rounds.get(number=1)
        stops = list(round_.stops.exclude(kind="tip").order_by("order"))
        asked(desk, plan, "pindah", perhentian=stops[-1].pk, rute=1, sebelum=stops[1].pk)
    return plan, open_order(plan)


def test_a_new_order_is_taken_back_with_every_stop_where_it_was(town: RoundTown, desk):
    plan, before = worse(town, desk)
    stops = list(plan.rounds.get(number=2).stops.exclude(kind="tip"))
    asked(desk, plan, "pindah", perhentian=stops[0].pk, rute=1, sebelum="")
    before = open_order(plan)
    done = redo(plan=plan, at=timezone.now())
    assert done.order is not None and open_order(plan) != before
    put_back(plan=plan, order=done.order, at=timezone.now())
    assert open_order(plan) == before
    holds(plan)


def test_the_page_gets_along_what_takes_a_new_order_back_and_nobody_can_make_it_up(
    town: RoundTown, desk
):
    plan, before = worse(town, desk)
    answer = asked(desk, plan, "urutkan").json()
    assert open_order(plan) != before and answer["order"]
    assert asked(desk, plan, "semula", semula=answer["order"] + "x").status_code == 400
    assert asked(desk, plan, "semula").status_code == 400
    assert open_order(plan) != before
    assert asked(desk, plan, "semula", semula=answer["order"]).status_code == 200
    assert open_order(plan) == before


def test_a_new_order_is_not_taken_back_over_a_later_change(town: RoundTown, desk):
    plan, _before = worse(town, desk)
    order = asked(desk, plan, "urutkan").json()["order"]
    one, two = RoundStop.objects.filter(round__plan=plan).exclude(kind="tip")[:2]
    fields = {"perhentian": two.pk, "rute": one.round.number, "sebelum": one.pk}
    assert asked(desk, plan, "pindah", **fields).status_code == 200
    now = open_order(plan)
    answer = asked(desk, plan, "semula", semula=order)
    assert answer.status_code == 409 and "berubah lagi" in answer.json()["title"]
    assert open_order(plan) == now


def test_a_stop_that_was_out_and_is_back_does_not_stand_in_the_way(town: RoundTown, desk):
    plan, before = worse(town, desk)
    order = asked(desk, plan, "urutkan").json()["order"]
    stop, behind = RoundStop.objects.filter(round__plan=plan).exclude(kind="tip")[:2]
    number = stop.round.number
    left = asked(desk, plan, "keluar", perhentian=stop.pk).json()["left"]
    back = {"tak": left, "rute": number, "sebelum": behind.pk}  # as the page undoes it
    assert asked(desk, plan, "pindah", **back).status_code == 200
    assert asked(desk, plan, "semula", semula=order).status_code == 200
    assert open_order(plan) == before


def test_taking_back_leaves_what_a_crew_did_meanwhile(town: RoundTown, person):
    plan, round_, crew = underway(town, person)
    stops = list(round_.stops.exclude(kind="tip").order_by("order"))
    at = round_.starts_at
    round_moves.move(plan=plan, stop_id=stops[2].pk, number=1, before_id=stops[0].pk, at=at)
    before = codes(round_)
    order = redo(plan=plan, at=at).order
    assert order is not None
    done = first(round_)
    actions.finish(stop=done, by=crew, at=at, photo=picture().read())
    put_back(plan=plan, order=order, at=at + timedelta(minutes=5))
    assert codes(round_) == [done.code, *(code for code in before if code != done.code)]


def test_a_stop_served_only_by_the_new_order_is_left_out_again_with_its_reason(town, desk):
    plan = two_trucks(town, shift_end=time(9))
    stop = first(plan.rounds.get(number=1))
    asked(desk, plan, "keluar", perhentian=stop.pk)
    plan.unserved.update(reason=Reason.SHIFT_FULL)  # as if the computation had left it out
    order = redo(plan=plan, at=timezone.now()).order
    assert order is not None and not plan.unserved.exists()
    put_back(plan=plan, order=order, at=timezone.now())
    row = plan.unserved.get()
    assert (row.code, row.reason) == (stop.code, Reason.SHIFT_FULL)
    assert all(stop.code not in order for order in open_order(plan))
    holds(plan)
