"""What rose in the last days: prospective scans, category by category, as alarms for the desk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import shapely
from django.utils.translation import gettext_noop as _

from layers.catalog.incident_alarms import IncidentAlarm
from layers.catalog.incident_cells import keep_answer
from spatial_analysis.frames import Ints, in_degrees
from spatial_analysis.methods.scan import ScanCluster, ScanRules, scan_permutation
from spatial_analysis.models import Run
from spatial_analysis.studies import incident_piles
from spatial_analysis.studies import incident_said as said
from spatial_analysis.studies import incident_words as words
from spatial_analysis.studies.incident_clusters import centre_of, top_of
from spatial_analysis.studies.incident_frames import (
    Islands,
    Reports,
    at,
    cells_of,
    lattice_over,
    read_asked,
    read_islands,
)
from spatial_analysis.studies.incident_question import BadQuestion, Question, moment
from spatial_analysis.studies.incident_tally import SHIFTS
from spatial_analysis.study import Answer, study

LONGEST_DAYS = 7
RADIUS_M = 1500.0
REPLICATIONS, STOP_AFTER = 999, 40
LEAST_REPORTS, LEAST_REPORTERS = 4, 3
LEAST_OF_A_KIND = 40  # in the whole period: with fewer, places and days say nothing of their own
LEAST_RECURRENCE_DAYS = 14.0
LEAST_DAYS = 3 * LONGEST_DAYS


@dataclass(frozen=True, slots=True)
class Rise:
    """One circle that rose: its kind ("" = all together), reports, figures; p over everything."""

    category: str
    members: Ints
    found: ScanCluster
    p: float
    n_reporters: int
    centre: shapely.Geometry

    @property
    def recurrence_days(self) -> float:
        """By chance alone, with a scan a day, one as strong comes once in so many days."""
        return 1 / self.p


@study("incident_alarms", first_answer=True)
def incident_alarms(run: Run, params: Mapping[str, Any]) -> Answer:
    """Circles with more reports on the last 1 to 7 days than their place and days explain.

    Each category with 40 reports or more is scanned, and all together (dealt within categories);
    p is multiplied by the number of scans. A reporter counts once a cell and day; default
    addresses are set aside. Told: 4 reports, 3 reporters, recurrence of 14 days or longer.
    Parameters: see `Question.of`. The seed deals the days. Raises BadQuestion, NoReportsThen.
    """
    question = Question.of(params)
    if question.days < LEAST_DAYS:
        raise BadQuestion(_("Alarm memerlukan sedikitnya %(days)s hari."), days=LEAST_DAYS)
    islands = read_islands(question.island)
    every = read_asked(question, islands)
    reports, stacked = incident_piles.kept(question, every)
    found, scans = rises(question, islands, reports, seed=run.seed)
    rows = _keep(run, question, islands, reports, found)
    summary = words.common(every, question, "incident_alarms") | {
        "alarms": len(rows), "stacked": stacked, "scans": scans, "longest_days": LONGEST_DAYS,
        "radius_m": RADIUS_M,
        "replications": REPLICATIONS, "spacing_m": question.spacing_m,
        "least_recurrence_days": LEAST_RECURRENCE_DAYS,
    }  # fmt: skip
    return Answer(
        sentence=said.stored("incident_alarms", summary),
        summary=summary,
        canonical=[[row.key, row.n, f"{row.expected:.6g}", f"{row.statistic:.6g}",
                    f"{row.p:.6g}", f"{row.radius_m:.3f}"] for row in rows],
        inputs={"reports": every.version},
    )  # fmt: skip


def rises(
    question: Question, islands: Islands, reports: Reports, *, seed: int
) -> tuple[list[Rise], int]:
    """Circles worth an alarm, least explained by chance first; and how many scans were made."""
    kinds = [question.category] if question.category else _kinds(reports)
    found = [rise for kind in kinds for rise in _scan(question, islands, reports, kind, len(kinds),
                                                      seed)]  # fmt: skip
    told = [rise for rise in found if rise.recurrence_days >= LEAST_RECURRENCE_DAYS]
    told.sort(key=lambda rise: (rise.p, -rise.found.statistic, rise.category))
    return told, len(kinds)


def _kinds(reports: Reports) -> list[str]:
    """All together, and every category with enough reports of its own."""
    names, sizes = np.unique(reports.category, return_counts=True)
    return ["", *(str(name) for name, n in zip(names, sizes, strict=True) if n >= LEAST_OF_A_KIND)]


def _scan(
    question: Question, islands: Islands, reports: Reports, kind: str, scans: int, seed: int
) -> list[Rise]:
    """Scan one category; `scans` are made in all, so p is that many times what chance says."""
    lattice = lattice_over(islands.wkb, question.spacing_m, SHIFTS[0])
    cell = cells_of(lattice, reports.xy, reports.island)
    mine = np.flatnonzero((cell >= 0) & ((reports.category == kind) | (kind == question.category)))
    day = words.ordinals(reports.at_s) - question.first.toordinal()
    voice = mine[_voices(cell[mine], day[mine], reports.reporter[mine])]
    if len(voice) < LEAST_OF_A_KIND:
        return []
    places, where = np.unique(cell[voice], return_inverse=True)
    scanned = scan_permutation(
        np.asarray(lattice.centre)[places], where.ravel(), day[voice], question.days,
        stratum=reports.category[voice] if not kind else None,
        island=np.asarray(lattice.island)[places],
        rules=ScanRules(radius_m=RADIUS_M, longest=LONGEST_DAYS, alive=True, seed=seed,
                        replications=REPLICATIONS, stop_after=STOP_AFTER),
    )  # fmt: skip
    found = []
    for one in scanned.clusters:
        inside = np.isin(cell, places[list(one.members)]) & (day >= one.start) & (day < one.end)
        members = np.flatnonzero(inside & np.isin(np.arange(len(cell)), mine))
        people = len(np.unique(reports.reporter[members]))
        if one.cases >= LEAST_REPORTS and people >= LEAST_REPORTERS:
            centre = centre_of(reports.xy[members])
            found.append(Rise(kind, members, one, min(1.0, one.p * scans), people, centre))
    return found


def _voices(cell: Ints, day: Ints, reporter: np.ndarray) -> Ints:
    """Positions of the first report of each reporter, cell and day."""
    _, who = np.unique(reporter, return_inverse=True)
    each = np.column_stack([cell, day, who.ravel()])
    return np.sort(np.unique(each, axis=0, return_index=True)[1])


def _keep(
    run: Run, question: Question, islands: Islands, reports: Reports, found: list[Rise]
) -> list[IncidentAlarm]:
    key = question.key("incident_alarms")
    shapes = in_degrees(np.array([_ground(question, islands, reports, rise) for rise in found],
                                 dtype=object))  # fmt: skip
    centres = in_degrees(np.array([rise.centre for rise in found], dtype=object))
    rows = [
        IncidentAlarm(
            run_number=run.pk, question=key, standing=question.standing,
            key=_key(reports, rise), rank=rank, category=rise.category,
            island=islands.names[int(reports.island[rise.members[0]])],
            area=top_of(reports.kelurahan[rise.members])[0],
            n=rise.found.cases, n_reporters=rise.n_reporters, expected=rise.found.expected,
            relative_risk=min(rise.found.relative_risk, 1e6), statistic=rise.found.statistic,
            p=rise.p, recurrence_days=rise.recurrence_days,
            radius_m=rise.found.radius_m + question.spacing_m / 2,
            first_at=_begin(question, rise.found.start),
            last_at=at(reports.at_s[rise.members].max()), centre=centre, geom=shape,
            origin=words.origin_of(reports.take(rise.members)),
        )
        for rank, (rise, shape, centre) in enumerate(
            zip(found, shapes, centres, strict=True), start=1
        )
    ]  # fmt: skip
    keep_answer(rows, of=IncidentAlarm, question=key, standing=question.standing)
    through = IncidentAlarm.reports.through
    through.objects.filter(incidentalarm__question=key).delete()
    through.objects.bulk_create(
        through(incidentalarm_id=row.pk, report_id=int(pk))
        for row, rise in zip(rows, found, strict=True) for pk in reports.pk[rise.members]
    )  # fmt: skip
    return rows


def _key(reports: Reports, rise: Rise) -> str:
    """Name of an alarm, by its kind and first report: the same tomorrow, while it goes on."""
    mine = rise.members
    first = mine[np.lexsort((reports.number[mine], reports.at_s[mine]))[0]]
    return f"naik-{rise.category or 'semua'}-{reports.number[first]}"


def _begin(question: Question, day: int) -> datetime:
    return moment(date.fromordinal(question.first.toordinal() + day))


def _ground(question: Question, islands: Islands, reports: Reports, rise: Rise) -> shapely.Geometry:
    """The circle, as wide as its cells reach, cut at the coast; off land, the circle itself."""
    lattice = lattice_over(islands.wkb, question.spacing_m, SHIFTS[0])
    cell = cells_of(lattice, reports.xy[rise.members], reports.island[rise.members])
    middle = np.asarray(lattice.centre)[cell].mean(axis=0)
    reach = np.sqrt(((reports.xy[rise.members] - middle) ** 2).sum(axis=1).max())
    circle = shapely.points(middle).buffer(reach + question.spacing_m / 4, quad_segs=12)
    land = islands.lands[int(reports.island[rise.members[0]])]
    ashore = shapely.get_parts(shapely.intersection(circle, land))
    areas = [part for part in ashore if part.geom_type == "Polygon"]
    return shapely.multipolygons(areas or [circle])
