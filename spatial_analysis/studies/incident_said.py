"""What the incident studies found, as sentences in the reader's language, from stored figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.utils import translation
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from layers.errors import filled
from spatial_analysis.models import Run, RunState
from spatial_analysis.study import REFUSAL

Summary = Mapping[str, Any]
STORED = "id"  # runs keep this sentence; pages say it anew from the figures


def whole(number: float) -> str:
    """1234 -> 1.234 or 1,234, as the reader's language groups."""
    return str(number_format(round(number), decimal_pos=0, use_l10n=True, force_grouping=True))


def decimal(number: float, places: int = 1) -> str:
    """1.5 -> 1,5 or 1.5."""
    return str(number_format(number, decimal_pos=places, use_l10n=True, force_grouping=True))


def reports(n: float) -> str:
    """1 report, 1,234 reports."""
    return ngettext("%(n)s laporan", "%(n)s laporan", round(n)) % {"n": whole(n)}


def cells(n: float) -> str:
    """1 cell, 1,234 cells."""
    return ngettext("%(n)s sel", "%(n)s sel", round(n)) % {"n": whole(n)}


def scanned(n: float) -> str:
    """1 scan, 12 scans."""
    return ngettext("%(n)s pemindaian", "%(n)s pemindaian", round(n)) % {"n": whole(n)}


def period(summary: Summary) -> str:
    """First and last day that count."""
    days = (date.fromisoformat(summary[name]) for name in ("first", "last"))
    return " - ".join(date_format(day, "j F Y") for day in days)


def heat(summary: Summary) -> str:
    """Answer of `incident_heat`."""
    graded = summary["grades"]
    return _(
        "%(reports)s, %(period)s: %(hot)s sel padat dan %(cold)s sel jarang dari %(m)s yang "
        "diuji (peluang panggilan palsu paling banyak %(alpha)s%%). Kepadatan, bukan bukti."
    ) % {
        "reports": reports(summary["n"]), "period": period(summary),
        "hot": sum(n for grade, n in graded.items() if grade.startswith("hot")),
        "m": whole(summary["m_tests"]), "cold": graded["cold"],
        "alpha": f"{100 * summary['alpha']:g}",
    }  # fmt: skip


def clusters(summary: Summary) -> str:
    """Answer of `incident_clusters`."""
    k = summary["clusters"]
    return _(
        "%(clusters)s dari %(reports)s, %(period)s; %(sure)s sulit dijelaskan oleh kebetulan "
        "(p <= %(alpha)s), %(held)s di dalamnya."
    ) % {
        "clusters": ngettext("%(n)s klaster", "%(n)s klaster", k) % {"n": whole(k)},
        "reports": reports(summary["n"] - summary["stacked"]),
        "period": period(summary), "sure": summary["likely_real"],
        "alpha": decimal(summary["alpha"], 2), "held": reports(summary["clustered"]),
    }  # fmt: skip


def emerging(summary: Summary) -> str:
    """Answer of `emerging_incidents`."""
    found: Summary = summary["patterns"]
    fresh = sum(found.get(name, 0) for name in ("new", "consecutive", "intensifying"))
    return _(
        "%(reports)s, %(period)s, %(steps)s langkah dari %(days)s hari: %(hot)s dengan riwayat "
        "padat, %(fresh)s di antaranya baru atau menguat; %(cold)s dengan riwayat jarang."
    ) % {
        "reports": reports(summary["n"]), "period": period(summary), "steps": summary["steps"],
        "days": summary["step_days"], "hot": cells(sum(found.values())), "fresh": fresh,
        "cold": summary["cold"],
    }  # fmt: skip


def leaks(summary: Summary) -> str:
    """Answer of `water_leaks`."""
    figures = {"m": f"{summary['within_m']:g}", "days": f"{summary['within_days']:g}",
               "k": summary["leaks"], "open": summary["leaks_open"]}  # fmt: skip
    if not summary["leaks"]:
        return _("Tidak ada dugaan pipa bocor: tidak ada tiga pelapor dalam %(m)s m dan %(days)s "
                 "hari.") % figures  # fmt: skip
    return (
        ngettext(
            "%(k)s dugaan pipa bocor (tiga pelapor dalam %(m)s m dan %(days)s hari), %(open)s di "
            "antaranya punya laporan yang belum selesai.",
            "%(k)s dugaan pipa bocor (tiga pelapor dalam %(m)s m dan %(days)s hari), %(open)s di "
            "antaranya punya laporan yang belum selesai.",
            summary["leaks"],
        )
        % figures
    )


def alarms(summary: Summary) -> str:
    """Answer of `incident_alarms`."""
    k = summary["alarms"]
    figures = {
        "alarms": ngettext("%(n)s alarm", "%(n)s alarm", k) % {"n": whole(k)},
        "scans": scanned(summary["scans"]), "days": summary["longest_days"],
        "m": whole(summary["radius_m"]), "period": period(summary),
        "recurrence": f"{summary['least_recurrence_days']:g}",
    }  # fmt: skip
    if not k:
        return _("Tidak ada yang naik melebihi kebetulan: %(scans)s atas %(days)s hari "
                 "terakhir, pembanding %(period)s.") % figures  # fmt: skip
    return _("%(alarms)s dari %(scans)s atas %(days)s hari terakhir (lingkaran sampai "
             "%(m)s m, pembanding %(period)s); karena kebetulan saja masing-masing muncul paling "
             "sering sekali dalam %(recurrence)s hari.") % figures  # fmt: skip


