"""Default addresses that a count leaves out: judged before anything is counted, on any road."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely

from layers.catalog.categories import ON_THE_PUBLIC_MAP, Category
from layers.catalog.incident_cells import OffsetKind
from spatial_analysis import means
from spatial_analysis.frames import Floats, Ints, in_degrees
from spatial_analysis.partitions import day_of
from spatial_analysis.place_tally import Judged, PlacePlan, judge
from spatial_analysis.studies.incident_frames import Offset, Reports, read_islands
from spatial_analysis.studies.incident_question import Question
from spatial_analysis.studies.incident_roads import Road, checked_whole
from spatial_analysis.tally import MILLIMETRES

MOST_TOLD = 10


@dataclass(frozen=True, slots=True)
class Aside:
    """What was judged, and how many lots of rows were counted for it before this run."""

    judged: Judged
    resumed: int

    @property
    def places(self) -> tuple[tuple[int, int], ...]:
        """The default addresses, whole millimetres, for a plan."""
        return tuple((x, y) for x, y in self.judged.places.tolist())


def opened() -> tuple[str, ...]:
    """Categories whose places may be shown."""
    public = Category.objects.filter(public_precision__in=ON_THE_PUBLIC_MAP)
    return tuple(sorted(public.values_list("pk", flat=True)))


def place_plan(question: Question) -> PlacePlan:
    """What default addresses are judged by: see `incident_piles.piles_of`."""
    islands = read_islands()
    bounds = np.array([land.bounds for land in islands.lands])
    west, south = np.floor(bounds[:, :2].min(axis=0) * MILLIMETRES).astype(int).tolist()
    kinds = {*opened(), question.category} - {""}
    return PlacePlan(
        islands.codes, day_of(question.first), question.days, tuple(sorted(kinds)), (west, south)
    )


def aside_of(question: Question, road: Road, say: means.Say) -> Aside | None:
    """The default addresses of a question; None when it wants them counted like any other."""
    if question.piles:
        return None
    plan = place_plan(question)
    with road.counted(plan, say) as lots:
        judged = judge(plan, lots.store, lots.names)
        checked_whole(judged.read, lots)
        return Aside(judged, lots.resumed)


def figures_of(aside: Aside | None, n: Ints) -> dict[str, Any]:
    """What a run keeps of them; n (k,): reports asked for on each default address.

    `aside` names every place that is left out, whole millimetres.
    """
    if aside is None:
        return {"stacked": 0, "stacks": [], "aside": [], "piles_kept": True}
    judged = aside.judged
    return {
        "stacked": int(n.sum()),
        "stacks": _told(judged, n),
        "aside": judged.places.tolist(),
        "piles_kept": False,
        "pile_least": judged.least,
        "pile_busy": judged.busy,
        "pile_judged": judged.judged,
    }


def _told(judged: Judged, n: Ints) -> list[dict[str, Any]]:
    """The fullest places, most first: reports asked for, all reports, where in degrees."""
    x, y = judged.places.T
    order = [k for k in np.lexsort((y, x, -n)) if n[k]][:MOST_TOLD]
    points = shapely.points(judged.places[order] / MILLIMETRES)
    told = []
    for k, place in zip(order, in_degrees(points) if order else (), strict=True):
        lon, lat = place.centroid.coords
        told.append({"n": int(n[k]), "of": int(judged.uses[k]), "lon": round(lon, 6),
                     "lat": round(lat, 6)})  # fmt: skip
    return told


def on_places(xy: Floats, places: Sequence[Sequence[int]]) -> np.ndarray:
    """Which points (n, 2), metres, lie on one of these places (whole millimetres)."""
    if not len(places):
        return np.zeros(len(xy), dtype=bool)
    known = np.asarray(places, dtype=np.float64)
    mine = np.rint(xy * MILLIMETRES)
    return np.isin(mine[:, 0] + 1j * mine[:, 1], known[:, 0] + 1j * known[:, 1])


def measured_without(offset: Offset, places: Sequence[Sequence[int]]) -> Offset:
    """A measure made of reports, without those on these places; people and land stay."""
    if offset.kind not in (OffsetKind.REPORTS, OffsetKind.BEFORE):
        return offset
    off = ~on_places(offset.xy, places)
    return replace(offset, xy=offset.xy[off], island=offset.island[off], load=offset.load[off])


def without(reports: Reports, places: Sequence[Sequence[int]]) -> Reports:
    """The reports that lie on none of these places."""
    on = on_places(reports.xy, places)
    return reports.take(~on) if on.any() else reports
