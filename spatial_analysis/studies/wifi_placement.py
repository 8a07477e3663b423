"""Where the next wifi hotspots serve the most people, for the money and the islands' floors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from django.contrib.gis.geos import Point
from django.utils import translation
from numpy.typing import NDArray
from pyproj import Transformer

from layers.catalog.wifi_proposals import WifiProposal
from layers.columns import STORED_SRID
from layers.errors import BadInput
from layers.geography import city
from spatial_analysis.frames import Floats
from spatial_analysis.methods.coverage import Reach, Snapped, reach_walk, served_people
from spatial_analysis.methods.placement import Floor, Plan, Rules, place, price_of_rules
from spatial_analysis.methods.placement_rules import CannotPlace
from spatial_analysis.methods.service_hours import DAY_H
from spatial_analysis.models import Run
from spatial_analysis.studies import wifi_said
from spatial_analysis.studies.underserved_zones import (
    power_by_kelurahan,
    walk_of,
    walk_to_working,
)
from spatial_analysis.studies.wifi_candidates import Candidates, read_candidates
from spatial_analysis.studies.wifi_costs import read_costs
from spatial_analysis.studies.wifi_demand import Visits, visits_of, weights_of
from spatial_analysis.studies.wifi_frames import Situation, read_situation
from spatial_analysis.studies.wifi_moves import keep_frame
from spatial_analysis.studies.wifi_people import people_of
from spatial_analysis.studies.wifi_power import lit, power_of, priced, ways_with_power
from spatial_analysis.studies.wifi_refusal import RulesContradict
from spatial_analysis.studies.wifi_service import (
    Supply,
    area_figures,
    equity_figures,
    service,
    standing,
)
from spatial_analysis.study import Answer, study

MOST_SITES = 500
FIRST_SITES = 5  # a standing proposal, so that the map of a new city shows what a plan is
SECONDS, SECONDS_A_PRICE = 8.0, 0.7
OTHERS_SHOWN, MOVES_SHOWN, PLACES_A_MOVE = 40, 60, 8


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

    @classmethod
    def of(cls, params: Mapping[str, Any]) -> Question:
        """Read budget_idr, count, walk_m, floors {area: least}, must, forbidden [code].

        demand {kind: worth} counts reports, schools, health posts, piers and offices as so many
        people each; people names an imported population raster; power_h and solar say how much
        power a new site needs and whether panels may bring it.
        Raises BadQuestion, BadWalk, BadDemandWeights, BadPower.
        """
        budget, count = params.get("budget_idr"), params.get("count")
        floors = dict(params.get("floors", {}))
        whole = [n for n in (budget, count, *floors.values()) if n is not None]
        if any(not isinstance(n, int) or isinstance(n, bool) or n < 0 for n in whole):
            raise BadQuestion
        if (budget is None and count is None) or not (
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
        )

    def rules(self, candidates: Candidates) -> Rules:
        """In numbers of candidates. Raises NoSuchCandidate, BadQuestion (unknown area)."""
        names = {area.code: area.name for area in candidates.areas}
        if not set(self.floors) <= set(names):
            raise BadQuestion
        return Rules(
            count=self.count,
            budget=None if self.budget_idr is None else float(self.budget_idr),
            cost=candidates.cost,
            must=_numbers(self.must, candidates),
            forbidden=_numbers(tuple(set(self.forbidden) - candidates.dark), candidates),
            floors=tuple(
                Floor(area, candidates.of_area(area), least) for area, least in self.floors.items()
            ),
        )


def _numbers(codes: tuple[str, ...], candidates: Candidates) -> tuple[int, ...]:
    found = [candidates.number_of(code) for code in codes]
    if None in found:
        raise NoSuchCandidate
    return tuple(number for number in found if number is not None)


@dataclass(frozen=True, slots=True)
class Placed:
    """A plan together with what it was made from."""

    question: Question
    seen: Situation
    candidates: Candidates
    reach: Reach
    before: NDArray[np.bool_]
    plan: Plan
    prices: dict[str, float]
    visits: Visits
    equity: dict[str, Any] = field(default_factory=dict)

    @property
    def people_gained(self) -> float:
        """People newly reached; the plan's own objective also counts other demand."""
        return float(self.seen.cells.people[self.after() & ~self.before].sum())

    def after(self) -> NDArray[np.bool_]:
        """(cells,) True where people are served once the plan is built."""
        chosen = np.zeros(len(self.candidates.rows), dtype=bool)
        chosen[self.plan.sites] = True
        return self.before | self.reach.served(chosen)


