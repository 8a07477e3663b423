"""Where to put sites so that most people are reached: greedy, and proven best under rules."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from spatial_analysis.methods.errors import MethodError
from spatial_analysis.methods.placement_branch import Limit, NoAnswerInTime, Solved, solve
from spatial_analysis.methods.placement_cover import Cover, still_sets
from spatial_analysis.methods.placement_rules import (
    BadRules,
    CannotPlace,
    Floor,
    NothingToPlace,
    Rules,
    ways_out,
)
from spatial_analysis.methods.placement_worth import BadBackup, Worth

Floats = NDArray[np.float64]
VERSION = "1"
LARGE = 200  # columns from which bounding pays for itself


class BadDemand(MethodError):
    """People must be finite numbers, none below zero, one for each row of `reach`."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Sites in order of choice, and the people each of them newly reaches."""

    sites: list[int]
    gains: list[float]


@dataclass(frozen=True, slots=True)
class Plan:
    """A set of sites with its proof: nobody can beat `bound`; `proven` when they are equal."""

    sites: list[int]
    gains: list[float]
    objective: float
    bound: float
    gap_pct: float
    proven: bool
    seconds: float
    spent: float
    params: dict[str, Any] = field(default_factory=dict)
    version: str = VERSION


def cover_most(demand: Floats, reach: ArrayLike | sparse.sparray, *, count: int) -> Placement:
    """Choose the sites that together reach the most people.

    Greedy maximal covering: take the site that adds the most people not yet reached, repeat.
    Never below 63 % (1 - 1/e) of the best possible choice. Ties go to the first site.

    Parameters
    ----------
    demand : (n,) people living at each place, finite, >= 0
    reach : (n, m) True where site j serves place i; dense or sparse
    count : sites wanted, 1..m

    Returns
    -------
    Placement: sites in order of choice, people newly reached by each; shorter than
    `count` when everyone is reached.

    Raises BadDemand, NothingToPlace.

    Source: Church & ReVelle (1974), The maximal covering location problem;
    bound: Nemhauser, Wolsey & Fisher (1978).
    """
    people, matrix = _checked(demand, reach)
    if not 1 <= count <= matrix.shape[1]:
        raise NothingToPlace
    worth = Worth.of(people, None, 0.0)
    return _in_order_of_gain(worth, matrix, range(matrix.shape[1]), count)


def place(
    demand: Floats,
    reach: ArrayLike | sparse.sparray,
    rules: Rules,
    *,
    served: NDArray[np.bool_] | NDArray[np.int64] | None = None,
    backup: float = 0.0,
    seconds: float = 10.0,
    prune: bool | None = None,
) -> Plan:
    """Choose the sites that reach the most people under `rules`, and prove that none is better.

    Rows that the same sites reach are merged, dominated sites dropped, greedy with exchanges
    gives a start; where there are many sites, a Lagrangian bound fixes most of them at zero.
    What is left is solved by HiGHS (branch and bound) to a gap of nought.

    Parameters
    ----------
    demand : (n,) people at each place, finite, >= 0
    reach : (n, m) True where site j serves place i; dense or sparse
    rules : count and/or budget, sites that must or must not be taken, floors, conflicts
    served : (n,) True where people are reached already, or by how many sites; such a place adds
        nothing, or what a second site is worth
    backup : what a person within reach of a second site adds, 0..1 (see Worth.of)
    seconds : stop branching after this time; the answer then states its gap
    prune : bound and fix first; None decides by size

    Returns Plan; the sites are ordered by what each adds, and the gains add up to `objective`.
    Raises BadDemand, BadBackup, BadRules, NothingToPlace, NoAnswerInTime, and CannotPlace with
    the smallest sets of rules to relax.

    Complexity: O(nnz) an iteration of the bound, dominance O(sum of squared reach), then MIP.
    Source: Church & ReVelle (1974); Galvão & ReVelle (1996), A Lagrangean heuristic for MCLP;
    Hogan & ReVelle (1986), backup coverage; Moon & Chaudhry (1984), distance constraints.
    """
    start = perf_counter()
    people, matrix = _checked(demand, reach)
    rules.check(matrix.shape[1])
    worth = Worth.of(people, served, backup)
    _refuse_contradiction(rules, matrix.shape[1])
    rest = _without_must(worth, matrix, rules)
    limit = Limit(seconds, LARGE if prune is None else (0 if prune else matrix.shape[1] + 1))
    found = solve(rest, limit)
    if found is None:
        raise CannotPlace(ways_out(rules, matrix.shape[1]))
    return _plan(worth, matrix, rules, found, perf_counter() - start)


