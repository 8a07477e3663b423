"""`/rute/jaringan/`: how well the streets hang together, on a map and in a list."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from gis_platform.maps import map_config
from layers.catalog.city_parts import CityPart
from layers.catalog.places import Island
from spatial_analysis.methods.reasons import sentence
from spatial_analysis.snapshots import Network, network
from spatial_analysis.studies.network_faults import Fault, FaultKind, cut_off_stops, faults
from spatial_analysis.studies.network_report import figures_of

ROWS_SHOWN = 60
TITLES = {
    FaultKind.STOP: gettext_lazy("Perhentian yang tak terjangkau"),
    FaultKind.PART: gettext_lazy("Jalan yang terpisah dari jaringan pulaunya"),
    FaultKind.NO_RETURN: gettext_lazy("Ujung yang hanya dapat dimasuki atau hanya ditinggalkan"),
    FaultKind.NEAR_MISS: gettext_lazy("Ujung yang nyaris menyentuh jalan lain"),
    FaultKind.ONE_WAY: gettext_lazy("Jalan satu arah"),
}
ADVICE = {
    FaultKind.STOP: gettext_lazy("Pindahkan titiknya, lengkapi jalannya, atau ganti kendaraan."),
    FaultKind.PART: gettext_lazy("Periksa apakah sambungannya lupa digambar."),
    FaultKind.NO_RETURN: gettext_lazy(
        "Periksa arahnya: kendaraan tidak bisa keluar masuk di sini."
    ),
    FaultKind.NEAR_MISS: gettext_lazy("Kurang dari 5 m: biasanya garis yang lupa disambung."),
    FaultKind.ONE_WAY: gettext_lazy("Untuk dicocokkan dengan rambu di lapangan."),
}


def _found(net: Network) -> list[Fault]:
    return [*cut_off_stops(net, timezone.now()), *faults(net)]


@require_safe
def network_page(request: HttpRequest) -> HttpResponse:
    """Figures of every island, and each place to look at."""
    net = network()
    names = dict(Island.objects.values_list("pk", "name"))
    found = _found(net) if len(net.streets) else []
    loaded = CityPart.objects.filter(name="streets").first()
    open_streets = net.whole or net
    groups = [_group(kind, [one for one in found if one.kind is kind], names) for kind in FaultKind]
    context = {
        "islands": figures_of(net) if len(net.streets) else [],
        "groups": groups,
        "streets": len(net.streets),
        "version": open_streets.version[:12],
        "built_at": open_streets.built_at,
        "built_ms": round(1000 * open_streets.built_s),
        "loaded_at": loaded.loaded_at if loaded else None,
        "turns": open_streets.rules,
        "shut": len(net.shut.closure_of),
        "map_config": map_config(request, ("streets", "waste-bins"), ("streets",)),
    }
    return render(request, "rounds/streets.html", context)


def _group(kind: FaultKind, found: list[Fault], names: dict[int, str]) -> dict[str, Any]:
    return {
        "kind": kind.value,
        "title": TITLES[kind],
        "advice": ADVICE[kind],
        "count": len(found),
        "rows": [_row(one, names) for one in found[:ROWS_SHOWN]],
        "more": max(len(found) - ROWS_SHOWN, 0),
    }


def _row(one: Fault, names: dict[int, str]) -> dict[str, Any]:
    lon, lat = one.place
    return {
        "name": one.name or _("tanpa nama"),
        "island": names.get(one.island_id or 0, ""),
        "why": _why(one),
        "lon": lon,
        "lat": lat,
    }


def _why(one: Fault) -> str:
    if one.reason is None:
        return ""
    told = sentence(one.reason, get_language() or "id")
    return told if one.nearest_m is None else f"{told} ({round(one.nearest_m)} m)"


@require_safe
def network_data(request: HttpRequest) -> JsonResponse:
    """The same places for the map, as GeoJSON."""
    net = network()
    found = _found(net) if len(net.streets) else []
    features = [
        {
            "type": "Feature",
            "geometry": {
                "type": "LineString" if one.is_line else "Point", "coordinates": one.coordinates,
            },
            "properties": {"kind": one.kind.value, "name": one.name, "why": _why(one)},
        }
        for one in found
    ]  # fmt: skip
    return JsonResponse(
        {"type": "FeatureCollection", "features": features, "version": net.version},
        content_type="application/geo+json",
    )
