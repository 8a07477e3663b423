"""A crew's day as iCalendar (RFC 5545): the shift, and each boat with when to be at its pier."""

from __future__ import annotations

from datetime import UTC, datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from gis_platform.pages.rounds.describe import ferry_of, stops_of
from layers.catalog.rounds.models import LegKind, Round, StopKind
from layers.geography import city

FOLD_OCTETS = 75
ALARM_MIN = 15


def calendar(round_: Round, address: str) -> bytes:
    """The events of one round; `address` is its page. An event sent anew keeps its id."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//gis-platform//rute//ID", "METHOD:PUBLISH"]
    lines += _shift(round_, address)
    for leg in round_.legs.all():
        if leg.kind == LegKind.FERRY:
            ferry = ferry_of(leg)
            there = ferry.be_there or leg.departs_at
            words = _("Di dermaga paling lambat %(at)s; longgar %(spare)d menit.") % {
                "at": date_format(timezone.localtime(there), "H.i"), "spare": ferry.spare_min,
            }  # fmt: skip
            name = f"{ferry.service}: {leg.start_name} → {leg.end_name}"
            uid = f"feri-{round_.vehicle.code}-{_stamp(leg.departs_at)}"
            lines += _event(uid, there, leg.arrives_at, name, words, leg.start_name, round_)
    lines.append("END:VCALENDAR")
    return "".join(f"{_folded(line)}\r\n" for line in lines).encode()


def _shift(round_: Round, address: str) -> list[str]:
    wanted = [stop for stop in stops_of(round_) if stop.kind != StopKind.TIP]
    stops = ngettext("%(n)s perhentian", "%(n)s perhentian", len(wanted)) % {"n": len(wanted)}
    words = f"{stops}, {round_.length_m / 1000:.1f} km. {address}"
    name = _("Rute %(vehicle)s") % {"vehicle": round_.vehicle.label}
    uid = f"rute-{round_.vehicle.code}-{round_.plan.on.isoformat()}"
    depot = round_.vehicle.depot.name
    return _event(uid, round_.starts_at, round_.ends_at, name, words, depot, round_)


def _event(
    uid: str, starts: datetime, ends: datetime, name: str, words: str, where: str, round_: Round
) -> list[str]:
    made = round_.plan.published_at or round_.plan.made_at
    return [
        "BEGIN:VEVENT", f"UID:{uid}@{city().code}.gis-platform", f"DTSTAMP:{_stamp(made)}",
        f"DTSTART:{_stamp(starts)}", f"DTEND:{_stamp(ends)}", f"SUMMARY:{_text(name)}",
        f"DESCRIPTION:{_text(words)}", f"LOCATION:{_text(where)}", "BEGIN:VALARM",
        "ACTION:DISPLAY", f"DESCRIPTION:{_text(name)}", f"TRIGGER:-PT{ALARM_MIN}M", "END:VALARM",
        "END:VEVENT",
    ]  # fmt: skip


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(words: str) -> str:
    """Escape a text value; a name from outside cannot begin a line of its own."""
    escaped = words.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return escaped.replace("\r\n", "\\n").replace("\n", "\\n").replace("\r", "\\n")


def _folded(line: str) -> str:
    """Fold a line at 75 octets, never inside a letter."""
    pieces, now = [], ""
    for letter in line:
        limit = FOLD_OCTETS - bool(pieces)
        if len((now + letter).encode()) > limit:
            pieces.append(now)
            now = ""
        now += letter
    return "\r\n ".join([*pieces, now])