def plan_of(
    demand: Floats,
    reach: ArrayLike | sparse.sparray,
    rules: Rules,
    sites: Iterable[int],
    *,
    gap_pct: float,
    proven: bool,
    seconds: float,
    served: NDArray[np.bool_] | None = None,
) -> Plan:
    """Say of sites that another model chose what each adds, in order of gain; none is left out.

    The proof is that of the model. Raises BadDemand, NothingToPlace.
    """
    people, matrix = _checked(demand, reach)
    every = sorted(set(sites))
    ordered = _in_order_of_gain(Worth.of(people, served, 0.0), matrix, every, len(every))
    idle = [site for site in every if site not in set(ordered.sites)]
    objective = float(sum(ordered.gains))
    chosen = [*ordered.sites, *idle]
    return Plan(
        sites=chosen,
        gains=[*ordered.gains, *(0.0 for _ in idle)],
        objective=objective,
        bound=objective,
        gap_pct=0.0 if proven else gap_pct,
        proven=proven,
        seconds=seconds,
        spent=float(rules.prices(matrix.shape[1])[chosen].sum()),
    )


def cover_all(reach: ArrayLike | sparse.sparray, *, seconds: float = 10.0) -> list[int]:
    """Fewest sites that reach every place that can be reached at all (set covering).

    reach : (n, m) True where site j serves place i. Rows nobody reaches are left out.
    Source: Toregas et al. (1971), The location of emergency service facilities.
    """
    matrix = sparse.csr_array(reach, dtype=bool)
    rows = np.flatnonzero(np.diff(matrix.indptr))
    if not len(rows):
        raise NothingToPlace
    answer = milp(
        np.ones(matrix.shape[1]),
        constraints=LinearConstraint(sparse.csr_array(matrix[rows], dtype=float), lb=1),
        integrality=1,
        bounds=Bounds(0, 1),
        options={"mip_rel_gap": 0.0, "time_limit": seconds},
    )
    if answer.x is None:
        raise NothingToPlace
    return [int(site) for site in np.flatnonzero(answer.x > 0.5)]


def price_of_rules(
    demand: Floats,
    reach: ArrayLike | sparse.sparray,
    rules: Rules,
    plan: Plan,
    *,
    served: NDArray[np.bool_] | NDArray[np.int64] | None = None,
    backup: float = 0.0,
    seconds: float = 2.0,
) -> dict[str, float]:
    """People more that could be reached if one rule were softer; only rules that bind are named.

    `budget`: ten per cent more money; `count`: one more site; `floor:NAME`: without that floor;
    `must:J`, `forbidden:J`: without that wish; `spacing`: however near sites stand. Each is a
    whole second solve.
    """
    prices: dict[str, float] = {}
    for name, softer in _softer(rules, np.shape(reach)[1]):
        other = place(demand, reach, softer, served=served, backup=backup, seconds=seconds)
        if other.objective > plan.objective + 1e-6:
            prices[name] = other.objective - plan.objective
    return prices


def _softer(rules: Rules, columns: int) -> Iterable[tuple[str, Rules]]:
    if rules.budget is not None:
        yield "budget", replace(rules, budget=rules.budget * 1.1)
    if rules.count is not None and rules.count < columns:
        yield "count", replace(rules, count=rules.count + 1)
    if rules.conflicts is not None and len(rules.conflicts.pairs):
        yield "spacing", replace(rules, conflicts=None)
    for floor in rules.floors:
        others = tuple(other for other in rules.floors if other is not floor)
        yield f"floor:{floor.name}", replace(rules, floors=others)
    for site in rules.must:
        yield f"must:{site}", replace(rules, must=_without(rules.must, site))
    for site in rules.forbidden:
        yield f"forbidden:{site}", replace(rules, forbidden=_without(rules.forbidden, site))


def _without(sites: tuple[int, ...], one: int) -> tuple[int, ...]:
    return tuple(site for site in sites if site != one)


def _checked(
    demand: Floats, reach: ArrayLike | sparse.sparray
) -> tuple[Floats, sparse.csc_array[np.bool_]]:
    people = np.asarray(demand, dtype=np.float64)
    matrix = sparse.csc_array(reach, dtype=bool)
    if people.shape != (matrix.shape[0],) or not np.isfinite(people).all() or (people < 0).any():
        raise BadDemand
    if not matrix.shape[1]:
        raise NothingToPlace
    if matrix.has_sorted_indices and matrix.data.all():
        return people, matrix
    matrix = matrix.copy()  # the caller's stays as it was
    matrix.eliminate_zeros()
    matrix.sort_indices()
    return people, matrix


