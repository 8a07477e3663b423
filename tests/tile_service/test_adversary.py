"""An adversary reads every public outlet hundreds of times and learns a report's cell, no more.

Two worlds differ only in where in its cell a report truly lies, in two different kelurahan.
If every outlet answers both worlds alike, byte for byte, no cleverness tells them apart.
"""

from __future__ import annotations

import itertools
import re
import time
import uuid
from collections.abc import Iterator

import mapbox_vector_tile
import pytest
from django.contrib.auth.models import User
from django.contrib.gis.geos import MultiPolygon, Point, Polygon
from django.core.cache import cache
from django.test import Client

from layers.catalog.categories import Category, Precision
from layers.catalog.places import Kelurahan
from layers.catalog.reports import effects, public_places
from layers.catalog.reports.models import Door, PlaceSource, Report
from layers.catalog.reports.report import report
from layers.catalog.reports.states import Actor, State
from tests.tile_service import toy
from tests.tile_service.conftest import Server, committed

pytestmark = pytest.mark.django_db
SIDE_M = 400
STEPS = 18  # of a bisection: 40,000 km / 2^18 is 150 m
OUTLETS = (
    "/data/reports.geojson", "/data/reports.csv", "/peta/laporan.geojson?waktu=semua",
    "/peta/laporan.csv?waktu=semua", "/peta/?waktu=semua",
    "/wfs?service=WFS&version=2.0.0&request=GetFeature&typenames=reports",
)  # fmt: skip
# What every answer carries anew: clocks, form tokens, the number of the newest change anywhere.
PASSING = re.compile(
    rb'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.\d]*(Z|\+\d\d:\d\d)|"seq": \d+|>\d\d\.\d\d<'
    rb'|name="csrfmiddlewaretoken" value="\w+"'
)
Place = tuple[float, float]


