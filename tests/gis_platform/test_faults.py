"""What Django itself refuses is answered in the platform's own words, and leads on."""

from __future__ import annotations

import pytest
from django.test import Client, RequestFactory
from django.utils import translation

from gis_platform.pages import faults

pytestmark = pytest.mark.django_db
REFERER = {"Referer": "http://testserver/lapor/"}


def test_an_unknown_address_leads_a_visitor_home_and_to_signing_in(client):
    answer = client.get("/tidak/ada/")
    page = answer.content.decode()
    assert answer.status_code == 404
    assert 'href="/masuk/"' in page and 'class="top"' in page


def test_somebody_who_signed_in_is_told_as_whom(client_of):
    page = client_of("operator").get("/tidak/ada/").content.decode()
    assert "Anda masuk sebagai" in page and 'href="/masuk/"' not in page


def test_a_program_gets_an_unknown_address_as_a_problem(client):
    answer = client.get("/tidak/ada.json")
    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")


def test_a_stale_form_says_that_nothing_was_sent_and_leads_back(client):
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post("/lapor/", {"words": "x"}, headers=REFERER)
    assert answer.status_code == 403
    page = answer.content.decode()
    assert "tidak ada yang terkirim" in page and 'href="/lapor/"' in page


def test_a_stale_form_leads_to_no_other_host():
    request = RequestFactory().post(
        "/lapor/", headers={"Referer": "http://elsewhere.example/lapor/"}
    )
    request.user = type("Visitor", (), {"is_authenticated": False})()
    assert "/lapor/" not in faults.stale_form(request).content.decode().split("<main")[1]
    request.META["HTTP_REFERER"] = "http://testserver//elsewhere.example/"
    del request.headers  # kept since the first look
    assert 'href="//' not in faults.stale_form(request).content.decode()


def test_a_broken_page_asks_no_database(rf, django_assert_num_queries):
    with django_assert_num_queries(0), translation.override("en"):
        answer = faults.broken(rf.get("/"))
    assert answer.status_code == 500
    assert "Something broke on our side" in answer.content.decode()
