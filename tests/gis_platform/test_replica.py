"""Who may read from the replica: visitors who have written nothing lately."""

from __future__ import annotations

import pytest
from django.db import OperationalError
from django.http import HttpResponse
from django.test import RequestFactory

from gis_platform import replica
from layers.catalog.places import Island

MAKE = RequestFactory()


@pytest.fixture
def with_replica(settings, monkeypatch):
    """A replica that is fine, in the settings alone."""
    settings.DATABASES = settings.DATABASES | {"replica": {}}
    monkeypatch.setattr(replica.Watch, "_fault", lambda self: "")
    monkeypatch.setattr(replica, "WATCH", replica.Watch())


def read_by(request) -> tuple[str | None, HttpResponse]:
    """The database that a view would read from, and its answer."""
    seen: list[str | None] = []

    def view(request):
        seen.append(replica.Router().db_for_read(Island))
        return HttpResponse()

    answer = replica.visitors_read_the_replica(view)(request)
    return seen[0], answer


def test_a_visitors_page_is_read_from_the_replica(with_replica):
    assert read_by(MAKE.get("/"))[0] == "replica"
    assert replica.Router().db_for_read(Island) is None  # outside a request, never


@pytest.mark.parametrize("cookie", ["sessionid", replica.WROTE])
def test_who_is_signed_in_or_has_just_written_reads_the_primary(with_replica, cookie):
    request = MAKE.get("/")
    request.COOKIES[cookie] = "1"
    assert read_by(request)[0] is None


def test_a_write_reads_the_primary_and_keeps_the_writer_there(with_replica):
    database, answer = read_by(MAKE.post("/"))
    assert database is None
    assert answer.cookies[replica.WROTE]["max-age"] == replica.WROTE_S


def test_without_a_replica_nothing_changes():
    database, answer = read_by(MAKE.post("/"))
    assert (database, list(answer.cookies)) == (None, [])
    assert read_by(MAKE.get("/"))[0] is None


def test_a_replica_that_fails_or_lags_is_left_and_told_once(with_replica, monkeypatch, caplog):
    watch = replica.Watch()
    assert watch.is_fine()
    monkeypatch.setattr(replica.Watch, "_fault", lambda self: "is 40 s behind")
    assert watch.is_fine(), "not asked anew within seconds"
    monkeypatch.setattr(replica, "ASKED_EVERY_S", -1.0)
    assert not watch.is_fine() and not watch.is_fine()
    assert caplog.text.count("is 40 s behind") == 1


def test_an_unreachable_replica_is_a_fault_not_an_error(monkeypatch):
    class Gone:
        def cursor(self):
            raise OperationalError

        def close(self):
            pass

    monkeypatch.setattr(replica, "connections", {"replica": Gone()})
    assert replica.Watch()._fault() == "cannot be reached"