def corner(number: int = 0) -> Place:
    """South-west corner (lon, lat) of a blur cell, `number` cells east of the toy city."""
    lon, lat = toy.middle()
    lat += 0.2
    wide, tall = public_places.cell_sides(lat, SIDE_M)
    return (lon // wide + number) * wide, lat // tall * tall


def inside(part_x: float, part_y: float, number: int = 0) -> Point:
    """Point at parts (0-1) of that cell's sides."""
    west, south = corner(number)
    wide, tall = public_places.cell_sides(south + 1e-9, SIDE_M)
    return Point(west + part_x * wide, south + part_y * tall, srid=4326)


def tell(place: Point) -> Report:
    """A verified report of the blurred category."""
    return report(
        client_id=uuid.uuid4(), door=Door.OFFICER, category="air-bersih", words="contoh",
        place=place, place_source=PlaceSource.TAP, received_at=toy.AT,
        by=User.objects.get_or_create(username="petugas-uji")[0],
        actor=Actor.OPERATOR, start=State.VERIFIED,
    ).report  # fmt: skip


def lay_out() -> Report:
    """A border through the cell, five reports in it, four in the next; returns one of the five."""
    kind = Category.objects.get(pk="air-bersih")
    kind.public_precision, kind.public_cell_m = Precision.BLUR, SIDE_M
    kind.save()
    first = Kelurahan.objects.first()
    west, south = corner()
    halves = (("barat", west - 0.01, west + 0.0018), ("timur", west + 0.0018, west + 0.02))
    for name, left, right in halves:
        box = Polygon.from_bbox((left, south - 0.01, right, south + 0.02))
        Kelurahan.objects.create(
            code=f"uji-{name}", name=name, kecamatan=first.kecamatan, island=first.island,
            people=10, marker=box.centroid, geom=MultiPolygon(box, srid=4326),
        )  # fmt: skip
    reports = [tell(inside(0.1, 0.1)) for _ in range(public_places.K_FLOOR)]
    for _ in range(public_places.K_FLOOR - 1):
        tell(inside(0.5, 0.5, number=1))
    return reports[2]


def move_to(pk: int, place: Point) -> Report:
    """The desk puts a report elsewhere."""
    item = Report.objects.select_related("category").get(pk=pk)
    effects.place_at(item, place, PlaceSource.DESK)
    item.save()
    return item


def tiles_round(place: Point) -> Iterator[str]:
    """Addresses of the public tiles at a place, zooms 5-18."""
    for zoom in range(5, 19):
        x, y = (int(part) for part in toy.column_and_row(place.x, place.y, zoom))
        yield f"{zoom}/{x}/{y}"


def asked(server: Server, box: tuple[float, ...]) -> bytes:
    """Features of the public collection in a box."""
    text = ",".join(f"{part:.7f}" for part in box)
    return server.get(f"/ogc/collections/reports/items?bbox={text}&limit=100&f=json").body


def bisected(server: Server, number: str) -> list[bytes]:
    """Where does this report lie? The answers while its box is halved, time and again."""
    box, answers = (-180.0, -85.0, 180.0, 85.0), []
    for step in range(2 * STEPS):
        west, south, east, north = box
        middle = ((west + east) / 2, (south + north) / 2)
        low = (west, south, middle[0], north) if step % 2 else (west, south, east, middle[1])
        high = (middle[0], south, east, north) if step % 2 else (west, middle[1], east, north)
        answers.append(asked(server, low))
        box = low if number.encode() in answers[-1] else high
    return [*answers, repr(box).encode()]


def everything(server: Server, victim: Report) -> dict[str, bytes]:
    """All that the adversary reads, by address."""
    cache.clear()
    version = server.app.catalogue.faces["reports", "public"].version
    places = [inside(x, y, n) for x, y in itertools.product((0.05, 0.95), repeat=2) for n in (0, 1)]
    stems = sorted({stem for place in places for stem in tiles_round(place)})
    found = {}
    for stem in stems:
        answer = server.get(f"/t/reports/pub/{version}/{stem}.mvt")
        found[stem] = answer.body + answer.headers.get("etag", "").encode()
    for address in OUTLETS:
        answer = Client().get(address)
        assert answer.status_code == 200, address
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        found[address] = PASSING.sub(b"", body)
    for number, body in enumerate(bisected(server, victim.number)):
        found[f"bisection {number}"] = PASSING.sub(b"", body)
    return found


@pytest.fixture(scope="module")
def victim(server: Server) -> Report:
    """A report in a cell that just holds enough."""
    laid = committed(lay_out)
    server.get("/healthz")
    server.wait_until_told()
    return laid


def test_no_outlet_tells_where_in_its_cell_a_report_lies(server, victim):
    seq = server.app.hub.seq
    here = everything(server, victim)
    moved = committed(lambda: move_to(victim.pk, inside(0.9, 0.9)))
    server.wait_until_told()
    time.sleep(0.1)
    there = everything(server, moved)
    assert {address for address in here if here[address] != there[address]} == set()
    assert len(here) > 70
    assert moved.kelurahan.name == "timur" and victim.kelurahan.name == "barat"
    told = [change for change, _ in server.app.hub.recent if change.seq > seq]
    assert {change.face for change in told if change.slug == "reports"} == {"staff"}


def test_four_reports_in_a_cell_are_nowhere_and_make_no_event(server, victim):
    hidden = committed(
        lambda: list(
            Report.objects.filter(public_cell__gt="", public_geom=None).values_list(
                "number", flat=True
            )
        )
    )
    assert len(hidden) == public_places.K_FLOOR - 1
    text = b"".join(everything(server, victim).values())
    assert victim.number.encode() in text
    assert not [number for number in hidden if number.encode() in text]


def test_the_fifth_report_shows_all_five_in_one_public_event(server, victim):
    seq = server.app.hub.seq
    committed(lambda: tell(inside(0.5, 0.5, number=1)))
    server.wait_until_told()
    told = [change for change, _ in server.app.hub.recent if change.seq > seq]
    assert [change.face for change in told if change.slug == "reports"].count("public") == 1
    version = server.app.catalogue.faces["reports", "public"].version
    (stem,) = [stem for stem in tiles_round(inside(0.5, 0.5, number=1)) if stem.startswith("14/")]
    body = server.get(f"/t/reports/pub/{version}/{stem}.mvt").body
    assert len(mapbox_vector_tile.decode(body)["reports"]["features"]) >= public_places.K_FLOOR


def test_drawn_places_say_nothing_of_the_true_one():
    """A true place in the corner, drawn 2,000 times: the mean is the middle of the cell."""
    true = inside(0.02, 0.02)
    west, south = corner()
    wide, tall = public_places.cell_sides(true.y, SIDE_M)
    drawn = [public_places.somewhere_in_cell(true, SIDE_M) for _ in range(2000)]
    parts = [((place.x - west) / wide, (place.y - south) / tall) for place in drawn]
    assert all(0 <= x <= 1 and 0 <= y <= 1 for x, y in parts)
    assert all(abs(sum(part) / 2000 - 0.5) < 0.05 for part in zip(*parts, strict=True))
