"""Reports as voices on one lattice: each reporter once a cell, and the test of every window."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spatial_analysis.methods.frame import Ints
from spatial_analysis.methods.lattice import HexLattice
from spatial_analysis.methods.weights import contiguity, with_self
from spatial_analysis.methods.window_people import people_in_windows
from spatial_analysis.methods.window_test import WindowTest, binomial_window
from spatial_analysis.studies.incident_frames import Offset, Reports, cells_of
from spatial_analysis.studies.incident_heat import LEAST_REPORTERS
from spatial_analysis.studies.incident_question import Question


def counts_of(cell: Ints, m: int) -> Ints:
    """Reports (m,) in each cell; those off land are left out."""
    return np.bincount(cell[cell >= 0], minlength=m).astype(np.int64)


def once_each(cell: Ints, reporter: NDArray[np.str_]) -> tuple[Ints, Ints]:
    """Cells and reporters (numbers), each pair once; reports off land are left out."""
    held = cell >= 0
    _, who = np.unique(reporter[held], return_inverse=True)
    pairs = np.unique(np.column_stack([cell[held], who.ravel()]), axis=0)
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