def changes(summary: Summary) -> str:
    """Answer of `incident_changes`."""
    other = {"first": summary["against_first"], "last": summary["against_last"]}
    return _(
        "%(reports)s (%(period)s) dibanding %(before)s (%(other)s): %(risen)s naik dan "
        "%(fallen)s turun dari %(m)s yang diuji, selebihnya dapat dijelaskan oleh kebetulan."
    ) % {
        "reports": reports(summary["n"]), "period": period(summary),
        "before": whole(summary["n_before"]), "other": period(other),
        "risen": cells(summary["risen"]), "fallen": summary["fallen"],
        "m": whole(summary["m_tests"]),
    }  # fmt: skip


def risk(summary: Summary) -> str:
    """Answer of `incident_risk`."""
    return _(
        "%(reports)s kategori ini terhadap %(others)s lain, %(period)s, lebar %(sigma)s "
        "m: %(high)s km² lebih tinggi dan %(low)s km² lebih rendah dari kebetulan (p peta %(p)s)."
    ) % {
        "reports": reports(summary["n"]), "others": reports(summary["others"]),
        "period": period(summary), "sigma": f"{summary['sigma_m']:g}",
        "high": decimal(summary["high_km2"]), "low": decimal(summary["low_km2"]),
        "p": decimal(summary["p_map"], 2),
    }  # fmt: skip


def streets(summary: Summary) -> str:
    """Answer of `street_heat`."""
    return _(
        "%(reports)s pada jalan (%(left)s lebih jauh dari %(m)s m tidak dihitung), %(period)s, "
        "lebar %(sigma)s m: paling padat %(top)s laporan per km jalan per minggu."
    ) % {
        "reports": reports(summary["on_streets"]), "left": whole(summary["left_out"]),
        "m": f"{summary['within_m']:g}", "period": period(summary),
        "sigma": f"{summary['sigma_m']:g}", "top": decimal(summary["top"]),
    }  # fmt: skip


SAYS: dict[str, Callable[[Summary], str]] = {
    "incident_heat": heat,
    "incident_clusters": clusters,
    "emerging_incidents": emerging,
    "incident_alarms": alarms,
    "incident_changes": changes,
    "incident_risk": risk,
    "street_heat": streets,
    "water_leaks": leaks,
}


def stored(study: str, summary: Summary) -> str:
    """The sentence as a run keeps it."""
    with translation.override(STORED):
        return SAYS[study](summary)


def sentence_of(run: Run) -> str:
    """A run's answer in the reader's language; refusals are said by their own words."""
    if run.state == RunState.DONE and run.study in SAYS:
        return SAYS[run.study](run.summary)
    return filled(*run.summary.get(REFUSAL, (run.sentence, {})))


def warned(
    *,
    n: int,
    outside: int = 0,
    elsewhere: int = 0,
    sparse: float = 0.0,
    stacked: int = 0,
    piled: int = 0,
    chained: float = 0.0,
) -> list[list[Any]]:
    """What a reader must know before believing the map, as [code, figures]."""
    found: list[list[Any]] = []
    if outside:
        found.append(["at_sea", {"outside": outside, "n": n}])
    if elsewhere:
        found.append(["elsewhere", {"elsewhere": elsewhere}])
    if sparse > 0.5:
        found.append(["sparse", {"pct": round(100 * sparse)}])
    if stacked:
        found.append(["stacked", {"stacked": stacked}])
    if piled:
        found.append(["piled", {"piled": piled}])
    if chained:
        found.append(["chained", {"pct": round(100 * chained)}])
    return found


def warnings_of(run: Run) -> list[str]:
    """A run's warnings in the reader's language."""
    return [_warning(code, figures) for code, figures in run.summary.get("warnings", ())]


def _warning(code: str, figures: Summary) -> str:
    told = {name: whole(value) for name, value in figures.items()}
    match code:
        case "at_sea":
            return ngettext(
                "%(outside)s dari %(reports)s terletak di laut dan tidak dihitung.",
                "%(outside)s dari %(reports)s terletak di laut dan tidak dihitung.",
                figures["outside"],
            ) % (told | {"reports": reports(figures["n"])})
        case "elsewhere":
            return (
                ngettext(
                    "%(elsewhere)s laporan tanpa pulau yang dikenal tidak dihitung.",
                    "%(elsewhere)s laporan tanpa pulau yang dikenal tidak dihitung.",
                    figures["elsewhere"],
                )
                % told
            )
        case "sparse":
            return _("%(pct)s%% jendela diharapkan memuat kurang dari 5 laporan: nilai Gi* di situ "
                     "tidak terkalibrasi, pegang uji binomial.") % told  # fmt: skip
        case "chained":
            return (
                _(
                    "Dengan jarak dan jumlah ini %(pct)s%% laporan sudah padat karena kebetulan: "
                    "klaster menyatu. Kosongkan jumlahnya, atau perkecil jaraknya."
                )
                % told
            )
        case "piled":
            return (
                ngettext(
                    "%(piled)s laporan di alamat baku ikut dihitung: panas dan klaster terkuat "
                    "dapat berupa alamat itu, bukan kejadian.",
                    "%(piled)s laporan di alamat baku ikut dihitung: panas dan klaster terkuat "
                    "dapat berupa alamat itu, bukan kejadian.",
                    figures["piled"],
                )
                % told
            )
        case _:
            return (
                ngettext(
                    "%(stacked)s laporan menumpuk di titik yang persis sama (alamat baku): "
                    "disisihkan dari panas, sel, dan klaster.",
                    "%(stacked)s laporan menumpuk di titik yang persis sama (alamat baku): "
                    "disisihkan dari panas, sel, dan klaster.",
                    figures["stacked"],
                )
                % told
            )
