"""Addresses of reports: telling, following, figures; with the roles beside the path."""

from __future__ import annotations

from django.urls import path

from gis_platform.pages import photos
from gis_platform.pages.performance import views as performance
from gis_platform.pages.report import views as report
from gis_platform.pages.tracking import views as tracking

urlpatterns = [
    path("foto/<slug:name>/", photos.photo, name="foto"),
    path("foto/<slug:name>/kecil/", photos.photo, {"small": True}, name="foto-kecil"),
    path("lapor/", report.form, name="lapor"),
    path("lacak/", tracking.ask, name="lacak"),
    path("lacak/<slug:number>/", tracking.page, name="lacak-nomor"),
    path("lacak/<slug:number>/jawab", tracking.answer, name="lacak-jawab"),
    path("lacak/<slug:number>/keberatan", tracking.object_to, name="lacak-keberatan"),
    path("lacak/<slug:number>/terima-kasih", tracking.thank, name="lacak-terima-kasih"),
    path("kinerja/", performance.page, name="kinerja"),
    path("kinerja.json", performance.as_json, name="kinerja-json"),
    path("kinerja.csv", performance.as_csv, name="kinerja-csv"),
]
