"""Sites that bring people nearest on the whole (p-median), with the proof that none is better."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from spatial_analysis.methods.errors import MethodError
from spatial_analysis.methods.p_median_search import Search
from spatial_analysis.methods.placement_rules import NothingToPlace

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class BadCosts(MethodError):
    """Costs must be finite numbers, none below zero, one row a client and one column a site."""


@dataclass(frozen=True, slots=True)
class Medians:
    """Sites, the site of each client, and the proof: nobody can get below `bound`."""

    sites: list[int]
    served_by: Ints
    objective: float
    bound: float
    gap_pct: float
    proven: bool
    seconds: float
    nodes: int


def p_median(cost: Floats, count: int, *, seconds: float = 60.0) -> Medians:
    """Choose `count` sites so that clients, each at its cheapest site, cost the least together.

    Greedy and exchanges give an answer; Lagrangian prices of the clients give a lower limit
    and close the sites that cannot be part of anything better; what is left is solved by
    HiGHS where it is small, else branched on, most doubtful site first, lowest limit first.

    Parameters
    ----------
    cost : (n, m) cost of serving client i from site j (people x metres), finite, >= 0
    count : sites wanted, 1..m
    seconds : stop branching after this time; the answer then states its gap

    Raises BadCosts, NothingToPlace. Input stays as it was; the answer does not depend on time
    as long as it is proven. A step of the bound costs O(pairs cheaper than the price).
    Source: Hakimi (1964); Narula, Ogbu & Samuelsson (1977), An algorithm for the p-median
    problem; Beasley (1993), Lagrangean heuristics for location problems.
    """
    begin = perf_counter()
    table = np.ascontiguousarray(cost, dtype=np.float64)
    if table.ndim != 2 or not table.size or not np.isfinite(table).all() or (table < 0).any():
        raise BadCosts
    if not 1 <= count <= table.shape[1]:
        raise NothingToPlace
    search = Search(table, count)
    limit, nodes = search.run(begin + seconds)
    sites = np.sort(search.sites)
    objective, bound = search.upper, min(limit, search.upper)
    proven = bound >= search.enough()
    return Medians(
        sites=[int(j) for j in sites],
        served_by=sites[np.argmin(table[:, sites], axis=1)],
        objective=objective,
        bound=objective if proven else bound,
        gap_pct=0.0 if proven else 100 * (objective - bound) / max(objective, 1e-12),
        proven=proven,
        seconds=perf_counter() - begin,
        nodes=nodes,
    )