def _refuse_contradiction(rules: Rules, columns: int) -> None:
    """Stop early where the rules alone, without any people, cannot be met."""
    must = list(rules.must)
    overspent = rules.budget is not None and rules.prices(columns)[must].sum() > rules.budget
    crowded = rules.count is not None and len(must) > rules.count
    if overspent or crowded or set(must) & rules.closed:
        raise CannotPlace(ways_out(rules, columns))


def _without_must(worth: Worth, matrix: sparse.csc_array, rules: Rules) -> Cover:
    """Return the problem that is left once the wished sites stand and the closed are gone."""
    columns = matrix.shape[1]
    must = np.array(rules.must, dtype=np.int64)
    cost = rules.prices(columns)
    waiting = worth.after(matrix[:, must].sum(axis=1).astype(np.int64)) if len(must) else worth
    open_to_choice = np.ones(columns, dtype=bool)
    open_to_choice[[*rules.must, *rules.closed]] = False
    kept = np.flatnonzero(open_to_choice)
    floors = []
    for floor in rules.floors:
        inside = np.isin(np.arange(columns), floor.sites)
        least = floor.least - int(inside[must].sum())
        if least > 0:
            floors.append((inside[kept], least))
    return Cover(
        people=waiting.first,
        reach=matrix[:, kept],
        cost=cost[kept],
        columns=kept,
        count=len(kept) if rules.count is None else rules.count - len(must),
        budget=np.inf if rules.budget is None else rules.budget - float(cost[must].sum()),
        floors=tuple(floors),
        second=waiting.second if waiting.second.any() else None,
        apart=None if rules.conflicts is None else still_sets(rules.sets(columns)[:, kept]),
    )


def _plan(
    worth: Worth, matrix: sparse.csc_array, rules: Rules, found: Solved, seconds: float
) -> Plan:
    ordered = _in_order_of_gain(
        worth, matrix, [*rules.must, *found.columns], len(rules.must) + len(found.columns)
    )
    idle = [site for site in (*rules.must, *found.columns) if site not in set(ordered.sites)]
    needed = _still_needed(idle, ordered.sites, rules)
    objective = float(sum(ordered.gains))
    base = objective - found.objective  # what the wished sites reach by themselves
    bound = max(objective, found.bound + base)
    sites = [*ordered.sites, *needed]
    proven = bound - objective <= 1e-6 * max(1.0, objective)
    return Plan(
        sites=sites,
        gains=[*ordered.gains, *(0.0 for _ in needed)],
        objective=objective,
        bound=objective if proven else bound,
        gap_pct=0.0 if proven else 100.0 * (bound - objective) / max(objective, 1.0),
        proven=proven,
        seconds=seconds,
        spent=float(rules.prices(matrix.shape[1])[sites].sum()),
        params=found.sizes,
    )


def _still_needed(idle: list[int], taken: list[int], rules: Rules) -> list[int]:
    """Sites that add nobody but fulfil a wish or a floor; others are left out."""
    kept = [site for site in idle if site in rules.must]
    for floor in rules.floors:
        inside = set(floor.sites)
        short = floor.least - len(inside & {*taken, *kept})
        spare = [site for site in idle if site in inside and site not in kept]
        kept += spare[: max(short, 0)]
    return kept


def _in_order_of_gain(
    worth: Worth, matrix: sparse.csc_array, among: Iterable[int], count: int
) -> Placement:
    candidates = np.array(sorted(set(among)), dtype=np.int64)
    reach = matrix[:, candidates].astype(np.float64)
    waiting, second = worth.first.copy(), worth.second.copy()
    open_to_choice = np.ones(len(candidates), dtype=bool)
    picks: list[int] = []
    gains: list[float] = []
    for _ in range(count):
        gain = np.where(open_to_choice, reach.T @ waiting, 0.0)
        best = int(np.argmax(np.round(gain, 6))) if len(gain) else 0  # noise decides no tie
        if not len(gain) or gain[best] <= 0:
            break
        picks.append(int(candidates[best]))
        open_to_choice[best] = False
        gains.append(float(gain[best]))
        rows = reach.indices[reach.indptr[best] : reach.indptr[best + 1]]
        waiting[rows], second[rows] = second[rows], 0.0
    return Placement(picks, gains)


__all__ = [
    "BadBackup",
    "BadDemand",
    "BadRules",
    "CannotPlace",
    "Floor",
    "NoAnswerInTime",
    "NothingToPlace",
    "Placement",
    "Plan",
    "Rules",
    "cover_all",
    "cover_most",
    "place",
    "plan_of",
    "price_of_rules",
]
