"""The rules a placement must keep, and which of them to relax when they cannot all be kept."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from spatial_analysis.methods.errors import MethodError
from spatial_analysis.methods.placement_conflicts import Conflicts

Floats = NDArray[np.float64]


class NothingToPlace(MethodError):
    """There is no site to choose, or no number of sites was given that can be chosen."""


class BadRules(MethodError):
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
    conflicts : pairs of sites of which one at most is taken
    """

    count: int | None = None
    budget: float | None = None
    cost: Floats | None = None
    must: tuple[int, ...] = ()
    forbidden: tuple[int, ...] = ()
    floors: tuple[Floor, ...] = ()
    conflicts: Conflicts | None = None

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
        if self.conflicts is not None:
            named |= set(self.conflicts.pairs.ravel().tolist())
        if named and not (min(named) >= 0 and max(named) < columns):
            raise BadRules
        if any(floor.least < 0 for floor in self.floors):
            raise BadRules

    def sets(self, columns: int) -> sparse.csr_array:
        """(r, columns) left sides "at most one of these sites" of all conflicts."""
        if self.conflicts is None:
            return sparse.csr_array((0, columns))
        alone = self.conflicts.pairs[self.conflicts.pairs[:, 0] == self.conflicts.pairs[:, 1], 0]
        never = sparse.csr_array(
            (np.full(len(alone), 2.0), (np.arange(len(alone)), alone)), shape=(len(alone), columns)
        )
        return sparse.csr_array(sparse.vstack([self.conflicts.cliques(columns), never]))

    @property
    def closed(self) -> set[int]:
        """Sites that cannot be taken: forbidden, or in conflict with a wished one or for good."""
        near = set() if self.conflicts is None else self.conflicts.beside(self.must)
        return set(self.forbidden) | near


@dataclass(frozen=True, slots=True)
class Relaxed:
    """One rule that would have to give way, and by how much.

    kind : "budget", "count", "floor", "must", "forbidden" or "spacing"
    name : of the floor; number of the site for a wish; else empty
    by : money missing, sites too many, sites missing, or metres that sites may stand nearer
    """

    kind: str
    name: str
    by: float


class CannotPlace(MethodError):
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
    conflicts: Conflicts | None = None  # the last rule of all, if there are any

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
        if rules.conflicts is not None:  # its rows are many, see _spacing
            table.append(("spacing", "", np.zeros(columns), 1, 0, 1, rules.conflicts.least_m))
        columns_of = list(zip(*table, strict=True))
        kinds = list(zip(columns_of[0], columns_of[1], strict=True))
        numbers = np.array(columns_of[3:], dtype=np.float64)
        return cls(
            columns, kinds, np.array(columns_of[2]), sign=numbers[0], limit=numbers[1],
            room=numbers[2], unit=numbers[3], conflicts=rules.conflicts,
        )  # fmt: skip

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
        if self.conflicts is not None:
            near = self.conflicts.within(np.flatnonzero(taken).tolist())[1]
            over[-1] = self.conflicts.least_m - near.min() if len(near) else 0.0
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
        if self.conflicts is not None:
            rules.append(self._spacing(self.conflicts))
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

    def _spacing(self, conflicts: Conflicts) -> LinearConstraint:
        """Both of a pair cost the metres that they stand too near, as a share of the least.

        One slack for all pairs: the smallest one is the widest distance that can be kept.
        """
        k, m, n = len(self.kinds), self.n_sites, len(conflicts.metres)
        short = 1 - conflicts.metres / conflicts.least_m
        row = np.arange(n)
        left = sparse.csr_array(
            (np.tile(short, 2), (np.tile(row, 2), conflicts.pairs.T.ravel())), shape=(n, m)
        )
        slack = sparse.csr_array((np.full(n, -1.0), (row, np.full(n, k - 1))), shape=(n, 2 * k))
        return LinearConstraint(sparse.hstack([left, slack]), ub=short)
