"""What "served" means in a wifi placement: on foot, by signal at home, or by signal in sight."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from layers.errors import BadInput
from spatial_analysis.frames import Floats, Ints
from spatial_analysis.methods.coverage import Reach, Snapped, reach_radius, reach_walk
from spatial_analysis.methods.sight import reach_sight
from spatial_analysis.studies.wifi_frames import Situation
from spatial_analysis.studies.wifi_signal import Sight, parts_of
from spatial_analysis.studies.wifi_terrain import terrain_round

WALK, SIGNAL, SIGHT = "walk", "signal", "sight"
SERVES = (WALK, SIGNAL, SIGHT)


class BadServe(BadInput):
    """Terlayani berarti walk, signal atau sight; tujuan jarak hanya memakai walk."""

    code = "BAD_SERVE"


@dataclass(frozen=True, slots=True)
class Points:
    """Places or sites: (n, 2) metres, island of each, where each enters the streets."""

    xy: Floats
    island: Ints
    doors: Snapped


@dataclass(frozen=True, slots=True)
class Serving:
    """How a site serves: `walk_m` along streets, or its own radius in a straight line.

    mast_m : of a new site, and of one that stands; it matters over terrain only
    """

    kind: str
    walk_m: float
    sight: Sight

    @classmethod
    def of(cls, params: Mapping[str, Any], walk_m: float, *, far: bool) -> Serving:
        """Read `serve` (see SERVES) and `mast_m`; `far`: the aim is a distance on foot.

        Raises BadServe, BadMast.
        """
        kind = params.get("serve") or WALK
        if kind not in SERVES or (far and kind != WALK):
            raise BadServe
        return cls(str(kind), walk_m, replace(Sight.of(params), asked=kind == SIGHT))

    def reach(
        self, seen: Situation, places: Points, sites: Points, radius_m: float | Floats
    ) -> Reach:
        """Pairs that serve each other; none joins two islands.

        Raises NoElevationKnown, TooWideForSight (only over terrain).
        """
        if self.kind == WALK:
            return reach_walk(seen.streets, places.doors, sites.doors, self.walk_m)
        if self.kind == SIGNAL:
            return reach_radius(
                places.xy, sites.xy, radius_m, place_island=places.island, site_island=sites.island
            )
        radius = np.broadcast_to(np.asarray(radius_m, dtype=np.float64), len(sites.xy))
        found = [
            self._seen(places, sites, radius, np.flatnonzero(sites.island == island))
            for island in np.unique(sites.island).tolist()
        ]
        place, site, metres = (
            np.concatenate([getattr(one, name) for one in found] or [np.zeros(0, dtype=kind)])
            for name, kind in (("places", np.int64), ("sites", np.int64), ("metres", np.float64))
        )
        order = np.lexsort((site, place))
        shape = (len(places.xy), len(sites.xy))
        return Reach(place[order], site[order], metres[order], shape)

    def _seen(self, places: Points, sites: Points, radius: Floats, here: Ints) -> Reach:
        """Pairs of the sites `here`, all of one island, in the numbers of all sites."""
        xy, far = sites.xy[here], radius[here]
        terrain = terrain_round(xy, float(far.max()))
        found = reach_sight(
            places.xy, xy, far, terrain, mast_m=self.sight.mast_m, person_m=self.sight.person_m,
            place_island=places.island, site_island=sites.island[here],
        )  # fmt: skip
        shape = (len(places.xy), len(sites.xy))
        return Reach(found.places, here[found.sites], found.metres, shape)

    def figures(self, radius_m: float) -> dict[str, Any]:
        """What a run keeps of it: how sites serve, radius of a new one, mast over terrain."""
        mast = self.sight.mast_m if self.kind == SIGHT else None
        return {"serve": self.kind, "radius_m": radius_m, "mast_m": mast}


def in_parts(seen: Situation, sites: Floats, radius_m: float) -> Situation:
    """The same city with every cell that a signal of `radius_m` round `sites` touches cut up.

    Signals are smaller than a cell: its people are spread evenly over its parts, which enter the
    street where the cell does.
    """
    cells = seen.cells
    xy, home = parts_of(cells, sites, radius_m)
    people = cells.people[home] / np.bincount(home)[home]
    cut = replace(
        cells, xy=xy, people=people, island=cells.island[home], kelurahan=cells.kelurahan[home]
    )
    doors = Snapped(seen.doors.node[home], seen.doors.metres[home])
    return replace(seen, cells=cut, doors=doors)