@study("wifi_placement", first_answer={"count": FIRST_SITES})
def wifi_placement(run: Run, params: Mapping[str, Any]) -> Answer:
    """Place sites, write them as rows, say what was proven and what each rule costs."""
    placed = work_out(Question.of(params))
    rows, facts = _rows(run.pk, placed)
    WifiProposal.objects.bulk_create(rows)
    WifiProposal.objects.show(run.pk)
    keep_frame(run, placed)
    summary = _summary(placed) | {"site_facts": facts}
    with translation.override("id"):  # what is stored has one language
        sentence = wifi_said.plan_said(summary)
    return Answer(
        sentence=sentence,
        summary=summary,
        canonical=[
            [(row.candidate, row.people_gained, row.cost_idr) for row in rows],
            round(placed.plan.objective, 3),
        ],
        inputs=placed.seen.versions,
    )


def work_out(question: Question, *, price: bool = True) -> Placed:
    """Answer a question without writing anything; `price` asks what each rule costs, too.

    Branching stops after SECONDS; an answer that is not proven by then states its gap.
    Raises RulesContradict among others.
    """
    seen = read_situation(people_of({"people": question.people}))
    costs = priced(read_costs(), question.power_h)
    every = read_candidates(seen, costs, power_by_kelurahan(seen))
    candidates = every if question.solar else lit(every, question.must)
    doors = seen.enter(candidates.xy, candidates.island)
    reach = reach_walk(seen.streets, seen.doors, doors, question.walk_m)
    standing_reach = reach_walk(seen.streets, seen.doors, seen.site_doors, question.walk_m)
    before = standing_reach.served(seen.sites.working)
    visits = visits_of(seen, question.demand, doors, question.walk_m)
    rules, matrix = question.rules(candidates), visits.below(reach.matrix())
    worth = np.concatenate([seen.cells.people, visits.demand.worth])
    done = np.concatenate([before, visits.before])
    try:
        plan = place(worth, matrix, rules, served=done, seconds=SECONDS)
    except CannotPlace as refusal:
        ways = refusal.ways
        if candidates.dark:
            hours = costs.solar_below_power_h
            ways = ways_with_power(ways, question.rules(every), len(every.rows), hours)
        raise RulesContradict.of(ways, candidates, question.budget_idr, every) from refusal
    prices: dict[str, float] = {}
    fairness: dict[str, Any] = {}
    if price:
        prices = price_of_rules(worth, matrix, rules, plan, served=done, seconds=SECONDS_A_PRICE)
        fairness = _fairness(seen, candidates, doors, plan, question.walk_m)
    return Placed(question, seen, candidates, reach, before, plan, prices, visits, fairness)


def _fairness(
    seen: Situation, candidates: Candidates, doors: Snapped, plan: Plan, walk_m: float
) -> dict[str, Any]:
    """How even the service is today, and once the plan is built (a panel brings power all day).

    Both person-km count who has a way to a site today: an island that gets its first site would
    otherwise make the figure rise. How many have none stands beside it.
    """
    rows = [candidates.rows[site] for site in plan.sites]
    hours = np.array([DAY_H if row.solar else row.power_hours for row in rows], dtype=float)
    mbps = np.full(len(rows), float(read_costs().bandwidth_mbps))
    chosen = np.array(plan.sites, dtype=np.int64)
    new = Supply(Snapped(doors.node[chosen], doors.metres[chosen]), hours, mbps)
    today = service(seen, standing(seen), walk_m)
    built = service(seen, standing(seen) + new, walk_m)
    way = np.isfinite(today.walk_m)
    after = equity_figures(seen, built)
    after["beyond_person_km"] = area_figures(seen.cells.people, built, way)["beyond_person_km"]
    return {"before": equity_figures(seen, today), "after": after}


