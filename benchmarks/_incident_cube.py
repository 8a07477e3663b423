"""A stream of made reports through the cube of counts, then the tests of its cells."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from benchmarks._incident_clusters import SEED, SIDE_M, town
from spatial_analysis.methods.cube import CubeCounter
from spatial_analysis.methods.lattice import hex_counts, hex_lattice
from spatial_analysis.methods.local_g import local_g
from spatial_analysis.methods.weights import contiguity
from spatial_analysis.methods.window_test import binomial_window

PART, DAYS, KINDS, HEX_M, MOVED_M = 250_000, 365, 9, 100.0, 50.0


def ground(n: int) -> tuple[Any, int]:
    """The lattice over the town's square, and how many reports to make."""
    return hex_lattice([shapely.box(0, 0, SIDE_M, SIDE_M)], HEX_M), n


def through_the_cube(given: Any) -> int:
    """Make and count reports part by part, then Gi* and the test; how many were counted.

    A part is the town of PART places, moved by up to MOVED_M each time, on any day of the year;
    nothing of a part is kept but its counts. Reports on no cell are counted apart.
    """
    lattice, n = given
    counter, base = CubeCounter((len(lattice), DAYS, KINDS)), town(PART)
    rng, seen, lost = np.random.default_rng(SEED), 0, 0
    while seen < n:
        some = (base[: n - seen] + rng.uniform(0, MOVED_M, 2)) % SIDE_M
        cell = hex_counts(lattice, some).cell
        cell = cell[cell >= 0]
        inner = rng.integers(0, DAYS * KINDS, len(cell))
        counter.count(cell, inner // KINDS, inner % KINDS)
        seen, lost = seen + len(some), lost + len(some) - len(cell)
    counts, near = counter.cell_counts(), contiguity(lattice)
    local_g(counts, near)
    binomial_window(counts, lattice.land_m2, near)
    return counter.total + lost
