"""The one way on: every change of state calls `move`."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from layers.catalog.reports import clocks, effects, history
from layers.catalog.reports.models import Report
from layers.catalog.reports.states import (
    MOVES,
    UNDO_WITHIN_MIN,
    Actor,
    Move,
    Resolution,
    State,
)
from layers.errors import BadInput, ChangedMeanwhile, NotAllowed, NotFound

NEEDS = {  # what a move may ask for, in people's words
    "note": gettext_lazy("kata-kata penjelasan"),
    "reason": gettext_lazy("alasan"),
    "agency": gettext_lazy("instansi"),
    "main": gettext_lazy("nomor laporan induk"),
    "place": gettext_lazy("tempat di peta"),
    "plan_at": gettext_lazy("tanggal rencana"),
    "follow_up": gettext_lazy("bukti pekerjaan"),
    "resolution": gettext_lazy("hasil akhirnya"),
}


class MoveRefused(BadInput):
    """Langkah itu tidak ada untuk laporan dalam keadaan ini."""

    code = "MOVE_REFUSED"


class NotYourMove(NotAllowed):
    """Langkah itu bukan bagian Anda."""

    code = "NOT_YOUR_MOVE"


class SomethingMissing(BadInput):
    """Masih ada yang harus diisi untuk langkah ini."""

    code = "MOVE_NEEDS_MORE"


class SomebodyWasFirst(ChangedMeanwhile):
    """Orang lain sudah lebih dulu memutuskan; lihat keadaan barunya."""

    code = "SOMEBODY_WAS_FIRST"


class TooLateToUndo(BadInput):
    """Sudah lewat sepuluh menit, atau orang lain sudah bertindak; tidak dapat diurungkan."""

    code = "TOO_LATE_TO_UNDO"


@transaction.atomic
def move(
    report_id: int,
    name: str,
    *,
    actor: Actor,
    by: Any = None,
    to: str | None = None,
    seen_version: int | None = None,
    at: datetime | None = None,
    screen: str = "",
    reason: str = "",
    note: str = "",
    **given: Any,
) -> Report:
    """Move a report as the table of states.py allows; writes history, clocks and what follows.

    `seen_version`: row_version that the person saw; the loser of a race is told who was first.
    `given` holds what the move needs: agency, main, plan_at, place, follow_up, resolution.
    Raises MoveRefused, NotYourMove, SomethingMissing, SomebodyWasFirst, TooLateToUndo.
    """
    item = _locked(report_id, given.get("main"))
    step, now = _listed(name, actor), at or timezone.now()
    last = item.history.order_by("-seq").first()
    if last is None:
        raise MoveRefused
    _race(item, last, seen_version)
    target = _target(item, step, to, last, by, now)
    _needs(step, {**given, "reason": reason, "note": note})
    resolution = _resolution(item, step, given.get("resolution"), target)
    source = item.state
    item.state, item.resolution = target, resolution
    item.history_seq, item.row_version = last.seq + 1, item.row_version + 1
    line = history.next_line(
        item,
        last,
        move=step.name,
        to_state=target,
        at=max(now, last.at),
        actor_id=by.pk if by else None,
        actor_role=actor,
        screen=screen,
        reason_code=reason,
        note=note,
    )
    effects.before(item, step, source, by=by, at=now, reason=reason, given=given)
    item.save()
    line.save()
    _note(item, step, note)
    if step.name == "urungkan":
        clocks.undo(item, last.seq, now)
    else:
        clocks.apply(item, step, target, now)
    effects.after(item, step, by=by, at=now, reason=reason, note=note, given=given, undone=last)
    return item


def _locked(report_id: int, main: Report | None) -> Report:
    """The report under a lock, and its main one too: in order of ids, so no two moves deadlock."""
    wanted = {report_id} | ({main.pk} if main else set())
    rows = Report.objects.select_for_update(of=("self",)).select_related("category")
    found = {row.pk: row for row in rows.filter(pk__in=wanted).order_by("pk")}
    if report_id not in found:
        raise NotFound
    return found[report_id]


def _listed(name: str, actor: Actor) -> Move:
    step = MOVES.get(name)
    if step is None or name in ("terima", "terima_petugas", "impor"):
        raise MoveRefused
    if actor not in step.who:
        raise NotYourMove
    return step


def _race(item: Report, last: history.ReportHistory, seen_version: int | None) -> None:
    if seen_version is not None and seen_version != item.row_version:
        who = last.actor.get_username() if last.actor else _("sistem")
        sentence = _("%(who)s sudah lebih dulu: laporan ini kini “%(state)s”.")
        raise SomebodyWasFirst(sentence % {"who": who, "state": item.state})


def _target(
    item: Report, step: Move, to: str | None, last: history.ReportHistory, by: Any, now: datetime
) -> str:
    """The state the move leads to; with several, the caller's, else the only fitting one."""
    if step.name == "urungkan":
        return _undo_target(step, last, by, now)
    fitting = sorted(b for a, b in step.pairs if a == item.state)
    if step.name == "jawab":
        fitting = [State.NEW if item.geom is not None else State.NEEDS_PLACE]
    if step.name == "catat":
        fitting = [item.state]
    target = to or (fitting[0] if len(fitting) == 1 else "")
    wrong_closing = bool(step.before) and item.resolution not in step.before
    if (item.state, target) not in step.pairs or wrong_closing:
        raise MoveRefused
    return target


def _undo_target(step: Move, last: history.ReportHistory, by: Any, now: datetime) -> str:
    undone = MOVES.get(last.move)
    late = now - last.at > timedelta(minutes=UNDO_WITHIN_MIN)
    somebody_else = by is None or last.actor_id != by.pk
    if undone is None or not undone.undoable or late or somebody_else:
        raise TooLateToUndo
    if (last.to_state, last.from_state) not in step.pairs:
        raise MoveRefused
    return last.from_state


def _needs(step: Move, given: dict[str, Any]) -> None:
    for name in step.needs:
        if not given.get(name):
            raise SomethingMissing(_("Langkah ini butuh: %(what)s.") % {"what": NEEDS[name]})


def _resolution(item: Report, step: Move, wanted: Any, target: str) -> str | None:
    if target != State.CLOSED:
        return None
    if step.name == "catat":
        return item.resolution
    fitting = [wanted] if wanted in step.resolution else list(step.resolution)
    if len(fitting) != 1:
        raise SomethingMissing(_("Langkah ini butuh: %(what)s.") % {"what": NEEDS["resolution"]})
    return Resolution(fitting[0]).value


def _note(item: Report, step: Move, note: str) -> None:
    if note:
        shown = {"tanya": "reporter", "jawab": "reporter", "tidak_terbukti": "reporter",
                 "bukan_wewenang": "reporter", "kembalikan": "agency"}  # fmt: skip
        history.ReportNote.objects.create(
            report=item, seq=item.history_seq, words=note, shown_to=shown.get(step.name, "desk")
        )
