"""The dispatcher's page itself: 120 stops x 6 trucks x tipping x ferry, from the click to the plan.

In a copy of the current database (nobody else may be connected: stop the demo first), with the
real server, the real worker and a browser. The clock runs from the press of "Hitung rute" until
the plan's list stands on the page, and until its map is drawn. The first plan of a fresh worker
also pays for loading the network and the compiled code.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.contrib.gis.geos import Point
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from psycopg2 import OperationalError, errors
from rich.console import Console
from rich.table import Table

from benchmarks._row import NOT, Row
from benchmarks._scratch import address, run_beside, served
from benchmarks.tours import days
from gis_platform.management.commands.demo_people import PASSWORD
from gis_platform.management.commands.screenshots import CHROMIUM, DRAWN
from layers.catalog.bins import WasteBin
from layers.catalog.facilities import Facility, FacilityKind
from layers.catalog.rounds.models import LegKind, RoundLeg, RoundPlan, RoundStop
from layers.catalog.vehicles import Vehicle
from layers.catalog.work_orders import WorkOrder, WorkState
from layers.columns import STORED_SRID
from layers.geography import city
from spatial_analysis.snapshots import network

STOPS, TRUCKS, MOST_S, TIMES = 120, 6, 10.0, 3
GOAL = f"{STOPS} stops x {TRUCKS} trucks, 2 TPA, 1 ferry <= {MOST_S:.0f} s on the page"
WAIT_MS = 120_000


@contextmanager
def copied() -> Iterator[None]:
    """Within: a copy of the current database; dropped afterwards."""
    name = connection.settings_dict["NAME"]
    made = f"{name}_page"
    connection.close()
    run_beside(f'DROP DATABASE IF EXISTS "{made}" WITH (FORCE)')
    run_beside(f'CREATE DATABASE "{made}" TEMPLATE "{name}"')
    connection.settings_dict["NAME"] = made
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = name
        run_beside(f'DROP DATABASE IF EXISTS "{made}" WITH (FORCE)')


def prepare() -> bool:
    """120 full bins, some across the water, 6 trucks, 2 tips; False where it cannot be."""
    net = network()
    question = days.asked(net, STOPS, TRUCKS, days.FULL)
    if question is None:
        return False
    now = timezone.now()
    WorkOrder.objects.filter(state=WorkState.OPEN).update(state=WorkState.DONE, done_at=now)
    WasteBin.objects.update(fill_pct=10, sensed_at=now)
    WasteBin.objects.bulk_create(
        WasteBin(
            label=wish.code, capacity_l=max(wish.load_l, 150), fill_pct=wish.fill_pct,
            sensed_at=now, island_id=wish.island_id,
            geom=Point(wish.lon, wish.lat, srid=STORED_SRID),
        )
        for wish in question.wishes
    )  # fmt: skip
    home = question.vehicles[0].island_id
    trucks = list(Vehicle.objects.in_service().filter(kind="truck", island_id=home))
    Vehicle.objects.exclude(pk__in=[truck.pk for truck in trucks[:TRUCKS]]).update(in_use=False)
    for number in range(len(trucks), TRUCKS):
        like = trucks[number % len(trucks)]
        like.pk, like.code, like.label = None, f"bench-{number}", f"Truk bench {number}"
        like.save(force_insert=True)
    second = question.tips[-1]
    if Facility.objects.filter(kind=FacilityKind.DUMP, island_id=home).count() < 2:
        place = Point(second.lon, second.lat, srid=STORED_SRID)
        Facility.objects.create(
            code="bench-tpa", name="TPA 2", kind=FacilityKind.DUMP, island_id=home, geom=place
        )
    call_command("demo_people")
    return True


@contextmanager
def worker() -> Iterator[None]:
    """The worker of the city, as the demo starts it."""
    environment = {"DATABASE_URL": address()}
    command = [sys.executable, "manage.py", "db_worker", "--interval", "1"]
    with subprocess.Popen(
        command, cwd=settings.BASE_DIR, env=os.environ | environment,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        try:
            yield
        finally:
            process.terminate()


def timed(page: Any, on: date) -> tuple[float, float]:
    """Seconds from the click until the plan's list is there, and until its map is drawn."""
    page.goto(f"/rute/?tanggal={on.isoformat()}")
    chosen = page.locator("input[name=perhentian]:checked").count()
    trucks = page.locator("input[name=kendaraan]:checked").count()
    if (chosen, trucks) != (STOPS, TRUCKS):
        raise RuntimeError(f"the page offers {chosen} stops and {trucks} trucks")
    button = page.locator("#rounds-form button.primary")
    began = time.perf_counter()
    button.click()
    page.wait_for_selector("#rounds-list li[data-stop]", timeout=WAIT_MS)
    listed = time.perf_counter() - began
    page.wait_for_function(DRAWN, timeout=WAIT_MS)
    return listed, time.perf_counter() - began


def told(plan: RoundPlan) -> str:
    """What the plan holds."""
    stops = RoundStop.objects.filter(round__plan=plan)
    served_ = stops.exclude(kind="tip").count()
    ferry = RoundLeg.objects.filter(round__plan=plan, kind=LegKind.FERRY).count()
    return (
        f"{served_} of {plan.asked} served by {plan.rounds.count()} trucks, "
        f"{stops.filter(kind='tip').count()} trips to the tip, {ferry} crossings, "
        f"checked {'yes' if plan.checked else 'no'}"
    )


def measure(console: Console) -> list[Row]:
    """Plans of the same day, one after another, by one worker."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None or not prepare():
        return [Row("10", GOAL, f"{NOT}: no chromium, no truck or no ferry for vehicles", None)]
    on = timezone.localdate() + timedelta(days=1)
    table = Table("plan", "list on the page, s", "map drawn, s", "worker alone, s", "what it holds")
    with served() as server, worker(), sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=list(CHROMIUM))
        page = browser.new_page(
            base_url=f"http://{server.host}:{server.port}",
            viewport={"width": 1440, "height": 900},
        )
        page.goto("/masuk/")
        page.fill("input[name=username]", "operator")
        page.fill("input[name=password]", PASSWORD)
        page.press("input[name=password]", "Enter")
        page.wait_for_url(lambda url: "/masuk/" not in url)
        seconds = [timed(page, on) for _ in range(TIMES)]
        browser.close()
    plans = reversed(RoundPlan.objects.order_by("-pk")[:TIMES])
    for number, ((listed, drawn), plan) in enumerate(zip(seconds, plans, strict=True), 1):
        name = f"{number} (fresh worker)" if number == 1 else str(number)
        table.add_row(name, f"{listed:.1f}", f"{drawn:.1f}", f"{plan.took_s:.1f}", told(plan))
    took = [listed for listed, _ in seconds]
    console.print(table)
    said = f"{took[0]:.1f} s by a fresh worker, then {', '.join(f'{t:.1f}' for t in took[1:])} s"
    return [Row("10", f"{GOAL} ({city().name})", said, max(took) <= MOST_S)]


def main() -> None:
    """Print the plans and the goal."""
    console = Console(width=150)
    try:
        with copied():
            rows = measure(console)
    except (OperationalError, errors.ObjectInUse) as error:
        rows = [Row("10", GOAL, f"{NOT}: {str(error).splitlines()[0]}", None)]
    table = Table("goal", "what", "ours", "", "load")
    for row in rows:
        table.add_row(row.number, row.goal, row.ours, row.verdict, f"{row.load:.1f}")
    console.print(table)
