"""The heat pages: the answer to what was chosen, its map and list, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from gis_platform.maps import localized, map_config
from gis_platform.pages.heat import map_data
from gis_platform.pages.heat.filters import HIDDEN_FOR, Filters, choices
from layers.access import roles_of
from layers.catalog.categories import Category
from layers.catalog.incident_clusters import IncidentCluster
from layers.catalog.work_orders import WORKING, WorkOrder, create_from_cluster
from layers.errors import NotFound
from spatial_analysis import study
from spatial_analysis.models import Run, RunState
from spatial_analysis.studies.incident_said import sentence_of, warnings_of
from spatial_analysis.tasks import perform_run

MAIN = ("incident_heat", "incident_clusters")
STUDIES = (*MAIN, "emerging_incidents", "water_leaks")
MOST_ROWS = 100
LAYERS = ("reports", "work-orders", "kelurahan")
UNDER_WAY = (RunState.QUEUED, RunState.RUNNING)
MOST_REPORTS = 200


@require_safe
def page(request: HttpRequest, laman: str) -> HttpResponse:
    """Heat, cells and clusters of what was chosen, or how to have them worked out."""
    roles = roles_of(request.user)
    filters = Filters.of(request.GET, roles)
    heat, clusters, emerging, leaks = (_answered(name, filters) for name in STUDIES)
    context = {
        "said": {run.study: sentence_of(run) for run in (heat, clusters, emerging, leaks) if run},
        "warned": [warning for run in (heat, clusters) if run for warning in warnings_of(run)],
        "emerging": emerging,
        "histories": _with_names(map_data.histories_of(emerging)[:MOST_ROWS]) if emerging else [],
        "leaks_run": leaks,
        "leaks": map_data.leaks_of(leaks)[:MOST_ROWS] if leaks else [],
        "contours": map_data.contours_of(heat) if heat else [],
        "events": map_data.events_of(clusters) if clusters else [],
        "filters": filters.chosen,
        "filters_on": filters.on,
        "choices": choices(roles),
        "heat": heat,
        "clusters_run": clusters,
        "clusters": _listed(clusters) if clusters else [],
        "under_way": Run.objects.filter(
            study__in=STUDIES, params=filters.params, state__in=UNDER_WAY
        ),
        "refused": _told(_refused(filters, MAIN)),
        "no_history": _told(_refused(filters, ("emerging_incidents",))),
        "may_order": bool(roles & HIDDEN_FOR),
        "map_config": map_config(request, LAYERS),
        "heat_config": _config(heat, clusters, emerging, leaks),
        "query": request.GET.urlencode(),
        "laman": laman,
    }
    return render(request, "heat/page.html", context)


@require_safe
def cells(request: HttpRequest, run: int) -> JsonResponse:
    """Cells of an answer, with reports by day."""
    return JsonResponse(map_data.cells_json(_seen(request, run, "incident_heat")))


@require_safe
def clusters(request: HttpRequest, run: int) -> JsonResponse:
    """Outlines of an answer's clusters."""
    return JsonResponse(map_data.clusters_json(_seen(request, run, "incident_clusters")))


@require_safe
def more(request: HttpRequest, run: int, kind: str) -> JsonResponse:
    """Areas of the heat, histories of cells, or suspected leaks of an answer."""
    if kind not in map_data.MORE:
        raise NotFound
    found = _seen(request, run, map_data.MORE[kind].study)
    return JsonResponse(map_data.more_json(found, kind))


@require_safe
def cluster(request: HttpRequest, pk: int) -> HttpResponse:
    """One cluster: its figures, its reports, and the way to a work order."""
    found, run = _cluster(request, pk)
    return render(request, "heat/cluster.html", _details(request, found, run))


