"""An order that a crew already knows is worth something: keep it where a new one saves little."""

from __future__ import annotations

from spatial_analysis.methods.tours import Plan, Tour, TourProblem, closed_tour, cost_s, timeline

WORTH_CHANGING = 0.05
AT_LEAST_S = 120


def steadied(problem: TourProblem, known: Tour, plan: Plan) -> Plan:
    """Return `plan`, or the tour as the crew knows it where that costs hardly more.

    A new order must save a twentieth of the drive and two minutes. The known order counts only
    where it can still be driven and leaves nothing out that the new one serves.
    """
    same = closed_tour(problem, known.truck, known.visits)
    if timeline(problem, same) is None:
        return plan
    left = tuple(i for i in range(len(problem.stops)) if i not in same.stops)
    kept = Plan((*(t for t in plan.tours if t.truck != known.truck), same), left)
    if not set(left) <= set(plan.left_out):
        return plan
    saved = cost_s(problem, kept) - cost_s(problem, plan)
    least = max(AT_LEAST_S, WORTH_CHANGING * cost_s(problem, kept))
    return plan if saved >= least else kept
