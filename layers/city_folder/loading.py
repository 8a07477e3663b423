"""Loading a city's folder: all parts in one transaction, unchanged parts left alone."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import connection, transaction
from django.utils import timezone

from layers.catalog.city_parts import CityPart
from layers.city_folder import asset_rows, frame_rows, report_rows, way_rows
from layers.city_folder.checks import check
from layers.city_folder.writing import Ground, Writer
from layers.errors import BadInput
from layers.geography import read_city


class FolderHasFaults(BadInput):
    """This city's folder has faults; nothing was loaded."""

    code = "FOLDER_HAS_FAULTS"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the folder: its files (patterns), and what writes their rows."""

    name: str
    files: tuple[str, ...]
    write: Writer


FRAME = ("islands.geojson", "kelurahan.geojson")
PARTS: tuple[Part, ...] = (
    Part("islands", ("islands.geojson",), frame_rows.islands),
    Part("kecamatan", ("kecamatan.geojson",), frame_rows.kecamatan),
    Part(
        "kelurahan", (*FRAME, "kelurahan_points.csv", "kecamatan.geojson"), frame_rows.kelurahan
    ),
    Part("people", ("population_100m.csv", *FRAME), frame_rows.people),
    Part("agencies", ("agencies.csv",), asset_rows.agencies),
    Part(
        "desk settings", ("categories.csv", "routing.csv", "holidays.csv"),
        report_rows.settings_of_the_desk,
    ),
    Part(
        "facilities", ("facilities.csv", "landmarks.csv", "waste_places.csv", *FRAME),
        asset_rows.facilities,
    ),
    Part("waste places", ("waste_places.csv",), asset_rows.waste_places),
    Part("hazard zones", ("hazard_zones.geojson",), asset_rows.hazards),
    Part("streets", ("streets.geojson", way_rows.EXTRACT, *FRAME), way_rows.streets),
    Part("ferries", ("piers.csv", "ferry_lines.geojson", "ferries.csv"), way_rows.ferries),
    Part(
        "wifi hotspots", ("wifi_sites.csv", "wifi_hotspots.csv", "wifi_history.csv", *FRAME),
        asset_rows.wifi,
    ),
    Part("cameras", ("cctv.csv", *FRAME), asset_rows.cameras),
    Part("waste bins", ("waste_bins.csv", *FRAME), asset_rows.bins),
    Part("vehicles", ("vehicles.csv", "waste_places.csv"), asset_rows.vehicles),
    Part("SP4N backlog", (report_rows.BACKLOGS,), report_rows.backlog),
    Part("report year", ("report_year.toml",), report_rows.year),
)  # fmt: skip
REPORT_PARTS = frozenset({"SP4N backlog", "report year"})


@dataclass(frozen=True, slots=True)
class Done:
    """What became of one part; `rows` is None when it was unchanged."""

    name: str
    rows: int | None
    seconds: float


def digest_of(folder: Path, part: Part) -> str:
    """SHA-256 over the part's files and the city's frame; empty when it has no file."""
    files = sorted({file for pattern in part.files for file in folder.glob(pattern)})
    own = {file for file in files if file.name not in FRAME or part.files[0] == file.name}
    if not own:
        return ""
    summed = hashlib.sha256()
    for file in (*files, folder / "city.toml", folder / "files.toml"):
        if file.exists():
            summed.update(file.name.encode())
            summed.update(file.read_bytes())
    return summed.hexdigest()


@transaction.atomic
def load_city(
    folder: Path,
    *,
    at: datetime | None = None,
    force: bool = False,
    reports: bool = True,
    told: Callable[[Done], None] = lambda _done: None,
) -> list[Done]:
    """Load every part of `folder` that changed since it was last loaded; all or nothing.

    `at` is the moment that sensor ages and the made year count back from (default: now).
    Raises FolderHasFaults with every fault, before anything is written.
    """
    found = check(folder)
    if found.faults:
        raise FolderHasFaults("\n".join(map(str, found.faults.found)))
    ground = Ground(found, read_city(folder).metric_srid, at or timezone.now())
    before = {} if force else dict(CityPart.objects.values_list("name", "digest"))
    wanted = [part for part in PARTS if reports or part.name not in REPORT_PARTS]
    done = list(_each(folder, wanted, before, ground, told))
    if any(item.rows is not None for item in done):
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    return done


def _each(
    folder: Path,
    parts: list[Part],
    before: dict[str, str],
    ground: Ground,
    told: Callable[[Done], None],
) -> Iterator[Done]:
    for part in parts:
        digest = digest_of(folder, part)
        if not digest:
            continue
        began = time.monotonic()
        if before.get(part.name) == digest:
            done = Done(part.name, None, time.monotonic() - began)
        else:
            rows = part.write(ground)
            CityPart.objects.update_or_create(
                name=part.name,
                defaults={"digest": digest, "rows": rows, "loaded_at": timezone.now()},
            )
            done = Done(part.name, rows, time.monotonic() - began)
        told(done)
        yield done
