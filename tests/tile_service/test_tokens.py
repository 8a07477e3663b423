"""A token is worth what it says, while its person and session hold it, and nothing more."""

from __future__ import annotations

import itertools
import logging
import time
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.utils import timezone

from layers.access import Role, face_for
from layers.catalog.wifi import WifiHotspot
from layers.registry import all_layers
from tests.conftest import hashed
from tests.tile_service import toy
from tests.tile_service.conftest import committed
from tests.tile_service.test_tiles import KEY, SOON, address, version_of
from tile_service.models import PersonalToken, TokenGeneration
from tile_service.publish import personal, withdrawing
from tile_service.serve import grants, tokens

pytestmark = pytest.mark.django_db
STAFF = {"wifi-hotspots": "staff"}
NAMES = itertools.count()


def planner() -> User:
    """A committed person with the planner's role."""

    def make() -> User:
        user = User.objects.create(
            username=f"perencana-{next(NAMES)}", password=hashed("sandi-uji-123")
        )
        user.groups.add(Group.objects.get_or_create(name=Role.PLANNER.value)[0])
        return user

    return committed(make)


def token_of(user: User, session: str = "sesi") -> str:
    """Token as a page of that session would get it."""
    holders = committed(lambda: withdrawing.holders_of(user, session))
    return tokens.mint(KEY, STAFF, expires_at=SOON, holders=holders)


def status(server, token: str, **headers: str) -> int:
    """What the staff tile answers."""
    return server.get(address("wifi-hotspots", token, 12), **headers).status


def until(server, token: str, wanted: int, **headers: str) -> None:
    """Wait until the tile answers `wanted`."""
    ends = time.monotonic() + 10
    while (found := status(server, token, **headers)) != wanted:
        assert time.monotonic() < ends, f"{found}, not {wanted}"
        time.sleep(0.01)


def test_no_character_of_a_token_can_be_edited():
    token = tokens.mint(KEY, STAFF, expires_at=SOON, holders={"u1": 3})
    assert tokens.read(KEY, token, now=time.time()) == tokens.Told(STAFF, SOON, {"u1": 3})
    for at, letter in enumerate(token):
        for other in {"A", "Q", "."} - {letter}:
            edited = token[:at] + other + token[at + 1 :]
            try:
                told = tokens.read(KEY, edited, now=time.time())
            except tokens.BadToken:
                continue
            # the last letter of base64 holds bits that stand for nothing
            assert told.faces == STAFF and told.holders == {"u1": 3}


@pytest.mark.parametrize("bad", ["", ".", "..", "a.b", "pub.pub", "é", "A" * 5000, "gis_x", "%00"])
def test_what_is_no_token_opens_nothing(bad):
    with pytest.raises(tokens.BadToken):
        tokens.read(KEY, bad, now=0)


def test_a_token_ends_when_its_time_is_over():
    token = tokens.mint(KEY, STAFF, expires_at=1000)
    assert tokens.read(KEY, token, now=999.9).faces == STAFF
    with pytest.raises(tokens.BadToken):
        tokens.read(KEY, token, now=1000)


def test_leaving_withdraws_the_tokens_of_that_session_alone(server):
    user = planner()
    here, elsewhere = token_of(user, "satu"), token_of(user, "dua")
    assert (status(server, here), status(server, elsewhere)) == (200, 200)
    committed(lambda: withdrawing.withdraw(withdrawing.session_holder("satu")))
    until(server, here, 404)
    assert status(server, elsewhere) == 200
    again = token_of(user, "satu")
    assert status(server, again) == 200


@pytest.mark.parametrize(
    "change",
    [
        lambda user: user.groups.clear(),
        lambda user: user.groups.add(Group.objects.get_or_create(name="crew")[0]),
        lambda user: User.objects.filter(pk=user.pk).update(is_active=False),
        lambda user: User.objects.filter(pk=user.pk).update(is_superuser=True),
        lambda user: User.objects.filter(pk=user.pk).update(password="x"),
        lambda user: user.delete(),
        withdrawing.end_sessions,
    ],
    ids=["role taken", "role given", "deactivated", "raised", "password", "deleted", "ended"],
)
def test_a_change_of_the_person_withdraws_every_token(server, change):
    user = planner()
    token = token_of(user)
    assert status(server, token) == 200
    committed(lambda: change(user))
    until(server, token, 404)


def test_a_sign_in_withdraws_nothing(server):
    user = planner()
    token = token_of(user)
    committed(lambda: User.objects.filter(pk=user.pk).update(last_login=timezone.now()))
    assert not TokenGeneration.objects.filter(
        holder=withdrawing.person_holder(user.pk), generation__gt=1
    ).exists()
    assert status(server, token) == 200


