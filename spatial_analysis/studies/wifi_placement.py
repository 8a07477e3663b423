"""Where the next wifi hotspots serve the most people, for the money and the islands' floors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from django.contrib.gis.geos import Point
from django.utils import translation
from django.utils.translation import gettext_noop as _
from numpy.typing import NDArray
from pyproj import Transformer
from scipy import sparse

from layers.catalog.wifi_proposals import WifiProposal
from layers.columns import STORED_SRID
from layers.geography import city
from spatial_analysis.frames import Floats, Ints
from spatial_analysis.methods.coverage import Reach, Snapped
from spatial_analysis.methods.placement import Plan, price_of_rules
from spatial_analysis.methods.placement_rules import CannotPlace, Rules
from spatial_analysis.methods.service_hours import DAY_H
from spatial_analysis.models import Run
from spatial_analysis.progress import tell
from spatial_analysis.studies import wifi_aims, wifi_said
from spatial_analysis.studies.underserved_zones import (
    power_by_kelurahan,
    walk_to_working,
)
from spatial_analysis.studies.wifi_candidates import Candidates, read_candidates
from spatial_analysis.studies.wifi_costs import read_costs
from spatial_analysis.studies.wifi_demand import Visits, visits_of
from spatial_analysis.studies.wifi_frames import Situation, read_situation
from spatial_analysis.studies.wifi_moves import keep_frame
from spatial_analysis.studies.wifi_people import people_of
from spatial_analysis.studies.wifi_power import lit, priced, ways_with_power
from spatial_analysis.studies.wifi_question import (
    MOST_SITES,
    BadQuestion,
    NoSuchCandidate,
    Question,
)
from spatial_analysis.studies.wifi_reach import WALK, Points, in_parts
from spatial_analysis.studies.wifi_refusal import RulesContradict
from spatial_analysis.studies.wifi_service import (
    Supply,
    area_figures,
    equity_figures,
    service,
    standing,
)
from spatial_analysis.studies.wifi_spacing import spaced
from spatial_analysis.studies.wifi_summary import summary_of
from spatial_analysis.study import Answer, study

FIRST_SITES = 5  # a standing proposal, so that the map of a new city shows what a plan is
SECONDS, SECONDS_A_PRICE = 8.0, 0.7
PROOF_S = 120.0
Said = Callable[[int, str], None]


@dataclass(frozen=True, slots=True)
class Placed:
    """A plan together with what it was made from."""

    question: Question
    seen: Situation
    candidates: Candidates
    reach: Reach
    standing: Ints  # (cells,) working hotspots in reach today
    rules: Rules
    plan: Plan
    prices: dict[str, float]
    visits: Visits
    equity: dict[str, Any] = field(default_factory=dict)
    figures: dict[str, Any] = field(default_factory=dict)  # of the aim
    held: sparse.csc_array | None = None  # (cells, candidates) people, where sites fill up

    @property
    def before(self) -> NDArray[np.bool_]:
        """(cells,) True where people are served today."""
        return self.standing > 0

    def times(self, sites: Sequence[int]) -> Ints:
        """(cells,) how many of these candidates reach each."""
        chosen = np.zeros(len(self.candidates.rows), dtype=bool)
        chosen[list(sites)] = True
        return self.reach.times(chosen)

    @property
    def people_gained(self) -> float:
        """People newly reached; the plan's own objective also counts other demand."""
        return float((self.seen.cells.people * self.share())[~self.before].sum())

    def share(self) -> Floats:
        """(cells,) part of the people of each who are served once the plan is built, 0-1."""
        if self.held is None:
            return self.after().astype(np.float64)
        fresh = np.asarray(self.held.sum(axis=1)).ravel() / self.seen.cells.people
        return np.where(self.before, 1.0, np.minimum(fresh, 1.0))

    def after(self) -> NDArray[np.bool_]:
        """(cells,) True where people are served once the plan is built."""
        return self.before | (self.times(self.plan.sites) > 0)


@study("wifi_placement", first_answer={"count": FIRST_SITES})
def wifi_placement(run: Run, params: Mapping[str, Any]) -> Answer:
    """Place sites, write them as rows, say what was proven and what each rule costs."""
    placed = work_out(Question.of(params), said=lambda pct, words: tell(run, pct, words))
    rows, facts = _rows(run.pk, placed)
    WifiProposal.objects.bulk_create(rows)
    WifiProposal.objects.show(run.pk)
    keep_frame(run, placed)
    summary = summary_of(placed) | {"site_facts": facts}
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


def _unheard(_pct: int, _words: str) -> None:
    """Nobody waits."""


