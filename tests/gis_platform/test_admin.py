"""The administrators' pages: the city's own map, nothing foreign, no editing of history."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.contrib.gis.db.models import GeometryField
from django.contrib.gis.geos import Point
from django.urls import reverse
from django.utils.html import escape

from layers.access import STAFF, Role, roles_of
from layers.admin import LayerAdmin, kept_by_hand
from layers.catalog.agencies import Agency
from layers.catalog.reports.work import Post
from layers.catalog.wifi import WifiHotspot
from layers.geography import city
from layers.map_widget import MapWidget
from layers.registry import all_layers

LAYERS = [
    (model, made) for model, made in admin.site._registry.items() if isinstance(made, LayerAdmin)
]


@pytest.mark.parametrize(("model", "made"), LAYERS, ids=lambda one: getattr(one, "__name__", ""))
def test_every_place_is_edited_on_the_citys_own_map(model, made):
    for field in model._meta.concrete_fields:
        if isinstance(field, GeometryField) and field.editable:
            widget = made.formfield_for_dbfield(field, None).widget
            assert isinstance(widget, MapWidget), field.name
            assert "//" not in str(widget.media).replace("/static/", "")


def test_what_actions_and_studies_write_is_looked_at_only():
    by_hand = {layer.slug for layer in all_layers() if kept_by_hand(layer)}
    assert {"wifi-hotspots", "waste-bins", "islands", "cctv", "agencies"} <= by_hand
    assert not {"reports", "incident-clusters", "rounds", "elevation"} & by_hand


@pytest.mark.django_db
def test_a_report_can_be_read_but_not_changed_in_the_admin(client_of):
    client = client_of("admin")
    assert client.get("/admin/layers/report/").status_code == 200
    assert client.get("/admin/layers/report/add/").status_code == 403


@pytest.mark.django_db
def test_a_moved_point_is_saved_where_it_was_dropped(client_of):
    lon, lat = city().centre
    place = Point(lon, lat, srid=4326)
    hotspot = WifiHotspot.objects.create(code="uji", name="Uji", status="works", geom=place)
    answer = client_of("admin").post(
        f"/admin/layers/wifihotspot/{hotspot.pk}/change/",
        {
            "code": "uji", "name": "Uji", "status": "works", "radius_m": 60, "power_hours": 24,
            "origin": "published",
            "geom": f'{{"type": "Point", "coordinates": [{lon + 0.001}, {lat}]}}',
        },
    )  # fmt: skip
    hotspot.refresh_from_db()
    assert answer.status_code == 302
    assert (hotspot.geom.x, hotspot.geom.y) == pytest.approx((lon + 0.001, lat))


@pytest.mark.django_db
def test_an_administrator_gives_a_person_a_role_and_a_post(client_of, person):
    somebody = User.objects.create_user("siti", password="sandi-uji-123")
    agency = Agency.objects.create(code="uji", name="Dinas Uji")
    roles = set(Group.objects.values_list("name", flat=True))
    assert roles == {role.value for role in STAFF}
    client = client_of("admin")
    page = client.get(f"/admin/auth/user/{somebody.pk}/change/", headers={"accept-language": "en"})
    assert b"Posts in agencies" in page.content and b"own route" in page.content
    answer = client.post(
        f"/admin/auth/user/{somebody.pk}/change/",
        {
            "username": "siti", "is_active": "on",
            "groups": [Group.objects.get(name=Role.AGENCY.value).pk],
            "date_joined_0": "2026-11-22", "date_joined_1": "08:00:00",
            "posts-TOTAL_FORMS": 1, "posts-INITIAL_FORMS": 0,
            "posts-0-agency": agency.pk, "posts-0-user": somebody.pk, "posts-0-unit": "",
        },
    )  # fmt: skip
    assert answer.status_code == 302, answer.content
    assert Role.AGENCY in roles_of(somebody) and Post.objects.get(user=somebody).agency == agency


@pytest.mark.django_db
def test_a_point_off_the_earth_is_refused_with_the_form(client_of):
    answer = client_of("admin").post(
        "/admin/layers/wifihotspot/add/",
        {"code": "uji", "name": "Uji", "status": "works", "geom": '{"type":"Point"}'},
    )
    assert answer.status_code == 200
    assert not WifiHotspot.objects.exists()


@pytest.mark.django_db
def test_tables_are_called_what_the_layers_are_called_in_the_readers_language(client_of):
    client = client_of("admin")
    for language in ("id", "en"):
        client.cookies["django_language"] = language
        shown = client.get("/admin/").content.decode()
        wanted = [escape(made.layer.title_in(language)) for _, made in LAYERS]
        assert "What rose this week" in wanted or language == "id"
        assert not [title for title in wanted if title not in shown]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "wanted", "foreign"),
    [
        ("id", {"jam sehari", "tidak diketahui", "penyedia"}, {"hours a day", "unknown<"}),
        ("en", {"hours a day", ">unknown<", "provider"}, {"tidak diketahui", "jam sehari"}),
    ],
)
def test_columns_values_and_hints_are_in_the_readers_language(client_of, language, wanted, foreign):
    place = Point(*city().centre, srid=4326)
    spot = WifiHotspot.objects.create(code="uji", name="Uji", status="unknown", geom=place)
    client = client_of("admin")
    client.cookies["django_language"] = language
    table = "/admin/layers/wifihotspot/"
    pages = [
        client.get(address).content.decode() for address in (table, f"{table}{spot.pk}/change/")
    ]
    said = " ".join(pages).lower()
    assert {words for words in wanted if words not in said} == set()
    assert {words for words in foreign if words in said} == set()


def test_the_last_administrator_stays(client_of, person):
    client = client_of("admin")
    last = User.objects.get(username="admin")
    page = reverse("admin:auth_user_change", args=[last.pk])
    told = {
        "username": "admin", "date_joined_0": "2026-01-01", "date_joined_1": "00:00:00",
        "posts-TOTAL_FORMS": "0", "posts-INITIAL_FORMS": "0", "is_active": "on",
    }  # fmt: skip
    refused = client.post(page, told)
    assert refused.status_code == 200 and "administrator terakhir" in refused.content.decode()
    gone = client.post(reverse("admin:auth_user_delete", args=[last.pk]), {"post": "yes"})
    assert gone.status_code == 403
    User.objects.filter(pk=person("kedua").pk).update(is_superuser=True)
    assert client.post(page, told).status_code == 302
    last.refresh_from_db()
    assert not last.is_superuser
