"""`/api/analysis/runs`: a planner's questions as data: asked, looked at, taken back."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from gis_platform.pages.json_bodies import json_of
from layers.errors import BadInput, NotFound
from layers.gate.refusal import Refusal
from spatial_analysis import progress, study, tasks
from spatial_analysis.models import Run

STUDIES = {
    "bin_allocation": "bin-needs",
    "bin_overflow": "bin-forecasts",
    "underserved_zones": "underserved-zones",
    "wifi_placement": "wifi-proposals",
}
MOST_BYTES, MOST_SEED = 65_536, 2**53


class BadRun(BadInput):
    """Kirim objek JSON: study (salah satu yang ada), params (objek), seed (bilangan bulat)."""

    code = "BAD_RUN"


@require_POST
def ask(request: HttpRequest) -> HttpResponse:
    """Record {study, params, seed} and queue it: 202 with the address of the run."""
    name, params, seed = _question(request)
    run = study.ask(name, params, seed=seed, by=request.user)
    tasks.perform_run.enqueue(run.pk)
    answer = _told(run, status=202)
    answer["Location"] = reverse("api-hitungan-satu", args=[run.pk])
    return answer


@require_http_methods(["GET", "HEAD", "DELETE"])
def one(request: HttpRequest, number: int) -> HttpResponse:
    """State, figures, digest and the layer with the rows; DELETE takes the question back."""
    run = Run.objects.filter(pk=number, study__in=STUDIES).first()
    if run is None:
        raise NotFound
    return _told(progress.cancel(run) if request.method == "DELETE" else run)


def _question(request: HttpRequest) -> tuple[str, dict[str, Any], int]:
    """Study, parameters and seed of a request. Raises BadRun."""
    try:
        told = json_of(request, max_bytes=MOST_BYTES)
    except Refusal as refusal:
        raise BadRun from refusal
    if not isinstance(told, dict) or not set(told) <= {"study", "params", "seed"}:
        raise BadRun
    name, params, seed = told.get("study"), told.get("params", {}), told.get("seed", 0)
    whole = isinstance(seed, int) and not isinstance(seed, bool) and 0 <= seed <= MOST_SEED
    if name not in STUDIES or not isinstance(params, dict) or not whole:
        raise BadRun
    return str(name), params, seed


def _told(run: Run, status: int = 200) -> JsonResponse:
    layer = STUDIES[run.study]
    body = {
        "id": run.pk,
        "study": run.study,
        "params": run.params,
        "seed": run.seed,
        "state": run.state,
        "progress_pct": run.progress_pct,
        "sentence": _(run.sentence) if run.sentence else "",
        "summary": run.summary,
        "inputs": run.inputs,
        "digest": run.digest,
        "rows": reverse("layer-geojson", args=[layer]),
    }
    if run.study == "wifi_placement" and run.digest:
        body["rows"] = reverse("rencana-wifi-unduh", args=[run.pk, "geojson"])
    answer = JsonResponse(body, status=status)
    answer["Cache-Control"] = "private, no-store"
    return answer
