"""A round in the words of its pages: entries in order, ferries with minutes to spare, a Gantt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import time_format

from gis_platform.pages.rounds.exports import colour_of
from layers.catalog.rounds.models import LegKind, Round, RoundLeg, RoundStop, StopKind, StopState
from spatial_analysis.studies.round_compare import fuel_l

GANTT_WIDTH = 290
ROW_HEIGHT = 26
LABEL_EVERY_H = 2


@dataclass(frozen=True, slots=True)
class Ferry:
    """A crossing as a crew reads it."""

    leg: RoundLeg
    service: str
    be_there: datetime | None
    following: datetime | None
    last: datetime | None
    spare_min: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a round: a stop with the drive before it, or a ferry."""

    stop: RoundStop | None = None
    ferry: Ferry | None = None
    drive: RoundLeg | None = None
    drive_min: int = 0
    wait_min: int = 0

    @property
    def late(self) -> bool:
        """True when the crew is to arrive after the stop's hours."""
        stop = self.stop
        closes = None if stop is None else stop.closes
        return bool(stop and closes and timezone.localtime(stop.arrives_at).time() > closes)


def ferry_of(leg: RoundLeg) -> Ferry:
    """A ferry leg in words."""
    told: dict[str, Any] = leg.ferry or {}
    moments = {name: parse_datetime(told.get(name) or "") for name in ("be_there", "next", "last")}
    return Ferry(
        leg=leg,
        service=told.get("service", ""),
        be_there=moments["be_there"],
        following=moments["next"],
        last=moments["last"],
        spare_min=int(told.get("spare_s", 0)) // 60,
    )


def stops_of(round_: Round) -> list[RoundStop]:
    """Stops that people are shown: those that were taken off the round are not."""
    return [stop for stop in round_.stops.all() if not stop.is_withdrawn]


def entries_of(round_: Round) -> list[Entry]:
    """Lines of a round in order."""
    rows: list[RoundLeg | RoundStop] = [*round_.legs.all(), *stops_of(round_)]
    told: list[Entry] = []
    drive: RoundLeg | None = None
    for row in sorted(rows, key=lambda r: (r.order, isinstance(r, RoundStop))):
        if isinstance(row, RoundLeg) and row.kind == LegKind.DRIVE:
            drive = row
            continue
        minutes = 0
        if drive is not None:
            minutes = max(1, round((drive.arrives_at - drive.departs_at).total_seconds() / 60))
        if isinstance(row, RoundLeg):
            told.append(Entry(ferry=ferry_of(row), drive=drive, drive_min=minutes))
        else:
            told.append(Entry(stop=row, drive=drive, drive_min=minutes, wait_min=waited_min(row)))
        drive = None
    return told


def waited_min(stop: RoundStop) -> int:
    """Minutes that a crew is to wait at a stop before its hours begin."""
    stays = (stop.leaves_at - stop.arrives_at).total_seconds()
    return max(0, round((stays - stop.service_s) / 60))


def described_round(round_: Round) -> dict[str, Any]:
    """What pages say about a round."""
    stops = stops_of(round_)
    served = [s for s in stops if s.kind != StopKind.TIP]
    return {
        "round": round_,
        "colour": colour_of(round_),
        "entries": entries_of(round_),
        "stops": len(served),
        "tips": len(stops) - len(served),
        "done": sum(s.state == StopState.DONE for s in served),
        "skipped": sum(s.state == StopState.SKIPPED for s in served),
        "locked": sum(s.locked for s in served if s.is_open),
        "load_l": sum(s.load_l for s in served),
        "load_kg": sum(s.load_kg for s in served),
        "drive_min": round(round_.drive_s / 60),
        "service_min": round(round_.service_s / 60),
        "wait_min": round(round_.wait_s / 60),
        "fuel_l": round(fuel_l(round_.vehicle.kind, round_.length_m), 1),
        "length_km": round(round_.length_m / 1000, 1),
        "full_pct": round(100 * round_.load_max_l / max(round_.vehicle.capacity_l, 1)),
        "ferry": any(leg.kind == LegKind.FERRY for leg in round_.legs.all()),
    }


def gantt(rounds: list[Round]) -> dict[str, Any] | None:
    """Bars of all rounds on one clock, in units of a drawing `GANTT_WIDTH` wide."""
    if not rounds:
        return None
    first = min(r.starts_at for r in rounds).replace(minute=0, second=0, microsecond=0)
    last = max([*(r.ends_at for r in rounds), *(shift_end(r) for r in rounds)])
    span = max((last - first).total_seconds(), 3600.0)

    def x(moment: datetime) -> int:
        return round((moment - first).total_seconds() / span * GANTT_WIDTH)

    rows = [
        {
            "label": r.vehicle.label, "number": r.number, "colour": colour_of(r),
            "y": ROW_HEIGHT * i + 32, "text_y": ROW_HEIGHT * i + 28, "x": x(r.starts_at),
            "width": max(x(r.ends_at) - x(r.starts_at), 2),
            "ferries": [
                {"x": x(g.departs_at), "width": max(x(g.arrives_at) - x(g.departs_at), 2)}
                for g in r.legs.all() if g.kind == LegKind.FERRY
            ],
            "tips": [x(s.arrives_at) for s in stops_of(r) if s.kind == StopKind.TIP],
            "stops": [
                {"x": x(s.arrives_at), "width": max(x(s.leaves_at) - x(s.arrives_at), 1),
                 "pk": s.pk, "state": s.state, "locked": s.locked}
                for s in stops_of(r) if s.kind != StopKind.TIP
            ],
            "ends_x": x(shift_end(r)),
        }
        for i, r in enumerate(rounds)
    ]  # fmt: skip
    hours = int(span // 3600) + 1
    every = LABEL_EVERY_H if hours > LABEL_EVERY_H * 2 else 1
    ticks = [
        {"x": round(h * 3600 / span * GANTT_WIDTH), "hour": first_hour(first, h)}
        for h in range(0, hours, every)
    ]
    height = ROW_HEIGHT * len(rows) + 22
    return {"rows": rows, "ticks": ticks, "width": GANTT_WIDTH, "height": height}


def shift_end(round_: Round) -> datetime:
    """When the shift of a round's vehicle ends that day."""
    day = timezone.localtime(round_.starts_at)
    ends = round_.vehicle.shift_end
    return day.replace(hour=ends.hour, minute=ends.minute, second=0, microsecond=0)


def first_hour(first: datetime, hours: int) -> str:
    """Clock hour `hours` after `first`, in the city's own time."""
    return time_format(time((timezone.localtime(first).hour + hours) % 24), "H.i")
