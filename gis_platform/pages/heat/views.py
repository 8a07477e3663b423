"""The heat pages: the answer to what was chosen, its map and list, and its parts as data."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from gis_platform.maps import localized, map_config
from gis_platform.pages.heat import answers, lists, map_data
from gis_platform.pages.heat.answers import STUDIES, seen
from gis_platform.pages.heat.filters import HIDDEN_FOR, Filters, choices
from layers import registry
from layers.access import roles_of
from layers.errors import NotFound
from layers.gate.whole import whole
from spatial_analysis import study
from spatial_analysis.models import Run
from spatial_analysis.studies.incident_question import day_of
from spatial_analysis.studies.incident_said import sentence_of, warnings_of
from spatial_analysis.studies.incident_window import cluster_counts, window_of
from spatial_analysis.tasks import perform_run

MOST_CELLS = 500
LEGENDS = {"changes": "incident-changes", "contours": "heat-contours",
           "histories": "incident-histories", "wayheat": "street-heat"}  # fmt: skip
LAYERS = ("reports", "work-orders", "kelurahan")


@require_safe
def page(request: HttpRequest, laman: str) -> HttpResponse:
    """Heat, cells, clusters and what rose, of what was chosen; or how to have it worked out."""
    roles = roles_of(request.user)
    filters = Filters.of(request.GET, roles)
    runs = {name: answers.answered(name, filters) for name in answers.asked_for(filters)}
    done = {name: run for name, run in runs.items() if run}
    heat, clusters = done.get("incident_heat"), done.get("incident_clusters")
    context = {
        **_lists(done, request.GET),
        "said": {name: sentence_of(run) for name, run in done.items()},
        "runs": done,
        "warned": list(
            dict.fromkeys(w for run in (heat, clusters) if run for w in warnings_of(run))
        ),
        "piles": answers.piles_of(heat, clusters),
        "filters": filters.chosen,
        "filters_on": filters.on,
        "choices": choices(roles),
        "heat": heat,
        "clusters_run": clusters,
        "under_way": answers.under_way(filters),
        "refused": _told(answers.refused(filters, *answers.MAIN)),
        "no_history": _told(answers.refused(filters, "emerging_incidents")),
        "no_change": _told(answers.refused(filters, "incident_changes")),
        "may_order": bool(roles & HIDDEN_FOR),
        "legends": {name: _legend(slug) for name, slug in LEGENDS.items()},
        "map_config": map_config(request, LAYERS),
        "heat_config": _config(done),
        "query": request.GET.urlencode(),
        "laman": laman,
    }
    return render(request, "heat/page.html", context)


def _legend(slug: str) -> list[tuple[str, str]]:
    """Colour and words of a layer's entries, as the layer itself declares them."""
    symbol = registry.get(slug).symbol
    entries = symbol.entries if symbol else ()
    return [(entry.colour, localized(entry.label, entry.label_en)) for entry in entries]


def _lists(done: dict[str, Run], query: QueryDict) -> dict[str, Any]:
    """Rows of the list twin, by section; sections without an answer are left out."""
    heat, clusters = done.get("incident_heat"), done.get("incident_clusters")
    found: dict[str, Any] = {}
    if heat:
        sure = map_data.sure_cells_of(heat)
        found |= {"sure_cells": sure[:MOST_CELLS], "sure_cells_n": sure.count(),
                  "contours": map_data.contours_of(heat)}  # fmt: skip
    if clusters:
        found |= {"clusters": answers.clusters_listed(clusters),
                  "events": map_data.events_of(clusters)}  # fmt: skip
    return found | lists.paged(done, query)


@require_safe
def cells(request: HttpRequest, run: int) -> JsonResponse:
    """Cells of an answer, with reports by day."""
    return JsonResponse(map_data.cells_json(seen(request, run, "incident_heat")))


@require_safe
def window(request: HttpRequest, run: int) -> JsonResponse:
    """Calls, Gi* and counts for a part of the period (`dari`, `sampai`: both counted or not).

    `sampai` is the day after the last one; `klaster` names the run whose clusters are counted.
    """
    found = seen(request, run, "incident_heat")
    first, end = day_of(request.GET.get("dari", "")), day_of(request.GET.get("sampai", ""))
    told = window_of(found, first, end)
    counts: dict[int, int] = {}
    if (named := whole(request.GET.get("klaster"))) is not None:
        other = seen(request, named, "incident_clusters")
        counts = cluster_counts(other.summary["question"], first, end)
    return JsonResponse({"n": told.n, "m_tests": told.m_tests, "cells": told.cells,
                         "rates": told.rates, "clusters": counts})  # fmt: skip


