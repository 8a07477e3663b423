"""What people told: the national system's backlog, and the made year of reports."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from layers.catalog.categories import Category
from layers.catalog.reports import bulk, city_files, sp4n, sp4n_import
from layers.city_folder.report_year import make_year
from layers.city_folder.writing import Ground
from layers.errors import BadInput
from layers.geography import read_city

PHOTOS = 200
BACKLOGS = "sp4n_*.csv"


class BacklogRefused(BadInput):
    """A file of the national complaint system has faults; import_sp4n lists them."""

    code = "BACKLOG_REFUSED"


def settings_of_the_desk(ground: Ground) -> int:
    """Categories, routing rules and days off."""
    return sum(city_files.load(ground.folder.path).values())


def backlog(ground: Ground) -> int:
    """Files of the national complaint system; one with a fault stops everything."""
    path = ground.folder.path
    zone = ZoneInfo(read_city(path).time_zone)
    fallback = Category.objects.order_by("-rank").values_list("pk", flat=True).first() or ""
    count = 0
    for file in sorted(path.glob(BACKLOGS)):
        reading = sp4n.read(file.read_bytes(), zone=zone)
        if reading.faults:
            raise BacklogRefused(f"{file.name}: {reading.faults[0].sentence}")
        sp4n_import.take(reading.rows, source=file.stem.replace("_", "-"), fallback=fallback)
        count += len(reading.rows)
    return count


def year(ground: Ground) -> int:
    """The made year, its last day ending at the moment of the load."""
    rows = make_year(ground.folder.path, until=ground.at)
    return bulk.load(rows, until=ground.at, most_photos=PHOTOS).written if rows else 0
