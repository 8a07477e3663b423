"""What a planner types, as parameters: of a wifi placement, and of a count of who is served."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from gis_platform.pages.planning.more import WEIGHT
from layers.gate.whole import whole
from spatial_analysis.studies.underserved_zones import WALK_M
from spatial_analysis.studies.wifi_costs import Area
from spatial_analysis.studies.wifi_reach import SIGHT

FLOOR = "batas_"


@dataclass(frozen=True, slots=True)
class FloorField:
    """The least number of new sites of one area."""

    area: Area
    name: str
    value: int


def number(text: str | None) -> int | str | None:
    """140.000.000 and Rp 140000000 as a number; nothing as None; anything else stays as typed."""
    plain = re.sub(r"[\s.]|^rp", "", (text or "").strip(), flags=re.IGNORECASE)
    if not plain:
        return None
    found = whole(plain)
    return (text or "") if found is None else found


def decimal(text: str | None) -> float | str | None:
    """6,5 and 6.5 as a number; nothing as None; anything else stays as typed."""
    plain = (text or "").strip().replace(",", ".")
    if not plain:
        return None
    fits = re.fullmatch(r"\d{1,6}(\.\d+)?", plain, flags=re.ASCII)
    return float(plain) if fits else (text or "")


def count_of(post: QueryDict) -> dict[str, Any]:
    """Parameters of the study `underserved_zones`; what was left as it is, is left out."""
    walk_m, mast_m = number(post.get("jalan_m")), decimal(post.get("tiang_m"))
    found: dict[str, Any] = {} if walk_m is None else {"walk_m": walk_m}
    if post.get("penduduk"):
        found["people"] = post["penduduk"]
    if "medan" in post:
        found |= {"sight": True} | ({} if mast_m is None else {"mast_m": mast_m})
    beta = decimal(post.get("pangkat"))
    return found | ({} if beta is None else {"gravity": beta})


def _choices(post: QueryDict) -> dict[str, Any]:
    """What the folded part says; fields left as they are say nothing."""
    demand = {
        name.removeprefix(WEIGHT): worth
        for name in post
        if name.startswith(WEIGHT) and (worth := number(post.get(name, "")))
    }
    found: dict[str, Any] = {"demand": demand} if demand else {}
    if post.get("tujuan"):
        found["aim"] = post["tujuan"]
    for name, field in (
        ("capacity", "kapasitas"),
        ("spacing_m", "antara_m"),
        ("backup_pct", "cadangan"),
    ):
        given = number(post.get(field))
        found |= {} if given in (None, 0) else {name: given}
    if post.get("layanan"):
        found["serve"] = post["layanan"]
        mast_m = decimal(post.get("tiang_m"))
        found |= {} if mast_m is None or post["layanan"] != SIGHT else {"mast_m": mast_m}
    return found | ({"people": post["penduduk"]} if post.get("penduduk") else {})


def params_of(post: QueryDict) -> dict[str, Any]:
    """Parameters of the study `wifi_placement`; the study itself refuses what makes no sense."""
    floors = {
        name.removeprefix(FLOOR): least
        for name in post
        if name.startswith(FLOOR) and (least := number(post.get(name, "")))
    }
    must, forbidden = set(post.getlist("wajib")), set(post.getlist("tolak"))
    here = post.get("dari", "")
    there = post.get(f"ke:{here}", "")
    if here and there:  # a site is moved: not here any more, but there
        must, forbidden = (must - {here}) | {there}, (forbidden - {there}) | {here}
    walk_m = number(post.get("jalan_m"))
    power_h = number(post.get("listrik_jam"))
    power = {} if power_h is None else {"power_h": power_h, "solar": "surya" in post}
    return (
        power
        | _choices(post)
        | {
            "budget_idr": number(post.get("anggaran")),
            "count": number(post.get("jumlah")),
            "walk_m": WALK_M if walk_m is None else walk_m,
            "floors": floors,
            "must": sorted(must),
            "forbidden": sorted(forbidden),
        }
    )


def floor_fields(areas: tuple[Area, ...], params: Mapping[str, Any]) -> list[FloorField]:
    """One input for each area, filled with what was asked last."""
    asked = params.get("floors", {})
    return [FloorField(area, FLOOR + area.code, asked.get(area.code, 0)) for area in areas]
