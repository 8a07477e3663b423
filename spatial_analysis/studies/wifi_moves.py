"""Another arrangement of a placement's sites, counted on the frame that its run kept."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from pyproj import Transformer

from layers.columns import STORED_SRID
from layers.errors import BadInput
from layers.geography import city
from spatial_analysis.frames import Floats, Ints
from spatial_analysis.models import Run, WifiScenario
from spatial_analysis.plan_frames import KEPT, PlanFrame

if TYPE_CHECKING:
    from spatial_analysis.studies.wifi_placement import Placed


class NoFrame(BadInput):
    """Hitungan ini terlalu lama untuk digeser titiknya; hitung sekali lagi, lalu geser."""

    code = "NO_FRAME"


class FullSites(BadInput):
    """Rencana dengan batas warga tiap titik dihitung seluruhnya; pilih “Pindahkan” di daftar."""

    code = "FULL_SITES"


class UnknownSite(BadInput):
    """Tempat itu bukan calon dalam hitungan ini; hitung sekali lagi agar calon baru ikut."""

    code = "UNKNOWN_SITE"


@dataclass(frozen=True, slots=True)
class Frame:
    """Of one run: people of each cell, those served before, its area; candidates and their reach.

    start, cells : cells[start[j]:start[j + 1]] are those that candidate j reaches
    """

    people: Floats
    before: Ints
    area: Ints
    start: Ints
    cells: Ints
    about: dict[str, Any]

    def number_of(self, code: str) -> int:
        """Raises UnknownSite."""
        found = self.about["numbers"].get(code)
        if found is None:
            raise UnknownSite
        return int(found)

    def reached(self, site: int) -> Ints:
        """Cells within the walk of a candidate."""
        return self.cells[self.start[site] : self.start[site + 1]]


def keep_frame(run: Run, placed: Placed) -> None:
    """Keep what `placed` was worked out from; frames of old runs nobody named are dropped."""
    back = Transformer.from_crs(city().metric_srid, STORED_SRID, always_xy=True)
    areas = placed.candidates.areas
    number = {island: i for i, area in enumerate(areas) for island in area.islands}
    seen, reach = placed.seen, placed.reach
    order = np.argsort(reach.sites, kind="stable")
    counts = np.bincount(reach.sites, minlength=len(placed.candidates.rows))
    lon, lat = back.transform(*placed.candidates.xy.T)
    about = {
        "areas": [{"code": area.code, "name": area.name} for area in areas],
        "candidates": [
            {"code": row.code, "name": row.name, "area": row.area, "cost_idr": row.cost_idr,
             "power_hours": row.power_hours, "solar": row.solar, "lon": round(x, 6),
             "lat": round(y, 6)}
            for row, x, y in zip(placed.candidates.rows, lon.tolist(), lat.tolist(), strict=True)
        ],
    }  # fmt: skip
    packed = io.BytesIO()
    np.savez_compressed(
        packed,
        people=seen.cells.people.astype(np.float32),
        before=placed.before,
        area=np.array([number[seen.islands[key][0]] for key in seen.cells.island.tolist()]),
        start=np.append(0, np.cumsum(counts)),
        cells=reach.places[order].astype(np.int32),
        about=np.frombuffer(json.dumps(about).encode(), dtype=np.uint8),
    )
    PlanFrame.objects.update_or_create(run=run, defaults={"packed": packed.getvalue()})
    newest = PlanFrame.objects.values_list("run_id", flat=True)[:KEPT]
    named = WifiScenario.objects.values_list("run_id", flat=True)
    PlanFrame.objects.exclude(run_id__in=[*newest, *named]).delete()


def frame_of(run: Run) -> Frame:
    """The frame of a finished placement. Raises NoFrame, FullSites (its sites fill up)."""
    if run.params.get("capacity"):
        raise FullSites
    kept = PlanFrame.objects.filter(run=run).first()
    if kept is None:
        raise NoFrame
    with np.load(io.BytesIO(bytes(kept.packed))) as held:
        about = json.loads(held["about"].tobytes())
        about["numbers"] = {row["code"]: i for i, row in enumerate(about["candidates"])}
        people = held["people"].astype(np.float64)
        return Frame(people, held["before"], held["area"], held["start"], held["cells"], about)


def figures(run: Run, frame: Frame, codes: Sequence[str]) -> dict[str, Any]:
    """What these sites together serve and cost, area by area, and the rules that they break.

    Gains are counted in the order of `codes`. Raises UnknownSite.
    """
    served = frame.before.astype(bool).copy()
    sites = []
    for code in dict.fromkeys(codes):
        number = frame.number_of(code)
        reached = frame.reached(number)
        fresh = reached[~served[reached]]
        served[fresh] = True
        sites.append(frame.about["candidates"][number] | {"gain": round(frame.people[fresh].sum())})
    gained = served & ~frame.before.astype(bool)
    spent = sum(site["cost_idr"] for site in sites)
    floors = {area["code"]: area["floor"] for area in run.summary.get("areas", ())}
    areas = _areas(frame, served, sites, floors)
    return {
        "sites": sites,
        "people_gained": round(float(frame.people[gained].sum())),
        "spent_idr": spent,
        "areas": areas,
        "broken": [
            *_broken(run.params, spent, len(sites), areas),
            *_too_near(run.params.get("spacing_m"), sites),
        ],
    }


def _areas(
    frame: Frame, served: Any, sites: Sequence[Mapping[str, Any]], floors: Mapping[str, int]
) -> list[dict[str, Any]]:
    count = len(frame.about["areas"])
    people = np.bincount(frame.area, weights=frame.people, minlength=count)
    after = np.bincount(frame.area, weights=frame.people * served, minlength=count)
    return [
        {
            "code": area["code"],
            "name": area["name"],
            "after_pct": round(100 * after[i] / people[i], 1),
            "sites": sum(site["area"] == area["code"] for site in sites),
            "floor": floors.get(area["code"], 0),
        }
        for i, area in enumerate(frame.about["areas"])
        if people[i] > 0
    ]


def _broken(
    params: Mapping[str, Any], spent: int, count: int, areas: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Rules of the question that this arrangement does not keep: kind, name, by how much."""
    found: list[dict[str, Any]] = []
    budget, most = params.get("budget_idr"), params.get("count")
    if budget is not None and spent > budget:
        found.append({"kind": "budget", "name": "", "by": spent - budget})
    if most is not None and count > most:
        found.append({"kind": "count", "name": "", "by": count - most})
    found += [
        {"kind": "floor", "name": area["name"], "by": area["floor"] - area["sites"]}
        for area in areas
        if area["sites"] < area["floor"]
    ]
    return found


def _too_near(spacing_m: int | None, sites: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The two sites that stand nearest, where that is nearer than asked: both names, metres."""
    if spacing_m is None or len(sites) < 2:
        return []
    there = Transformer.from_crs(STORED_SRID, city().metric_srid, always_xy=True)
    east, north = there.transform([s["lon"] for s in sites], [s["lat"] for s in sites])
    xy = np.column_stack([east, north])
    far = np.hypot(*(xy[:, None] - xy[None]).T)
    far[np.tril_indices(len(sites))] = np.inf
    one, two = np.unravel_index(int(np.argmin(far)), far.shape)
    least = float(far[one, two])
    if least >= spacing_m - 0.5:  # places are kept to a tenth of a metre
        return []
    name = f"{sites[int(one)]['name']} - {sites[int(two)]['name']}"
    return [{"kind": "spacing", "name": name, "by": round(spacing_m - least)}]
