"""Addresses of reports: telling, following, figures; with the roles beside the path."""

from __future__ import annotations

from django.urls import path

from gis_platform.pages import photos
from gis_platform.pages.access import for_roles
from gis_platform.pages.agency import views as agency
from gis_platform.pages.console import views as console
from gis_platform.pages.console import wall
from gis_platform.pages.performance import views as performance
from gis_platform.pages.performance import weekly
from gis_platform.pages.report import views as report
from gis_platform.pages.tracking import own_data
from gis_platform.pages.tracking import views as tracking
from layers.access import Role

desk = for_roles(Role.OPERATOR)
office = for_roles(Role.AGENCY)

urlpatterns = [
    path("foto/<slug:name>/", photos.photo, name="foto"),
    path("foto/<slug:name>/kecil/", photos.photo, {"small": True}, name="foto-kecil"),
    path("lapor/", report.form, name="lapor"),
    path("lacak/", tracking.ask, name="lacak"),
    path("lacak/<slug:number>/", tracking.page, name="lacak-nomor"),
    path("lacak/<slug:number>/jawab", tracking.answer, name="lacak-jawab"),
    path("lacak/<slug:number>/keberatan", tracking.object_to, name="lacak-keberatan"),
    path("lacak/<slug:number>/terima-kasih", tracking.thank, name="lacak-terima-kasih"),
    path("lacak/<slug:number>/data/", own_data.page, name="lacak-data"),
    path("lacak/<slug:number>/data.json", own_data.as_json, name="lacak-data-json"),
    path("lacak/<slug:number>/data/hapus", own_data.erase, name="lacak-data-hapus"),
    path("ops/", desk(console.console), name="ops"),
    path("ops/antrean", desk(console.fragment), name="ops-antrean"),
    path("ops/wall/", desk(wall.wall), name="ops-wall"),
    path("ops/wall/isi", desk(wall.parts), name="ops-wall-isi"),
    path("ops/kesehatan", desk(console.health_strip), name="ops-kesehatan"),
    path("ops/tempat.json", desk(console.places_json), name="ops-tempat"),
    path("ops/laporan/<int:report_id>/", desk(console.details), name="ops-laporan"),
    path("ops/laporan/<int:report_id>/langkah", desk(console.step), name="ops-langkah"),
    path("ops/laporan/<int:report_id>/perintah", desk(console.order), name="ops-perintah"),
    path("instansi/", office(agency.inbox), name="instansi"),
    path("instansi/<int:report_id>/", office(agency.job), name="instansi-tugas"),
    path("instansi/<int:report_id>/terima", office(agency.accept), name="instansi-terima"),
    path("instansi/<int:report_id>/jadwal", office(agency.plan), name="instansi-jadwal"),
    path("instansi/<int:report_id>/mulai", office(agency.begin), name="instansi-mulai"),
    path("instansi/<int:report_id>/selesai", office(agency.finish), name="instansi-selesai"),
    path("instansi/<int:report_id>/kembali", office(agency.hand_back), name="instansi-kembalikan"),
    path("instansi/<int:report_id>/periksa", office(agency.check), name="instansi-periksa"),
    path("kinerja/", performance.page, name="kinerja"),
    path("kinerja/mingguan/", weekly.weeks, name="kinerja-mingguan"),
    path("kinerja/mingguan.atom", weekly.WeeklyFeed(), name="kinerja-mingguan-atom"),
    path("kinerja/mingguan/<slug:name>/", weekly.week, name="kinerja-minggu"),
    path("kinerja/mingguan/<slug:name>.json", weekly.week_json, name="kinerja-minggu-json"),
    path("kinerja/mingguan/<slug:name>.xlsx", weekly.week_xlsx, name="kinerja-minggu-xlsx"),
    path("kinerja.json", performance.as_json, name="kinerja-json"),
    path("kinerja.csv", performance.as_csv, name="kinerja-csv"),
]
