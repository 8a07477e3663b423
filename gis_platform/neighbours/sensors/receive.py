"""`/api/v1/readings`, `/api/v1/beat/<device>`: a device's key, its readings, an answer to each."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from gis_platform.neighbours.sensors import parse
from layers.catalog import devices, wifi_health
from layers.catalog.bin_readings import Fill, take_fills
from layers.catalog.devices import Device, KeyNotKnown, TooManyCalls
from layers.gate.refusal import Refusal
from layers.gate.sentences import sentence
from layers.gate.whole import whole

SCHEME = "device"
TOO_MUCH = {"TOO_LARGE", "TOO_MANY"}


def _key(request: HttpRequest) -> str:
    """The key of the header `Authorization: Device <key>`. Raises KeyNotKnown."""
    kind, _space, key = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != SCHEME or not key.strip():
        raise KeyNotKnown
    return key.strip()


def _problem(status: int, code: str, words: str, **headers: str) -> JsonResponse:
    body = {"title": words, "status": status, "code": code}
    answer = JsonResponse(body, status=status, content_type="application/problem+json")
    for name, text in headers.items():
        answer[name.replace("_", "-")] = text
    return answer


def _refused(refusal: Refusal) -> JsonResponse:
    """The answer to a body that is not taken: 413 when it is too much, else 400."""
    if refusal.code in TOO_MUCH:
        most = {"readings": parse.MOST_READINGS, "bytes": parse.MOST_BYTES}
        words = _("Sekali kirim paling banyak %(readings)s bacaan dan %(bytes)s bita.") % most
        return _problem(413, refusal.code, words)
    if refusal.code == "NO_LIST":
        return _problem(400, refusal.code, _("Kirim satu bacaan atau daftar bacaan (JSON)."))
    return _problem(400, refusal.code, str(sentence(refusal.code, refusal.values)))


@csrf_exempt
@require_POST
def readings(request: HttpRequest) -> HttpResponse:
    """Take a list of readings; each is answered stored, known or refused with a code."""
    at = timezone.now()
    if (whole(request.headers.get("Content-Length")) or 0) > parse.MOST_BYTES:
        return _refused(Refusal("TOO_LARGE"))
    try:
        with transaction.atomic():  # of its own: a body that is refused is a call too
            devices.admitted(_key(request), at=at)
        told = parse.readings(request.body, at=at)
        with transaction.atomic():
            device = devices.of_key(_key(request))
            answers = _take(device, told, at)
    except KeyNotKnown as refusal:
        return _problem(401, refusal.code, refusal.said(), WWW_Authenticate="Device")
    except TooManyCalls as refusal:
        return _problem(429, refusal.code, refusal.said(), Retry_After=str(refusal.wait_s))
    except Refusal as refusal:
        return _refused(refusal)
    wifi_health.mark_silent(at)
    return _told({"device": device.code, "readings": answers})


@csrf_exempt
@require_safe
def beat(request: HttpRequest, code: str) -> HttpResponse:
    """One heartbeat, now, for routers that only know wget."""
    at = timezone.now()
    try:
        with transaction.atomic():
            device = devices.admitted(_key(request), at=at)
            if device.code != code:
                return _problem(403, "NOT_YOUR_DEVICE", f"Key belongs to {device.code}.")
            answers = _take(device, [parse.Reading(0, parse.BEAT, at, 1.0)], at)
    except KeyNotKnown as refusal:
        return _problem(401, refusal.code, refusal.said(), WWW_Authenticate="Device")
    except TooManyCalls as refusal:
        return _problem(429, refusal.code, refusal.said(), Retry_After=str(refusal.wait_s))
    wifi_health.mark_silent(at)
    return _told({"device": device.code, "readings": answers})


def _told(body: dict[str, Any]) -> JsonResponse:
    answer = JsonResponse(body)
    answer["Cache-Control"] = "no-store"
    return answer


def _take(
    device: Device, rows: list[parse.Reading | parse.Fault], at: datetime
) -> list[dict[str, Any]]:
    """Store what this device may write; one answer for each reading, in its order."""
    answers: dict[int, dict[str, Any]] = {}
    mine: list[parse.Reading] = []
    for row in rows:
        if isinstance(row, parse.Fault):
            answers[row.n] = {"n": row.n, "result": "refused", "code": row.code, "title": row.words}
        elif row.kind != device.kind:
            words = f"Key belongs to {device.code}, which sends {device.kind}."
            answers[row.n] = {
                "n": row.n, "result": "refused", "code": "NOT_YOUR_KIND", "title": words
            }  # fmt: skip
        else:
            mine.append(row)
    for row, news in zip(mine, _store(device, mine, at), strict=True):
        answers[row.n] = {"n": row.n, "result": "stored" if news else "known"}
        if row.marked:
            answers[row.n]["clock"] = "ahead of ours; stored with our time"
    return [answers[n] for n in sorted(answers)]


def _store(device: Device, rows: list[parse.Reading], at: datetime) -> list[bool]:
    if device.hotspot_id:
        beats = [wifi_health.Beat(row.at, row.value == 1, row.kbit_s) for row in rows]
        return wifi_health.take_beats(device, beats, at=at)
    fills = [Fill(row.at, round(row.value), row.battery_pct) for row in rows]
    return take_fills(device, fills)
