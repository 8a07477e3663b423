"""What a planner asks of a wifi placement: money, number, walk, floors, wishes, power, aim."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from layers.errors import BadInput
from spatial_analysis.methods.placement import Floor, Rules
from spatial_analysis.studies.underserved_zones import walk_of
from spatial_analysis.studies.wifi_aims import EVERYBODY, FARTHEST, MEAN, PEOPLE, aim_of
from spatial_analysis.studies.wifi_backup import backup_of
from spatial_analysis.studies.wifi_candidates import Candidates
from spatial_analysis.studies.wifi_demand import weights_of
from spatial_analysis.studies.wifi_power import power_of
from spatial_analysis.studies.wifi_reach import Serving
from spatial_analysis.studies.wifi_spacing import spacing_of

MOST_SITES = 500


class BadQuestion(BadInput):
    """Isi anggaran dalam rupiah atau jumlah titik (1-500); batas tiap pulau bilangan bulat."""

    code = "BAD_QUESTION"


class NoSuchCandidate(BadInput):
    """Titik yang diminta atau ditolak tidak ada dalam daftar calon."""

    code = "NO_SUCH_CANDIDATE"


@dataclass(frozen=True, slots=True)
class Question:
    """What a planner asks; see `of` for the names of the parameters."""

    budget_idr: int | None
    count: int | None
    walk_m: int
    floors: Mapping[str, int]
    must: tuple[str, ...]
    forbidden: tuple[str, ...]
    demand: Mapping[str, float] = field(default_factory=dict)
    people: str = ""
    power_h: int | None = None
    solar: bool = True
    aim: str = PEOPLE
    capacity: int | None = None
    prove: bool = False
    spacing_m: int | None = None
    backup_pct: int = 0
    serving: Serving = field(kw_only=True)

    @classmethod
    def of(cls, params: Mapping[str, Any]) -> Question:
        """Read budget_idr, count, walk_m, floors {code or name: least}, must, forbidden [code].

        demand {kind: worth} counts reports, schools, health posts, piers and offices as so many
        people each; people names an imported population raster; power_h and solar say how much
        power a new site needs and whether panels may bring it; aim (see wifi_aims) what is best;
        capacity how many people one new site serves at most; prove (true) gives the proof two
        minutes in place of seconds; spacing_m (see wifi_spacing) how near sites may stand;
        backup_pct (see wifi_backup) what a second site in reach counts for; serve and mast_m
        (see wifi_reach) whether people walk to a site or receive it at home.
        Raises BadQuestion, BadWalk, BadDemandWeights, BadPower, BadAim, BadSpacing, BadBackup,
        BadServe, BadMast.
        """
        budget, count = params.get("budget_idr"), params.get("count")
        floors = dict(params.get("floors", {}))
        whole = [n for n in (budget, count, *floors.values()) if n is not None]
        if any(not isinstance(n, int) or isinstance(n, bool) or n < 0 for n in whole):
            raise BadQuestion
        aim, capacity = aim_of(params)
        if (budget is None and count is None and aim != EVERYBODY) or not (
            1 <= (1 if count is None else count) <= MOST_SITES
        ):
            raise BadQuestion
        return cls(
            budget,
            count,
            walk_of(params),
            {area: least for area, least in sorted(floors.items()) if least},
            tuple(sorted(set(params.get("must", ())))),
            tuple(sorted(set(params.get("forbidden", ())))),
            weights_of(params),
            str(params.get("people") or ""),
            *power_of(params),
            aim,
            capacity,
            params.get("prove") is True,
            spacing_of(params),
            backup_of(params, plain=aim == PEOPLE and capacity is None),
            serving=Serving.of(params, walk_of(params), far=aim in (MEAN, FARTHEST)),
        )

    def rules(self, candidates: Candidates) -> Rules:
        """In numbers of candidates. Raises NoSuchCandidate, BadQuestion (unknown area)."""
        known = {area.name.casefold(): area.code for area in candidates.areas}
        known |= {area.code.casefold(): area.code for area in candidates.areas}
        if not {area.casefold() for area in self.floors} <= set(known):
            raise BadQuestion
        floors = {known[area.casefold()]: least for area, least in self.floors.items()}
        return Rules(
            count=self.count,
            budget=None if self.budget_idr is None else float(self.budget_idr),
            cost=candidates.cost,
            must=_numbers(self.must, candidates),
            forbidden=_numbers(tuple(set(self.forbidden) - candidates.dark), candidates),
            floors=tuple(
                Floor(area, candidates.of_area(area), least) for area, least in floors.items()
            ),
        )


def _numbers(codes: tuple[str, ...], candidates: Candidates) -> tuple[int, ...]:
    found = [candidates.number_of(code) for code in codes]
    if None in found:
        raise NoSuchCandidate
    return tuple(number for number in found if number is not None)
