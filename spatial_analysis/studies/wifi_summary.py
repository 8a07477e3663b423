"""What is kept of a placement: its figures, areas, what each rule costs, other places."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from spatial_analysis.methods.coverage import served_people
from spatial_analysis.studies.wifi_backup import backup_figures
from spatial_analysis.studies.wifi_costs import read_costs

if TYPE_CHECKING:
    from spatial_analysis.studies.wifi_placement import Placed

OTHERS_SHOWN, MOVES_SHOWN, PLACES_A_MOVE = 40, 60, 8


def summary_of(placed: Placed) -> dict[str, Any]:
    """Figures of a run as its page, files and sentences need them."""
    plan, question = placed.plan, placed.question
    left = None if question.budget_idr is None else round(question.budget_idr - plan.spent)
    return {
        "sites": len(plan.sites),
        "candidates": len(placed.candidates.rows),
        "people_gained": round(placed.people_gained),
        "bound": round(plan.bound, 1),
        "gap_pct": round(plan.gap_pct, 3),
        "proven": plan.proven,
        "solve_s": round(plan.seconds, 2),
        "spent_idr": round(plan.spent),
        "left_idr": left,
        "walk_m": question.walk_m,
        **question.serving.figures(read_costs().radius_m),
        "prices": {rule: round(people) for rule, people in placed.prices.items()},
        "people_source": placed.question.people,
        "demand": placed.visits.figures(placed.plan.sites),
        "equity": placed.equity,
        "aim": question.aim,
        "aim_figures": placed.figures,
        "areas": _areas(placed),
        "backup": backup_figures(placed) if question.backup_pct else None,
        "others": _others(placed),
        "moves": _moves(placed),
    }


def _areas(placed: Placed) -> list[dict[str, Any]]:
    """Share of people served before and after, of each floor area."""
    by_island = {island: area.code for area in placed.candidates.areas for island in area.islands}
    group = [by_island[placed.seen.islands[key][0]] for key in placed.seen.cells.island.tolist()]
    before = served_people(placed.seen.cells.people, placed.before, group)
    shares = placed.share()
    everybody = np.ones(len(shares), dtype=bool)
    after = served_people(placed.seen.cells.people * shares, everybody, group)
    sites = [placed.candidates.rows[site].area for site in placed.plan.sites]
    floors = {floor.name: floor.least for floor in placed.rules.floors}
    return [
        {
            "code": area.code,
            "name": area.name,
            "people": round(before[area.code][1]),
            "before_pct": round(100 * before[area.code][0] / before[area.code][1], 1),
            "after_pct": round(100 * after[area.code][0] / before[area.code][1], 1),
            "sites": sites.count(area.code),
            "floor": floors.get(area.code, 0),
        }
        for area in placed.candidates.areas
        if area.code in before and before[area.code][1] > 0
    ]


def _others(placed: Placed) -> list[dict[str, Any]]:
    """Best candidates not taken: what each would still add, and why it lost."""
    waiting = np.where(placed.after(), 0.0, placed.seen.cells.people)
    alone = np.where(placed.before, 0.0, placed.seen.cells.people)
    matrix = placed.reach.matrix()
    adds, alone_adds = matrix.T @ waiting, matrix.T @ alone
    taken = set(placed.plan.sites)
    rows = [i for i in range(len(adds)) if i not in taken and alone_adds[i] > 0]
    rows.sort(key=lambda i: (-adds[i], i))
    left = np.inf
    if placed.question.budget_idr is not None:
        left = placed.question.budget_idr - placed.plan.spent
    return [_other(placed, i, float(adds[i]), float(alone_adds[i]), left) for i in rows][
        :OTHERS_SHOWN
    ]


def _moves(placed: Placed) -> dict[str, list[dict[str, Any]]]:
    """For each site, where else in its area it could stand, and the people that it then adds."""
    matrix, taken = placed.reach.matrix(), set(placed.plan.sites)
    people = np.where(placed.before, 0.0, placed.seen.cells.people)
    times = matrix[:, placed.plan.sites].sum(axis=1)
    moves = {}
    for site in placed.plan.sites[:MOVES_SHOWN]:
        others = times - matrix[:, [site]].toarray()[:, 0]
        adds = matrix.T @ np.where(others > 0, 0.0, people)
        area = placed.candidates.of_area(placed.candidates.rows[site].area)
        shut = _beside(placed, [other for other in taken if other != site])
        free = (j for j in area if j not in taken and j not in shut)
        best = sorted(free, key=lambda j: (-adds[j], j))
        moves[placed.candidates.rows[site].code] = [
            {
                "code": placed.candidates.rows[j].code,
                "name": placed.candidates.rows[j].name,
                "adds": round(float(adds[j])),
                "cost_idr": placed.candidates.rows[j].cost_idr,
            }
            for j in best[:PLACES_A_MOVE]
        ]
    return moves


def _beside(placed: Placed, sites: list[int]) -> set[int]:
    """Candidates that may not stand together with `sites`."""
    conflicts = placed.rules.conflicts
    return set() if conflicts is None else conflicts.beside(sites)


def _other(placed: Placed, i: int, adds: float, alone: float, left: float) -> dict[str, Any]:
    given = placed.candidates.rows[i]
    if given.code in placed.question.forbidden:
        reason = "forbidden"
    elif i in _beside(placed, placed.plan.sites):
        reason = "near"
    elif adds < 0.5 * alone:
        reason = "served"
    else:
        reason = "money" if given.cost_idr > left else "fewer"
    return {
        "code": given.code,
        "name": given.name,
        "area": given.area,
        "kelurahan": placed.seen.kelurahan.get(given.kelurahan, {}).get("name", ""),
        "adds": round(adds),
        "cost_idr": given.cost_idr,
        "reason": reason,
        "left_idr": max(round(left), 0) if np.isfinite(left) else None,
    }
