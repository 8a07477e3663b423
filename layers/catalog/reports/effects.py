"""What a move writes besides state and history: verdicts, assignments, forwards, publication."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import F

from layers.catalog import forwards, wifi_health
from layers.catalog.categories import ON_THE_PUBLIC_MAP
from layers.catalog.forwards import Forward, ForwardState
from layers.catalog.reports import history, places, public_places
from layers.catalog.reports.models import PlaceSource, Report
from layers.catalog.reports.report import publish
from layers.catalog.reports.states import UNVERIFIED, ClockKind, Move, Resolution, State
from layers.catalog.reports.work import LIVE, Assignment, AssignmentState, Validation, Verdict
from layers.catalog.routing_rules import suggest
from layers.errors import BadInput, NotAllowed

VERDICTS = {"sahkan", "ragukan", "duplikat", "tidak_terbukti", "bukan_wewenang", "kedaluwarsa"}


class NotAMainReport(BadInput):
    """Laporan itu tidak bisa menjadi laporan induk: pilih laporan lain yang masih sama."""

    code = "NOT_A_MAIN_REPORT"


class AnotherPersonMustLook(NotAllowed):
    """Orang yang mengerjakan tidak boleh memeriksa pekerjaannya sendiri."""

    code = "ANOTHER_PERSON_MUST_LOOK"


class AnswerMayStillCome(BadInput):
    """Waktu menjawab belum habis; laporan ini belum boleh ditutup sebagai kedaluwarsa."""

    code = "ANSWER_MAY_STILL_COME"


class SecondOperatorNeeded(NotAllowed):
    """Laporan yang Anda ragukan disahkan oleh operator lain."""

    code = "SECOND_OPERATOR_NEEDED"


def before(
    item: Report,
    step: Move,
    source: str,
    *,
    by: Any,
    at: datetime,
    reason: str,
    given: dict[str, Any],
) -> None:
    """Change the report's own fields (saved by `move`) and refuse what the table cannot."""
    match step.name:
        case "sahkan":
            if source == State.DOUBTED and _doubter(item) == getattr(by, "pk", None):
                raise SecondOperatorNeeded
            _words_for_public(item, given)
            publish(item, at)
        case "pasang_lokasi":
            place_at(item, given["place"], given.get("place_source", PlaceSource.DESK))
        case "duplikat":
            item.main_report = _main(item, given["main"])
        case "kedaluwarsa":
            if item.clocks.filter(kind=ClockKind.ANSWER, due_at__gt=at).exists():
                raise AnswerMayStillCome
        case "nyatakan_selesai" | "pulangkan":
            _by_another(item, by)
    if item.resolution != Resolution.DUPLICATE and item.main_report_id:
        _support(item, -1)
        item.main_report = None
    if item.state in UNVERIFIED:
        item.published_at = None
        item.photos.filter(kind="report").update(published_at=None)
    if item.state != State.CLOSED:
        item.contested_at = None


def _doubter(item: Report) -> int | None:
    line = item.history.filter(move="ragukan").order_by("-seq").first()
    return line.actor_id if line else None


def _words_for_public(item: Report, given: dict[str, Any]) -> None:
    if given.get("public_words"):
        item.public_words = given["public_words"]


def place_at(item: Report, place: Any, source: str) -> None:
    """Give a report its place, with island, kelurahan and public place."""
    place = places.point(place.x, place.y)
    found = places.locate(place)
    item.geom, item.place_source, item.at_sea = place, source, found.at_sea
    item.island, item.kelurahan = found.island, found.kelurahan
    public_places.place_for_public(item)


def _main(item: Report, main: Report) -> Report:
    """The report that stays; chains of duplicates are flattened at once."""
    main = Report.objects.get(pk=main.pk)  # locked by `move`, in order of ids
    while main.main_report_id:
        main = Report.objects.select_for_update(of=("self",)).get(pk=main.main_report_id)
    if main.pk == item.pk or main.practice != item.practice:
        raise NotAMainReport
    Report.objects.filter(main_report=item).update(main_report=main)
    return main


def _by_another(item: Report, by: Any) -> None:
    done = item.follow_ups.first()
    if by is None or (done is not None and done.done_by_id == by.pk):
        raise AnotherPersonMustLook


