"""Many reports at once, for sample cities: the same rows that the two doors would have written.

Each row walks the moves that lead to its state, at times of its own; history chains, clocks,
assignments and forwards are consistent, so every later move, figure and audit works on them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from django.contrib.auth.models import User
from django.contrib.gis.geos import Point
from django.db import connection, transaction
from django.utils import timezone

from layers.catalog.categories import Category
from layers.catalog.places import Island, Kelurahan
from layers.catalog.reports import bulk_rows, numbers, places, public_places
from layers.catalog.reports.bulk_photos import attach_samples
from layers.catalog.reports.bulk_rows import Cast, Told
from layers.catalog.reports.history import ReportHistory
from layers.catalog.reports.models import Door, PlaceSource, Report
from layers.catalog.reports.report import content_hash, keyed
from layers.catalog.reports.states import Resolution, State
from layers.geography import STORED_SRID, city
from layers.spec import Origin

BATCH = 1000
PUBLIC_NAMES = {
    "belum_diverifikasi": State.NEW,
    "belum_ditindaklanjuti": State.FORWARDED,
    "proses": State.IN_WORK,
}
LOCATE = """
-- Island and kelurahan of each point, in the order given; NULL where none covers it.
SELECT island.id, kelurahan.id
FROM unnest(%(lon)s::float8[], %(lat)s::float8[]) WITH ORDINALITY AS told(lon, lat, at)
CROSS JOIN LATERAL (SELECT ST_SetSRID(ST_MakePoint(lon, lat), 4326) AS geom) AS point
LEFT JOIN LATERAL (
  SELECT id FROM layers_island WHERE ST_Covers(layers_island.geom, point.geom) LIMIT 1
) AS island ON true
LEFT JOIN LATERAL (
  SELECT id FROM layers_kelurahan WHERE ST_Covers(layers_kelurahan.geom, point.geom) LIMIT 1
) AS kelurahan ON true
ORDER BY at
"""


class SampleReport(Protocol):
    """One row of a sample: times aware, degrees, `target_state` such as "selesai:diperbaiki"."""

    @property
    def client_id(self) -> UUID: ...
    @property
    def category(self) -> str: ...
    @property
    def lon(self) -> float: ...
    @property
    def lat(self) -> float: ...
    @property
    def words(self) -> str: ...
    @property
    def observed_at(self) -> datetime: ...
    @property
    def received_at(self) -> datetime: ...
    @property
    def target_state(self) -> str: ...
    @property
    def reporter_key(self) -> str: ...
    @property
    def photo_seed(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class Loaded:
    """How many rows were written, and how many were there already."""

    written: int
    known: int
    photos: int


@transaction.atomic
def load(
    rows: Iterable[SampleReport], *, until: datetime | None = None, most_photos: int = 300
) -> Loaded:
    """Write sample reports; those whose client_id is known stay as they are.

    Nothing happens after `until` (default: now). Photos are drawn for the newest
    `most_photos` rows that have a seed. All or nothing.
    """
    now = until or timezone.now()
    wanted = list(rows)
    known = set(
        Report.objects.filter(client_id__in=[row.client_id for row in wanted]).values_list(
            "client_id", flat=True
        )
    )
    fresh = [row for row in wanted if row.client_id not in known]
    told = _told(fresh, now)
    cast, routes = _cast(), bulk_rows.Routes()
    for start in range(0, len(told), BATCH):
        bulk_rows.write(told[start : start + BATCH], cast=cast, routes=routes)
    _tell_the_planner()
    _join_doubles(told, fresh)
    photos = attach_samples(
        [(item.report, row.photo_seed) for item, row in zip(told, fresh, strict=True)],
        most=most_photos,
    )
    return Loaded(len(fresh), len(known), photos)


def _tell_the_planner() -> None:
    """Let the deferred foreign keys use indexes: their plans may date from empty tables."""
    with connection.cursor() as cursor:
        for model in (Report, ReportHistory):
            cursor.execute(f'ANALYZE "{model._meta.db_table}"')


def _join_doubles(told: Sequence[Told], rows: Sequence[SampleReport]) -> None:
    """Closed duplicates point at the report they repeat (`copy_of`), which counts them."""
    pairs = {
        item.report.client_id: getattr(row, "copy_of", None)
        for item, row in zip(told, rows, strict=True)
        if item.resolution is Resolution.DUPLICATE
    }
    mains = dict(
        Report.objects.filter(client_id__in=set(pairs.values())).values_list("client_id", "pk")
    )
    for client_id, main in pairs.items():
        if main in mains:
            Report.objects.filter(client_id=client_id).update(main_report=mains[main])
    for main_id, count in Counter(mains[m] for m in pairs.values() if m in mains).items():
        Report.objects.filter(pk=main_id).update(supporters=count)


def _cast() -> Cast:
    """Logins that stand for the people of the sample; nobody can sign in with them."""
    names = ("contoh-operator", "contoh-petugas", "contoh-pemeriksa")
    users = [User.objects.get_or_create(username=name)[0] for name in names]
    for user in users:
        if user.is_active:
            user.is_active = False
            user.set_unusable_password()
            user.save()
    return Cast(*users)


def _told(rows: Sequence[SampleReport], now: datetime) -> list[Told]:
    categories = {item.code: item for item in Category.objects.select_related("default_agency")}
    where = _where(rows)
    return [
        Told(_report(row, categories[row.category], spot), *_target(row), until=now)
        for row, spot in zip(rows, where, strict=True)
    ]


def _target(row: SampleReport) -> tuple[State, Resolution | None]:
    name, _, resolution = row.target_state.partition(":")
    state = PUBLIC_NAMES.get(name) or State(name)
    if state is not State.CLOSED:
        return state, None
    return state, Resolution(resolution or Resolution.FIXED)


Spot = tuple[Any, Any, bool]


def _where(rows: Sequence[SampleReport]) -> list[Spot]:
    """(island, kelurahan, at_sea) of each row."""
    values = {"lon": [row.lon for row in rows], "lat": [row.lat for row in rows]}
    with connection.cursor() as cursor:
        cursor.execute(LOCATE, values)
        found = cursor.fetchall()
    islands = Island.objects.in_bulk()
    kelurahan = Kelurahan.objects.select_related("island").in_bulk()
    spots: list[Spot] = []
    for row, (island_id, kelurahan_id) in zip(rows, found, strict=True):
        if island_id and kelurahan_id:
            spots.append((islands[island_id], kelurahan[kelurahan_id], False))
        else:
            near = places.locate(places.point(row.lon, row.lat))
            spots.append((near.island, near.kelurahan, near.at_sea))
    return spots


def _report(row: SampleReport, category: Category, spot: Spot) -> Report:
    island, kelurahan, at_sea = spot
    place = Point(row.lon, row.lat, srid=STORED_SRID)
    made = Report(
        client_id=row.client_id,
        content_hash=content_hash(category.code, place, row.words, "", ""),
        number=numbers.new_number(city().id[0].upper(), timezone.localdate(row.received_at).year),
        door=Door.SAMPLE,
        category=category,
        words=row.words,
        place_source=PlaceSource.PHONE,
        at_sea=at_sea,
        island=island,
        kelurahan=kelurahan,
        observed_at=min(row.observed_at, row.received_at),
        received_at=row.received_at,
        urgent=category.urgent,
        phone_mark=keyed(row.reporter_key) if row.reporter_key else "",
        origin=Origin.SYNTHETIC,
        geom=place,
    )
    public_places.place_for_public(made)
    return made
