"""A silence is told to neighbours: once, signed, to the address entered, again if need be."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from base64 import b64decode, b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.test import Client

from gis_platform.neighbours.webhooks.send import send_due
from gis_platform.neighbours.webhooks.sign import BadSecret, headers
from layers.catalog.devices import Device, issue_key
from layers.catalog.webhooks import WENT_SILENT, Webhook, WebhookDelivery, forget_old
from layers.catalog.wifi import WifiHotspot
from layers.catalog.wifi_health import Beat, mark_silent, take_beats
from tests.spatial_analysis import toy_city

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 2, 3, 0, tzinfo=UTC)


@dataclass
class Neighbour:
    """A server next door: what it was told, and the answers it will give."""

    address: str = ""
    told: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)


@pytest.fixture
def neighbour() -> Iterator[Neighbour]:
    next_door = Neighbour()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            next_door.told.append(({k.lower(): v for k, v in self.headers.items()}, body))
            self.send_response(next_door.answers.pop(0) if next_door.answers else 204)
            self.send_header("Location", "/elsewhere")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Nothing is printed."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    next_door.address = f"http://127.0.0.1:{server.server_port}/in?from=city"
    yield next_door
    server.shutdown()
    server.server_close()


@pytest.fixture
def spot() -> WifiHotspot:
    """A hotspot whose router spoke last at noon."""
    toy_city.build()
    issue_key("west", at=NOON)
    device = Device.objects.get(code="west")
    take_beats(device, [Beat(NOON, up=True)], at=NOON)
    return WifiHotspot.objects.get(code="west")


def _hook(address: str, **fields: object) -> Webhook:
    asked = {"events": [WENT_SILENT], "local_allowed": True, **fields}
    return Webhook.objects.create(name=str(len(Webhook.objects.all())), address=address, **asked)


def _signed(told: dict[str, str], body: bytes, secret: str) -> str:
    words = f"{told['webhook-id']}.{told['webhook-timestamp']}.".encode() + body
    key = b64decode(secret.removeprefix("whsec_"))
    return "v1," + b64encode(hmac.new(key, words, hashlib.sha256).digest()).decode()


def test_a_silence_is_told_once_and_signed_by_both_live_secrets(spot, neighbour) -> None:
    hook = _hook(neighbour.address)
    hook.secret_before, hook.secret = hook.secret, "whsec_" + b64encode(b"n" * 24).decode()
    hook.save()
    later = NOON + timedelta(hours=1)
    assert (mark_silent(later), mark_silent(later)) == (1, 0)
    assert send_due(later) == (1, 0)
    assert send_due(later + timedelta(hours=1)) == (0, 0)
    ((told, body),) = neighbour.told
    said = json.loads(body)
    assert (said["type"], said["data"]["code"]) == (WENT_SILENT, "west")
    assert said["data"]["last_heard_at"] == NOON.isoformat()
    assert said["id"] == told["webhook-id"]
    assert told["webhook-timestamp"] == str(int(later.timestamp()))
    both = [_signed(told, body, secret) for secret in (hook.secret, hook.secret_before)]
    assert told["webhook-signature"].split() == both
    assert set(said["data"]) == {"kind", "code", "last_heard_at", "link"}  # no place, no contact


def test_the_next_silence_is_another_event(spot, neighbour) -> None:
    _hook(neighbour.address)
    mark_silent(NOON + timedelta(hours=1))
    device, again = Device.objects.get(code="west"), NOON + timedelta(hours=2)
    take_beats(device, [Beat(again, up=True)], at=again)
    mark_silent(again + timedelta(hours=1))
    heard = [row.body["data"]["last_heard_at"] for row in WebhookDelivery.objects.all()]
    assert heard == [NOON.isoformat(), again.isoformat()]


def test_a_neighbour_that_fails_is_told_again_with_the_same_id(spot, neighbour) -> None:
    _hook(neighbour.address)
    neighbour.answers = [500, 302, 200]
    at = NOON + timedelta(hours=1)
    mark_silent(at)
    assert send_due(at) == (0, 1)
    assert send_due(at + timedelta(seconds=1)) == (0, 0)  # not before its time
    assert send_due(at + timedelta(minutes=1)) == (0, 1)
    assert "302 not followed" in WebhookDelivery.objects.get().answer
    assert send_due(at + timedelta(minutes=5)) == (1, 0)
    assert len({told["webhook-id"] for told, _body in neighbour.told}) == 1
    assert len(neighbour.told) == 3
    assert forget_old(at + timedelta(days=40)) == 1


def test_five_days_of_failure_turn_it_off(spot) -> None:
    hook = _hook("http://127.0.0.1:9/")  # nobody listens there
    at = NOON + timedelta(hours=1)
    mark_silent(at)
    send_due(at)
    send_due(at + timedelta(days=4))
    hook.refresh_from_db()
    assert (hook.is_on, hook.failing_since) == (True, at)
    send_due(at + timedelta(days=5, minutes=1))
    hook.refresh_from_db()
    assert hook.is_on is False
    assert send_due(at + timedelta(days=6)) == (0, 0)


def test_an_address_on_the_local_network_wants_leave(spot, neighbour) -> None:
    _hook(neighbour.address, local_allowed=False)
    _hook("http://169.254.169.254/latest/")
    _hook("ftp://example.org/")
    at = NOON + timedelta(hours=1)
    mark_silent(at)
    assert send_due(at) == (0, 3)
    assert neighbour.told == []
    answers = [row.answer for row in WebhookDelivery.objects.order_by("id")]
    assert "on the local network; allow it" in answers[0]
    assert "never called" in answers[1]
    assert "no address of the web" in answers[2]


def test_only_those_who_asked_are_told(spot) -> None:
    _hook("http://127.0.0.1:9/", events=[])
    _hook("http://127.0.0.1:9/", is_on=False)
    mark_silent(NOON + timedelta(hours=1))
    assert not WebhookDelivery.objects.exists()


def test_signatures_are_those_of_standard_webhooks() -> None:
    """The example of the specification's own libraries."""
    told = headers(
        "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}',
        ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
    )  # fmt: skip
    assert told["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    with pytest.raises(BadSecret):
        headers("a", 1, b"", ["whsec_no base64!"])


def test_only_an_administrator_enters_addresses(client_of) -> None:
    page = "/admin/layers/webhook/add/"
    assert client_of("planner").get(page).status_code in (302, 403, 404)
    admin: Client = client_of("admin")
    wrong = {"name": "A", "address": "ftp://a.b/", "events": [WENT_SILENT], "secret": "whsec_YQ=="}
    assert admin.post(page, wrong).status_code == 200
    assert not Webhook.objects.exists()
    answer = admin.post(page, wrong | {"address": "https://peta.contoh.go.id/in"})
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    assert Webhook.objects.get().events == [WENT_SILENT]


def test_a_neighbour_that_is_turned_on_again_has_five_days_anew(client_of) -> None:
    long_ago = NOON - timedelta(days=9)
    hook = _hook("https://peta.contoh.go.id/in", is_on=False, failing_since=long_ago)
    page = f"/admin/layers/webhook/{hook.pk}/change/"
    told = {"name": hook.name, "address": hook.address, "events": hook.events, "is_on": "on",
            "secret": hook.secret}  # fmt: skip
    assert client_of("admin").post(page, told).status_code == 302
    hook.refresh_from_db()
    assert (hook.is_on, hook.failing_since) == (True, None)
