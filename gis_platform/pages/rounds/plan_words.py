"""What the page of a plan shows: rounds, clock, what was left out, yesterday beside today."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.formats import number_format

from gis_platform.pages.rounds import exports
from gis_platform.pages.rounds.describe import described_round, gantt
from layers.catalog.rounds.models import PlanState, Round, RoundPlan, RoundState
from spatial_analysis.methods.reasons import Reason
from spatial_analysis.studies.round_compare import effort_of


def rounds_of(plan: RoundPlan) -> list[Round]:
    """Rounds of a plan with all that a page tells of them."""
    rows = plan.rounds.select_related("vehicle__depot", "plan")
    return list(rows.prefetch_related("legs", "stops", "crew").order_by("number"))


def plan_words(plan: RoundPlan, rounds: list[Round] | None = None) -> dict[str, Any]:
    """Everything that changes when a stop is moved."""
    rounds = rounds_of(plan) if rounds is None else rounds
    unserved = list(plan.unserved.select_related("island"))
    left = [row for row in unserved if row.reason == Reason.LEFT_BY_DESK]
    return {
        "plan": plan,
        "draft": plan.state == PlanState.DRAFT,
        "editable": plan.state != PlanState.REPLACED,
        "underway": any(round_.state == RoundState.UNDERWAY for round_ in rounds),
        "rounds": [described_round(round_) for round_ in rounds],
        "gantt": gantt(rounds),
        "unserved": [(row, exports.reason_words(row)) for row in unserved],
        "left_by_desk": len(left),
        "served": plan.asked - len(unserved),
        "compared": compared(plan, rounds),
    }


def compared(plan: RoundPlan, rounds: list[Round]) -> dict[str, Any] | None:
    """Rows of the comparison: this plan, its stops in the order before, what was driven then."""
    told: dict[str, Any] = plan.compared or {}
    if not told:
        return None
    ours = effort_of(rounds).told()
    before = RoundPlan.objects.filter(pk=told.get("plan")).first()
    rows = [("ours", ours), ("order", told)]
    if before is not None:
        rows.append(("driven", effort_of(rounds_of(before)).told()))
    return {
        "on": date.fromisoformat(told["on"]),
        "rows": [(name, _row(figures)) for name, figures in rows],
        "less": {
            "km": signed((ours["length_m"] - told["length_m"]) / 1000, 1),
            "fuel_l": signed(ours["fuel_l"] - told["fuel_l"], 1),
            "minutes": signed((ours["work_s"] - told["work_s"]) / 60, 0),
        },
        "new": told["new"],
        "unfit": told["unfit"],
    }


def _row(figures: dict[str, Any]) -> dict[str, Any]:
    return {
        "km": round(figures["length_m"] / 1000, 1),
        "fuel_l": round(figures["fuel_l"], 1),
        "minutes": round(figures["work_s"] / 60),
        "stops": figures.get("stops"),
        "vehicles": figures.get("vehicles"),
    }


def signed(value: float, digits: int) -> str:
    """A difference with its sign, in the reader's own figures."""
    rounded = round(value, digits) + 0.0
    return ("+" if rounded > 0 else "−" if rounded < 0 else "") + number_format(
        abs(rounded), digits
    )
