"""What a wifi placement may aim at: most people, everybody, the shortest walk, the farthest one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from layers.errors import BadInput
from spatial_analysis.frames import Floats
from spatial_analysis.methods.coverage import Snapped, nearest_walk, reach_walk
from spatial_analysis.methods.p_center import p_center
from spatial_analysis.methods.p_median import p_median
from spatial_analysis.methods.placement import Plan, place, plan_of
from spatial_analysis.methods.placement_all import cover_everyone
from spatial_analysis.methods.placement_capacity import place_within
from spatial_analysis.methods.placement_rules import Rules
from spatial_analysis.studies.wifi_frames import Situation

PEOPLE, EVERYBODY, MEAN, FARTHEST = "people", "all", "mean", "farthest"
AIMS = (PEOPLE, EVERYBODY, MEAN, FARTHEST)
BRANCHING = 0.6  # of the time; the start and the first bound of a p-median take the rest
FAR_M = 10_000.0  # nobody walks further; who has no way at all counts as walking this far


class BadAim(BadInput):
    """Tujuan rencana: people, all, mean atau farthest; kapasitas 1-100.000 warga tiap titik."""

    code = "BAD_AIM"


class AimWantsCount(BadInput):
    """Tujuan jarak hanya memakai jumlah titik: isi jumlahnya, kosongkan aturan yang lain."""

    code = "AIM_WANTS_COUNT"


class IslandWithoutSite(BadInput):
    """Dengan jumlah titik itu masih ada pulau tanpa titik; minta lebih banyak titik."""

    code = "ISLAND_WITHOUT_SITE"


@dataclass(frozen=True, slots=True)
class Choice:
    """What there is to choose from: worth and reach of every row, rules, what stands already.

    standing : (rows,) working sites that reach each; backup : worth of a second one, 0-1
    """

    seen: Situation
    doors: Snapped  # of the candidates
    worth: Floats
    matrix: sparse.csr_array[np.bool_]
    standing: NDArray[np.int64]
    rules: Rules
    seconds: float
    backup: float = 0.0

    @property
    def served(self) -> NDArray[np.bool_]:
        """(rows,) True where somebody is reached today."""
        return self.standing > 0


@dataclass(frozen=True, slots=True)
class Aimed:
    """A plan; `people` of each row by site where sites fill up; figures of the aim for the run."""

    plan: Plan
    people: sparse.csr_array | None = None
    figures: dict[str, Any] = field(default_factory=dict)


def aim_of(params: Any) -> tuple[str, int | None]:
    """`aim` (see AIMS) and `capacity` (people a site serves) of a question. Raises BadAim."""
    aim, capacity = params.get("aim") or PEOPLE, params.get("capacity")
    whole = isinstance(capacity, int) and not isinstance(capacity, bool)
    fine = capacity is None or (whole and 1 <= capacity <= 100_000)
    if aim not in AIMS or not fine or (capacity is not None and aim != PEOPLE):
        raise BadAim
    return str(aim), capacity


def solve(aim: str, capacity: int | None, choice: Choice) -> Aimed:
    """The best plan for the aim. Raises CannotPlace, AimWantsCount, IslandWithoutSite."""
    match aim:
        case "all":
            return _everybody(choice)
        case "mean" | "farthest":
            return _near(aim, choice)
    if capacity is not None:
        return _filled(choice, capacity)
    plan = place(
        choice.worth, choice.matrix, choice.rules, served=choice.standing, backup=choice.backup,
        seconds=choice.seconds,
    )  # fmt: skip
    return Aimed(plan)


def _filled(choice: Choice, capacity: int) -> Aimed:
    found = place_within(
        choice.worth, choice.matrix, choice.rules, capacity, served=choice.served,
        seconds=choice.seconds,
    )  # fmt: skip
    gains: list[float] = np.asarray(found.people.sum(axis=0)).ravel().tolist()
    sites = sorted(found.sites, key=lambda j: (-round(gains[j], 6), j))
    sites = [j for j in sites if gains[j] > 0 or _wanted(j, choice.rules)]
    plan = Plan(
        sites=sites,
        gains=[gains[j] for j in sites],
        objective=found.objective,
        bound=found.bound,
        gap_pct=found.gap_pct,
        proven=found.proven,
        seconds=found.seconds,
        spent=float(choice.rules.prices(choice.matrix.shape[1])[sites].sum()),
    )
    return Aimed(plan, found.people, {"capacity": capacity})


def _wanted(site: int, rules: Rules) -> bool:
    return site in rules.must or any(site in floor.sites for floor in rules.floors)


def _everybody(choice: Choice) -> Aimed:
    found = cover_everyone(
        choice.matrix, choice.rules, served=choice.served, seconds=choice.seconds
    )
    gap = 100 * (len(found.sites) - found.bound) / max(len(found.sites), 1)
    plan = plan_of(
        choice.worth, choice.matrix, choice.rules, found.sites, served=choice.served,
        gap_pct=gap, proven=found.proven, seconds=found.seconds,
    )  # fmt: skip
    everybody = len(choice.seen.cells.people)
    reached = np.asarray(choice.matrix.sum(axis=1)).ravel()[:everybody] > 0
    out = ~reached & ~choice.served[:everybody]
    return Aimed(plan, None, {"out_of_reach": round(float(choice.seen.cells.people[out].sum()))})


def _near(aim: str, choice: Choice) -> Aimed:
    """p-median or p-center over the cells, walks to what works today counted in."""
    rules, seen = choice.rules, choice.seen
    others = rules.budget is not None or rules.floors or rules.conflicts is not None
    if rules.count is None or others:
        raise AimWantsCount
    table, today = walks(seen, choice.doors)
    must, columns = list(rules.must), np.arange(table.shape[1])
    base = np.minimum(today, table[:, must].min(axis=1)) if must else today
    free = np.setdiff1d(columns, [*rules.must, *rules.forbidden])
    count = min(rules.count - len(must), len(free))
    can = np.flatnonzero((table[:, free].min(axis=1, initial=FAR_M) < FAR_M) | (base < FAR_M))
    cost = np.minimum(table[np.ix_(can, free)], base[can, None])
    moving = cost.min(axis=1, initial=np.inf) < base[can]  # others walk as they do today
    chosen: list[int] = []
    gap, proven, seconds = 0.0, True, 0.0
    if count > 0 and moving.any():
        if aim == MEAN:
            people = seen.cells.people[can][moving]
            weighed = _by_door(people[:, None] * cost[moving], seen.doors.node[can][moving])
            median = p_median(weighed, count, seconds=choice.seconds * BRANCHING)
            chosen, gap, proven = median.sites, median.gap_pct, median.proven
            seconds = median.seconds
        else:
            center = p_center(_worst_rows(cost), count, seconds=choice.seconds)
            if center.radius >= FAR_M:
                raise IslandWithoutSite
            chosen, proven, seconds = center.sites, center.proven, center.seconds
            gap = 100 * (center.radius - center.bound) / max(center.radius, 1.0)
    sites = [*must, *(int(free[j]) for j in chosen)]
    after = np.minimum(base, table[:, sites].min(axis=1, initial=FAR_M))
    plan = plan_of(
        choice.worth, choice.matrix, rules, sites, served=choice.served,
        gap_pct=gap, proven=proven, seconds=seconds,
    )  # fmt: skip
    heads = seen.cells.people[can]
    figures = {
        name: {
            "mean_m": round(float(np.average(one[can], weights=heads))),
            "farthest_m": round(float(one[can].max())),
        }
        for name, one in (("before", today), ("after", after))
    }
    return Aimed(plan, None, figures | {"out_of_reach": round(_left_out(seen, can))})


def walks(seen: Situation, doors: Snapped) -> tuple[Floats, Floats]:
    """(cells, candidates) metres on foot, FAR_M where there is no way; (cells,) those of today."""
    pairs = reach_walk(seen.streets, seen.doors, doors, FAR_M)
    table = np.full(pairs.shape, FAR_M)
    table[pairs.places, pairs.sites] = pairs.metres
    working = np.flatnonzero(seen.sites.working)
    standing = Snapped(seen.site_doors.node[working], seen.site_doors.metres[working])
    today = nearest_walk(seen.streets, seen.doors, standing)[0]
    return table, np.minimum(today, FAR_M)


def _by_door(cost: Floats, node: NDArray[np.int64]) -> Floats:
    """Rows that enter the street at one place, added up: they rank all sites alike."""
    doors, at = np.unique(node, return_inverse=True)
    summed = np.zeros((len(doors), cost.shape[1]))
    np.add.at(summed, at.reshape(-1), cost)
    return summed


def _left_out(seen: Situation, can: NDArray[np.int64]) -> float:
    return float(seen.cells.people.sum() - seen.cells.people[can].sum())


def _worst_rows(cost: Floats) -> Floats:
    """Rows that no other row is at least as far as, from every site: the others follow them."""
    whole = np.unique(np.round(cost, 1), axis=0)
    order = np.argsort(-whole.sum(axis=1), kind="stable")
    kept: list[int] = []
    for i in order.tolist():
        if not kept or not (whole[kept] >= whole[i]).all(axis=1).any():
            kept.append(i)
    return whole[kept]
