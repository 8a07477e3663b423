"""What a planner reads when the rules of a placement contradict each other."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor
from typing import TYPE_CHECKING, Any

from django.utils import translation

from layers.errors import PlatformError
from spatial_analysis.methods.placement_rules import Relaxed
from spatial_analysis.studies.wifi_candidates import Candidates
from spatial_analysis.studies.wifi_said import ways_said

if TYPE_CHECKING:
    from spatial_analysis.studies.wifi_question import Question


class RulesContradict(PlatformError):
    """Aturan yang dipilih tidak dapat dipenuhi bersama."""

    code = "RULES_CONTRADICT"
    facts: dict[str, Any]  # the same as figures: a page says them in its reader's language

    @classmethod
    def of(
        cls,
        ways: Sequence[Sequence[Relaxed]],
        candidates: Candidates,
        asked: Question,
        every: Candidates | None = None,
    ) -> RulesContradict:
        """Name the smallest sets of rules to relax, one way out a line.

        `every`: the candidates before those without power were left out.
        """
        facts = {
            "ways": [[_facts(rule, candidates, asked) for rule in way] for way in ways],
            "dark": _dark_areas(candidates, every),
        }
        with translation.override("id"):  # what is stored has one language
            lines = ways_said(facts)
        head = "Longgarkan salah satu:" if len(lines) > 1 else "Longgarkan:"
        refusal = cls("\n".join([f"{cls.__doc__} {head}", *(f"- {line}" for line in lines)]))
        refusal.facts = facts
        return refusal


def _facts(rule: Relaxed, candidates: Candidates, asked: Question) -> dict[str, Any]:
    found: dict[str, Any] = {"kind": rule.kind, "by": rule.by}
    if rule.kind == "budget":
        found["enough_idr"] = (asked.budget_idr or 0) + rule.by
    elif rule.kind == "spacing":  # rounded down, so that it is kept
        found["enough_m"] = floor((asked.spacing_m or 0) - rule.by)
    elif rule.kind == "floor":
        area = next(area for area in candidates.areas if area.code == rule.name)
        found |= {"name": area.name, "there": len(candidates.of_area(area.code))}
    elif rule.kind in ("must", "forbidden"):
        found["name"] = candidates.rows[int(rule.name)].name
    return found


def _dark_areas(candidates: Candidates, every: Candidates | None) -> list[str]:
    """Areas that have candidates, but none with the power that was asked for."""
    if every is None or not candidates.dark:
        return []
    return [
        area.name
        for area in candidates.areas
        if every.of_area(area.code) and not candidates.of_area(area.code)
    ]
