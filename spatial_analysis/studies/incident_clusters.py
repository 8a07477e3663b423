"""Which reports belong together: clusters with their people, days, category and chance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely
from django.db import transaction
from django.utils.translation import gettext_noop
from scipy.special import betainc

from layers.bulk_copy import copy_values
from layers.catalog.incident_cells import keep_answer
from layers.catalog.incident_clusters import (
    IncidentCluster,
    Trend,
    keep_events,
    members_of,
)
from spatial_analysis import means
from spatial_analysis.frames import Floats, in_degrees
from spatial_analysis.methods.cluster_history import Became as Followed
from spatial_analysis.methods.cluster_history import follow
from spatial_analysis.methods.cluster_test import (
    Strength,
    cluster_strength,
)
from spatial_analysis.methods.frame import Ints
from spatial_analysis.models import Run
from spatial_analysis.progress import told_to
from spatial_analysis.studies import incident_piles
from spatial_analysis.studies import incident_said as said
from spatial_analysis.studies import incident_words as words
from spatial_analysis.studies.cluster_chance import (
    Chance,
    clustering,
    drawn_for,
    floor_of,
    ground_of,
    voices_of,
)
from spatial_analysis.studies.incident_aside import measured_without
from spatial_analysis.studies.incident_frames import (
    Islands,
    Offset,
    Reports,
    at,
    read_asked,
    read_islands,
    read_offset,
)
from spatial_analysis.studies.incident_question import (
    OnlyDefaultAddressesThen,
    Question,
    moment,
)
from spatial_analysis.study import Answer, study
from spatial_analysis.tally import once_each

LEAST_REPORTS, LEAST_REPORTERS = 5, 3
CHANCE = "chance"  # in the summary of a run
SURE = 0.1  # p below which halves of a period are said to differ


@dataclass(frozen=True, slots=True)
class Cluster:
    """One cluster: its reports (positions in the frame), figures and outline in metres."""

    members: Ints
    key: str
    rank: int
    expected: float
    relative_risk: float
    statistic: float
    p: float
    n_reporters: int
    trend: Trend
    outline: shapely.Geometry
    centre: shapely.Geometry


@study("incident_clusters", first_answer=True)
def incident_clusters(run: Run, params: Mapping[str, Any]) -> Answer:
    """Clusters of the reports asked for; rows of `incident-clusters`.

    Parameters: see `Question.of`. The seed of the run draws the random maps behind p. Where nobody
    says how many reports make a place dense, the number rises with the reports until a map
    without any cause has hardly a dense place (`floor_of_chance`); where somebody does, the
    answer warns when chance alone makes more than a tenth of the reports dense.
    Raises BadQuestion, NoReportsThen, NoPeopleThere.
    """
    question = Question.of(params)
    key, asked = question.key("incident_clusters"), question.min_pts
    islands = read_islands(question.island)
    every, offset = read_asked(question, islands), read_offset(question, islands)
    piles = incident_piles.piles_of(question, every)
    pile = piles.piled
    if pile.all() and not question.piles:
        raise OnlyDefaultAddressesThen
    reports = every if question.piles or not pile.any() else every.take(~pile)
    offset = offset if question.piles else measured_without(offset, piles.places)
    n_maps = drawn_for(len(voices_of(islands, reports)[0]))
    floor = floor_of(question, islands, n_maps, offset)
    own = bool(params.get("min_pts"))  # somebody says it
    if not own:
        question = replace(question, min_pts=floor.min_pts)
    say = told_to(run, means.current().say, gettext_noop("Membandingkan dengan peta acak"))
    known = run.summary.get(CHANCE, {})  # of the answer that this one revises
    chance = Chance.of(question, islands, offset, n_maps, seed=run.seed, known=known, say=say)
    found, small = find_clusters(question, islands, reports, offset, chance)
    before = members_of(key)
    names = follow_on(run, key, reports, every, found, before)
    _keep(run, key, question, islands, reports, found, names, before)
    summary = words.common(every, question, "incident_clusters") | {
        "question": key,
        "clusters": len(found),
        "likely_real": sum(cluster.p <= question.alpha for cluster in found),
        "clustered": int(sum(len(cluster.members) for cluster in found)),
        "left_out_small": small,
        "stacked": 0 if question.piles else int(pile.sum()),
        "stacks": _stacks(every, piles),
        "piles_kept": question.piles,
        "pile_least": piles.least,
        "pile_busy": piles.busy,
        "pile_judged": piles.judged,
        "eps_m": question.eps_m,
        "min_pts": question.min_pts,
        "min_pts_asked": asked,
        "dense_pct": round(100 * floor.share_before),
        "alpha": question.alpha,
        "replications": question.replications,
        CHANCE: chance.kept,
        "warnings": said.warned(
            n=len(every),
            elsewhere=every.elsewhere,
            stacked=0 if question.piles else int(pile.sum()),
            piled=int(pile.sum()) if question.piles else 0,
            chained=floor.share_before if own and floor.min_pts > asked else 0.0,
        ),
    }
    return Answer(
        sentence=said.stored("incident_clusters", summary),
        summary=summary,
        canonical=_canonical(reports, found),
        inputs={"reports": every.version, "population": offset.version, "piles": piles.version},
    )


def follow_on(
    run: Run,
    key: str,
    reports: Reports,
    every: Reports,
    found: list[Cluster],
    before: Mapping[str, frozenset[int]],
) -> list[str]:
    """Lasting names of the clusters, in their order; what became of each is written down.

    Compared with the answer before to the same question (`before`: reports by cluster), by the
    reports they share; reports that left the period are no reason for an event.
    """
    now = {cluster.key: frozenset(reports.pk[cluster.members].tolist()) for cluster in found}
    asked = frozenset(every.pk.tolist()) if before else None
    names, events = follow(before, now, still_asked=asked)
    areas = {cluster.key: top_of(reports.kelurahan[cluster.members])[0] for cluster in found}
    here = {names[provisional]: area for provisional, area in areas.items()}
    keep_events(run.pk, key, [] if not before else [
        (event.name, event.became.value, event.n_before, event.n_now, list(event.others),
         here.get(event.name, ""))
        for event in events if event.became != Followed.SAME
    ])  # fmt: skip
    return [names[cluster.key] for cluster in found]


def find_clusters(
    question: Question,
    islands: Islands,
    reports: Reports,
    offset: Offset,
    chance: Chance,
) -> tuple[list[Cluster], int]:
    """Clusters worth telling, least explained by chance first; and how many were too small.

    What is dense, and what chance explains, is judged by voices; a reporter's other reports
    belong to the cluster of their voice.
    """
    voice, of = voices_of(islands, reports)
    place, home = reports.xy[voice], reports.island[voice]
    again = clustering(question)
    heard = again(place, home)
    strength = cluster_strength(
        place, heard, ground_of(islands, offset), again, reach_m=question.eps_m, island=home,
        maxima=chance.maxima,
    )  # fmt: skip
    label, told, small = heard[of], [], 0
    for number in range(len(strength.p)):
        members = np.flatnonzero(label == number)
        people = len(once_each(reports.reporter[members]))
        if len(members) < LEAST_REPORTS or people < LEAST_REPORTERS:
            small += 1
            continue
        told.append((number, members, people))
    told.sort(key=lambda one: (-strength.statistic[one[0]], _key(question, reports, one[1])))
    return [
        _cluster(question, islands, reports, strength, rank, *one)
        for rank, one in enumerate(told, start=1)
    ], small


def _cluster(
    question: Question,
    islands: Islands,
    reports: Reports,
    strength: Strength,
    rank: int,
    number: int,
    members: Ints,
    people: int,
) -> Cluster:
    land = islands.lands[int(reports.island[members[0]])]
    return Cluster(
        members=members,
        key=_key(question, reports, members),
        rank=rank,
        expected=float(strength.expected[number]),
        relative_risk=float(min(strength.relative_risk[number], 1e6)),
        statistic=float(strength.statistic[number]),
        p=float(strength.p[number]),
        n_reporters=people,
        trend=trend_of(reports.at_s[members], question),
        outline=outline(reports.xy[members], question.eps_m / 2, land),
        centre=centre_of(reports.xy[members]),
    )


def _key(question: Question, reports: Reports, members: Ints) -> str:
    """Provisional name of a cluster, by its first report; `follow_on` gives the lasting one."""
    first = members[np.lexsort((reports.number[members], reports.at_s[members]))[0]]
    return f"{question.category or 'semua'}-{reports.number[first]}"[:40]


def trend_of(at_s: Floats, question: Question) -> Trend:
    """Second half of the period against the first, by an exact binomial test (two sides)."""
    middle = (moment(question.first).timestamp() + moment(question.end).timestamp()) / 2
    late, n = int((at_s >= middle).sum()), len(at_s)
    least, most = min(late, n - late), max(late, n - late)
    p = min(1.0, 2 * float(betainc(most, least + 1, 0.5))) if most else 1.0
    if p > SURE:
        return Trend.STEADY
    return Trend.UP if late > n - late else Trend.DOWN


def outline(xy: Floats, margin_m: float, land: shapely.Geometry) -> shapely.Geometry:
    """Hull of the places, widened, cut at the coast; where no land is left, the hull itself."""
    hull = shapely.convex_hull(shapely.multipoints(xy)).buffer(margin_m, quad_segs=4)
    ashore = shapely.intersection(hull, land)
    areas = [part for part in shapely.get_parts(ashore) if part.geom_type == "Polygon"]
    return shapely.multipolygons(areas or [hull])


def centre_of(xy: Floats) -> shapely.Geometry:
    """The member nearest to the middle: always a place where something was reported."""
    step = xy - xy.mean(axis=0)
    return shapely.points(xy[int(np.argmin((step**2).sum(axis=1)))])


def top_of(values: np.ndarray) -> tuple[str, int]:
    """The most frequent name and how often; the first by letters when several are."""
    counts = Counter(values[values != ""].tolist())
    return min(counts.items(), key=lambda one: (-one[1], one[0])) if counts else ("", 0)


@transaction.atomic
def _keep(
    run: Run,
    key: str,
    question: Question,
    islands: Islands,
    reports: Reports,
    found: list[Cluster],
    names: list[str],
    before: Mapping[str, frozenset[int]],
) -> None:
    shapes = in_degrees(np.array([cluster.outline for cluster in found], dtype=object))
    centres = in_degrees(np.array([cluster.centre for cluster in found], dtype=object))
    rows = []
    for cluster, name, shape, centre in zip(found, names, shapes, centres, strict=True):
        mine = cluster.members
        category, of_it = top_of(reports.category[mine])
        rows.append(
            IncidentCluster(
                run_number=run.pk, question=key, standing=question.standing, key=name,
                rank=cluster.rank, island=islands.names[int(reports.island[mine[0]])],
                area=top_of(reports.kelurahan[mine])[0], category=category, category_n=of_it,
                n=len(mine), n_reporters=cluster.n_reporters,
                first_at=at(reports.at_s[mine].min()), last_at=at(reports.at_s[mine].max()),
                expected=cluster.expected, relative_risk=cluster.relative_risk,
                statistic=cluster.statistic, p=cluster.p, trend=cluster.trend,
                centre=centre, geom=shape, origin=words.origin_of(reports.take(mine)),
            )
        )  # fmt: skip
    keep_answer(rows, of=IncidentCluster, question=key, standing=question.standing)
    now = {row.pk: frozenset(reports.pk[cluster.members].tolist())
           for row, cluster in zip(rows, found, strict=True)}  # fmt: skip
    _keep_members({row.pk: before.get(row.key, frozenset()) for row in rows}, now)


def _keep_members(before: Mapping[int, frozenset[int]], now: Mapping[int, frozenset[int]]) -> None:
    """Write which reports belong to each cluster (by its row), where that differs from before.

    A report that comes among a hundred thousand writes one row. What belonged to a cluster that is
    no more went with its row.
    """
    through = IncidentCluster.reports.through
    for row, members in now.items():
        if gone := before[row] - members:
            through.objects.filter(incidentcluster_id=row, report_id__in=gone).delete()
    fresh = [(row, pk) for row, members in now.items() for pk in sorted(members - before[row])]
    copy_values(through, ("incidentcluster_id", "report_id"), fresh)


def _stacks(reports: Reports, piles: incident_piles.Piles) -> list[dict[str, Any]]:
    """The piles: how many reports, in which kelurahan, where in degrees; largest first."""
    told = incident_piles.told(reports, piles)
    points = shapely.points([[one.pop("x"), one.pop("y")] for one in told] or np.empty((0, 2)))
    for one, place in zip(told, in_degrees(points) if told else (), strict=True):
        lon, lat = place.centroid.coords
        one |= {"lon": round(lon, 6), "lat": round(lat, 6)}
    return told


def _canonical(reports: Reports, found: list[Cluster]) -> Any:
    return [
        [cluster.key, cluster.rank, sorted(reports.number[cluster.members].tolist()),
         f"{cluster.expected:.6g}", f"{cluster.statistic:.6g}", f"{cluster.p:.6g}",
         cluster.trend.value]
        for cluster in found
    ]  # fmt: skip
