"""What stands in the city: offices, places, hazards, wifi hotspots, cameras, bins, vehicles."""

from __future__ import annotations

from typing import Any

from layers.catalog.agencies import Agency
from layers.catalog.bins import WasteBin
from layers.catalog.cctv import CctvCamera
from layers.catalog.facilities import Facility
from layers.catalog.hazards import HazardZone
from layers.catalog.vehicles import Vehicle
from layers.catalog.waste_places import WastePlace
from layers.catalog.wifi import WifiHotspot, WifiStatusChange
from layers.city_folder.reading import Row
from layers.city_folder.writing import Ground, geos, upsert

LANDMARKS_AS = {
    "airport": "port", "mayor_office": "office", "office": "office", "hospital": "health",
    "park": "park", "market": "market",
}  # fmt: skip


def agencies(ground: Ground) -> int:
    """Agencies, with or without the place of their office."""
    rows = [
        Agency(
            code=row["code"],
            name=row["name"],
            name_en=row["name_en"] or "",
            channel=row["channel"] or "inbox",
            geom=geos(row["geom"]) if row["geom"] else None,
            origin=row["origin"],
        )
        for row in ground.folder.of("agencies.csv")
    ]
    return upsert(Agency, rows, "code", ("name", "name_en", "channel", "geom", "origin"))


def facilities(ground: Ground) -> int:
    """Facilities, landmarks, and the depots and final dump of the waste crews."""
    found: list[tuple[Row, str]] = [
        (row, row["kind"]) for row in ground.folder.of("facilities.csv")
    ]
    found += [
        (row, LANDMARKS_AS.get(row["kind"], "landmark"))
        for row in ground.folder.of("landmarks.csv")
    ]
    found += [
        (row, row["kind"])
        for row in ground.folder.of("waste_places.csv")
        if row["kind"] in ("tpa", "depot")
    ]
    shapes = [row["geom"] for row, _kind in found]
    places = zip(found, ground.island_of(shapes), ground.kelurahan_of(shapes), strict=True)
    rows = [
        Facility(
            code=row["code"],
            name=row["name"],
            kind=kind,
            power_hours=24 if row.get("power_hours") is None else row["power_hours"],
            island_id=island,
            kelurahan_id=ground.kelurahan.get(row.get("kelurahan") or "", kelurahan),
            source=row.get("source") or "",
            geom=geos(row["geom"]),
            origin=row["origin"],
        )
        for (row, kind), island, kelurahan in places
    ]
    fields = ("name", "kind", "power_hours", "island", "kelurahan", "source", "geom", "origin")
    return upsert(Facility, rows, "code", fields)


def waste_places(ground: Ground) -> int:
    """Known dumping places."""
    rows = [
        WastePlace(
            code=row["code"],
            name=row["name"],
            source=row["source"] or "",
            geom=geos(row["geom"]),
            origin=row["origin"],
        )
        for row in ground.folder.of("waste_places.csv")
        if row["kind"] == "dump"
    ]
    return upsert(WastePlace, rows, "code", ("name", "source", "geom", "origin"))


def hazards(ground: Ground) -> int:
    """Hazard zones."""
    rows = [
        HazardZone(
            code=row["code"],
            name=row["name"],
            kind=row["kind"],
            level=row["level"],
            geom=geos(row["geom"], many=True),
            origin=row["origin"],
        )
        for row in ground.folder.of("hazard_zones.geojson")
    ]
    return upsert(HazardZone, rows, "code", ("name", "kind", "level", "geom", "origin"))


