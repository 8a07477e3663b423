"""Where a water pipe may be leaking: three people's reports, one place, one week."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import shapely
from scipy.spatial.distance import pdist

from layers.catalog.incident_cells import keep_answer
from layers.catalog.reports.models import Report
from layers.catalog.reports.states import State
from layers.catalog.suspected_leaks import SuspectedLeak
from spatial_analysis.frames import Floats, Ints, in_degrees
from spatial_analysis.methods.density_cluster import st_dbscan
from spatial_analysis.models import Run
from spatial_analysis.studies import incident_said as said
from spatial_analysis.studies import incident_words as words
from spatial_analysis.studies.incident_clusters import centre_of, top_of
from spatial_analysis.studies.incident_frames import Islands, Reports, at, read_asked, read_islands
from spatial_analysis.studies.incident_question import NoReportsThen, Question
from spatial_analysis.study import Answer, study

WATER = "air-bersih"
REACH_M, REACH_S, LEAST = 150.0, 7 * 86_400.0, 3


@study("water_leaks", first_answer=True)
def water_leaks(run: Run, params: Mapping[str, Any]) -> Answer:
    """Groups of three or more reporters within 150 m and 7 days; rows of `suspected-leaks`.

    A report joins when it and two others lie within both limits of each other (ST-DBSCAN);
    fewer than three reporters are no suspicion. Parameters: island, from, to, days.
    Raises BadQuestion; without any report about water the answer is an empty one.
    """
    period = {name: params[name] for name in ("island", "from", "to", "days") if name in params}
    try:
        question = Question.of({**period, "category": WATER})
        islands = read_islands(question.island)
        reports = read_asked(question, islands)
    except NoReportsThen:
        return _none(run, params)
    label = np.asarray(
        st_dbscan(reports.xy, reports.at_s, REACH_M, REACH_S, LEAST, island=reports.island).label
    )
    groups = [np.flatnonzero(label == number) for number in range(int(label.max(initial=-1)) + 1)]
    groups = [mine for mine in groups if len(np.unique(reports.reporter[mine])) >= LEAST]
    groups.sort(key=lambda mine: (-len(np.unique(reports.reporter[mine])), _key(reports, mine)))
    rows = _keep(run, question, not period, islands, reports, groups)
    summary = words.common(reports, question, "water_leaks") | {
        "leaks": len(rows), "leaks_open": sum(row.n_open > 0 for row in rows),
        "within_m": REACH_M, "within_days": REACH_S / 86_400, "least": LEAST,
    }  # fmt: skip
    return Answer(
        sentence=said.stored("water_leaks", summary),
        summary=summary,
        canonical=[[row.key, row.n, row.n_reporters, f"{row.within_m:.3f}"] for row in rows],
        inputs={"reports": reports.version},
    )


def _none(run: Run, params: Mapping[str, Any]) -> Answer:
    """Nobody told of water: an empty answer, also in the layer."""
    if not params:
        SuspectedLeak.objects.filter(standing=True).delete()
    summary = {"n": 0, "leaks": 0, "leaks_open": 0, "within_m": REACH_M, "question": "",
               "within_days": REACH_S / 86_400, "least": LEAST, "hidden": False}  # fmt: skip
    return Answer(sentence=said.stored("water_leaks", summary), summary=summary, canonical=[])


def _key(reports: Reports, mine: Ints) -> str:
    first = mine[np.lexsort((reports.number[mine], reports.at_s[mine]))[0]]
    return str(reports.number[first])


def across(xy: Floats) -> float:
    """Largest distance between two of (n, 2) places, metres: corners of the hull have it."""
    corners = shapely.get_coordinates(shapely.convex_hull(shapely.multipoints(xy)))
    return float(pdist(corners).max(initial=0.0))


def _keep(
    run: Run, question: Question, standing: bool, islands: Islands, reports: Reports,
    groups: list[Ints],
) -> list[SuspectedLeak]:  # fmt: skip
    open_ = set(Report.objects.exclude(state=State.CLOSED)
                .filter(pk__in=reports.pk.tolist()).values_list("pk", flat=True))  # fmt: skip
    centres = in_degrees(np.array([centre_of(reports.xy[mine]) for mine in groups], dtype=object))
    key = question.key("water_leaks")
    rows = [
        SuspectedLeak(
            run_number=run.pk, question=key, standing=standing, key=_key(reports, mine),
            rank=rank, island=islands.names[int(reports.island[mine[0]])],
            area=top_of(reports.kelurahan[mine])[0], n=len(mine),
            n_reporters=len(np.unique(reports.reporter[mine])),
            n_open=sum(int(pk) in open_ for pk in reports.pk[mine]),
            first_at=at(reports.at_s[mine].min()), last_at=at(reports.at_s[mine].max()),
            within_m=across(reports.xy[mine]), geom=centre,
            origin=words.origin_of(reports.take(mine)),
        )
        for rank, (mine, centre) in enumerate(zip(groups, centres, strict=True), start=1)
    ]  # fmt: skip
    keep_answer(rows, of=SuspectedLeak, question=key, standing=standing)
    through = SuspectedLeak.reports.through
    through.objects.filter(suspectedleak__question=key).delete()
    through.objects.bulk_create(
        through(suspectedleak_id=row.pk, report_id=int(pk))
        for row, mine in zip(rows, groups, strict=True) for pk in reports.pk[mine]
    )  # fmt: skip
    return rows
