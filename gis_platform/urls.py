"""Every address, with the roles that may open it beside the path."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import include, path

from gis_platform.accounts import second_factor
from gis_platform.pages import layer_data
from gis_platform.pages.home import home
from gis_platform.pages.performance import views as performance
from tile_service.publish import views as maps

urlpatterns = [
    path("", home, name="beranda"),
    path("masuk/", LoginView.as_view(template_name="accounts/sign_in.html"), name="masuk"),
    path("masuk/kode/", second_factor.ask_for_code, name="masuk-kode"),
    path("keluar/", LogoutView.as_view(), name="keluar"),
    path("bahasa/", include("django.conf.urls.i18n")),
    path("admin/", admin.site.urls),
    path("data/layers.json", layer_data.listing, name="layers"),
    path("data/<slug:slug>.geojson", layer_data.geojson, name="layer-geojson"),
    path("data/<slug:slug>.csv", layer_data.csv, name="layer-csv"),
    path("kinerja/", performance.page, name="kinerja"),
    path("kinerja.json", performance.as_json, name="kinerja-json"),
    path("kinerja.csv", performance.as_csv, name="kinerja-csv"),
    path("styles/base.json", maps.base_style, name="base-style"),
    path("styles/<slug:slug>.json", maps.layer_style, name="layer-style"),
    path("tiles/live.json", maps.live, name="live"),
    path("tiles/<slug:slug>.json", maps.tile_json, name="tilejson"),
]