def wifi(ground: Ground) -> int:
    """Wifi hotspots, real and invented, and the history of the real ones."""
    found = ground.folder.of("wifi_sites.csv") + ground.folder.of("wifi_hotspots.csv")
    shapes = [row["geom"] for row in found]
    places = zip(found, ground.island_of(shapes), ground.kelurahan_of(shapes), strict=True)
    rows = [
        WifiHotspot(
            code=row["code"],
            name=row["name"],
            status=row["status"],
            status_since=row["status_since"],
            provider=row["provider"] or "",
            bandwidth_mbps=row.get("bandwidth_mbps"),
            radius_m=row["radius_m"],
            power_hours=row["power_hours"],
            island_id=island,
            kelurahan_id=kelurahan,
            source=row.get("source") or "",
            geom=geos(row["geom"]),
            origin=row["origin"],
        )
        for row, island, kelurahan in places
    ]
    fields = (
        "name", "status", "status_since", "provider", "bandwidth_mbps", "radius_m",
        "power_hours", "island", "kelurahan", "source", "geom", "origin",
    )  # fmt: skip
    count = upsert(WifiHotspot, rows, "code", fields)
    keys = dict(WifiHotspot.objects.values_list("code", "pk"))
    WifiStatusChange.objects.bulk_create(
        [
            WifiStatusChange(
                hotspot_id=keys[row["hotspot"]],
                status=row["status"],
                on=row["on"],
                source=row["source"] or "",
            )
            for row in ground.folder.of("wifi_history.csv")
        ],
        ignore_conflicts=True,  # lines are added, never edited
    )
    return count


def cameras(ground: Ground) -> int:
    """Street cameras; a folder never holds a stream address."""
    found = ground.folder.of("cctv.csv")
    islands = ground.island_of([row["geom"] for row in found])
    rows = [
        CctvCamera(
            code=row["code"],
            name=row["name"],
            bearing_deg=row["bearing_deg"],
            view_deg=row["view_deg"],
            range_m=row["range_m"],
            owner=row["owner"],
            health=row["health"],
            seen_at=ground.ago(row["seen_min_ago"]),
            island_id=island,
            source=row["source"] or "",
            geom=geos(row["geom"]),
            origin=row["origin"],
        )
        for row, island in zip(found, islands, strict=True)
    ]
    fields = (
        "name", "bearing_deg", "view_deg", "range_m", "owner", "health", "seen_at", "island",
        "source", "geom", "origin",
    )  # fmt: skip
    return upsert(CctvCamera, rows, "code", fields)


def bins(ground: Ground) -> int:
    """Waste bins, with what their sensors said so many minutes ago."""
    found = ground.folder.of("waste_bins.csv")
    islands = ground.island_of([row["geom"] for row in found])
    rows = [
        WasteBin(
            label=row["label"],
            capacity_l=row["capacity_l"],
            fill_pct=row["fill_pct"],
            battery_pct=row["battery_pct"],
            sensed_at=ground.ago(row["sensed_min_ago"]),
            island_id=island,
            geom=geos(row["geom"]),
            origin=row["origin"],
        )
        for row, island in zip(found, islands, strict=True)
    ]
    fields = (
        "capacity_l", "fill_pct", "battery_pct", "sensed_at", "island", "geom", "origin",
    )  # fmt: skip
    return upsert(WasteBin, rows, "label", fields)


def vehicles(ground: Ground) -> int:
    """Vehicles at their depots."""
    depots: dict[str, Any] = {
        depot.code: depot for depot in Facility.objects.filter(kind__in=("tpa", "depot"))
    }
    rows = [
        Vehicle(
            code=row["code"],
            label=row["label"],
            kind=row["kind"],
            capacity_l=row["capacity_l"],
            capacity_kg=row["capacity_kg"],
            shift_start=row["shift_start"],
            shift_end=row["shift_end"],
            depot=depots[row["depot"]],
            island_id=ground.islands[row["island"]],
            agency=row["agency"] or "",
            geom=depots[row["depot"]].geom,
            origin=row["origin"],
        )
        for row in ground.folder.of("vehicles.csv")
    ]
    fields = (
        "label", "kind", "capacity_l", "capacity_kg", "shift_start", "shift_end", "depot",
        "island", "agency", "geom", "origin",
    )  # fmt: skip
    return upsert(Vehicle, rows, "code", fields)
