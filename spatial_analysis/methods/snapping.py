"""From a place to the street beside it: within a hard limit, never across water."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

import numpy as np
import shapely
from numpy.typing import NDArray

from spatial_analysis.methods.reasons import Reason

BIN_LIMIT_M = 60.0
REPORT_LIMIT_M = 150.0
DEPOT_LIMIT_M = 250.0
LEFT, ON_IT, RIGHT = -1, 0, 1
ANY_ISLAND = -1
KEPT_TREES = 8  # one for each set of streets that somebody may use
_building = threading.Lock()


@dataclass(frozen=True, slots=True)
class Snap:
    """A place on a street: `fraction` of `edge` as drawn, `snap_m` away on `side`.

    With `own_side` a vehicle that may not cross there must pass it on that side.
    """

    edge: int
    fraction: float
    side: int
    snap_m: float
    own_side: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a place has no street, and how far the nearest one is (None: there is none)."""

    reason: Reason
    nearest_street_m: float | None


@dataclass(frozen=True, slots=True, eq=False)
class StreetIndex:
    """Streets as lines in metres, with the island of each and whether it is a pocket.

    Attributes
    ----------
    lines : (e,) shapely LineStrings in a metric frame
    island : (e,) number of the island, -1 unknown
    pocket : (e,) True on streets that lead nowhere else
    """

    lines: NDArray[np.object_]
    island: NDArray[np.int32]
    pocket: NDArray[np.bool_]
    _trees: dict[bytes, tuple[shapely.STRtree, NDArray[np.intp]]] = field(
        default_factory=dict, init=False, repr=False
    )

    def _tree(self, allowed: NDArray[np.bool_]) -> tuple[shapely.STRtree, NDArray[np.intp]]:
        """Tree of the streets that may be used, and their numbers; built once for each set."""
        key = np.packbits(allowed).tobytes()
        with _building:
            if key not in self._trees:
                while len(self._trees) >= KEPT_TREES:
                    self._trees.pop(next(iter(self._trees)))
                usable = np.flatnonzero(allowed)
                tree = shapely.STRtree(self.lines[usable])
                tree.query(shapely.points(0.0, 0.0))  # the tree is packed at its first question
                self._trees[key] = tree, usable
            return self._trees[key]

    def snap(
        self,
        xy: NDArray[np.float64],
        *,
        allowed: NDArray[np.bool_],
        limit_m: float,
        islands: NDArray[np.int32] | None = None,
    ) -> list[Snap | Refusal]:
        """Snap each of `xy` ((k, 2) metres) to the nearest street that may be used.

        Ties go to the lower street number. A place with a known island (`islands[i]` >= 0)
        takes only streets of that island. Streets in a pocket come last. A place further
        than `limit_m` from every such street is refused, never moved far.
        """
        wanted = np.full(len(xy), ANY_ISLAND) if islands is None else islands
        tree, usable = self._tree(allowed)
        return [
            self._snap_one(point, int(island), tree, usable, limit_m)
            for point, island in zip(np.asarray(xy, dtype=float), wanted, strict=True)
        ]

    def _snap_one(
        self,
        point: NDArray[np.float64],
        island: int,
        tree: shapely.STRtree,
        usable: NDArray[np.intp],
        limit_m: float,
    ) -> Snap | Refusal:
        if not np.isfinite(point).all():
            return Refusal(Reason.BAD_POSITION, None)
        place = shapely.points(point)
        near = self._same_island(usable[tree.query(place, "dwithin", limit_m)], island)
        if len(near):
            away = shapely.distance(self.lines[near], place)
            best = near[np.lexsort((near, away, self.pocket[near]))[0]]
            return self._at(int(best), place)
        whole, _ = self._tree(np.ones(len(self.lines), dtype=np.bool_))
        any_street = self._same_island(whole.query(place, "dwithin", limit_m), island)
        reason = Reason.NO_STREET_FOR_VEHICLE if len(any_street) else Reason.TOO_FAR_FROM_STREET
        return Refusal(reason, self._nearest_m(place, usable, island))

    def _same_island(self, edges: NDArray[np.intp], island: int) -> NDArray[np.intp]:
        if island == ANY_ISLAND:
            return edges
        return edges[np.isin(self.island[edges], (island, ANY_ISLAND))]

    def _at(self, edge: int, place: shapely.Point) -> Snap:
        line = self.lines[edge]
        fraction = float(shapely.line_locate_point(line, place, normalized=True))
        away = float(shapely.distance(line, place))
        return Snap(edge, fraction, _side(line, place, fraction), away)

    def _nearest_m(
        self, place: shapely.Point, usable: NDArray[np.intp], island: int
    ) -> float | None:
        edges = self._same_island(usable, island)
        return float(shapely.distance(self.lines[edges], place).min()) if len(edges) else None


def _side(line: shapely.LineString, place: shapely.Point, fraction: float) -> int:
    """Side of `line` (as drawn) that `place` lies on, by the sign of a cross product."""
    step = 1e-3
    a, b = shapely.get_coordinates(
        shapely.line_interpolate_point(
            line, [max(fraction - step, 0.0), min(fraction + step, 1.0)], normalized=True
        )
    )
    along, across = b - a, np.array([place.x, place.y]) - a
    turn = along[0] * across[1] - along[1] * across[0]
    return ON_IT if abs(turn) < 1e-9 else (LEFT if turn > 0 else RIGHT)
