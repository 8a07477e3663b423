"""Who is not served by free WiFi, where they live, and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import shapely
from django.contrib.gis.geos import GEOSGeometry
from django.db.models import Max
from django.utils import translation
from numpy.typing import NDArray
from pyproj import Transformer

from layers.catalog.facilities import Facility
from layers.catalog.places import Island, Kecamatan, Kelurahan
from layers.catalog.underserved_zones import GapReason, UnderservedZone
from layers.catalog.wifi_service import ServiceLevel, WifiService
from layers.catalog.wifi_signal import WifiSignal
from layers.columns import STORED_SRID
from layers.errors import BadInput
from layers.geography import city
from layers.spec import Origin
from spatial_analysis.frames import Floats
from spatial_analysis.methods.coverage import Reach, nearest_walk, reach_walk, served_people
from spatial_analysis.methods.gap_zones import GapZone, gap_zones
from spatial_analysis.models import Run
from spatial_analysis.studies import wifi_said, wifi_words
from spatial_analysis.studies.wifi_costs import areas_of, read_costs
from spatial_analysis.studies.wifi_frames import Situation, read_situation
from spatial_analysis.studies.wifi_people import people_of
from spatial_analysis.studies.wifi_service import (
    Service,
    area_figures,
    equity_figures,
    gravity_of,
    service,
    standing,
)
from spatial_analysis.studies.wifi_signal import Sight, Signal, signal
from spatial_analysis.study import Answer, study

WALK_M = 400
WALK_RANGE_M = (50, 5_000)
LEAST_PEOPLE = 10
ALL_DAY_H = 24


class BadWalk(BadInput):
    """Jarak jalan kaki harus bilangan bulat antara 50 dan 5.000 meter."""

    code = "BAD_WALK"


def walk_of(params: Mapping[str, Any]) -> int:
    """`walk_m` of a question; raises BadWalk."""
    given = params.get("walk_m", WALK_M)
    if not isinstance(given, int) or not WALK_RANGE_M[0] <= given <= WALK_RANGE_M[1]:
        raise BadWalk
    return given


@study("underserved_zones", first_answer=True)
def underserved_zones(run: Run, params: Mapping[str, Any]) -> Answer:
    """Count who reaches a working wifi hotspot on foot or by signal; write the layers anew.

    params: `walk_m`; `sight` (true: terrain hides the signal) and `mast_m`; `people` (code of an
    imported population raster; left out: the city's own cells); `gravity` (power of the distance
    by which bandwidth falls off; left out: three zones of the walk).
    """
    walk_m, sight, beta = walk_of(params), Sight.of(params), gravity_of(params)
    seen = read_situation(people_of(params))
    reach = reach_walk(seen.streets, seen.doors, seen.site_doors, walk_m)
    given = service(seen, standing(seen), walk_m, beta=beta)
    heard = signal(run.pk, seen, sight)
    all_day = reach.served(seen.sites.working & (seen.sites.power_hours >= ALL_DAY_H))
    rows = _service(run.pk, seen, given, all_day, heard.share)
    WifiService.objects.all().delete()
    WifiService.objects.bulk_create(rows)
    zones = _zones(run.pk, seen, reach, given)
    UnderservedZone.objects.all().delete()
    UnderservedZone.objects.bulk_create(zones)
    WifiSignal.objects.all().delete()
    WifiSignal.objects.bulk_create(heard.rows)
    answer = _answer(rows, zones, seen, given, heard, sight)
    answer.summary["gravity"] = beta
    return answer


def power_by_kelurahan(seen: Situation) -> dict[int, int]:
    """Hours of power a day: the best any facility there has, else what the city's folder says."""
    best = dict(
        Facility.objects.filter(kelurahan__isnull=False)
        .values_list("kelurahan_id")
        .annotate(best=Max("power_hours"))
    )
    known = dict(seen.islands.values())
    by_island = {
        island: area.power_hours
        for area in areas_of(read_costs(), known)
        for island in area.islands
    }
    return {
        key: min(
            best.get(key, ALL_DAY_H),
            by_island.get(seen.islands.get(row["island_id"], ("", ""))[0], ALL_DAY_H),
        )
        for key, row in seen.kelurahan.items()
    }


def _service(
    run_number: int,
    seen: Situation,
    given: Service,
    all_day: NDArray[np.bool_],
    heard: Floats,
) -> list[WifiService]:
    served, people = given.served, seen.cells.people
    kecamatan = {key: row["kecamatan__code"] for key, row in seen.kelurahan.items()}
    of_cell = seen.cells.kelurahan.tolist()
    of_site = seen.sites.kelurahan.tolist()
    levels = (
        (ServiceLevel.KELURAHAN, Kelurahan, "pk", of_cell, of_site),
        (
            ServiceLevel.KECAMATAN,
            Kecamatan,
            "code",
            [kecamatan[key] for key in of_cell],
            [kecamatan.get(key) for key in of_site],
        ),
        (ServiceLevel.ISLAND, Island, "pk", seen.cells.island.tolist(), seen.sites.island.tolist()),
    )
    rows = []
    for level, model, key, groups, homes in levels:
        counts = served_people(seen.cells.people, served, groups)
        day = served_people(seen.cells.people, all_day, groups)
        members = np.array(groups)
        for place in model.objects.order_by("code"):
            group = getattr(place, key)
            if group in counts:
                at = np.array([home == group for home in homes], dtype=bool)
                inside = members == group
                signal_pct = 100 * (people * heard)[inside].sum() / people[inside].sum()
                rows.append(
                    WifiService(
                        run_number=run_number,
                        level=level,
                        code=place.code,
                        name=place.name,
                        island=_island_names(seen, groups, group),
                        working=int((at & seen.sites.working).sum()),
                        off=int((at & ~seen.sites.working).sum()),
                        walk_m=round(given.walk_limit_m),
                        share_signal_pct=round(float(signal_pct), 1),
                        geom=place.geom,
                        origin=Origin.ESTIMATED,
                        **area_figures(people, given, inside),
                        **_shares(counts[group], day[group][0]),
                    )
                )
    return rows


