"""Addresses of wifi hotspots and of devices in the streets; keys of devices stand for roles."""

from __future__ import annotations

from django.urls import path

from gis_platform.neighbours.sensors import receive
from gis_platform.pages.access import for_roles
from gis_platform.pages.wifi import views as wifi
from layers.access import DESK

keyholders = for_roles(*DESK)

urlpatterns = [
    path("api/v1/readings", receive.readings, name="alat-bacaan"),
    path("api/v1/beat/<slug:code>", receive.beat, name="alat-detak"),
    path("q/<slug:code>", wifi.short, name="wifi-q"),
    path("wifi/<slug:code>/", wifi.page, name="wifi-titik"),
    path("wifi/<slug:code>/kunci", keyholders(wifi.key), name="wifi-kunci"),
]
