"""What a planner reads when the rules of a placement contradict each other."""

from __future__ import annotations

from layers.errors import PlatformError
from spatial_analysis.methods.placement_rules import CannotPlace, Relaxed
from spatial_analysis.studies.wifi_candidates import Candidates
from spatial_analysis.studies.wifi_words import rupiah, whole


class RulesContradict(PlatformError):
    """Aturan yang dipilih tidak dapat dipenuhi bersama."""

    code = "RULES_CONTRADICT"

    @classmethod
    def of(
        cls, refusal: CannotPlace, candidates: Candidates, budget_idr: int | None
    ) -> RulesContradict:
        """Name the smallest sets of rules to relax, one way out a line."""
        ways = [
            " dan ".join(_words(rule, candidates, budget_idr) for rule in way)
            for way in refusal.ways
        ]
        lines = "\n".join(f"- {way}" for way in ways)
        head = "Longgarkan salah satu:" if len(ways) > 1 else "Longgarkan:"
        return cls(f"{cls.__doc__} {head}\n{lines}")


def _words(rule: Relaxed, candidates: Candidates, budget_idr: int | None) -> str:
    match rule.kind:
        case "budget":
            enough = rupiah((budget_idr or 0) + rule.by)
            return f"anggaran: kurang Rp {whole(rule.by)} (cukup dengan {enough})"
        case "count":
            return f"jumlah titik: tambah {whole(rule.by)}"
        case "floor":
            area = next(area for area in candidates.areas if area.code == rule.name)
            there = len(candidates.of_area(area.code))
            return f"batas {area.name}: kurangi {whole(rule.by)} (calon di sana: {there})"
        case "must":
            return f"titik wajib {candidates.rows[int(rule.name)].name}: lepaskan"
        case _:
            return f"titik terlarang {candidates.rows[int(rule.name)].name}: izinkan"
