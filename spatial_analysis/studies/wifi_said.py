"""Answers of the wifi studies in the reader's language, from the figures that runs keep."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from layers.catalog.wifi_proposals import WifiProposal
from spatial_analysis.models import Run
from spatial_analysis.studies.number_words import figures, metres, rupiah, tenth, whole

Facts = Mapping[str, Any]


def site_said(facts: Facts) -> str:
    """What one proposed site does, for whom, at what price.

    facts: people, where, walk_m (None: no way), power_hours, solar, cost_idr, cable_m, backup
    """
    people, walk_m = facts["people"], facts["walk_m"]
    given = {"n": whole(people), "where": facts["where"]}
    spare = _("menjadi cadangan bagi {n} orang").format(n=whole(facts.get("backup") or 0))
    if people < 0.5 and facts.get("backup"):
        served = spare
    elif people < 0.5:
        served = _("tidak menambah warga terlayani; diminta oleh aturan")
    elif walk_m is None:
        served = _("melayani {n} orang di {where} yang kini tanpa WiFi di pulaunya").format(**given)
    else:
        served = _("melayani {n} orang di {where} yang kini berjalan {far}").format(
            far=metres(walk_m), **given
        )
    if people >= 0.5 and facts.get("backup"):
        served = f"{served}, {spare}"
    power = _("listrik {h} jam").format(h=facts["power_hours"])
    sun = " " + _("(dengan panel surya)") if facts["solar"] else ""
    cable = facts.get("cable_m")
    laid = "; " + _("kabel {far}").format(far=metres(cable)) if cable else ""
    return f"{served}; {power}{sun}{laid}; {rupiah(facts['cost_idr'])}"


def row_said(row: WifiProposal, run: Run) -> str:
    """The sentence of one site of a run; of an old run as it was written then."""
    facts = run.summary.get("site_facts", {}).get(row.candidate)
    return site_said(facts) if facts else row.sentence


def sentence_of(run: Run) -> str:
    """The answer of a finished run of a wifi study; any other run's own sentence."""
    summary = run.summary
    if run.state != "done":
        return run.sentence
    if run.study == "wifi_placement" and "people_gained" in summary:
        return plan_said(summary)
    if run.study == "underserved_zones" and "served" in summary:
        return count_said(summary)
    return run.sentence


def count_said(summary: Facts) -> str:
    """How many people can walk to WiFi that works, and how many zones wait."""
    return _(
        "{share} % warga ({served} dari {people}) dapat berjalan {far} ke WiFi yang hidup; "
        "{zones} zona belum terlayani."
    ).format(
        **figures(
            summary,
            share=("share_pct", tenth),
            served=("served", whole),
            people=("people", whole),
            far=("walk_m", metres),
            zones="zones",
        )
    )


def plan_said(summary: Facts) -> str:
    """How many sites serve how many more people, for what money, and how sure that is."""
    proof = (
        _("terbukti optimal")
        if summary["proven"]
        else _("selisih ke batas atas paling banyak {gap} %").format(gap=tenth(summary["gap_pct"]))
    )
    given = {
        "sites": summary["sites"], "people": whole(summary["people_gained"]),
        "money": rupiah(summary["spent_idr"]), "proof": proof,
    }  # fmt: skip
    walked = summary.get("aim_figures", {})
    match summary.get("aim"):
        case "all":
            words = _(
                "Paling sedikit {sites} titik agar semua yang dapat dijangkau terlayani: {people} "
                "orang lagi dengan {money}; {proof}."
            )
        case "mean":
            given |= {name: metres(walked[name]["mean_m"]) for name in ("before", "after")}
            words = _(
                "{sites} titik memendekkan jalan kaki rata-rata dari {before} ke {after}; {people} "
                "orang lagi terlayani dengan {money}; {proof}."
            )
        case "farthest":
            given |= {name: metres(walked[name]["farthest_m"]) for name in ("before", "after")}
            words = _(
                "{sites} titik mendekatkan warga terjauh dari {before} ke {after}; {people} orang "
                "lagi terlayani dengan {money}; {proof}."
            )
        case _:
            words = _("{sites} titik melayani {people} orang lagi dengan {money}; {proof}.")
    told = words.format(**given)
    if meant := meant_said(summary):
        told += " " + meant
    if spare := summary.get("backup"):
        told += " " + _("Warga yang punya titik cadangan: {before} menjadi {after}.").format(
            before=whole(spare["before"]), after=whole(spare["after"])
        )
    return told


def meant_said(summary: Facts) -> str:
    """What served means where people receive a site at home; nothing where they walk to it."""
    far = whole(summary.get("radius_m") or 0)
    match summary.get("serve"):
        case "signal":
            meant = _("menerima sinyal di rumah (titik baru {m} m)").format(m=far)
        case "sight":
            meant = _(
                "menerima sinyal di rumah tanpa terhalang medan (titik baru {m} m, tiang {h} m)"
            ).format(m=far, h=tenth(summary["mast_m"]))
        case _:
            return ""
    return _("Terlayani berarti {meant}.").format(meant=meant)


def ways_said(facts: Facts) -> list[str]:
    """Ways out of rules that contradict each other, one a line (see wifi_refusal)."""
    both = " " + _("dan") + " "
    return [both.join(_rule_said(rule, facts) for rule in way) for way in facts["ways"]]


def _rule_said(rule: Facts, facts: Facts) -> str:
    by = whole(rule["by"])
    match rule["kind"]:
        case "budget":
            return _("anggaran: kurang Rp {by} (cukup dengan {enough})").format(
                by=by, enough=rupiah(rule["enough_idr"])
            )
        case "count":
            return _("jumlah titik: tambah {by}").format(by=by)
        case "power":
            where = ", ".join(facts["dark"])
            none = _("tidak ada calon seperti itu di {where}").format(where=where)
            words = _("listrik {h} jam: izinkan panel surya").format(h=by)
            return f"{words} ({none})" if where else words
        case "floor":
            return _("batas {name}: kurangi {by} (calon di sana: {there})").format(
                name=rule["name"], by=by, there=rule["there"]
            )
        case "spacing":
            if rule["enough_m"] < 1:
                return _("jarak antartitik: kosongkan")
            return _("jarak antartitik: cukup {m} m").format(m=whole(rule["enough_m"]))
        case "must":
            return _("titik wajib {name}: lepaskan").format(name=rule["name"])
        case _:
            return _("titik terlarang {name}: izinkan").format(name=rule["name"])


def refusal_said(run: Run) -> list[str]:
    """Why a question has no answer, then one way out a line."""
    if "ways" not in run.summary:
        return [_(run.sentence)] if run.sentence else []
    lines = ways_said(run.summary)
    head = _("Longgarkan salah satu:") if len(lines) > 1 else _("Longgarkan:")
    return [f"{_('Aturan yang dipilih tidak dapat dipenuhi bersama.')} {head}", *lines]


def why_said(other: Facts) -> str:
    """Why a candidate was not taken."""
    match other.get("reason"):
        case "forbidden":
            return _("ditolak oleh perencana")
        case "near":
            return _("terlalu dekat dengan titik terpilih atau titik yang hidup")
        case "served":
            return _("sebagian besar warganya sudah dilayani titik terpilih")
        case "money":
            return _("sisa anggaran {left}, perlu {cost}").format(
                left=rupiah(other["left_idr"]), cost=rupiah(other["cost_idr"])
            )
        case "fewer":
            return _("titik terpilih melayani lebih banyak warga")
        case _:
            return str(other.get("why", ""))
