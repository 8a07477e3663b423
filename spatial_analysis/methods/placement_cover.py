"""A covering problem, and how it shrinks without losing its best answer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import fsum

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from spatial_analysis.methods.compiled import njit
from spatial_analysis.methods.placement_conflicts import neighbours

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Cover:
    """A covering problem that is still open.

    people : (n,) waiting at each row; reach : (n, m) CSC, True where column j serves row i
    cost : (m,); columns : (m,) number each column has outside; count, budget : upper limits
    floors : pairs (mask (m,), least): at least so many columns of the mask
    second : (n,) what a second column adds to each row, <= people; None: nothing
    apart : (r, m) sets of columns of which one at most is taken; None: there are none
    """

    people: Floats
    reach: sparse.csc_array
    cost: Floats
    columns: Ints
    count: int
    budget: float
    floors: tuple[tuple[NDArray[np.bool_], int], ...] = ()
    second: Floats | None = None
    apart: sparse.csr_array | None = None

    @property
    def backup(self) -> Floats:
        """(n,) what a second column adds; nought where that is not asked."""
        return np.zeros(len(self.people)) if self.second is None else self.second

    @property
    def sets(self) -> sparse.csr_array:
        """(r, m) sets of columns of which one at most is taken; r may be nought."""
        return sparse.csr_array((0, len(self.columns))) if self.apart is None else self.apart

    def blocked(self, chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Columns that share a set with a chosen one (chosen ones with another only)."""
        held = self.sets @ chosen.astype(np.float64)
        return np.asarray(self.sets.T @ held - self.sets.sum(axis=0) * chosen > 0.5)

    def only(self, kept: Ints) -> Cover:
        """Return the same problem with these columns alone."""
        return replace(
            self,
            reach=self.reach[:, kept],
            cost=self.cost[kept],
            columns=self.columns[kept],
            floors=tuple((mask[kept], least) for mask, least in self.floors),
            apart=None if self.apart is None else still_sets(self.apart[:, kept]),
        )

    def value(self, chosen: NDArray[np.bool_]) -> float:
        """People reached by `chosen` (mask over columns), a second time as far as that counts."""
        times = self.reach[:, chosen].sum(axis=1)
        return float(self.people[times > 0].sum() + self.backup[times > 1].sum())

    def keeps_rules(self, chosen: NDArray[np.bool_]) -> bool:
        """True when `chosen` is within count and budget, meets every floor and stands apart."""
        within = chosen.sum() <= self.count and self.cost[chosen].sum() <= self.budget * (1 + 1e-12)
        within = within and not (chosen & self.blocked(chosen)).any()
        return bool(within and all(chosen[mask].sum() >= least for mask, least in self.floors))


def still_sets(sets: sparse.csr_array) -> sparse.csr_array:
    """Sets that still hold two columns."""
    return sparse.csr_array(sets[np.flatnonzero(sets.sum(axis=1) > 1)])


def merge_equal_rows(problem: Cover) -> Cover:
    """Add up rows that the same columns reach; drop rows without people or without column.

    What comes out does not depend on the order of the rows: they are sorted by their columns,
    and sums are exact (rounded once).
    """
    rows = sparse.csr_array(problem.reach)
    rows.sort_indices()
    groups: dict[bytes, list[int]] = {}
    starts, columns = rows.indptr, rows.indices.astype(">i8")  # big-endian: bytes sort as numbers
    for i in np.flatnonzero((np.diff(starts) > 0) & (problem.people > 0)).tolist():
        groups.setdefault(columns[starts[i] : starts[i + 1]].tobytes(), []).append(i)
    members = [groups[key] for key in sorted(groups)]
    people = np.array([fsum(problem.people[one].tolist()) for one in members])
    reach = sparse.csc_array(rows[[one[0] for one in members]])
    reach.sort_indices()
    second = problem.second
    if second is not None:
        second = np.array([fsum(second[one].tolist()) for one in members])
    return replace(problem, people=people, reach=reach, second=second)


def drop_dominated(problem: Cover) -> Cover:
    """Drop columns that another replaces in full: reaches as much, costs no more, same floors.

    Under a floor of L, a column goes only when L others could stand in for it: they may all
    be taken already. Where a second column counts, two must be able to, for the same reason.
    One that stands in may not be in conflict with more than the column itself is.
    Ties keep the cheaper, then the first.
    """
    reach, rows = problem.reach, sparse.csr_array(problem.reach)
    rows.sort_indices()
    n_columns = reach.shape[1]
    member = np.zeros((n_columns, max(len(problem.floors), 1)), dtype=np.bool_)
    twice = problem.second is not None and bool(problem.second.any())
    needed = np.full(n_columns, 2 if twice else 1, dtype=np.int64)
    for f, (mask, least) in enumerate(problem.floors):
        member[:, f] = mask
        needed[mask] = np.maximum(needed[mask], least)
    size = np.diff(reach.indptr)
    order = np.lexsort((-np.arange(n_columns), -problem.cost, size))
    near = neighbours(problem.sets)
    kept = _undominated(
        order, reach.indptr, reach.indices, rows.indptr, rows.indices, problem.cost, member, needed,
        near.indptr, near.indices,
    )  # fmt: skip
    return problem.only(np.flatnonzero(kept))


@njit(cache=True)
def _undominated(
    order: Ints,
    starts: Ints,
    rows_of: Ints,
    row_starts: Ints,
    columns_of: Ints,
    cost: Floats,
    member: NDArray[np.bool_],
    needed: Ints,
    near_starts: Ints,
    near_of: Ints,
) -> NDArray[np.bool_]:
    kept = np.ones(len(order), dtype=np.bool_)
    for j in order:
        first, last = starts[j], starts[j + 1]
        if first == last:
            kept[j] = member[j].any()
            continue
        rare = rows_of[first]
        for at in range(first, last):
            row = rows_of[at]
            if row_starts[row + 1] - row_starts[row] < row_starts[rare + 1] - row_starts[rare]:
                rare = row
        found = 0
        for at in range(row_starts[rare], row_starts[rare + 1]):
            k = columns_of[at]
            if k == j or not kept[k] or cost[k] > cost[j]:
                continue
            if starts[k + 1] - starts[k] < last - first:
                continue
            stands_in = True
            for f in range(member.shape[1]):
                if member[j, f] and not member[k, f]:
                    stands_in = False
            mine = near_starts[j]
            for other in range(near_starts[k], near_starts[k + 1]):
                if near_of[other] == j:
                    continue
                while mine < near_starts[j + 1] and near_of[mine] < near_of[other]:
                    mine += 1
                if mine == near_starts[j + 1] or near_of[mine] != near_of[other]:
                    stands_in = False
                    break
            here = starts[k]
            for own in range(first, last):
                if not stands_in:
                    break
                while here < starts[k + 1] and rows_of[here] < rows_of[own]:
                    here += 1
                if here == starts[k + 1] or rows_of[here] != rows_of[own]:
                    stands_in = False
            if stands_in:
                found += 1
                if found == needed[j]:
                    kept[j] = False
                    break
    return kept
