"""Candidate sites on the planner's page: drawn one by one, or brought in a file with a preview."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from gis_platform.pages.planning import finding, forms
from layers import admin_import
from layers.catalog import drawn_candidates
from layers.catalog.reports.places import point
from layers.catalog.wifi_candidates import LAYER, WifiCandidate
from layers.errors import BadInput, NotFound, PlatformError
from layers.ingest import load as loading
from layers.ingest.jobs import ImportJob, ImportState


class NoFile(BadInput):
    """Pilih berkas GeoJSON, CSV, GPX, KML, GeoPackage atau Shapefile (zip) lebih dahulu."""

    code = "NO_FILE"


class NoPlace(BadInput):
    """Pilih tempatnya di peta lebih dahulu."""

    code = "NO_PLACE"


def _back(request: HttpRequest) -> HttpResponse:
    return redirect(finding.address(finding.asked(request.POST.get("hitung"))) + "#calon")


@require_POST
def draw(request: HttpRequest) -> HttpResponse:
    """Keep the place that was clicked (or the middle of the map) as a candidate."""
    try:
        made = _drawn(request.POST, request.user.get_username())
    except PlatformError as refusal:  # the map and the form stay where they are
        messages.error(request, refusal.said())
    else:
        messages.success(request, _("“{name}” kini calon titik.").format(name=made.name))
    return _back(request)


def _drawn(post: QueryDict, by: str) -> WifiCandidate:
    """Raises NoPlace and what the action raises."""
    try:
        place = point(float(post.get("lon", "")), float(post.get("lat", "")))
    except ValueError:
        raise NoPlace from None
    hours = forms.number(post.get("listrik"))
    return drawn_candidates.draw(
        place=place,
        name=post.get("nama", ""),
        power_hours=hours if isinstance(hours, int) else 0,
        by=by,
    )


@require_POST
def remove(request: HttpRequest, code: str) -> HttpResponse:
    """Take a candidate away."""
    drawn_candidates.take_away(code)
    messages.success(request, _("Calon dihapus."))
    return _back(request)


@require_POST
def upload(request: HttpRequest) -> HttpResponse:
    """Read a file of candidates and show what would be stored; nothing is stored yet."""
    form = admin_import.ImportForm({"layer": LAYER.slug}, request.FILES)
    try:
        if not form.is_valid():
            raise NoFile
        admin_import.preview(form, request.user)
    except PlatformError as refusal:
        messages.error(request, refusal.said())
    return _back(request)


@require_POST
def answer(request: HttpRequest, number: int) -> HttpResponse:
    """Store the good rows of a previewed file, or throw it away."""
    job = waiting().filter(pk=number).first()
    if job is None:
        raise NotFound
    if "tidak" in request.POST:
        admin_import.discard(job)
        messages.info(request, _("Berkas dibuang; tidak ada yang disimpan."))
    else:
        _store(request, job)
    return _back(request)


def _store(request: HttpRequest, job: ImportJob) -> None:
    try:
        done = admin_import.confirm(job, request.user, good_rows=True)
    except PlatformError as refusal:
        messages.error(request, refusal.said())
        return
    told = messages.success if done.stored or done.already else messages.error
    told(request, loading.outcome(done, commit=True))


def waiting():  # type: ignore[no-untyped-def]  # a queryset of ImportJob
    """Files of candidates that were read and wait for a yes or a no."""
    return ImportJob.objects.filter(target=LAYER.slug, state=ImportState.PREVIEWED).exclude(
        stored_name=""
    )