@require_POST
def order(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a work order from a cluster; asking again gives the same one."""
    found, run = _cluster(request, pk)
    kind = Category.objects.get(pk=found.category)
    create_from_cluster(
        cluster_key=found.key,
        place=found.centre,
        category=found.category,
        words=f"{kind.name}: {found.n} laporan dari {found.n_reporters} pelapor, {found.area}",
        agency=kind.default_agency,
        report_ids=list(found.reports.values_list("pk", flat=True)),
        run_digest=run.digest,
    )
    return render(request, "heat/cluster.html", _details(request, found, run))


@require_POST
def work_out(request: HttpRequest) -> HttpResponse:
    """Queue both studies for what was chosen, unless they are under way already."""
    roles = roles_of(request.user)
    filters = Filters.of(request.POST, roles)
    for name in STUDIES:
        waiting = Run.objects.filter(study=name, params=filters.params, state__in=UNDER_WAY)
        if not waiting.exists():
            _queue(name, filters.params, request.user)
    messages.success(request, _("Perhitungan masuk antrean; halaman ini memuat hasilnya sendiri."))
    back = reverse("panas" if request.POST.get("laman") == "panas" else "analisis")
    wanted = "&".join(f"{name}={value}" for name, value in filters.chosen.items() if value)
    return redirect(f"{back}?{wanted}" if wanted else back)


@require_safe
def state(request: HttpRequest, run: int) -> JsonResponse:
    """How far a run is, for a page that waits."""
    found = Run.objects.filter(pk=run, study__in=STUDIES).first()
    if found is None:
        raise NotFound
    return JsonResponse({"state": found.state, "done": found.state not in UNDER_WAY})


@transaction.atomic
def _queue(name: str, params: dict[str, Any], by: Any) -> None:
    run = study.ask(name, params, by=by)
    transaction.on_commit(lambda: perform_run.enqueue(run.pk))


def _answered(name: str, filters: Filters) -> Run | None:
    """Newest answer to this question whose rows are still kept."""
    runs = Run.objects.filter(study=name, params=filters.params, state=RunState.DONE)
    return next((run for run in runs[:3] if _kept(run)), None)


def _listed(run: Run) -> list[IncidentCluster]:
    """Clusters with the names of their categories and what became of each."""
    events = {event.key: event for event in map_data.events_of(run)}
    rows = _with_names(map_data.clusters_of(run))
    for row in rows:
        row.event = events.get(row.key)
    return rows


def _with_names(found: Iterable[Any]) -> list[Any]:
    """Rows with the names of their categories."""
    names, rows = _names(), list(found)
    for row in rows:
        row.category_name = names.get(row.category, row.category)
    return rows


def _names() -> dict[str, str]:
    """Names of categories in the reader's language."""
    return {row.pk: localized(row.name, row.name_en) for row in Category.objects.all()}


def _kept(run: Run) -> bool:
    match run.study:
        case "incident_heat":
            return map_data.cells_of(run).exists()
        case "incident_clusters":
            return map_data.clusters_of(run).exists() or run.summary["clusters"] == 0
        case "emerging_incidents":
            nothing = not run.summary["patterns"] and not run.summary["cold"]
            return nothing or map_data.histories_of(run).exists()
        case _:
            return map_data.leaks_of(run).exists() or run.summary["leaks"] == 0


def _refused(filters: Filters, names: tuple[str, ...]) -> Run | None:
    """The newest run of this question, when it was refused or failed."""
    newest = Run.objects.filter(study__in=names, params=filters.params).first()
    return newest if newest and newest.state in (RunState.REFUSED, RunState.FAILED) else None


def _told(run: Run | None) -> str:
    return sentence_of(run) if run else ""


def _seen(request: HttpRequest, pk: int, name: str) -> Run:
    """An answered run that this person may see; hidden categories are for the desk alone."""
    run = Run.objects.filter(pk=pk, study=name, state=RunState.DONE).first()
    if run is None or (run.summary.get("hidden") and not roles_of(request.user) & HIDDEN_FOR):
        raise NotFound
    return run


def _cluster(request: HttpRequest, pk: int) -> tuple[IncidentCluster, Run]:
    found = IncidentCluster.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found, _seen(request, found.run_number, "incident_clusters")


def _details(request: HttpRequest, found: IncidentCluster, run: Run) -> dict[str, Any]:
    newest = found.reports.select_related("category").order_by("-received_at")
    reports = [
        (report, _(report.public_state.replace("_", " ")), report.public_state.replace("_", "-"))
        for report in newest[:MOST_REPORTS]
    ]
    return {
        "cluster": found,
        "run": run,
        "category_name": _names().get(found.category, found.category),
        "reports": reports,
        "order": WorkOrder.objects.filter(cluster_key=found.key, state__in=WORKING).first(),
        "may_order": bool(roles_of(request.user) & HIDDEN_FOR),
    }


def _config(
    heat: Run | None, clusters_run: Run | None, emerging: Run | None, leaks: Run | None
) -> dict[str, Any]:
    """Addresses and figures that the page's script starts from."""
    shown: dict[str, Any] = {}
    if heat:
        summary = heat.summary
        shown |= {
            "cells": reverse("panas-sel", args=[heat.pk]),
            "raster": f"/tiles/{summary['raster_layer']}.json?raster={summary['raster']}",
            "histogram": summary["histogram"],
            "top": summary["top"],
        }
    if clusters_run:
        shown["clusters"] = reverse("panas-klaster", args=[clusters_run.pk])
    more = {"contours": (heat, "batas"), "histories": (emerging, "riwayat"),
            "leaks": (leaks, "bocor")}  # fmt: skip
    for name, (run, kind) in more.items():
        if run:
            shown[name] = reverse("panas-lapis", args=[run.pk, kind])
    return shown
