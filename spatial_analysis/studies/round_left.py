"""Stops that no round serves: as a row of a round again, or left out by the desk's own hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.contrib.gis.geos import Point

from layers.catalog.bins import WasteBin
from layers.catalog.rounds.models import (
    WITHDRAWN,
    PlanState,
    RoundStop,
    StopKind,
    StopState,
    UnservedStop,
)
from layers.catalog.work_orders import WorkOrder, WorkState
from layers.columns import STORED_SRID
from layers.errors import NotFound
from spatial_analysis.methods.reasons import Reason
from spatial_analysis.studies.round_rows import stop_row
from spatial_analysis.studies.round_wishes import Wish, bin_wish, work_wish


def wish_again(row: UnservedStop, at: datetime) -> Wish:
    """What a left-out stop asks for, as its bin or order says now. Raises NotFound."""
    if row.kind == StopKind.BIN:
        found = WasteBin.objects.filter(label=row.code).first()
        if found is not None:
            return _in_hours(bin_wish(found, at), row)
    elif row.code.isdigit():
        order = WorkOrder.objects.filter(pk=int(row.code)).first()
        if order is not None:
            return _in_hours(work_wish(order), row)
    raise NotFound


def _in_hours(wish: Wish, row: UnservedStop) -> Wish:
    needs = frozenset(row.needs)
    return replace(wish, opens=row.opens, closes=row.closes, needs=needs)


def row_of(row: UnservedStop, at: datetime) -> RoundStop:
    """Return the left-out stop as a stop of a round, not saved yet."""
    return stop_row(wish_again(row, at), None)


def left_by_desk(stop: RoundStop, island_id: int | None) -> UnservedStop:
    """Move a stop from its round to the left-out ones; its order is open again."""
    return left_again(
        stop,
        UnservedStop(
            plan=stop.round.plan, kind=stop.kind, code=stop.code, label=stop.label,
            island_id=island_id, reason=Reason.LEFT_BY_DESK, fill_pct=stop.fill_pct,
            stale=stop.stale, opens=stop.opens, closes=stop.closes, needs=stop.needs,
            geom=Point(stop.geom.x, stop.geom.y, srid=STORED_SRID),
        ),
    )  # fmt: skip


def left_again(stop: RoundStop, row: UnservedStop) -> UnservedStop:
    """Take a stop out of its round, with `row` (not saved yet) in its place."""
    if stop.work_order_id is not None:
        WorkOrder.objects.filter(pk=stop.work_order_id, state=WorkState.ROUTED).update(
            state=WorkState.OPEN
        )
    row.save()
    if stop.round.plan.state == PlanState.DRAFT:
        stop.delete()
    else:  # a crew without a network may yet serve it
        RoundStop.objects.filter(pk=stop.pk).update(
            state=StopState.SKIPPED, skip_reason=WITHDRAWN, number=0
        )
    return row
