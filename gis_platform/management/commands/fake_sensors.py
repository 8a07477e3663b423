"""Play routers and bin sensors that send made readings, for demonstrations and training."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any
from urllib.parse import urljoin

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from gis_platform.neighbours.sensors.fake import Faked, readings_of
from layers.catalog.bins import WasteBin
from layers.catalog.devices import BEAT, FILL, issue_key
from layers.catalog.wifi import WifiHotspot

MOST_AT_ONCE = 500


class Command(BaseCommand):
    """`manage.py fake_sensors --to http://localhost:8000 [--wifi 5] [--bins 5] [--hours 24]`."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where to, how many devices, how long, which of them falls silent."""
        parser.add_argument("--to", default="http://localhost:8000", help="the server's address")
        parser.add_argument("--wifi", type=int, default=5, help="hotspots that get a router")
        parser.add_argument("--bins", type=int, default=5, help="bins that get a sensor")
        parser.add_argument("--hours", type=int, default=24, help="hours told of, up to now")
        parser.add_argument(
            "--silent", type=int, default=1, help="devices that stop an hour before now"
        )
        parser.add_argument("--seed", type=int, default=1)

    def handle(self, *args: Any, **options: Any) -> None:
        """Give keys to things without a device, then send what they would have said."""
        now = timezone.now()
        chosen = self.without_device(options["wifi"], options["bins"])
        if not chosen:
            raise CommandError("Every hotspot and bin has a device already; none is played.")
        quiet = now - timedelta(hours=1)
        faked = [
            Faked(code, kind, quiet if number < options["silent"] else None)
            for number, (code, kind) in enumerate(chosen)
        ]
        keys = {one.code: issue_key(one.code, at=now) for one in faked}
        start = now - timedelta(hours=options["hours"])
        for code, told in readings_of(faked, start, now, seed=options["seed"]):
            stored = sum(
                self.post(options["to"], keys[code], told[first : first + MOST_AT_ONCE])
                for first in range(0, len(told), MOST_AT_ONCE)
            )
            self.stdout.write(f"{code}: {len(told)} readings sent, {stored} stored")

    def without_device(self, wifi: int, bins: int) -> list[tuple[str, str]]:
        """Codes and kinds of things that no real device speaks for."""
        spots = WifiHotspot.objects.working().filter(device=None).order_by("code")[:wifi]
        held = WasteBin.objects.filter(device=None).order_by("label")[:bins]
        return [*((spot.code, BEAT) for spot in spots), *((one.label, FILL) for one in held)]

    def post(self, server: str, key: str, told: list[dict[str, Any]]) -> int:
        """Send readings as a device does; how many were new to the server."""
        request = urllib.request.Request(  # noqa: S310  (the address is the caller's own server)
            urljoin(server, "/api/v1/readings"),
            json.dumps(told).encode(),
            {"Authorization": f"Device {key}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
                results = json.load(answer)["readings"]
        except urllib.error.URLError as fault:
            raise CommandError(f"{server} does not answer: {fault}") from fault
        return sum(one["result"] == "stored" for one in results)
