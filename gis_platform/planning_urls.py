"""Addresses of the planner's page, under /rencana/wifi, and of planners' questions as data."""

from __future__ import annotations

from django.urls import path

from gis_platform.pages.access import for_roles
from gis_platform.pages.planning import arrangements, candidates, posters, runs, views
from layers.access import DESK, Role

planners = for_roles(Role.PLANNER)

urlpatterns = [
    path("api/analysis/runs", planners(runs.ask), name="api-hitungan"),
    path("api/analysis/runs/<int:number>", planners(runs.one), name="api-hitungan-satu"),
    path("rencana/wifi/banding", planners(views.side_by_side), name="rencana-wifi-banding"),
    path("rencana/wifi/calon/gambar", planners(candidates.draw), name="rencana-wifi-gambar"),
    path("rencana/wifi/calon/berkas", planners(candidates.upload), name="rencana-wifi-berkas"),
    path(
        "rencana/wifi/calon/berkas/<int:number>",
        planners(candidates.answer),
        name="rencana-wifi-berkas-jawab",
    ),
    path(
        "rencana/wifi/calon/<slug:code>/hapus",
        planners(candidates.remove),
        name="rencana-wifi-calon-hapus",
    ),
    path("rencana/wifi", planners(views.wifi), name="rencana-wifi"),
    path("rencana/wifi/hitung", planners(views.place), name="rencana-wifi-hitung"),
    path(
        "rencana/wifi/poster.pdf",
        for_roles(*DESK)(posters.every),
        name="rencana-wifi-semua-poster",
    ),
    path(
        "rencana/wifi/poster/<slug:code>.pdf",
        for_roles(*DESK)(posters.poster),
        name="rencana-wifi-poster",
    ),
    path(
        "rencana/wifi/calon.geojson", planners(arrangements.candidates), name="rencana-wifi-calon"
    ),
    path(
        "rencana/wifi/<int:number>/tempat.json",
        planners(arrangements.sites),
        name="rencana-wifi-tempat",
    ),
    path(
        "rencana/wifi/<int:number>/susunan.json",
        planners(arrangements.arrangement),
        name="rencana-wifi-susunan",
    ),
    path(
        "rencana/wifi/<int:number>/susunan", planners(arrangements.adopt), name="rencana-wifi-pakai"
    ),
    path("rencana/wifi/liputan", planners(views.recount), name="rencana-wifi-liputan"),
    path(
        "rencana/wifi/<int:number>/kemajuan",
        planners(views.progress),
        name="rencana-wifi-kemajuan",
    ),
    path("rencana/wifi/<int:number>/batal", planners(views.cancel), name="rencana-wifi-batal"),
    path("rencana/wifi/<int:number>/simpan", planners(views.keep), name="rencana-wifi-simpan"),
    path(
        "rencana/wifi/<int:number>.<slug:form>", planners(views.export), name="rencana-wifi-unduh"
    ),
    path(
        "rencana/wifi/skenario/<int:number>/sahkan",
        planners(views.approve),
        name="rencana-wifi-sahkan",
    ),
    path(
        "rencana/wifi/skenario/<int:number>/lupakan",
        planners(views.forget),
        name="rencana-wifi-lupakan",
    ),
]
