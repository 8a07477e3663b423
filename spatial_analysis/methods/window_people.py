"""Different people in every window of a lattice, in bounded memory."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from spatial_analysis.methods.frame import Ints

AT_ONCE = 500_000


def people_in_windows(
    cell: Ints, person: NDArray[np.uint64], window: sparse.csr_array, *, at_once: int = AT_ONCE
) -> Ints:
    """Count distinct persons in each window (m,) of a sparse (m, m) pattern.

    cell, person : (k,) pairs, each once, sorted by person. Persons are taken some at a time,
    whole: a window's persons of two lots never meet. O(links of the pairs' cells).
    """
    m = window.shape[0]
    told = np.zeros(m, dtype=np.int64)
    if not len(cell):
        return told
    new = np.ones(len(person), dtype=bool)
    new[1:] = person[1:] != person[:-1]
    first = np.append(np.flatnonzero(new), len(person))
    lots = np.searchsorted(first, np.arange(0, len(person), at_once))
    for low, high in zip(lots, [*lots[1:], len(first) - 1], strict=True):
        a, b = int(first[low]), int(first[high])
        if a == b:
            continue
        who = np.cumsum(new[a:b]) - 1
        ones = np.ones(b - a, dtype=np.int16)
        seen = sparse.csr_array((ones, (cell[a:b], who)), shape=(m, int(who[-1]) + 1))
        pattern = window.astype(np.int16)
        told += np.diff((pattern @ seen).indptr)
    return told
