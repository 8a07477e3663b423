"""A person's own page: tokens are shown once, withdrawn at once; leaving takes the map's too."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tile_service.models import PersonalToken, TokenGeneration
from tile_service.publish import withdrawing
from tile_service.serve import tokens

pytestmark = pytest.mark.django_db


def made_token(client: Client) -> str:
    """Text of a token made through the page."""
    page = client.post("/akun/", {"label": "QGIS kantor", "days": "30"}).content.decode()
    return re.search(r'value="(gis_[A-Za-z0-9_-]{43})"', page)[1]


def test_a_token_is_shown_once_and_kept_as_a_digest(client_of):
    client = client_of("planner")
    text = made_token(client)
    page = client.get("/akun/").content.decode()
    assert "QGIS kantor" in page and text not in page
    row = PersonalToken.objects.get()
    assert row.digest == tokens.digest_of(text)
    assert row.person.username == "planner"


def test_a_person_withdraws_only_their_own_token(client_of):
    planner, crew = client_of("planner"), client_of("crew")
    made_token(planner)
    place = f"/akun/token/{PersonalToken.objects.get().pk}/cabut/"
    assert crew.post(place).status_code == 404
    assert PersonalToken.objects.count() == 1
    assert planner.get(place).status_code == 405
    assert planner.post(place).status_code == 302
    assert PersonalToken.objects.count() == 0


def test_a_visitor_has_no_account_page(client):
    assert client.get("/akun/").headers["Location"].startswith("/masuk/")


def test_nonsense_makes_no_token(client_of):
    client = client_of("planner")
    for given in ({"label": "", "days": "30"}, {"label": "x", "days": "9999"}, {"label": "x"}):
        assert client.post("/akun/", given).status_code == 200
    assert PersonalToken.objects.count() == 0


def test_signing_out_withdraws_the_tokens_of_this_session(client_of):
    client = client_of("planner")
    holder = withdrawing.session_holder(client.session.session_key)
    assert not TokenGeneration.objects.filter(holder=holder).exists()
    client.post("/keluar/")
    assert TokenGeneration.objects.get(holder=holder).generation == 1


def test_ending_all_sessions_signs_out_everywhere(client_of):
    here = client_of("planner")
    user = User.objects.get(username="planner")
    elsewhere, other = Client(), client_of("crew")
    elsewhere.force_login(user)
    assert here.post("/akun/sesi/akhiri/").status_code == 302
    for client in (here, elsewhere):
        assert client.get("/akun/").status_code == 302
    assert other.get("/akun/").status_code == 200
    assert TokenGeneration.objects.get(holder=withdrawing.person_holder(user.pk)).generation >= 1


def test_the_tokens_of_a_page_hang_on_its_person_and_session(client_of, settings):
    client = client_of("planner")
    address = client.get("/tiles/live.json").json()["events"]
    key = tokens.key_from(settings.SECRET_KEY)
    told = tokens.read(key, address.partition("token=")[2], now=0)
    user = User.objects.get(username="planner")
    session = withdrawing.session_holder(client.session.session_key)
    assert set(told.holders) == {withdrawing.person_holder(user.pk), session}
