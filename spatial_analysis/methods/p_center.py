"""Sites so that the farthest person is as near as can be (p-center), and fewest sites for all."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from spatial_analysis.methods.p_median import BadCosts
from spatial_analysis.methods.placement_rules import NothingToPlace

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Fewest:
    """The smallest set of sites that serves everybody; nobody manages with less than `bound`."""

    sites: list[int]
    bound: int
    proven: bool
    seconds: float


@dataclass(frozen=True, slots=True)
class Centers:
    """Sites, and the distance of the farthest client; nobody gets below `bound`."""

    sites: list[int]
    radius: float
    bound: float
    proven: bool
    seconds: float


def fewest_for_all(reach: NDArray[np.bool_], *, seconds: float = 60.0) -> Fewest:
    """Fewest sites that serve every client (location set covering, LSCP).

    reach : (n, m) True where site j serves client i; every client needs one

    Rows that ask for more than another, and columns that another replaces, are left out;
    the linear relaxation gives the bound, HiGHS the rest. Raises NothingToPlace when
    somebody cannot be served at all.
    Source: Toregas et al. (1971), The location of emergency service facilities.
    """
    begin = perf_counter()
    table = np.asarray(reach, dtype=bool)
    if table.ndim != 2 or not table.size or not table.any(axis=1).all():
        raise NothingToPlace
    rows, columns = _lean(table)
    small = sparse.csr_array(table[np.ix_(rows, columns)], dtype=float)
    answer = milp(
        np.ones(len(columns)),
        constraints=LinearConstraint(small, lb=1),
        integrality=1,
        bounds=Bounds(0, 1),
        options={"mip_rel_gap": 0.0, "time_limit": seconds},
    )
    if answer.x is None:
        raise NothingToPlace
    sites = [int(columns[j]) for j in np.flatnonzero(answer.x > 0.5)]
    bound = int(np.ceil((answer.mip_dual_bound or 1.0) - 1e-6))
    return Fewest(sites, bound, bound >= len(sites), perf_counter() - begin)


def p_center(distance: Floats, count: int, *, seconds: float = 60.0) -> Centers:
    """Choose `count` sites so that the farthest client has the shortest way.

    The answer is one of the distances. Halving the list of distances asks again and again
    "do `count` sites serve all within this?": greedy says yes, the linear relaxation says
    no, and between the two HiGHS decides.

    distance : (n, m) of client i to site j, finite, >= 0; count : 1..m
    Raises BadCosts, NothingToPlace. Out of time, `bound` is the largest distance refused.
    Source: Hakimi (1965); Daskin (1995), Network and discrete location, ch. 5.
    """
    begin = perf_counter()
    table = np.asarray(distance, dtype=np.float64)
    if table.ndim != 2 or not table.size or not np.isfinite(table).all() or (table < 0).any():
        raise BadCosts
    if not 1 <= count <= table.shape[1]:
        raise NothingToPlace
    sites = _spread(table, count)
    levels = np.unique(table)
    low = int(np.searchsorted(levels, table.min(axis=1).max()))  # nobody can be nearer than that
    high = int(np.searchsorted(levels, _radius(table, sites)))
    open_question = False
    while low < high and not open_question:
        middle = (low + high) // 2
        left = begin + seconds - perf_counter()
        found = _within(table <= levels[middle], count, left) if left > 0 else None
        if found is None:
            open_question = True
        elif len(found):
            sites, high = found, int(np.searchsorted(levels, _radius(table, found)))
        else:
            low = middle + 1
    return Centers(
        sites=sorted(int(j) for j in sites),
        radius=_radius(table, sites),
        bound=float(levels[low]),
        proven=low >= high,
        seconds=perf_counter() - begin,
    )


def _radius(table: Floats, sites: Ints) -> float:
    return float(table[:, sites].min(axis=1).max())


def _spread(table: Floats, count: int) -> Ints:
    """Greedy: the site that serves the client worst off best; at most twice the best radius."""
    sites = [int(np.argmin(table.max(axis=0)))]
    nearest = table[:, sites[0]].copy()
    while len(sites) < count:
        worst = int(np.argmax(nearest))
        order = np.argsort(table[worst], kind="stable")
        new = next((int(j) for j in order if j not in sites), sites[0])
        sites.append(new)
        nearest = np.minimum(nearest, table[:, new])
    return np.array(sites, dtype=np.int64)


def _within(reach: NDArray[np.bool_], count: int, seconds: float) -> Ints | None:
    """Sites, at most `count`, that serve all; empty: there are none; None: not known in time."""
    chosen = _greedy(reach)
    if len(chosen) <= count:
        return chosen
    rows, columns = _lean(reach)
    if len(rows) <= count:
        return np.array([columns[np.argmax(reach[i, columns])] for i in rows], dtype=np.int64)
    small = sparse.csr_array(reach[np.ix_(rows, columns)], dtype=float)
    ones = np.ones(len(columns))
    relaxed = linprog(ones, A_ub=-small, b_ub=-np.ones(len(rows)), bounds=(0, 1), method="highs")
    if relaxed.status == 0 and np.ceil(relaxed.fun - 1e-6) > count:
        return np.zeros(0, dtype=np.int64)
    number = sparse.csr_array(ones[None, :])
    answer = milp(
        ones,
        constraints=[LinearConstraint(small, lb=1), LinearConstraint(number, ub=count)],
        integrality=1,
        bounds=Bounds(0, 1),
        options={"mip_rel_gap": 0.999, "time_limit": max(seconds, 0.5)},
    )
    if answer.x is not None:
        return np.asarray(columns[answer.x > 0.5], dtype=np.int64)
    return np.zeros(0, dtype=np.int64) if answer.status == 2 else None


def _greedy(reach: NDArray[np.bool_]) -> Ints:
    waiting = np.ones(len(reach), dtype=bool)
    sites: list[int] = []
    weights = reach.T.astype(np.float32)
    while waiting.any():
        best = int(np.argmax(weights @ waiting.astype(np.float32)))
        sites.append(best)
        waiting &= ~reach[:, best]
    return np.array(sites, dtype=np.int64)


def _lean(reach: NDArray[np.bool_]) -> tuple[Ints, Ints]:
    """Rows and columns that still matter: no row that another implies, no column replaced.

    Twice through: fewer rows leave more columns alike, and the other way round.
    """
    rows, columns = np.arange(reach.shape[0]), np.arange(reach.shape[1])
    for _ in range(2):
        part = reach[np.ix_(rows, columns)]
        rows = rows[~_contained(~part)]
        columns = columns[~_contained(reach[np.ix_(rows, columns)].T)]
    return rows, columns


def _contained(sets: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(k,) True where a row is within another one (of equal rows the first is kept)."""
    table = sets.astype(np.float32)
    size = table.sum(axis=1)
    common = table @ table.T
    inside = common >= size[:, None]  # row i lies within row k
    equal = inside & (size[:, None] == size[None, :])
    first = np.tril(equal, -1)  # equal to an earlier one
    strictly = inside & (size[:, None] < size[None, :])
    return np.asarray((first | strictly).any(axis=1))
