"""The ladder of a report in the public's words; what stays at the desk is left out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from layers.catalog.reports.history import ReportHistory
from layers.catalog.reports.models import Report
from layers.catalog.reports.states import MOVES, PUBLIC_OF, PublicState, Resolution, State
from layers.catalog.reports.work import Assignment, FollowUp

STATES = (
    (PublicState.UNVERIFIED, gettext_lazy("Belum diverifikasi")),
    (PublicState.WAITING, gettext_lazy("Belum ditindaklanjuti")),
    (PublicState.IN_PROCESS, gettext_lazy("Proses")),
    (PublicState.CLOSED, gettext_lazy("Selesai")),
)
SENTENCES = {
    "terima": gettext_lazy("Laporan diterima, sedang diperiksa."),
    "terima_petugas": gettext_lazy("Dilaporkan petugas, benar."),
    "impor": gettext_lazy("Diambil dari SP4N-LAPOR!."),
    "pasang_lokasi": gettext_lazy("Tempatnya sudah ditemukan."),
    "tanya": gettext_lazy("Petugas bertanya kepada pelapor."),
    "jawab": gettext_lazy("Pelapor sudah menjawab."),
    "sahkan": gettext_lazy("Benar; dicarikan instansi."),
    "terima_instansi": gettext_lazy("Diterima instansi."),
    "kembalikan": gettext_lazy("Dikembalikan instansi; dicarikan instansi lain."),
    "mulai": gettext_lazy("Mulai dikerjakan."),
    "lewati": gettext_lazy("Belum sempat dikerjakan; dijadwalkan lagi."),
    "lepas": gettext_lazy("Kembali ke instansi."),
    "lapor_selesai": gettext_lazy("Dikerjakan; menunggu diperiksa orang lain."),
    "pulangkan": gettext_lazy("Belum beres menurut pemeriksa; dikerjakan lagi."),
    "buka_kembali_kerja": gettext_lazy("Dibuka kembali."),
    "buka_kembali": gettext_lazy("Dibuka kembali, diperiksa ulang."),
    "pisahkan": gettext_lazy("Ternyata laporan tersendiri; diperiksa."),
}
RESOLUTIONS = {
    Resolution.FIXED: gettext_lazy("Selesai: diperbaiki."),
    Resolution.CANNOT: gettext_lazy("Ditutup: tidak dapat dikerjakan."),
    Resolution.NOT_OURS: gettext_lazy("Ditutup: bukan wewenang kota."),
    Resolution.DUPLICATE: gettext_lazy("Ditutup: sama dengan laporan lain, diteruskan di sana."),
    Resolution.UNPROVEN: gettext_lazy("Ditutup: tidak terbukti."),
    Resolution.EXPIRED: gettext_lazy("Ditutup: pertanyaan tidak dijawab."),
    Resolution.NOT_TOLD: gettext_lazy("Ditutup di SP4N; hasilnya tidak tercatat."),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the ladder."""

    at: datetime
    sentence: str


@dataclass(frozen=True, slots=True)
class Rung:
    """One of the four public states: passed, present, or still to come."""

    state: str
    label: str
    place: str  # "done", "now", "later"
    steps: list[Step]


@dataclass(frozen=True, slots=True)
class Past:
    """What lies behind a report's lines: who held it, and what was said to be done."""

    held: list[Assignment]
    done: list[FollowUp]

    @classmethod
    def of(cls, report: Report) -> Past:
        """Both in the order of time."""
        held = report.assignments.select_related("agency").order_by("made_at", "pk")
        return cls(list(held), list(report.follow_ups.order_by("made_at", "pk")))

    def agency(self, at: datetime) -> str:
        """Who was given the report by then."""
        found = [one.agency.label for one in self.held if one.made_at <= at]
        return found[-1] if found else _("instansi")

    def day(self) -> str:
        """The day of work as it stands; earlier ones are not kept."""
        days = [one.plan_at for one in self.held if one.plan_at]
        return date_format(days[-1], "j M Y") if days else "–"

    def resolution(self, line: ReportHistory) -> Resolution:
        """How a closing line closed: its move says so, else the work that was looked at."""
        if line.move == "impor":
            return Resolution.NOT_TOLD
        told = MOVES[line.move].resolution
        if len(told) == 1:
            return told[0]
        proposed = [one.proposed for one in self.done if one.made_at <= line.at]
        return Resolution(proposed[-1]) if proposed else Resolution.FIXED


def _sentence(past: Past, line: ReportHistory) -> str:
    if line.to_state == State.CLOSED and line.move != "catat":
        return str(RESOLUTIONS[past.resolution(line)])
    match line.move:
        case "teruskan":
            return _("Diteruskan ke %(agency)s.") % {"agency": past.agency(line.at)}
        case "alihkan":
            return _("Dialihkan ke %(agency)s.") % {"agency": past.agency(line.at)}
        case "jadwalkan" | "jadwal_ulang":
            return _("Dijadwalkan %(day)s.") % {"day": past.day()}
        case _:
            return str(SENTENCES.get(line.move, ""))


def rungs(report: Report) -> list[Rung]:
    """Four rungs with their dated lines. A doubt is never shown; undone lines are left out."""
    current = [state for state, _label in STATES].index(PublicState(report.public_state))
    past = Past.of(report)
    lines: list[tuple[int, Step]] = []
    reached = 0
    for line in _standing(report):
        told = _sentence(past, line)
        reached = _rank(line.to_state)
        if told:
            lines.append((reached, Step(line.at, told)))
    if report.contested_at:
        lines.append((reached, Step(report.contested_at, _("Digugat pelapor; sedang diputuskan."))))
    return [
        Rung(
            state.value.replace("_", "-"),
            str(label),
            "done" if rank < current else "now" if rank == current else "later",
            [step for at_rank, step in lines if at_rank == rank],
        )
        for rank, (state, label) in enumerate(STATES)
    ]


def _rank(inner: str) -> int:
    return [state for state, _label in STATES].index(PUBLIC_OF[State(inner)])


def _standing(report: Report) -> list[ReportHistory]:
    """History without what was undone."""
    kept: list[ReportHistory] = []
    for line in report.history.order_by("seq"):
        if line.move == "urungkan" and kept:
            while kept and not MOVES[kept[-1].move].undoable:
                kept.pop()
            if kept:
                kept.pop()
        else:
            kept.append(line)
    return kept
