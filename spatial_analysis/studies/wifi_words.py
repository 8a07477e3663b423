"""Numbers as Indonesian sentences say them: rupiah, metres, people."""

from __future__ import annotations

from layers.catalog.underserved_zones import GapReason


def whole(number: float) -> str:
    """1.234"""
    return f"{number:,.0f}".replace(",", ".")


def tenth(number: float) -> str:
    """1,3 - and 2 without a zero behind the comma."""
    return f"{number:,.1f}".replace(",", " ").replace(".", ",").replace(" ", ".").removesuffix(",0")


def rupiah(idr: float) -> str:
    """Rp 18 juta; exact below a million."""
    if abs(idr) >= 1e9:
        return f"Rp {tenth(idr / 1e9)} miliar"
    return f"Rp {tenth(idr / 1e6)} juta" if abs(idr) >= 1e6 else f"Rp {whole(idr)}"


def metres(distance_m: float) -> str:
    """650 m, 1,3 km."""
    return f"{tenth(distance_m / 1000)} km" if distance_m >= 1000 else f"{whole(distance_m)} m"


def zone(people: float, where: str, reason: str, nearest_m: float | None, power: int) -> str:
    """Why people of one zone have no WiFi."""
    way = f"titik hidup terdekat {metres(nearest_m)}" if nearest_m else "tidak ada titik hidup"
    why = GapReason(reason).label
    if reason == GapReason.NO_POWER:
        why += f" ({power} jam)"
    return f"{whole(people)} orang di {where}: {why}; {way}"
