"""Which answers a heat page shows: the newest of each study to what was chosen, or why none."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.http import HttpRequest

from gis_platform.maps import localized
from gis_platform.pages.heat import map_data
from gis_platform.pages.heat.filters import HIDDEN_FOR, Filters
from layers.access import roles_of
from layers.catalog.categories import ON_THE_PUBLIC_MAP, Category
from layers.errors import NotFound
from spatial_analysis.models import Run, RunState
from spatial_analysis.study import close_deserted

MAIN = ("incident_heat", "incident_clusters")
FURTHER = (
    "incident_alarms", "incident_changes", "emerging_incidents", "water_leaks", "street_heat",
)  # fmt: skip
OF_A_CATEGORY = "incident_risk"
STUDIES = (*MAIN, *FURTHER, OF_A_CATEGORY)
UNDER_WAY = (RunState.QUEUED, RunState.RUNNING)
NOT_ANSWERED = (RunState.REFUSED, RunState.FAILED)

KEPT: dict[str, Callable[[Run], bool]] = {  # whether the rows of an answer are still there
    "incident_heat": lambda run: map_data.cells_of(run).exists(),
    "incident_clusters": lambda run: (
        map_data.clusters_of(run).exists() or run.summary["clusters"] == 0
    ),
    "incident_alarms": lambda run: map_data.alarms_of(run).exists() or run.summary["alarms"] == 0,
    "incident_changes": lambda run: map_data.changes_of(run).exists(),
    "emerging_incidents": lambda run: (
        not (run.summary["patterns"] or run.summary["cold"]) or map_data.histories_of(run).exists()
    ),
    "water_leaks": lambda run: map_data.leaks_of(run).exists() or run.summary["leaks"] == 0,
    "street_heat": lambda run: map_data.streets_of(run).exists(),
    "incident_risk": lambda run: True,
}


def asked_for(filters: Filters) -> list[str]:
    """Studies that can answer this choice: risk needs a category whose places are open."""
    chosen = Category.objects.filter(pk=filters.chosen["kategori"]).first()
    if chosen is None:
        return [*MAIN, *FURTHER]
    open_ = chosen.public_precision in ON_THE_PUBLIC_MAP
    return [name for name in STUDIES if open_ or name not in (OF_A_CATEGORY, "street_heat")]


def answered(name: str, filters: Filters) -> Run | None:
    """Newest answer to this question whose rows are still kept."""
    runs = Run.objects.filter(study=name, params=filters.params(name), state=RunState.DONE)
    return next((run for run in runs[:3] if KEPT[name](run)), None)


def under_way(filters: Filters) -> list[Run]:
    """Runs that will answer it."""
    close_deserted()
    waiting = Run.objects.filter(study__in=STUDIES, state__in=UNDER_WAY)
    return [run for run in waiting if run.params == filters.params(run.study)]


def refused(filters: Filters, *names: str) -> Run | None:
    """The newest run of this question by these studies, when it was refused or failed."""
    found = [
        run
        for name in names
        if (run := Run.objects.filter(study=name, params=filters.params(name)).first())
    ]
    newest = max(found, key=lambda run: run.pk, default=None)
    return newest if newest and newest.state in NOT_ANSWERED else None


def seen(request: HttpRequest, pk: int, *names: str) -> Run:
    """An answered run that this person may see; hidden categories are for the desk alone."""
    run = Run.objects.filter(pk=pk, study__in=names, state=RunState.DONE).first()
    if run is None or (run.summary.get("hidden") and not roles_of(request.user) & HIDDEN_FOR):
        raise NotFound
    return run


def piles_of(heat: Run | None, clusters: Run | None) -> dict[str, Any] | None:
    """What is said of default addresses: by the clusters, which know their areas, or by the heat.

    `judged` is there where the verdict rests on more reports than those asked for.
    """
    told = next(
        (run.summary for run in (clusters, heat) if run and run.summary.get("stacks")), None
    )
    if not told:
        return None
    asked = told["n"] + (told["stacked"] if "aside" in told else 0)  # clusters count them in n
    judged = told.get("pile_judged", asked)
    return {
        "stacks": told["stacks"],
        "kept": told.get("piles_kept", False),
        "least": told.get("pile_least", 0),
        "busy": told.get("pile_busy", 0),
        "judged": judged if judged != asked else 0,
    }


def category_names() -> dict[str, str]:
    """Names of categories in the reader's language."""
    return {row.pk: localized(row.name, row.name_en) for row in Category.objects.all()}


def with_names(found: Iterable[Any]) -> list[Any]:
    """Rows with the names of their categories."""
    names, rows = category_names(), list(found)
    for row in rows:
        row.category_name = names.get(row.category, row.category)
    return rows


def clusters_listed(run: Run) -> list[Any]:
    """Clusters with the names of their categories and what became of each."""
    events = {event.key: event for event in map_data.events_of(run)}
    rows = with_names(map_data.clusters_of(run))
    for row in rows:
        row.event = events.get(row.key)
    return rows
