"""Reports as voices on one lattice: each reporter once a cell, and the test of every window."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.spatial import cKDTree

from spatial_analysis.methods.frame import Floats, Ints
from spatial_analysis.methods.lattice import HexLattice
from spatial_analysis.methods.weights import contiguity, with_self
from spatial_analysis.methods.window_people import people_in_windows
from spatial_analysis.methods.window_test import WindowTest, binomial_window
from spatial_analysis.studies.incident_frames import (
    Lands,
    Offset,
    Reports,
    cells_of,
    lattice_over,
)
from spatial_analysis.studies.incident_heat import LEAST_REPORTERS
from spatial_analysis.studies.incident_question import Question


def counts_of(cell: Ints, m: int) -> Ints:
    """Reports (m,) in each cell; those off land are left out."""
    return np.bincount(cell[cell >= 0], minlength=m).astype(np.int64)


def once_each(
    cell: Ints, reporter: NDArray[np.uint64], stretch: Ints | None = None
) -> tuple[Ints, Ints]:
    """Cells and reporters (numbers), each pair once; reports off land are left out.

    stretch : (n,) number of the stretch of days of each report: once in each of them
    """
    held = cell >= 0
    _, who = np.unique(reporter[held], return_inverse=True)
    when = np.zeros(len(who), dtype=np.int64) if stretch is None else stretch[held]
    pairs = np.unique(np.column_stack([cell[held], who.ravel(), when]), axis=0)
    return pairs[:, 0], pairs[:, 1]


def tested_cells(
    question: Question, lattice: HexLattice, reports: Reports, offset: Offset
) -> WindowTest:
    """Test every cell's window: voices against its share of the offset, three people at least."""
    near = contiguity(lattice)
    cell, who = once_each(cells_of(lattice, reports.xy, reports.island), reports.reporter)
    order = np.argsort(who, kind="stable")
    people = people_in_windows(cell[order], who[order].astype(np.uint64), with_self(near))
    return binomial_window(
        counts_of(cell, len(lattice)), offset.on(lattice), near, alpha=question.alpha,
        enough=people >= LEAST_REPORTERS,
    )  # fmt: skip


REACH = 3.0  # widths of the kernel


def smoothed(counts: Ints, lands: Lands, spacing_m: float, sigma_m: float, days: int) -> Floats:
    """Reports per km² and week (m,) on the base lattice, by a Gaussian kernel from cell to cell.

    Divided by the land that the kernel sees, island by island: the shore is not too cold and
    nothing crosses water. Coarser than the raster by the width of a cell, and ready in a moment.
    """
    kernel, land_km2 = _kernel(lands, spacing_m, sigma_m)
    return np.asarray(kernel @ counts.astype(np.float64) / land_km2 * 7 / days)


@lru_cache(maxsize=8)
def _kernel(lands: Lands, spacing_m: float, sigma_m: float) -> tuple[sparse.csr_array, Floats]:
    """Weights between cells of one island within REACH, and the land (km²) that each row sees."""
    lattice = lattice_over(lands, spacing_m, (0.0, 0.0))
    centre, island = np.asarray(lattice.centre), np.asarray(lattice.island)
    pairs = cKDTree(centre).query_pairs(REACH * sigma_m, output_type="ndarray")
    pairs = pairs[island[pairs[:, 0]] == island[pairs[:, 1]]]
    far2 = ((centre[pairs[:, 0]] - centre[pairs[:, 1]]) ** 2).sum(axis=1)
    near = np.exp(-far2 / (2 * sigma_m**2))
    rows = np.concatenate([pairs[:, 0], pairs[:, 1], np.arange(len(centre))])
    columns = np.concatenate([pairs[:, 1], pairs[:, 0], np.arange(len(centre))])
    weights = np.concatenate([near, near, np.ones(len(centre))])
    kernel = sparse.csr_array((weights, (rows, columns)), shape=(len(centre), len(centre)))
    return kernel, np.maximum(kernel @ np.asarray(lattice.land_m2) / 1e6, 1e-9)