def after(
    item: Report,
    step: Move,
    *,
    by: Any,
    at: datetime,
    reason: str,
    note: str,
    given: dict[str, Any],
    undone: history.ReportHistory,
) -> None:
    """Write the rows that follow from the move."""
    if step.name in VERDICTS:
        signals = list(item.signals.values("kind", "points"))
        Verdict.objects.create(
            report=item, by=by, kind=step.name, reason=reason, signals=signals, at=at
        )
    match step.name:
        case "sahkan" if given.get("publish_photos"):
            _publish_photos(item, "report", at)
        case "teruskan" | "alihkan" | "buka_kembali_kerja":
            _assign(item, given.get("agency"), at, moved=step.name == "alihkan")
        case "terima_instansi":
            _live(item, given).update(state=AssignmentState.ACCEPTED)
        case "kembalikan":
            _live(item, given).update(state=AssignmentState.HANDED_BACK)
        case "jadwalkan":
            _live(item, given).update(plan_at=given["plan_at"])
        case "jadwal_ulang":
            _live(item, given).update(plan_at=given["plan_at"], postponed=F("postponed") + 1)
        case "nyatakan_selesai" | "pulangkan":
            _validated(item, step, by, at, note)
        case "duplikat":
            _support(item, +1)
        case "urungkan":
            _undo(item, undone)
    if item.state == State.CLOSED and step.name != "catat":
        _live(item, {}).update(state=AssignmentState.DONE)
    wifi_health.follow_report(item, at=at)


def _live(item: Report, given: dict[str, Any]) -> Any:
    rows = item.assignments.filter(state__in=LIVE)
    agency = given.get("agency")
    return rows.filter(agency=agency) if agency is not None else rows


def _support(item: Report, change: int) -> None:
    Report.objects.filter(pk=item.main_report_id).update(
        supporters=F("supporters") + change * (1 + item.supporters)
    )


def _assign(item: Report, agency: Any, at: datetime, *, moved: bool) -> None:
    """Give `item` to `agency`; an urgent report's early assignment is adopted."""
    found = suggest(item)
    if agency is None:
        last = item.assignments.first()
        agency = last.agency if last else found.agency
    others = item.assignments.filter(state__in=LIVE).exclude(agency=agency)
    if others.update(state=AssignmentState.RECALLED):
        Forward.objects.filter(report=item).exclude(agency=agency).update(
            state=ForwardState.RECALLED
        )
    if item.assignments.filter(state__in=LIVE, agency=agency).exists():
        return
    suggested = agency.pk == found.agency.pk
    Assignment.objects.create(
        report=item,
        agency=agency,
        rule=found.rule if suggested else None,
        rule_version=found.rule.row_version if suggested and found.rule else None,
        explained=found.explained if suggested else "dipilih petugas",
        made_at=at,
    )
    forwards.enqueue(item, agency, at=at)


def _validated(item: Report, step: Move, by: Any, at: datetime, note: str) -> None:
    done = item.follow_ups.first()
    if done is not None:
        Validation.objects.create(
            follow_up=done,
            done_by_id=done.done_by_id,
            by=by,
            outcome="baik" if step.name == "nyatakan_selesai" else "pulang",
            reason=note,
            at=at,
        )
    if item.state == State.CLOSED:
        _publish_photos(item, "follow_up", at)


def _publish_photos(item: Report, kind: str, at: datetime) -> None:
    """Open photos to everybody; none of a category whose places no map tells."""
    if item.category.public_precision in ON_THE_PUBLIC_MAP:
        item.photos.filter(kind=kind, published_at=None).update(published_at=at)


def _undo(item: Report, undone: history.ReportHistory) -> None:
    if undone.move in ("teruskan", "alihkan"):
        item.assignments.filter(state__in=LIVE, made_at__gte=undone.at).update(
            state=AssignmentState.RECALLED
        )
        Forward.objects.filter(report=item, made_at__gte=undone.at).update(
            state=ForwardState.RECALLED
        )
    if undone.move == "alihkan":
        earlier = item.assignments.filter(state=AssignmentState.RECALLED, made_at__lt=undone.at)
        first = earlier.first()
        if first is not None:
            Assignment.objects.filter(pk=first.pk).update(state=AssignmentState.OPEN)
