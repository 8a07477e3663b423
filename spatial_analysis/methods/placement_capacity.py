"""Most people served when a site serves only so many of them: capacitated maximal cover."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, OptimizeResult, milp

from spatial_analysis.methods.errors import MethodError
from spatial_analysis.methods.placement import BadDemand
from spatial_analysis.methods.placement_branch import NoAnswerInTime
from spatial_analysis.methods.placement_rules import CannotPlace, Rules, ways_out

Floats = NDArray[np.float64]
INFEASIBLE = 2


class BadCapacity(MethodError):
    """A site's capacity is a number of people above zero."""


@dataclass(frozen=True, slots=True)
class Filled:
    """Sites, and the people of each place that each of them serves; nobody can beat `bound`."""

    sites: list[int]
    people: sparse.csr_array  # (n, m) people of place i served by site j
    objective: float
    bound: float
    gap_pct: float
    proven: bool
    seconds: float


def place_within(
    demand: Floats,
    reach: ArrayLike | sparse.sparray,
    rules: Rules,
    capacity: float,
    *,
    served: NDArray[np.bool_] | None = None,
    seconds: float = 10.0,
) -> Filled:
    """Choose the sites that serve most people, each at most `capacity` of those in its reach.

    A place may be shared by several sites. People whom the same sites reach are one place in
    the model; a site is never worth more than the people round it, which makes the linear
    relaxation tight. HiGHS solves it to a gap of nought, or states the gap.

    demand : (n,) people, finite, >= 0; reach : (n, m); rules : as in `placement.place`
    served : (n,) True where people are reached already; they add nothing

    Raises BadCapacity, BadDemand, NoAnswerInTime, and CannotPlace with the rules to relax.
    Complexity: a column for every pair of merged place and site, then MIP.
    Source: Current & Storbeck (1988), Capacitated covering models; Pirkul & Schilling (1991).
    """
    begin = perf_counter()
    if not capacity > 0:
        raise BadCapacity
    matrix = sparse.csr_array(reach, dtype=bool)
    m = matrix.shape[1]
    rules.check(m)
    people = np.asarray(demand, dtype=np.float64)
    if people.shape != (matrix.shape[0],) or not np.isfinite(people).all() or (people < 0).any():
        raise BadDemand
    waiting = people if served is None else np.where(served, 0.0, people)
    home, people, merged = _merged(waiting, matrix)
    pairs = merged.tocoo()
    place, site = pairs.coords
    if set(rules.must) & rules.closed:
        raise CannotPlace(ways_out(rules, m))
    answer = _solved(people, place, site, rules, capacity, m, seconds)
    if answer.status == INFEASIBLE:
        raise CannotPlace(ways_out(rules, m))
    if answer.x is None:
        raise NoAnswerInTime
    sites = [int(j) for j in np.flatnonzero(answer.x[:m] > 0.5)]
    flow = np.where(np.isin(site, sites), answer.x[m:], 0.0)
    flow[flow < 1e-6] = 0.0
    held = sparse.csr_array((flow, (place, site)), shape=(len(people), m))
    objective = float(flow.sum())
    bound = max(objective, -float(answer.mip_dual_bound or -objective))
    proven = bound - objective <= 1e-6 * max(1.0, objective)
    return Filled(
        sites=sites,
        people=_shared_out(held, home, waiting, people),
        objective=objective,
        bound=objective if proven else bound,
        gap_pct=0.0 if proven else 100 * (bound - objective) / max(objective, 1.0),
        proven=proven,
        seconds=perf_counter() - begin,
    )


def _merged(
    people: Floats, matrix: sparse.csr_array
) -> tuple[NDArray[np.int64], Floats, sparse.csr_array]:
    """(n,) merged place of each place (-1: nobody waits, or no site), its people, its reach."""
    rows = matrix.copy()
    rows.eliminate_zeros()
    rows.sort_indices()
    home = np.full(len(people), -1, dtype=np.int64)
    keys = [
        rows.indices[rows.indptr[i] : rows.indptr[i + 1]].astype(">i8").tobytes()
        if people[i] > 0
        else b""
        for i in range(len(people))
    ]
    order = {key: number for number, key in enumerate(sorted(set(keys) - {b""}))}
    first = np.zeros(len(order), dtype=np.int64)
    for i, key in enumerate(keys):
        if key:
            home[i] = order[key]
            first[order[key]] = i
    there = home >= 0
    summed = np.bincount(home[there], weights=people[there], minlength=len(order))
    return home, summed.astype(np.float64), sparse.csr_array(rows[first])


def _solved(
    people: Floats,
    place: NDArray[np.int64],
    site: NDArray[np.int64],
    rules: Rules,
    capacity: float,
    m: int,
    seconds: float,
) -> OptimizeResult:
    """HiGHS: a switch for each site (0/1), people for each pair."""
    n, pairs = len(people), len(place)
    one, at = np.ones(pairs), np.arange(pairs)
    near = np.bincount(site, weights=people[place], minlength=m)
    room = np.minimum(capacity, near)
    by_place = sparse.csr_array((one, (place, at)), shape=(n, pairs))
    by_site = sparse.csr_array((one, (site, at)), shape=(m, pairs))
    switch = sparse.csr_array((-people[place], (at, site)), shape=(pairs, m))
    limits = [
        LinearConstraint(sparse.hstack([sparse.csr_array((n, m)), by_place]), ub=people),
        LinearConstraint(sparse.hstack([-sparse.diags_array(room), by_site]), ub=np.zeros(m)),
        LinearConstraint(sparse.hstack([switch, sparse.eye_array(pairs)]), ub=np.zeros(pairs)),
    ]

    def over_sites(rows: Floats | sparse.csr_array) -> sparse.csr_array:
        left = sparse.csr_array(rows if rows.ndim == 2 else rows[None, :])
        return sparse.csr_array(sparse.hstack([left, sparse.csr_array((left.shape[0], pairs))]))

    if rules.count is not None:
        limits.append(LinearConstraint(over_sites(np.ones(m)), ub=rules.count))
    if rules.budget is not None:
        unit = max(float(rules.prices(m).max()), 1.0)
        limits.append(LinearConstraint(over_sites(rules.prices(m) / unit), ub=rules.budget / unit))
    for floor in rules.floors:
        inside = np.isin(np.arange(m), floor.sites).astype(float)
        limits.append(LinearConstraint(over_sites(inside), lb=floor.least))
    if (sets := rules.sets(m)).shape[0]:
        limits.append(LinearConstraint(over_sites(sets), ub=1))
    low, high = np.zeros(m), np.ones(m)
    low[list(rules.must)] = 1.0
    high[list(rules.forbidden)] = 0.0
    return milp(
        np.concatenate([np.zeros(m), -one]),
        constraints=limits,
        integrality=np.concatenate([np.ones(m), np.zeros(pairs)]),
        bounds=Bounds(np.concatenate([low, np.zeros(pairs)]),
                      np.concatenate([high, people[place]])),
        options={"mip_rel_gap": 0.0, "time_limit": seconds},
    )  # fmt: skip


def _shared_out(
    held: sparse.csr_array, home: NDArray[np.int64], waiting: Floats, people: Floats
) -> sparse.csr_array:
    """People of merged places dealt back to the places, each by its own number."""
    there = np.flatnonzero(home >= 0)
    share = waiting[there] / people[home[there]]
    deal = sparse.csr_array((share, (there, home[there])), shape=(len(home), len(people)))
    return sparse.csr_array(deal @ held)
