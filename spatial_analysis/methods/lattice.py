"""A lattice of equal hexagons over the land of each island, and counts of points in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import sqrt
from typing import Any

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from spatial_analysis.methods.errors import MethodError
from spatial_analysis.methods.frame import Floats, Ints, checked_islands, checked_points, frozen

VERSION = "1"
MOST_CELLS = 2_000_000
NO_CELL = -1
BLOCK = 1 << 17


class BadLattice(MethodError):
    """A lattice needs land, and cells neither larger than it nor millions in number."""


@dataclass(frozen=True, slots=True)
class HexLattice:
    """Cells that touch land, one for each pair of hexagon and island, sorted by (island, q, r).

    q, r, island : (m,) axial coordinates on the grid, index of the island in `lands`
    centre : (m, 2) metres; land_m2 : (m,) land of that island inside the hexagon
    spacing_m : distance of neighbouring centres; shift : of the grid, in parts of the spacing
    """

    q: Ints
    r: Ints
    island: Ints
    centre: Floats
    land_m2: Floats
    spacing_m: float
    shift: tuple[float, float]
    params: dict[str, Any] = field(default_factory=dict)
    version: str = VERSION

    def __len__(self) -> int:
        """Return the number of cells."""
        return len(self.q)

    @property
    def hex_m2(self) -> float:
        """Area of a whole hexagon."""
        return self.spacing_m**2 * sqrt(3) / 2


@dataclass(frozen=True, slots=True)
class HexCounts:
    """Points in each cell: counts (m,), the cell of each point (n,; -1 = none), lost points."""

    counts: Ints
    cell: Ints
    outside: int
    warnings: tuple[str, ...] = ()


def hex_lattice(
    lands: Sequence[shapely.Geometry],
    spacing_m: float,
    *,
    shift: tuple[float, float] = (0.0, 0.0),
) -> HexLattice:
    """Cover the land of every island with hexagons (points up) of one fixed grid.

    The grid hangs on the origin of the frame, not on the data: the same frame, spacing and
    shift give the same cells for ever. Cells without land do not exist; a cell cut by the
    coast carries the land it holds. O(cells of the islands' boxes).

    Parameters
    ----------
    lands : polygons in metres, one an island; their order numbers the islands
    spacing_m : distance between centres, > 0
    shift : displacement of the grid in parts of `spacing_m`, for stability checks (MAUP)

    Raises BadLattice. Source: axial coordinates after Patel (2013), Hexagonal grids.
    """
    if not lands or not np.isfinite(spacing_m) or spacing_m <= 0:
        raise BadLattice
    parts = [_cells_of(land, spacing_m, shift) for land in lands]
    sizes = [len(part[0]) for part in parts]
    q, r, land_m2 = (np.concatenate(column) for column in zip(*parts, strict=True))
    island = np.repeat(np.arange(len(lands), dtype=np.int64), sizes)
    centre = _centres(q, r, spacing_m, shift)
    params = {"spacing_m": spacing_m, "shift": list(shift), "islands": len(lands)}
    return HexLattice(
        frozen(q),
        frozen(r),
        frozen(island),
        frozen(centre),
        frozen(land_m2),
        spacing_m,
        shift,
        params,
    )


def hex_counts(lattice: HexLattice, xy: ArrayLike, island: ArrayLike | None = None) -> HexCounts:
    """Count points in the cells of their island.

    xy : (n, 2) metres; island : (n,) index of each point's island (None: island 0).
    Points off every cell of their island (at sea) are counted in `outside`, never moved.
    O(n). Raises BadPoints, BadIsland.
    """
    points = checked_points(xy)
    islands = checked_islands(island, len(points))
    cell = np.empty(len(points), dtype=np.int64)
    for start in range(0, len(points), BLOCK):  # so that memory grows with the points alone
        some = slice(start, start + BLOCK)
        q, r = hex_of(points[some], lattice.spacing_m, lattice.shift)
        cell[some] = find_cells(lattice, q, r, islands[some])
    hit = cell[cell >= 0]
    counts = np.bincount(hit, minlength=len(lattice)).astype(np.int64)
    outside = len(points) - len(hit)
    said = (f"{outside} of {len(points)} points lie on no land cell",) if outside else ()
    return HexCounts(frozen(counts), frozen(cell), outside, said)


def hex_of(xy: Floats, spacing_m: float, shift: tuple[float, float]) -> tuple[Ints, Ints]:
    """Axial coordinates (q, r) of the hexagons that hold the points (n, 2)."""
    x = xy[:, 0] / spacing_m - shift[0]
    y = xy[:, 1] / spacing_m - shift[1]
    row = y * (2 / sqrt(3))
    column = x - row / 2
    q, r, s = np.rint(column), np.rint(row), np.rint(-column - row)
    dq, dr, ds = np.abs(column - q), np.abs(row - r), np.abs(column + row + s)
    worst_q = (dq > dr) & (dq > ds)
    worst_r = ~worst_q & (dr > ds)
    fixed_q = np.where(worst_q, -r - s, q)
    fixed_r = np.where(worst_r, -q - s, r)
    return fixed_q.astype(np.int64), fixed_r.astype(np.int64)


def find_cells(lattice: HexLattice, q: Ints, r: Ints, island: Ints) -> Ints:
    """Index of the cell (q, r) of `island`, or -1 where the lattice has none."""
    found = np.full(len(q), NO_CELL, dtype=np.int64)
    for number in np.unique(island):
        members = np.flatnonzero(lattice.island == number)
        if not len(members):
            continue
        table, q0, r0 = _table(lattice.q[members], lattice.r[members], members)
        ask = np.flatnonzero(island == number)
        i, j = q[ask] - q0, r[ask] - r0
        inside = (i >= 0) & (j >= 0) & (i < table.shape[0]) & (j < table.shape[1])
        found[ask[inside]] = table[i[inside], j[inside]]
    return found


def cell_polygons(lattice: HexLattice) -> NDArray[np.object_]:
    """Whole hexagons (m,) as shapely polygons in metres."""
    return _hexagons(np.asarray(lattice.centre), lattice.spacing_m)


def _table(q: Ints, r: Ints, value: Ints) -> tuple[Ints, int, int]:
    """Dense look-up (q - q0, r - r0) -> value, -1 elsewhere."""
    q0, r0 = int(q.min()), int(r.min())
    table = np.full((int(q.max()) - q0 + 1, int(r.max()) - r0 + 1), NO_CELL, dtype=np.int64)
    table[q - q0, r - r0] = value
    return table, q0, r0


def _centres(q: Ints, r: Ints, spacing_m: float, shift: tuple[float, float]) -> Floats:
    x = (q + r / 2 + shift[0]) * spacing_m
    y = (r * (sqrt(3) / 2) + shift[1]) * spacing_m
    return np.column_stack([x, y])


def _hexagons(centre: Floats, spacing_m: float) -> NDArray[np.object_]:
    turn = np.deg2rad(np.arange(30, 391, 60))
    ring = np.column_stack([np.cos(turn), np.sin(turn)]) * (spacing_m / sqrt(3))
    ring[-1] = ring[0]
    return shapely.polygons(centre[:, None, :] + ring[None])


def _cells_of(
    land: shapely.Geometry, spacing_m: float, shift: tuple[float, float]
) -> tuple[Ints, Ints, Floats]:
    """Cells of one island with land in them, sorted by (q, r)."""
    if land is None or land.is_empty or not land.is_valid or land.area <= 0:
        raise BadLattice
    q, r = _box_cells(land.bounds, spacing_m, shift)
    centre = _centres(q, r, spacing_m, shift)
    shapely.prepare(land)
    reach, points = spacing_m / sqrt(3), shapely.points(centre)
    near = shapely.dwithin(land, points, reach)
    q, r, centre, points = q[near], r[near], centre[near], points[near]
    area = np.full(len(q), spacing_m**2 * sqrt(3) / 2)
    coast = shapely.boundary(land)
    shapely.prepare(coast)
    rim = np.flatnonzero(shapely.dwithin(coast, points, reach * (1 + 1e-9)))
    hexes = _hexagons(centre[rim], spacing_m)  # of the others no part reaches the coast
    cut = ~shapely.contains_properly(land, hexes)
    area[rim[cut]] = shapely.area(shapely.intersection(hexes[cut], land))
    keep = area > 0
    order = np.lexsort((r[keep], q[keep]))
    return q[keep][order], r[keep][order], area[keep][order]


def _box_cells(
    box: tuple[float, float, float, float], spacing_m: float, shift: tuple[float, float]
) -> tuple[Ints, Ints]:
    """Every (q, r) whose hexagon could touch the box."""
    west, south, east, north = box
    step = spacing_m * sqrt(3) / 2
    low = int(np.floor((south - shift[1] * spacing_m) / step)) - 1
    high = int(np.ceil((north - shift[1] * spacing_m) / step)) + 1
    across = int(np.ceil((east - west) / spacing_m)) + 4
    if across * (high - low + 1) > MOST_CELLS:
        raise BadLattice(f"more than {MOST_CELLS} cells: choose a larger spacing")
    rows = np.arange(low, high + 1, dtype=np.int64)
    first = np.floor(west / spacing_m - shift[0] - rows / 2).astype(np.int64) - 1
    q = first[:, None] + np.arange(across, dtype=np.int64)
    return q.ravel(), np.repeat(rows, across)
