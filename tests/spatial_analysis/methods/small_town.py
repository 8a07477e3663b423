"""A town of nine junctions on a 3 x 3 grid of 100 m blocks, for tests one can add up."""

from __future__ import annotations

import numpy as np

from spatial_analysis.methods.street_graph import Streets

BLOCK_DEG = 100.0 / 110_574.2727  # 100 m along a meridian at the equator


def streets_between(
    nodes: list[tuple[float, float]],
    pieces: list[tuple[int, int]],
    *,
    direction: list[int] | None = None,
    street_class: list[str] | None = None,
    island: list[int] | None = None,
    max_speed_kph: list[float] | None = None,
    width_m: list[float] | None = None,
    names: list[str] | None = None,
) -> Streets:
    """Straight two-way residential streets between nodes (lon, lat), unless told otherwise."""
    count = len(pieces)
    points = np.array([nodes[end] for piece in pieces for end in piece], dtype=float)
    return Streets(
        node_lon=np.array([lon for lon, _ in nodes]),
        node_lat=np.array([lat for _, lat in nodes]),
        from_node=np.array([a for a, _ in pieces], dtype=np.int32),
        to_node=np.array([b for _, b in pieces], dtype=np.int32),
        street_class=np.array(street_class or ["residential"] * count),
        direction=np.array(direction or [0] * count, dtype=np.int8),
        max_speed_kph=np.array(max_speed_kph or [np.nan] * count),
        width_m=np.array(width_m or [np.nan] * count),
        island=np.array(island or [0] * count, dtype=np.int32),
        points=points,
        first=np.arange(0, 2 * count + 1, 2),
        names=np.array(names or [""] * count),
    )


def grid_town(**how: object) -> Streets:
    """Nodes 0 1 2 / 3 4 5 / 6 7 8 from south-west; streets east first, then north.

    Streets 0..5 run east (0-1, 1-2, 3-4, 4-5, 6-7, 7-8), streets 6..11 north (0-3, 1-4, 2-5,
    3-6, 4-7, 5-8).
    """
    nodes = [(x * BLOCK_DEG, y * BLOCK_DEG) for y in range(3) for x in range(3)]
    east = [(3 * y + x, 3 * y + x + 1) for y in range(3) for x in range(2)]
    north = [(3 * y + x, 3 * y + x + 3) for y in range(2) for x in range(3)]
    return streets_between(nodes, east + north, **how)  # type: ignore[arg-type]
