"""Every address, with the roles that may open it beside the path."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LoginView
from django.urls import include, path, re_path
from django.views.decorators.csrf import csrf_exempt

from gis_platform.accounts import account, second_factor
from gis_platform.pages import help as help_pages
from gis_platform.pages import layer_data, open_data
from gis_platform.pages.access import for_roles
from gis_platform.pages.heat import orders as heat_orders
from gis_platform.pages.heat import picture as heat_picture
from gis_platform.pages.heat import views as heat
from gis_platform.pages.home import home
from gis_platform.pages.portal import views as portal
from gis_platform.pages.rounds import crew, hand, offline, roads, streets, way
from gis_platform.pages.rounds import desk as rounds_desk
from gis_platform.pages.rounds import views as rounds
from gis_platform.pages.services import views as services
from layers.access import DESK, Role
from tile_service.publish import views as maps
from tile_service.publish import wmts
from tile_service.publish.downloads.forms import FORMS
from tile_service.publish.sprites import layer_sprite
from tile_service.publish.wfs.views import wfs
from tile_service.publish.wms.views import wms

handler400 = "gis_platform.pages.faults.bad_request"
handler403 = "gis_platform.pages.faults.not_allowed"
handler404 = "gis_platform.pages.faults.not_found"
handler500 = "gis_platform.pages.faults.broken"

urlpatterns = [
    path("", home, name="beranda"),
    path("masuk/", LoginView.as_view(template_name="accounts/sign_in.html"), name="masuk"),
    path("masuk/kode/", second_factor.ask_for_code, name="masuk-kode"),
    path("keluar/", account.SignOut.as_view(), name="keluar"),
    path("bahasa/", include("django.conf.urls.i18n")),
    path("admin/", admin.site.urls),
    path("", include("gis_platform.device_urls")),
    path("", include("gis_platform.planning_urls")),
    path("", include("gis_platform.report_urls")),
    path("peta/", portal.portal, name="peta"),
    path("peta/wifi-terdekat.json", portal.nearest_wifi, name="wifi-terdekat"),
    path("peta/qr.svg", portal.qr, name="peta-qr"),
    path("peta/waktu.json", portal.time_counts, name="peta-waktu"),
    re_path(r"^peta/(?P<name>[a-z]+)\.(?P<kind>geojson|csv)$", portal.part, name="peta-bagian"),
    path("bantuan/", help_pages.guides, name="bantuan"),
    path("layanan/", services.page, name="layanan"),
    path("layanan/katalog.json", services.listing, name="layanan-json"),
    path("data/", open_data.data, name="data"),
    path("data/lapisan/<slug:slug>/", open_data.layer_page, name="data-lapisan"),
    path("data/layers.json", layer_data.listing, name="layers"),
    path("data/<slug:slug>.pmtiles", layer_data.archive, name="layer-pmtiles"),
    path("data/berkas/<int:pk>/", layer_data.prepared_file, name="berkas"),
    path("data/<slug:slug>.csv-metadata.json", layer_data.csv_words, name="layer-csv-words"),
    *(
        path(f"data/<slug:slug>.{form}", layer_data.download, {"form": form}, name=f"layer-{form}")
        for form in FORMS
    ),
    path("styles/base.json", maps.base_style, name="base-style"),
    path("styles/<slug:slug>.json", maps.layer_style, name="layer-style"),
    path("wfs", csrf_exempt(wfs), name="wfs"),
    path("wms", csrf_exempt(wms), name="wms"),
    path("wmts", csrf_exempt(wmts.wmts), name="wmts"),
    path("wmts/1.0.0/WMTSCapabilities.xml", csrf_exempt(wmts.wmts_document), name="wmts-dokumen"),
    path(
        "wmts/1.0.0/<slug:layer>/<slug:style>/<slug:tilematrixset>/"
        "<int:tilematrix>/<int:tilerow>/<int:tilecol>.png",
        csrf_exempt(wmts.wmts_tile),
        name="wmts-ubin",
    ),
    re_path(
        r"^styles/(?P<slug>[a-z0-9-]+)/sprite(?P<ratio>@2x|)\.(?P<form>png|json)$",
        layer_sprite,
        name="sprite",
    ),
    path("tiles/live.json", maps.live, name="live"),
    path("tiles/<slug:slug>.json", maps.tile_json, name="tilejson"),
    path("tiles/<slug:slug>/waktu.json", maps.time_counts, name="lapis-waktu"),
]

desk = for_roles(*DESK)
on_the_road = for_roles(Role.CREW)
stop_urls = [
    path("mulai/", on_the_road(crew.start_stop), name="kru-mulai"),
    path("selesai/", on_the_road(crew.finish_stop), name="kru-selesai"),
    path("lewati/", on_the_road(crew.skip_stop), name="kru-lewati"),
    path("bukti/", for_roles(Role.CREW, *DESK)(crew.proof), name="bukti"),
]
urlpatterns += [
    path("rute/", desk(rounds_desk.desk), name="rute"),
    path("rute/antar/", desk(way.way_page), name="rute-antar"),
    path("rute/antar.json", desk(way.way_data), name="rute-antar-data"),
    path("rute/jaringan/", desk(streets.network_page), name="rute-jaringan"),
    path("rute/jaringan/peta.json", desk(streets.network_data), name="rute-jaringan-data"),
    path("rute/jalan/", desk(roads.roads_page), name="rute-jalan"),
    path("rute/jalan/penutupan.json", desk(roads.closures), name="rute-penutupan"),
    path(
        "rute/jalan/penutupan/pratinjau.json", desk(roads.preview), name="rute-penutupan-pratinjau"
    ),
    path(
        "rute/jalan/penutupan/<int:closure_id>/buka/",
        desk(roads.open_again),
        name="rute-penutupan-buka",
    ),
    path("rute/jalan/regu.json", desk(roads.crews), name="rute-regu"),
    path("rute/jalan/jangkauan.json", desk(roads.reach), name="rute-jangkauan"),
    path("rute/hitung/", desk(rounds_desk.compute), name="rute-mulai"),
    path("rute/hitung/<int:run_id>/", desk(rounds_desk.waiting), name="rute-hitung"),
    path("rute/hitung/<int:run_id>/sejauh.json", desk(rounds_desk.how_far), name="rute-sejauh"),
    path("rute/hitung/<int:run_id>/batal/", desk(rounds_desk.cancel), name="rute-batal"),
    path("rute/<int:plan_id>/", desk(rounds.plan_page), name="rute-rencana"),
    path("rute/<int:plan_id>/pindah/", desk(hand.move), name="rute-pindah"),
    path("rute/<int:plan_id>/keluar/", desk(hand.take_out), name="rute-keluar"),
    path("rute/<int:plan_id>/kunci/", desk(hand.lock), name="rute-kunci"),
    path("rute/<int:plan_id>/urutkan/", desk(hand.in_order), name="rute-urutkan"),
    path("rute/<int:plan_id>/semula/", desk(hand.back_in_order), name="rute-semula"),
    path("rute/<int:plan_id>/terbit/", desk(rounds.publish), name="rute-terbit"),
    path("rute/<int:plan_id>/peta.json", desk(rounds.plan_data), name="rute-data"),
    path("rute/<int:plan_id>/rute.geojson", desk(rounds.plan_geojson), name="rute-geojson"),
    path("rute/<int:plan_id>/rute.gpx", desk(rounds.plan_gpx), name="rute-gpx"),
    path("rute/<int:plan_id>/rute.kml", desk(rounds.plan_kml), name="rute-kml"),
    path("rute/<int:plan_id>/<int:number>.gpx", desk(rounds.round_gpx), name="rute-satu-gpx"),
    path("rute/<int:plan_id>/cetak/", desk(rounds.plan_sheet), name="rute-cetak"),
    path("kru/", on_the_road(crew.today), name="kru"),
    path("kru/sw.js", offline.service_worker, name="kru-sw"),
    path("kru/pekerja-peta.mjs", offline.map_worker, name="kru-pekerja-peta"),
    path("kru/aplikasi.webmanifest", offline.manifest, name="kru-aplikasi"),
    path("kru/kirim/", on_the_road(crew.receive), name="kru-kirim"),
    path("kru/<int:round_id>/bekal.json", on_the_road(offline.map_pack), name="kru-bekal"),
    path("kru/<int:round_id>/", on_the_road(crew.crew_round), name="kru-rute"),
    path("kru/<int:round_id>/peta.json", on_the_road(crew.round_data), name="kru-data"),
    path("kru/<int:round_id>/rute.geojson", on_the_road(crew.round_geojson), name="kru-geojson"),
    path("kru/<int:round_id>/rute.gpx", on_the_road(crew.round_gpx), name="kru-gpx"),
    path("kru/<int:round_id>/rute.kml", on_the_road(crew.round_kml), name="kru-kml"),
    path("kru/<int:round_id>/shift.ics", on_the_road(crew.round_ics), name="kru-ics"),
    path("kru/<int:round_id>/cetak/", on_the_road(crew.round_sheet), name="kru-cetak"),
    path("kru/perhentian/<int:stop_id>/", include(stop_urls)),
]
urlpatterns += [
    path("akun/", login_required(account.account), name="akun"),
    path("akun/token/<int:pk>/cabut/", login_required(account.withdraw_token), name="akun-cabut"),
    path("akun/sesi/akhiri/", login_required(account.end_my_sessions), name="akun-akhiri"),
]
at_the_desk = for_roles(Role.OPERATOR)
urlpatterns += [
    path("ops/panas/", at_the_desk(heat.page), {"laman": "panas"}, name="panas"),
    path("analisis/", for_roles(Role.PLANNER)(heat.page), {"laman": "analisis"}, name="analisis"),
    path("analisis/hitung/", desk(heat.work_out), name="panas-hitung"),
    path("analisis/<int:run>/keadaan.json", desk(heat.state), name="panas-keadaan"),
    path("analisis/<int:run>/sel.json", desk(heat.cells), name="panas-sel"),
    path("analisis/<int:run>/jendela.json", desk(heat.window), name="panas-jendela"),
    path("analisis/<int:run>/klaster.json", desk(heat.clusters), name="panas-klaster"),
    path("analisis/<int:run>/lapis/<slug:kind>.json", desk(heat.more), name="panas-lapis"),
    path("analisis/<int:run>/panas.png", desk(heat_picture.picture), name="panas-gambar"),
    path("analisis/alarm/", desk(heat_orders.alarms), name="panas-alarm"),
    path("analisis/<slug:kind>/<int:pk>/", desk(heat_orders.finding), name="panas-rinci"),
    path(
        "analisis/<slug:kind>/<int:pk>/perintah/",
        at_the_desk(heat_orders.order),
        name="panas-perintah",
    ),
]
