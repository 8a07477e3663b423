"""Signing in on a production server: a code beside the password, and a limit on guesses."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client, override_settings
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice

from gis_platform.accounts.address import address_of
from gis_platform.checks import (
    nobody_signs_in_as_in_the_demo,
    production_is_guarded,
    the_database_keeps_what_it_was_told,
)
from gis_platform.management.commands.demo_people import make_people

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.django_db
PASSWORD = "sandi-uji-123"


def code_for(device: TOTPDevice) -> str:
    """The six digits that the person's device shows now."""
    return f"{totp(device.bin_key, device.step, device.t0, device.digits):06}"


@override_settings(SECOND_FACTOR=True)
def test_a_planner_with_only_the_password_reaches_nothing_but_the_code_page(client_of):
    client = client_of("planner")
    answer = client.get("/data/population.geojson")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/masuk/kode/?next=")


@override_settings(SECOND_FACTOR=True)
def test_the_right_code_opens_the_house_and_a_wrong_one_does_not(client_of):
    client = client_of("planner")
    assert b"data:image/svg" in client.get("/masuk/kode/").content
    wrong = client.post("/masuk/kode/", {"code": "000000"})
    assert wrong.status_code == 200
    device = TOTPDevice.objects.get()
    device.throttle_reset()
    right = client.post("/masuk/kode/", {"code": code_for(device), "next": "/data/layers.json"})
    assert right["Location"] == "/data/layers.json"
    assert client.get("/data/population.geojson").status_code == 200


@override_settings(SECOND_FACTOR=True)
def test_crews_and_visitors_need_no_code(client_of, client):
    assert client_of("crew").get("/data/waste-bins.geojson").status_code == 200
    assert client.get("/data/waste-bins.geojson").status_code == 200


@override_settings(SECOND_FACTOR=True)
def test_the_code_page_sends_nobody_to_a_foreign_address(client_of):
    client = client_of("planner")
    client.get("/masuk/kode/")
    device = TOTPDevice.objects.get()
    answer = client.post(
        "/masuk/kode/", {"code": code_for(device), "next": "//elsewhere.example/steal"}
    )
    assert answer["Location"] == "/"


@override_settings(AXES_ENABLED=True)
def test_ten_wrong_passwords_lock_the_account_for_that_address(person):
    person("operator")
    client = Client()
    for _ in range(10):
        client.post("/masuk/", {"username": "operator", "password": "salah"})
    locked = client.post("/masuk/", {"username": "operator", "password": PASSWORD})
    assert locked.status_code == 429
    elsewhere = client.post(
        "/masuk/", {"username": "operator", "password": PASSWORD}, REMOTE_ADDR="10.0.0.9"
    )
    assert elsewhere.status_code == 302


@override_settings(AXES_ENABLED=True, AXES_FAILURE_LIMIT=2)
def test_behind_the_proxy_a_stranger_does_not_lock_the_owner_out(person):
    person("operator")
    client = Client()
    for _ in range(2):
        client.post(
            "/masuk/", {"username": "operator", "password": "salah"},
            HTTP_X_FORWARDED_FOR="203.0.113.9",
        )  # fmt: skip
    asked = {"username": "operator", "password": PASSWORD}
    assert client.post("/masuk/", asked, HTTP_X_FORWARDED_FOR="203.0.113.9").status_code == 429
    assert client.post("/masuk/", asked, HTTP_X_FORWARDED_FOR="198.51.100.4").status_code == 302


@pytest.mark.parametrize(
    ("peer", "told", "address"),
    [
        ("127.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "10.1.1.1, 203.0.113.9", "203.0.113.9"),  # the last one is nginx's own
        ("127.0.0.1", "", "127.0.0.1"),
        ("203.0.113.9", "10.1.1.1", "203.0.113.9"),  # nobody tells their own
    ],
)
def test_only_a_proxy_on_this_machine_says_who_asks(rf, peer, told, address):
    request = rf.get("/masuk/", REMOTE_ADDR=peer, HTTP_X_FORWARDED_FOR=told)
    assert address_of(request) == address


@override_settings(PRODUCTION=True)
def test_a_production_server_with_the_demos_passwords_is_refused():
    make_people()
    (fault,) = nobody_signs_in_as_in_the_demo()
    assert "operator" in fault.msg and "admin" in fault.msg
    User.objects.exclude(username="kru").delete()
    crew = User.objects.get(username="kru")
    crew.set_password("lain-sekali-9")
    crew.save()
    assert nobody_signs_in_as_in_the_demo() == []


@override_settings(PRODUCTION=True)
def test_a_production_server_on_a_forgetful_database_is_refused():
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = on")
        before = {fault.msg.split()[1] for fault in the_database_keeps_what_it_was_told()}
        cursor.execute("SET LOCAL synchronous_commit = off")
        after = [fault for fault in the_database_keeps_what_it_was_told() if fault.is_serious()]
    assert "synchronous_commit" not in before
    assert any("synchronous_commit is off" in fault.msg for fault in after)


def check(**environment: str) -> subprocess.CompletedProcess[str]:
    """`manage.py check --deploy` with this environment, and no database that answers."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("DJANGO_ALLOW")}
    return subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env=clean | {"DATABASE_URL": "postgres:///none?host=/nowhere"} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_production_settings_pass_djangos_own_deployment_check():
    done = check(PRODUCTION="1", ALLOWED_HOSTS="peta.example")
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_a_production_server_with_dangerous_settings_is_refused():
    done = check(PRODUCTION="1", DEBUG="1", ALLOWED_HOSTS="*", SECRET_KEY="short")
    assert done.returncode != 0
    assert [word in done.stderr for word in ("DEBUG", "ALLOWED_HOSTS", "SECRET_KEY")] == [True] * 3


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"DEBUG": True}, "DEBUG"),
        ({"ALLOWED_HOSTS": ["*"]}, "ALLOWED_HOSTS"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY"),
    ],
)
def test_each_dangerous_setting_alone_is_a_fault(wrong, word):
    guarded = {"PRODUCTION": True, "ALLOWED_HOSTS": ["peta.example"], "SECRET_KEY": "k" * 64}
    with override_settings(**guarded):
        assert production_is_guarded() == []
    with override_settings(**guarded | wrong):
        (fault,) = production_is_guarded()
    assert word in fault.msg and fault.is_serious()