@require_safe
def clusters(request: HttpRequest, run: int) -> JsonResponse:
    """Outlines of an answer's clusters."""
    return JsonResponse(map_data.clusters_json(seen(request, run, "incident_clusters")))


@require_safe
def more(request: HttpRequest, run: int, kind: str) -> JsonResponse:
    """Further layers of an answer: alarms, changes, streets, areas, histories or leaks.

    All rows, or `banyak` of them from row `mulai` on; the answer says how many there are.
    """
    if kind not in map_data.MORE:
        raise NotFound
    found = seen(request, run, map_data.MORE[kind].study)
    start, many = lists.part_asked(request)
    told = map_data.more_json(found, kind, start, many)
    if many and start + many < told["numberMatched"]:
        there = request.build_absolute_uri(f"{request.path}?mulai={start + many}&banyak={many}")
        told["links"] = [{"rel": "next", "href": there, "type": "application/geo+json"}]
    return JsonResponse(told)


@require_POST
def work_out(request: HttpRequest) -> HttpResponse:
    """Queue the studies for what was chosen, unless they are under way already."""
    filters = Filters.of(request.POST, roles_of(request.user))
    waiting = {run.study for run in answers.under_way(filters)}
    for name in answers.asked_for(filters):
        if name not in waiting:
            _queue(name, filters.params(name), request.user)
    messages.success(request, _("Perhitungan masuk antrean; halaman ini memuat hasilnya sendiri."))
    back = reverse("panas" if request.POST.get("laman") == "panas" else "analisis")
    wanted = urlencode({name: value for name, value in filters.chosen.items() if value})
    return redirect(f"{back}?{wanted}" if wanted else back)


@require_safe
def state(request: HttpRequest, run: int) -> JsonResponse:
    """How far a run is, and what its answer is called: for a page that waits or stays open."""
    found = Run.objects.filter(pk=run, study__in=STUDIES).first()
    if found is None:
        raise NotFound
    done = found.state not in answers.UNDER_WAY
    return JsonResponse({"state": found.state, "done": done, "digest": found.digest})


@transaction.atomic
def _queue(name: str, params: dict[str, Any], by: Any) -> None:
    run = study.ask(name, params, by=by)
    transaction.on_commit(lambda: perform_run.enqueue(run.pk))


def _told(run: Run | None) -> str:
    return sentence_of(run) if run else ""


def _config(done: dict[str, Run]) -> dict[str, Any]:
    """Addresses and figures that the page's script starts from."""
    shown: dict[str, Any] = {}
    if heat := done.get("incident_heat"):
        summary = heat.summary
        shown |= {
            "cells": reverse("panas-sel", args=[heat.pk]),
            "window": reverse("panas-jendela", args=[heat.pk]),
            "state": reverse("panas-keadaan", args=[heat.pk]),
            "digest": heat.digest,
            "raster": _raster(heat),
            "histogram": summary["histogram"],
            "top": summary["top"],
        }
    if clusters_run := done.get("incident_clusters"):
        shown["clusters"] = reverse("panas-klaster", args=[clusters_run.pk])
        shown["clusters_run"] = clusters_run.pk
    if piles := answers.piles_of(done.get("incident_heat"), done.get("incident_clusters")):
        shown["piles"] = piles["stacks"]
    if risk := done.get("incident_risk"):
        shown["risk"] = _raster(risk)
    for name, kind in MAP_NAMES.items():
        if run := done.get(map_data.MORE[kind].study):
            shown[name] = reverse("panas-lapis", args=[run.pk, kind])
    return shown


MAP_NAMES = {"contours": "batas", "histories": "riwayat", "leaks": "bocor", "alarms": "naik",
             "changes": "beda", "wayheat": "jalan"}  # fmt: skip


def _raster(run: Run) -> str:
    return f"/tiles/{run.summary['raster_layer']}.json?raster={run.summary['raster']}"