def _rows(run_number: int, placed: Placed) -> tuple[list[WifiProposal], dict[str, Any]]:
    """Sites as rows, and what their sentences rest on, by candidate."""
    back = Transformer.from_crs(city().metric_srid, STORED_SRID, always_xy=True)
    walk = walk_to_working(placed.seen)
    waiting = ~placed.before
    rows: list[WifiProposal] = []
    kept: dict[str, Any] = {}
    for rank, site in enumerate(placed.plan.sites, start=1):
        given = placed.candidates.rows[site]
        cells = placed.reach.places[placed.reach.sites == site]
        cells = cells[waiting[cells]]
        waiting[cells] = False
        gain = float(placed.seen.cells.people[cells].sum())
        home = placed.seen.kelurahan.get(given.kelurahan, {}).get("name", "")
        where, far = _who(placed.seen, cells, walk, home)
        facts = {
            "people": round(gain), "where": where, "walk_m": None if far is None else round(far),
            "power_hours": given.power_hours, "solar": given.solar, "cost_idr": given.cost_idr,
        }  # fmt: skip
        kept[given.code] = facts
        with translation.override("id"):
            sentence = wifi_said.site_said(facts)
        rows.append(
            WifiProposal(
                run_number=run_number,
                rank=rank,
                candidate=given.code,
                name=given.name,
                kelurahan=home,
                island=placed.seen.islands[given.island][1],
                people_gained=round(gain),
                cost_idr=given.cost_idr,
                power_hours=given.power_hours,
                solar=given.solar,
                wished=given.code in placed.question.must,
                sentence=sentence,
                geom=Point(*back.transform(*placed.candidates.xy[site]), srid=STORED_SRID),
                origin=given.origin,
            )
        )
    return rows, kept


def _who(
    seen: Situation, cells: NDArray[np.int64], walk: Floats, home: str
) -> tuple[str, float | None]:
    """Kelurahan of most of these people, and how far they walk today (None: no way)."""
    if not len(cells):
        return home, None
    people = seen.cells.people[cells]
    names, at = np.unique(seen.cells.kelurahan[cells], return_inverse=True)
    most = int(names[int(np.argmax(np.bincount(at, weights=people)))])
    known = np.isfinite(walk[cells])
    far = float(np.average(walk[cells][known], weights=people[known])) if known.any() else None
    return seen.kelurahan.get(most, {}).get("name", home), far


def _summary(placed: Placed) -> dict[str, Any]:
    plan, question = placed.plan, placed.question
    left = None if question.budget_idr is None else round(question.budget_idr - plan.spent)
    return {
        "sites": len(plan.sites),
        "candidates": len(placed.candidates.rows),
        "people_gained": round(placed.people_gained),
        "bound": round(plan.bound, 1),
        "gap_pct": round(plan.gap_pct, 3),
        "proven": plan.proven,
        "spent_idr": round(plan.spent),
        "left_idr": left,
        "walk_m": question.walk_m,
        "prices": {rule: round(people) for rule, people in placed.prices.items()},
        "people_source": placed.question.people,
        "demand": placed.visits.figures(placed.plan.sites),
        "equity": placed.equity,
        "areas": _areas(placed),
        "others": _others(placed),
        "moves": _moves(placed),
    }


def _areas(placed: Placed) -> list[dict[str, Any]]:
    """Share of people served before and after, of each floor area."""
    by_island = {island: area.code for area in placed.candidates.areas for island in area.islands}
    group = [by_island[placed.seen.islands[key][0]] for key in placed.seen.cells.island.tolist()]
    before = served_people(placed.seen.cells.people, placed.before, group)
    after = served_people(placed.seen.cells.people, placed.after(), group)
    sites = [placed.candidates.rows[site].area for site in placed.plan.sites]
    return [
        {
            "code": area.code,
            "name": area.name,
            "people": round(before[area.code][1]),
            "before_pct": round(100 * before[area.code][0] / before[area.code][1], 1),
            "after_pct": round(100 * after[area.code][0] / after[area.code][1], 1),
            "sites": sites.count(area.code),
            "floor": placed.question.floors.get(area.code, 0),
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
        best = sorted((j for j in area if j not in taken), key=lambda j: (-adds[j], j))
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


def _other(placed: Placed, i: int, adds: float, alone: float, left: float) -> dict[str, Any]:
    given = placed.candidates.rows[i]
    if given.code in placed.question.forbidden:
        reason = "forbidden"
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
