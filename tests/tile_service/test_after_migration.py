"""A migration takes the published views away: outlets still answer, and `migrate` mends it."""

from __future__ import annotations

import json

import pytest
from django.db import connection
from django.test import Client, RequestFactory
from django.utils import translation

from gis_platform.http_errors import ErrorsToAnswers
from tests.tile_service import toy
from tests.tile_service.conftest import committed
from tile_service import apps
from tile_service.models import PublishedLayer
from tile_service.publish import after_migrate, standing

pytestmark = pytest.mark.django_db
WFS, WMS = "/wfs?SERVICE=WFS&VERSION=2.0.0&REQUEST=", "/wms?SERVICE=WMS&VERSION=1.3.0&REQUEST="
AREA = "&CRS=CRS:84&BBOX=127,0.5,128,1.5&WIDTH=64&HEIGHT=64"
PAGES = {
    "/layanan/": 200,
    "/layanan/katalog.json": 200,
    "/tiles/wifi-hotspots.json": 200,
    "/tiles/reports.json": 200,
    "/styles/base.json": 200,
    "/tiles/reports/waktu.json": 200,
    "/tiles/reports/waktu.json?step=P1W": 200,
    f"{WFS}GetCapabilities": 200,
    f"{WMS}GetCapabilities": 200,
    "/wmts?SERVICE=WMTS&REQUEST=GetCapabilities": 200,
    "/data/wifi-hotspots.geojson": 200,
    f"{WFS}GetFeature&TYPENAMES=wifi-hotspots": 503,
    f"{WMS}GetMap&LAYERS=wifi-hotspots&STYLES=&FORMAT=image/png{AREA}": 503,
}
SENTENCE = "manage.py publish_layers"


def take_away() -> None:
    """What `migrate` does before the first migration."""
    apps.drop_views(plan=[("a migration", False)], using="default")


def mend(**told) -> None:
    """What `migrate` does after the last one."""
    after_migrate.publish_again("default", **{"plan": []} | told)


@pytest.fixture(scope="module")
def bare_city(toy_city, server, django_db_blocker):
    """The toy city between a migration's first line and its last."""
    with django_db_blocker.unblock():
        committed(take_away)
    return toy_city


@pytest.mark.parametrize(("address", "status"), PAGES.items())
def test_every_outlet_answers_while_nothing_is_published(bare_city, client, address, status):
    answer = client.get(address)
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    assert answer.status_code == status, body.decode()[:400]
    if address == "/layanan/":
        assert SENTENCE in body.decode() and "Peta sedang diterbitkan ulang" in body.decode()


def test_tiles_and_ogc_answer_with_a_sentence_and_no_fault(bare_city, server):
    x, y = (int(part) for part in toy.column_and_row(*toy.middle(), 13))
    assert server.get("/ogc").status == server.get("/ogc/collections").status == 200
    for address in (
        "/ogc/collections/waste-bins/items",
        f"/ogc/collections/waste-bins/tiles/WebMercatorQuad/13/{y}/{x}",
    ):
        answer = server.get(address)
        assert answer.status == 503 and SENTENCE in answer.body.decode(), address


def test_a_question_that_meets_no_view_is_told_in_both_languages(bare_city):
    def asked(language: str) -> str:
        request = RequestFactory().get("/peta/kota.json")
        with translation.override(language):
            try:
                with connection.cursor() as cursor:
                    cursor.execute('SELECT * FROM published."reports__public"')
            except Exception as fault:
                answer = ErrorsToAnswers(lambda _: None).process_exception(request, fault)
                assert answer is not None and answer.status_code == 503
                return str(json.loads(answer.content)["title"])
        raise AssertionError("the view is there")

    assert "sedang diterbitkan ulang" in committed(lambda: asked("id"))
    assert "is being published" in committed(lambda: asked("en"))


def test_the_end_of_migrate_publishes_what_it_took_away(bare_city, server, client, capsys):
    committed(lambda: mend(verbosity=1))
    assert f"{PublishedLayer.objects.count()} faces" in capsys.readouterr().out
    for address in PAGES:
        assert client.get(address).status_code == 200, address
    assert SENTENCE not in Client().get("/layanan/").content.decode()


def test_a_city_that_was_never_published_stays_so(toy_city):
    PublishedLayer.objects.all().delete()
    take_away()
    mend()
    assert not standing.stand() and not PublishedLayer.objects.exists()


def test_tables_that_do_not_fit_the_code_yet_are_told_with_the_line_to_type(
    toy_city, monkeypatch, capsys
):
    def refuse():
        raise standing.NotPublished

    monkeypatch.setattr(after_migrate, "publish", refuse)
    monkeypatch.setattr(after_migrate, "stand", lambda using: False)
    mend()
    assert "manage.py publish_layers" in capsys.readouterr().err
