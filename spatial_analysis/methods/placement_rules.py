"""The rules a placement must keep, and which of them to relax when they cannot all be kept."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

Floats = NDArray[np.float64]


class NothingToPlace(ValueError):
    """There is no site to choose, or no number of sites was given that can be chosen."""


class BadRules(ValueError):
    """A rule names a site that does not exist, or a price or number below zero."""


@dataclass(frozen=True, slots=True)
class Floor:
    """At least `least` of `sites` (an island's, say) must be taken."""

    name: str
    sites: tuple[int, ...]
    least: int


@dataclass(frozen=True, slots=True)
class Rules:
    """What a placement must keep; at least one of `count` and `budget` is given.

    cost : (m,) price of each site in the unit of `budget`, >= 0; needed with a budget
    """

    count: int | None = None
    budget: float | None = None
    cost: Floats | None = None
    must: tuple[int, ...] = ()
    forbidden: tuple[int, ...] = ()
    floors: tuple[Floor, ...] = ()

    def prices(self, columns: int) -> Floats:
        """Price of each site; nought where no prices were given."""
        return np.zeros(columns) if self.cost is None else np.asarray(self.cost, dtype=np.float64)

    def check(self, columns: int) -> None:
        """Refuse rules that are not even well formed. Raises NothingToPlace, BadRules."""
        if self.count is None and self.budget is None:
            raise NothingToPlace
        if self.count is not None and self.count < 1:
            raise NothingToPlace
        cost = self.prices(columns)
        if cost.shape != (columns,) or not np.isfinite(cost).all() or (cost < 0).any():
            raise BadRules
        if self.budget is not None and (self.cost is None or not self.budget >= 0):
            raise BadRules
        named = {*self.must, *self.forbidden, *(s for floor in self.floors for s in floor.sites)}
        if named and not (min(named) >= 0 and max(named) < columns):
            raise BadRules
        if any(floor.least < 0 for floor in self.floors):
            raise BadRules


@dataclass(frozen=True, slots=True)
class Relaxed:
    """One rule that would have to give way, and by how much.

    kind : "budget", "count", "floor", "must" or "forbidden"
    name : of the floor; number of the site for a wish; else empty
    by : money missing, sites too many, or sites missing
    """

    kind: str
    name: str
    by: float


class CannotPlace(ValueError):
    """The rules contradict each other; `ways` are the smallest sets of rules to relax."""

    def __init__(self, ways: tuple[tuple[Relaxed, ...], ...]) -> None:
        """Keep the ways out."""
        super().__init__("; or ".join(_words(way) for way in ways))
        self.ways = ways


def _words(way: tuple[Relaxed, ...]) -> str:
    return " and ".join(
        f"{rule.kind} {rule.name} by {rule.by:g}".replace("  ", " ") for rule in way
    )


def ways_out(rules: Rules, columns: int, *, most: int = 6) -> tuple[tuple[Relaxed, ...], ...]:
    """Smallest sets of rules that, relaxed, let the others be kept.

    An elastic model: each rule gets a slack and a switch; first as few switches as can be,
    then as little slack (each as a share of its widest). Every other set of the same size
    is looked for too, up to `most`. Source: Chinneck (2008), Feasibility and infeasibility
    in optimization, ch. 6 (elastic filter).
    """
    model = _Elastic.of(rules, columns)
    ways: list[tuple[Relaxed, ...]] = []
    seen: list[NDArray[np.int64]] = []
    while len(ways) < most:
        switched = model.fewest(seen)
        if not len(switched) or (seen and len(switched) > len(seen[0])):
            break
        ways.append(model.least_slack(switched))
        seen.append(switched)
    return tuple(ways)


@dataclass(frozen=True, slots=True)
class _Elastic:
    """Variables in this order: sites taken, slack of each rule, switch of each rule."""

    n_sites: int
    kinds: list[tuple[str, str]]
    rows: Floats  # (rules, sites) left side of each rule, in units that keep numbers near one
    sign: Floats  # +1: row @ x <= limit; -1: row @ x >= limit
    limit: Floats
    room: Floats  # largest slack that ever helps
    unit: Floats  # what one of the left side is worth to people

    @classmethod
    def of(cls, rules: Rules, columns: int) -> _Elastic:
        everything = np.arange(columns)
        table: list[tuple[str, str, Floats, float, float, float, float]] = []
        if rules.budget is not None:
            cost = rules.prices(columns)
            unit = max(float(cost.max()), 1.0)
            room = max(float(cost.sum()) / unit, 1.0)
            table.append(("budget", "", cost / unit, 1, rules.budget / unit, room, unit))
        if rules.count is not None:
            table.append(("count", "", np.ones(columns), 1, rules.count, columns, 1))
        for floor in rules.floors:
            inside = np.isin(everything, floor.sites).astype(float)
            table.append(("floor", floor.name, inside, -1, floor.least, max(floor.least, 1), 1))
        for kind, wishes, sign in (("must", rules.must, -1), ("forbidden", rules.forbidden, 1)):
            for site in wishes:
                row = (everything == site).astype(float)
                table.append((kind, str(site), row, sign, 1.0 if sign < 0 else 0.0, 1, 1))
        columns_of = list(zip(*table, strict=True))
        return cls(
            columns,
            list(zip(columns_of[0], columns_of[1], strict=True)),
            np.array(columns_of[2]),
            *(np.array(column, dtype=np.float64) for column in columns_of[3:]),
        )

    def fewest(self, seen: list[NDArray[np.int64]]) -> NDArray[np.int64]:
        """Rules of the smallest set that is not among `seen`; empty when there is none."""
        k = len(self.kinds)
        answer = self._solve(np.ones(k), np.ones(k), seen)
        return np.flatnonzero(answer[self.n_sites + k :] > 0.5) if len(answer) else np.array([])

    def least_slack(self, switched: NDArray[np.int64]) -> tuple[Relaxed, ...]:
        """How far each of these rules must give way, when only they may."""
        may = np.zeros(len(self.kinds))
        may[switched] = 1
        taken = np.round(self._solve(may * 0, may, [])[: self.n_sites])
        over = self.sign * (self.rows @ taken - self.limit) * self.unit
        return tuple(Relaxed(*self.kinds[i], by=round(max(float(over[i]), 0), 6)) for i in switched)

    def _solve(self, price: Floats, may: Floats, seen: list[NDArray[np.int64]]) -> Floats:
        k, m = len(self.kinds), self.n_sites
        eye, none = sparse.eye_array(k), sparse.csr_array((k, k))
        left = sparse.csr_array(self.sign[:, None] * self.rows)
        rules = [
            LinearConstraint(sparse.hstack([left, -eye, none]), ub=self.sign * self.limit),
            LinearConstraint(
                sparse.hstack([sparse.csr_array((k, m)), eye, -sparse.diags_array(self.room)]),
                ub=np.zeros(k),
            ),
        ]
        for cut in seen:  # not this whole set again
            row = np.zeros((1, m + 2 * k))
            row[0, m + k + cut] = 1
            rules.append(LinearConstraint(row, ub=len(cut) - 1))
        answer = milp(
            np.concatenate([np.zeros(m), 1e-3 / self.room / k, price]),
            constraints=rules,
            integrality=np.concatenate([np.ones(m), np.zeros(k), np.ones(k)]),
            bounds=Bounds(0, np.concatenate([np.ones(m), self.room, may])),
            options={"mip_rel_gap": 0.0, "time_limit": 5.0},
        )
        return np.array([]) if answer.x is None else answer.x
