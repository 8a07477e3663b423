"""Acts that a crew's phone kept while it had no network, taken in one by one, each once.

An act names its stop, what was done, how long ago, and a key that the phone made for it: the
same key again changes nothing. A phone that was away may speak of a plan that was replaced
meanwhile. What was done on the street stays done: it is written on that plan, and the open stop
for the same bin or order in today's plan is closed with it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from layers.catalog.rounds import actions
from layers.catalog.rounds.models import OPEN_STATES, PlanState, Round, RoundStop, StopMove
from layers.errors import BadInput, NotFound

KEY = re.compile(r"[0-9A-Za-z-]{8,40}")


class Act(StrEnum):
    """What a crew does with a stop."""

    START = "mulai"
    FINISH = "selesai"
    SKIP = "lewati"


class BadAct(BadInput):
    """Kiriman dari ponsel tidak lengkap; perbarui halaman lalu coba lagi."""

    code = "BAD_ACT"


@dataclass(frozen=True, slots=True)
class Received:
    """What an act came to: its stop as it is now, and whether it had arrived before."""

    stop: RoundStop
    before: bool


@transaction.atomic
def receive(
    *,
    by: Any,
    stop_id: int,
    act: Act,
    key: str,
    at: datetime,
    reason: str = "",
    photo: bytes | None = None,
) -> Received:
    """Take one act in. Raises BadAct, NotFound, StopClosed, PhotoMissing, ReasonMissing, BadPhoto.

    NotFound is also what a stop of another crew answers. A phone whose clock was set meanwhile
    tells a wrong `at`: none lies before its plan was published, nor before the stop's last act.
    """
    if not KEY.fullmatch(key):
        raise BadAct
    stop = _own_stop(by, stop_id)
    if stop.events.filter(send_key=key).exists():
        return Received(stop, before=True)
    known = (stop.round.plan.published_at, stop.state_at)
    at = max([at, *(moment for moment in known if moment is not None)])
    twin = _twin(stop) if stop.round.plan.state == PlanState.REPLACED else None
    for row in (stop, twin):
        if row is not None:
            _carry_out(row, act, by=by, at=at, key=key, reason=reason, photo=photo)
    return Received(RoundStop.objects.get(pk=stop.pk), before=False)


def _own_stop(by: Any, stop_id: int) -> RoundStop:
    """Return the stop, locked: two sends of one act come one after the other.

    A stop that was given to another crew meanwhile is still this crew's to speak of.
    """
    rows = RoundStop.objects.select_for_update(of=("self",)).select_related("round__plan")
    driven = Round.objects.driven_by(by)
    had = StopMove.objects.filter(stop=OuterRef("pk"), from_round__in=driven)
    stop = rows.filter(
        Q(round__in=driven) | Q(Exists(had)),
        pk=stop_id,
        round__plan__state__in=(PlanState.PUBLISHED, PlanState.REPLACED),
    ).first()
    if stop is None:
        raise NotFound
    return stop


def _carry_out(
    stop: RoundStop, act: Act, *, by: Any, at: datetime, key: str, reason: str, photo: bytes | None
) -> None:
    if act is Act.START:
        actions.start(stop=stop, by=by, at=at, send_key=key, late=True)
    elif act is Act.FINISH:
        actions.finish(stop=stop, by=by, at=at, photo=photo, send_key=key, late=True)
    else:
        actions.skip(stop=stop, by=by, at=at, reason=reason, send_key=key, late=True)


def _twin(stop: RoundStop) -> RoundStop | None:
    """Return the open stop for the same bin or order in the day's present plan, if any."""
    if stop.bin_id is None and stop.work_order_id is None:
        return None
    same = {"bin_id": stop.bin_id} if stop.bin_id else {"work_order_id": stop.work_order_id}
    open_now = RoundStop.objects.filter(
        round__plan__state=PlanState.PUBLISHED,
        round__plan__on=stop.round.plan.on,
        state__in=OPEN_STATES,
    )
    return open_now.filter(**same).first()
