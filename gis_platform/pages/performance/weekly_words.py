"""Words of the weekly report: names of its figures, and three sentences made by rule."""

from __future__ import annotations

from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from layers.catalog.reports import figures
from layers.catalog.reports.states import ClockKind

NUMBERS = {
    "came_in": (gettext_lazy("laporan masuk"), ""),
    "verified_in_time_pct": (gettext_lazy("diperiksa tepat waktu"), " %"),
    "closed": (gettext_lazy("ditutup minggu ini"), ""),
    "fixed": (gettext_lazy("di antaranya diperbaiki"), ""),
    "median_days": (gettext_lazy("hari sampai diperbaiki, separuh"), ""),
    "p90_days": (gettext_lazy("hari sampai diperbaiki, sembilan dari sepuluh"), ""),
}
STATES = {
    "state unverified": gettext_lazy("belum diverifikasi"),
    "state waiting": gettext_lazy("belum ditindaklanjuti"),
    "state in_process": gettext_lazy("proses"),
    "state closed": gettext_lazy("selesai"),
    "state fixed": gettext_lazy("diperbaiki"),
}
CLOCKS = {
    ClockKind.VERIFY: gettext_lazy("diperiksa dan diteruskan (3 hari kerja)"),
    ClockKind.PLAN: gettext_lazy("rencana dari instansi (5 hari kerja)"),
    ClockKind.WORK: gettext_lazy("pekerjaan (menurut jenis)"),
    ClockKind.CHECK: gettext_lazy("diperiksa orang kedua (2 hari kerja)"),
}
CUTS = {
    "agency": gettext_lazy("Menurut instansi"),
    "category": gettext_lazy("Menurut jenis"),
    "island": gettext_lazy("Menurut pulau"),
    "kelurahan": gettext_lazy("Menurut kelurahan"),
}
TELLING = ("category", "island", "agency")  # cuts that a sentence is made of
LEAST_CHANGE = 2  # reports; a change of one tells nothing


def change(now: float | None, before: float | None) -> str:
    """'+12', '−3', '=' or '' where one of them is not known."""
    if now is None or before is None:
        return ""
    difference = round(now - before, 1)
    if difference == 0:
        return "="
    sign = "+" if difference > 0 else "−"
    return sign + number_format(abs(difference), use_l10n=True)


def numbers(frame: dict[str, Any]) -> list[dict[str, Any]]:
    """The numbers on top: label, value, last week's, change."""
    return [
        {
            "key": key,
            "label": label,
            "unit": unit,
            "value": frame["numbers"][key][0],
            "before": frame["numbers"][key][1],
            "change": change(*frame["numbers"][key]),
        }
        for key, (label, unit) in NUMBERS.items()
    ]


def named(frame: dict[str, Any], cut: str) -> list[dict[str, Any]]:
    """Rows of a cut under names in the reader's language, with the change."""
    words = figures.words_of(cut)
    nameless = _("tanpa instansi") if cut == "agency" else _("tanpa lokasi")
    return [
        row
        | {
            "label": words.get(row["key"], row["label"]) if row["key"] else nameless,
            "change": change(row["total"], row["before"]),
        }
        for row in frame["cuts"][cut]
    ]


def sentences(frame: dict[str, Any]) -> list[str]:
    """What changed most: of each telling cut the row with the largest change, if it is one."""
    told = []
    for cut in TELLING:
        rows = [row for row in named(frame, cut) if row["key"]]
        most = max(rows, key=lambda row: abs(row["total"] - row["before"]), default=None)
        if most is None or abs(most["total"] - most["before"]) < LEAST_CHANGE:
            continue
        more = most["total"] - most["before"]
        words = {"name": most["label"], "total": most["total"], "before": most["before"]}
        if more > 0:
            told.append(_("%(name)s: %(total)s laporan, naik dari %(before)s.") % words)
        else:
            told.append(_("%(name)s: %(total)s laporan, turun dari %(before)s.") % words)
    return told or [_("Tidak ada yang banyak berubah dari minggu sebelumnya.")]


def changed_words(pairs: list[tuple[str, Any, Any]]) -> list[tuple[str, Any, Any]]:
    """What another version said otherwise, under names."""
    labels: dict[str, Any] = {key: label for key, (label, _unit) in NUMBERS.items()} | STATES
    return [(str(labels[key]), before, now) for key, before, now in pairs]