def work_out(question: Question, *, price: bool = True, said: Said = _unheard) -> Placed:
    """Answer a question without writing anything; `price` asks what each rule costs, too.

    `said` hears how far it is (percent, words), and may raise to stop it between two steps.

    Branching stops after SECONDS; an answer that is not proven by then states its gap.
    Raises RulesContradict among others.
    """
    said(5, _("Membaca warga, jalan, dan calon"))
    seen = read_situation(people_of({"people": question.people}))
    costs = priced(read_costs(), question.power_h)
    every = read_candidates(seen, costs, power_by_kelurahan(seen))
    candidates = every if question.solar else lit(every, question.must)
    doors = seen.enter(candidates.xy, candidates.island)
    serving = question.serving
    if serving.kind != WALK:
        masts = np.vstack([candidates.xy, seen.sites.xy])
        widest = max(costs.radius_m, float(seen.sites.radius_m.max(initial=0.0)))
        seen = in_parts(seen, masts, widest)
    homes = Points(seen.cells.xy, seen.cells.island, seen.doors)
    new = Points(candidates.xy, candidates.island, doors)
    old = Points(seen.sites.xy, seen.sites.island, seen.site_doors)

    def planned(places: Points) -> Reach:
        return serving.reach(seen, places, new, float(costs.radius_m))

    def today(places: Points) -> Reach:
        return serving.reach(seen, places, old, seen.sites.radius_m)

    reach, standing = planned(homes), today(homes).times(seen.sites.working)
    visits = visits_of(seen, question.demand, today, planned)
    rules = spaced(question.rules(candidates), candidates, seen, question.spacing_m)
    matrix = visits.below(reach.matrix())
    worth = np.concatenate([seen.cells.people, visits.demand.worth])
    done = np.concatenate([standing, visits.standing])
    backup = question.backup_pct / 100
    said(35, _("Mencari titik terbaik dan buktinya"))
    seconds = PROOF_S if question.prove else SECONDS
    choice = wifi_aims.Choice(seen, doors, worth, matrix, done, rules, seconds, backup)
    try:
        aimed = wifi_aims.solve(question.aim, question.capacity, choice)
    except CannotPlace as refusal:
        ways = refusal.ways
        if candidates.dark:
            hours = costs.solar_below_power_h
            lit_rules = spaced(question.rules(every), every, seen, question.spacing_m)
            ways = ways_with_power(ways, lit_rules, len(every.rows), hours)
        raise RulesContradict.of(ways, candidates, question, every) from refusal
    plan, prices, fairness = aimed.plan, {}, {}
    said(70, _("Menghitung harga tiap aturan dan pemerataan"))
    if price and question.aim == wifi_aims.PEOPLE and question.capacity is None:
        prices = price_of_rules(
            worth, matrix, rules, plan, served=done, backup=backup, seconds=SECONDS_A_PRICE
        )
    if price:
        fairness = _fairness(seen, candidates, doors, plan, question.walk_m)
    held = None if aimed.people is None else sparse.csc_array(aimed.people[: len(standing)])
    return Placed(
        question, seen, candidates, reach, standing, rules, plan, prices, visits, fairness,
        aimed.figures, held,
    )  # fmt: skip


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
    waiting, times = ~placed.before, placed.standing.copy()
    rows: list[WifiProposal] = []
    kept: dict[str, Any] = {}
    for rank, site in enumerate(placed.plan.sites, start=1):
        given = placed.candidates.rows[site]
        cells, gain = _newly(placed, site, waiting)
        waiting[cells] = False
        again = _again(placed, site, times)
        home = placed.seen.kelurahan.get(given.kelurahan, {}).get("name", "")
        where, far = _who(placed.seen, cells, walk, home)
        facts = {
            "people": round(gain), "where": where, "walk_m": None if far is None else round(far),
            "power_hours": given.power_hours, "solar": given.solar, "cost_idr": given.cost_idr,
            "cable_m": given.cable_m, "backup": again if placed.question.backup_pct else 0,
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


def _newly(
    placed: Placed, site: int, waiting: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], float]:
    """Cells that a site serves and nobody did before it, and the people it serves there."""
    if placed.held is not None:
        column = placed.held[:, [site]].tocoo()
        return column.coords[0], float(column.data.sum())
    cells = placed.reach.places[placed.reach.sites == site]
    cells = cells[waiting[cells]]
    return cells, float(placed.seen.cells.people[cells].sum())


def _again(placed: Placed, site: int, times: Ints) -> int:
    """People for whom this site is the second in reach; `times` is counted on, in place."""
    cells = placed.reach.places[placed.reach.sites == site]
    second = cells[times[cells] == 1]
    times[cells] += 1
    return round(float(placed.seen.cells.people[second].sum()))


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


__all__ = ["MOST_SITES", "BadQuestion", "NoSuchCandidate", "Placed", "Question", "work_out"]
