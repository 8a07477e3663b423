"""Tiles from a replica: never older than what was told, and from the primary when it stays back."""

from __future__ import annotations

import threading

import psycopg2
import pytest
from django.db import connection

from tile_service.publish.serving import KEYWORDS, config
from tile_service.serve.config import Replica
from tile_service.serve.replica import Follower
from tile_service.serve.session import Session

pytestmark = pytest.mark.django_db


def own_database() -> dict:
    """psycopg2 keywords of the test database."""
    given = connection.get_connection_params()
    return {name: given[name] for name in KEYWORDS if given.get(name)}


class Slow(Follower):
    """Follows a replica that has caught up when asked for the `turns`-th time."""

    def __init__(self, replica: Replica, turns: int) -> None:
        super().__init__(config(replica=replica), threading.Event())
        self.turns = turns

    def _holds(self, wanted: str) -> bool:
        self.turns -= 1
        return self.turns <= 0


def follow(follower: Follower) -> None:
    """Wait as the feed does."""
    primary = psycopg2.connect(**own_database())
    try:
        follower.wait(primary)
    finally:
        primary.close()


def test_a_change_is_told_once_the_replica_holds_it():
    replica = Replica(own_database())
    slow = Slow(replica, turns=3)
    follow(slow)
    assert (slow.turns, replica.usable) == (0, True)
    assert replica.behind_s > 0


def test_a_replica_that_stays_back_is_left_until_it_has_caught_up(caplog):
    replica = Replica(own_database(), most_behind_s=0.05)
    follow(Slow(replica, turns=1000))
    assert not replica.usable and "more than 0 s behind" in caplog.text
    still = Slow(replica, turns=2)
    follow(still)
    assert (still.turns, replica.usable) == (1, False)  # asked once, nothing waited
    follow(Slow(replica, turns=1))
    assert replica.usable and "again" in caplog.text


def test_a_replica_that_cannot_be_reached_is_left_at_once(caplog):
    replica = Replica({"host": "127.0.0.1", "port": "1", "dbname": "none", "user": "none"})
    follow(Follower(config(replica=replica), threading.Event()))
    assert not replica.usable and "cannot be reached" in caplog.text


def test_a_primary_that_stands_for_its_replica_is_never_behind():
    """Also one that rose from a crash: it still tells where its replay ended."""
    replica = Replica(own_database())
    follow(Follower(config(replica=replica), threading.Event()))
    assert replica.usable


def test_tile_logins_move_to_the_primary_and_the_apps_own_never_leaves_it():
    replica = Replica(own_database() | {"dbname": "elsewhere"})
    told = config(replica=replica)
    assert told.keywords("")["dbname"] == connection.settings_dict["NAME"]
    assert told.keywords("gis_tiles_public")["dbname"] == "elsewhere"
    session = Session(told, "gis_tiles_public")
    replica.usable = False
    assert told.keywords("gis_tiles_public")["dbname"] == connection.settings_dict["NAME"]
    assert session.from_replica is False