def _shares(count: tuple[float, float], all_day: float) -> dict[str, Any]:
    reached, whole = count
    people = round(whole)
    served = min(round(reached), people)
    return {
        "people": people,
        "served": served,
        "unserved": people - served,
        "share_pct": round(100 * reached / whole, 1) if whole else 0.0,
        "share_24h_pct": round(100 * all_day / whole, 1) if whole else 0.0,
    }


def _island_names(seen: Situation, groups: list[Any], group: Any) -> str:
    inside = np.array([one == group for one in groups], dtype=bool)
    return ", ".join(seen.islands[key][1] for key in np.unique(seen.cells.island[inside]).tolist())


def reasons(seen: Situation, reach: Reach, power: Mapping[int, int]) -> list[str]:
    """Why each cell is not served: a site that is off, no power all day, or no site at all."""
    near_off = reach.served(~seen.sites.working)
    dark = [power[key] < ALL_DAY_H for key in seen.cells.kelurahan.tolist()]
    return [
        GapReason.SITE_OFF if off else GapReason.NO_POWER if weak else GapReason.NO_SITE
        for off, weak in zip(near_off.tolist(), dark, strict=True)
    ]


def walk_to_working(seen: Situation) -> Floats:
    """Metres on foot from each cell to the nearest working hotspot; inf where there is none."""
    working = np.flatnonzero(seen.sites.working)
    doors = seen.enter(seen.sites.xy[working], seen.sites.island[working])
    return nearest_walk(seen.streets, seen.doors, doors)[0]


def _zones(run_number: int, seen: Situation, reach: Reach, given: Service) -> list[UnderservedZone]:
    power = power_by_kelurahan(seen)
    found = gap_zones(
        seen.cells.xy,
        seen.cells.people,
        given.served,
        area=seen.cells.kelurahan,
        reason=reasons(seen, reach, power),
        nearest_m=given.walk_m,
        cell_m=seen.cells.cell_m,
        least_people=LEAST_PEOPLE,
    )
    back = Transformer.from_crs(city().metric_srid, STORED_SRID, always_xy=True)
    return [_row(run_number, seen, zone, power, back, given) for zone in found]


def _row(
    run_number: int,
    seen: Situation,
    zone: GapZone,
    power: Mapping[int, int],
    back: Transformer,
    given: Service,
) -> UnderservedZone:
    key = int(zone.area)  # type: ignore[call-overload]
    home = seen.kelurahan[key]
    nearest = round(zone.nearest_m) if np.isfinite(zone.nearest_m) else None
    shape = shapely.transform(zone.shape, back.transform, interleaved=False)
    if shape.geom_type == "Polygon":
        shape = shapely.MultiPolygon([shape])
    return UnderservedZone(
        run_number=run_number,
        rank=zone.rank,
        kelurahan=home["name"],
        kecamatan=home["kecamatan__name"],
        island=seen.islands[int(seen.cells.island[zone.cells[0]])][1],
        people=round(zone.people),
        reason=zone.reason,
        nearest_m=nearest,
        power_hours=power[key],
        mbps_per_1000=round(
            1000 * float(np.average(given.mbps[zone.cells], weights=seen.cells.people[zone.cells])),
            3,
        ),
        walk_m=round(given.walk_limit_m),
        sentence=wifi_words.zone(zone.people, home["name"], zone.reason, nearest, power[key]),
        geom=GEOSGeometry(memoryview(shapely.to_wkb(shape)), srid=STORED_SRID),
        origin=Origin.ESTIMATED,
    )


def _answer(
    rows: list[WifiService],
    zones: list[UnderservedZone],
    seen: Situation,
    given: Service,
    heard: Signal,
    sight: Sight,
) -> Answer:
    islands = [row for row in rows if row.level == ServiceLevel.ISLAND]
    people, served = sum(row.people for row in islands), sum(row.served for row in islands)
    figures = [
        (row.level, row.code, row.people, row.served, row.share_24h_pct, row.share_signal_pct,
         row.hours_a_day, row.beyond_person_km, row.mbps_per_1000, row.gini)
        for row in rows
    ]  # fmt: skip
    places = [(zone.kelurahan, zone.people, zone.reason, zone.nearest_m) for zone in zones]
    walk_m = round(given.walk_limit_m)
    share = 100 * served / people if people else 0.0
    summary = {
        "walk_m": walk_m,
        "people": people,
        "people_source": seen.cells.source,
        "served": served,
        "share_pct": round(share, 1),
        "zones": len(zones),
        "signal_people": round(float((seen.cells.people * heard.share).sum())),
        "sight": sight.asked,
        "mast_m": sight.mast_m if sight.asked else None,
        "equity": equity_figures(seen, given),
        "islands": [
            {
                "code": row.code,
                "name": row.name,
                "people": row.people,
                "served": row.served,
                "share_pct": row.share_pct,
                "share_24h_pct": row.share_24h_pct,
                "share_signal_pct": row.share_signal_pct,
                "hours_a_day": row.hours_a_day,
                "beyond_person_km": row.beyond_person_km,
                "mbps_per_1000": row.mbps_per_1000,
                "gini": row.gini,
            }
            for row in islands
        ],
    }
    with translation.override("id"):  # what is stored has one language
        sentence = wifi_said.count_said(summary)
    return Answer(
        sentence=sentence,
        summary=summary,
        canonical=[figures, places],
        inputs=seen.versions,
    )  # fmt: skip