def test_an_open_stream_ends_with_its_token(server):
    user = planner()
    stream = server.listen(f"/events?token={token_of(user)}")
    stream.wait_for("retry:")
    committed(lambda: toy.make(WifiHotspot))
    stream.wait_for("wifi-hotspots")
    heard = stream.text
    committed(lambda: withdrawing.withdraw(withdrawing.person_holder(user.pk)))
    before = server.app.catalogue.epochs.get(("wifi-hotspots", "staff"), 0)
    committed(lambda: toy.make(WifiHotspot))
    server.wait_for_epoch("wifi-hotspots", "staff", before)
    time.sleep(0.4)
    assert stream.text == heard
    stream.close()


def personal_token(user: User, **more) -> str:
    """A token of that person."""
    given = {"label": "QGIS", "at": timezone.now(), "life": timedelta(days=30)} | more
    return committed(lambda: personal.make(person=user, **given))


def test_a_personal_token_opens_what_its_persons_roles_open_today(server):
    user = planner()
    header = {"authorization": f"Bearer {personal_token(user)}"}
    until(server, "me", 200, **header)
    right = address("wifi-hotspots", "me", 12, version_of("wifi-hotspots", "staff"))
    answer = server.get(right, **header)
    assert b"provider" in answer.body
    assert answer.headers["cache-control"] == "private, no-cache"
    assert answer.headers["vary"] == "Accept-Encoding, Authorization"
    assert "access-control-allow-origin" not in answer.headers
    open_one = server.get(address("islands", "me", 12), **header)
    assert open_one.headers["cache-control"] == "no-store"  # a wrong version
    committed(lambda: user.groups.clear())
    ends = time.monotonic() + 10
    while b"provider" in server.get(right, **header).body:
        assert time.monotonic() < ends
    assert server.get(address("cctv", "me", 13), **header).status == 404


def test_a_personal_token_belongs_in_the_header_alone(server):
    token = personal_token(planner())
    until(server, "me", 200, authorization=f"Bearer {token}")
    assert status(server, token) == 404
    assert status(server, "me") == 404
    assert status(server, "me", authorization=f"Basic {token}") == 404
    assert status(server, "me", authorization=f"Bearer {token}x") == 404
    assert status(server, "pub", authorization=f"Bearer {token}") == 200


def test_a_personal_token_ends_and_is_withdrawn_by_its_person_alone(server):
    user, other = planner(), planner()
    token = personal_token(user)
    header = {"authorization": f"Bearer {token}"}
    until(server, "me", 200, **header)
    (row,) = committed(lambda: list(PersonalToken.objects.filter(person=user)))
    assert token not in f"{row.__dict__}" and row.digest == tokens.digest_of(token)
    with pytest.raises(personal.NotFound):
        committed(lambda: personal.withdraw(person=other, pk=row.pk))
    committed(lambda: personal.withdraw(person=user, pk=row.pk))
    until(server, "me", 404, **header)
    late = personal_token(user, at=timezone.now() - timedelta(days=31))
    assert status(server, "me", authorization=f"Bearer {late}") == 404


def test_tokens_are_few_and_end_within_a_year(server):
    user = planner()
    for life in (timedelta(hours=1), timedelta(days=400)):
        with pytest.raises(personal.BadTokenLife):
            personal_token(user, life=life)
    for _ in range(personal.MOST):
        personal_token(user)
    with pytest.raises(personal.TooManyTokens):
        personal_token(user)


def test_the_published_rows_say_what_access_says(server):
    catalogue = server.app.catalogue
    for count in range(len(Role) + 1):
        for held in itertools.combinations(Role, count):
            opened = catalogue.opened_to(held)
            for layer in all_layers():
                face = face_for(layer, held)
                assert opened.get(layer.slug) == (face.value if face else None), (layer.slug, held)


def test_a_token_stands_in_no_log_and_in_no_referrer(server, caplog, monkeypatch):
    token = token_of(planner())
    with caplog.at_level(logging.DEBUG):
        assert status(server, token) == 200

        def broken(*_):
            raise ValueError("SELECT secret FROM /srv/tiles")

        monkeypatch.setattr(grants, "face_of", broken)
        answer = server.get(address("wifi-hotspots", token, 12))
    assert answer.status == 500
    assert b"SELECT" not in answer.body and b"/srv" not in answer.body
    assert b"Traceback" not in answer.body
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert caplog.records
    assert not [line for line in caplog.messages if token[:20] in line]


def test_the_view_of_bearers_holds_digests_and_no_names(toy_city):
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM published.bearers LIMIT 0")
        assert [c.name for c in cursor.description] == ["digest", "holder", "ends_at", "roles"]
