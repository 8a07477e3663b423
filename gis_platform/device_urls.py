"""Addresses of wifi hotspots, bins and devices in the streets; a device's key is its role."""

from __future__ import annotations

from django.urls import path

from gis_platform.neighbours.sensors import receive
from gis_platform.pages.access import for_roles
from gis_platform.pages.bins import views as bins
from gis_platform.pages.wifi import views as wifi
from layers.access import DESK

desk = for_roles(*DESK)

urlpatterns = [
    path("api/v1/readings", receive.readings, name="alat-bacaan"),
    path("api/v1/beat/<slug:code>", receive.beat, name="alat-detak"),
    path("rencana/bak/", desk(bins.page), name="rencana-bak"),
    path("rencana/bak/hitung", desk(bins.forecast), name="rencana-bak-hitung"),
    path("q/<slug:code>", wifi.short, name="wifi-q"),
    path("wifi/<slug:code>/", wifi.page, name="wifi-titik"),
    path("wifi/<slug:code>/kunci", desk(wifi.key), name="wifi-kunci"),
]
