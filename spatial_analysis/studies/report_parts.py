"""Reports written as parts, from the database or a GeoParquet file: some rows at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import shapely
from arro3.io import read_parquet
from django.conf import settings
from django.db.models import Q
from numpy.typing import NDArray

from layers.catalog.categories import Category
from layers.catalog.reports.models import Report
from layers.errors import PlatformError
from layers.geography import city
from spatial_analysis.means import Say, silent
from spatial_analysis.methods.frame import Floats, Ints
from spatial_analysis.partitions import (
    MANIFEST,
    BadParts,
    Manifest,
    batches_of,
    read_manifest,
    write_parts,
)
from spatial_analysis.studies.incident_frames import Islands, read_islands
from spatial_analysis.studies.stored_rows import countable, in_millimetres, rows_and_degrees
from spatial_analysis.tally import MILLIMETRES, Rows, reporter_mark

AT_ONCE = 250_000
ASHORE_M = 500.0  # a place this far from an island still belongs to it
DEGREES = ("OGC:CRS84", "EPSG:4326")


class UnfitFile(PlatformError):
    """Berkas GeoParquet ini tidak dapat dipakai; lihat alasannya."""

    code = "UNFIT_GEOPARQUET"


@dataclass(frozen=True, slots=True)
class Columns:
    """Names of the columns in a stranger's file; `category` may be fixed for all rows instead."""

    id: str = "id"
    at: str = "received_at"
    category: str = "category"
    reporter: str = ""
    fixed_category: str = ""
    synthetic: bool = False


def begun(folder: Path) -> Manifest:
    """The manifest to go on with; files that it does not name are thrown away first.

    Raises BadParts when the folder was begun for another city or frame.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not (folder / MANIFEST).is_file():
        return Manifest(city().code, city().metric_srid)
    manifest = read_manifest(folder)
    if (manifest.city, manifest.epsg) != (city().code, city().metric_srid):
        raise BadParts(f"{folder}: begun for {manifest.city}, EPSG:{manifest.epsg}")
    named = {part.path for part in manifest.parts}
    for path in folder.rglob("*.parquet"):
        if not manifest.whole and str(path.relative_to(folder)) not in named:
            path.unlink()
    return manifest


def parts_from_database(folder: Path, *, say: Say = silent, at_once: int = AT_ONCE) -> Manifest:
    """Write every countable report, in order of arrival; goes on where it was stopped.

    Raises BadParts when the folder was begun from a file.
    """
    manifest, islands = begun(folder), read_islands()
    if manifest.whole:
        return manifest
    if isinstance(manifest.after, dict):
        raise BadParts(f"{folder}: begun from {manifest.after['file']}; give that file again")
    total = countable().count()
    while True:
        rows = countable().order_by("received_at", "pk")
        if manifest.after:
            at, pk = datetime.fromisoformat(manifest.after[0]), manifest.after[1]
            later = Q(received_at=at, pk__gt=pk) | Q(received_at__gt=at)
            rows = rows.filter(later, received_at__gte=at)  # an index can begin there
        told, lon_lat = rows_and_degrees(rows[:at_once], islands)
        if not len(told):
            break
        write_parts(folder, manifest, told, lon_lat, islands.codes)
        last = int(told.id[-1])
        manifest.after = [Report.objects.get(pk=last).received_at.isoformat(), last]
        manifest.save(folder)
        say(manifest.rows, total)
    manifest.whole = True
    manifest.save(folder)
    return manifest


def parts_from_file(
    folder: Path, file: Path, names: Columns, *, say: Say = silent, at_once: int = AT_ONCE
) -> Manifest:
    """Write the points of a GeoParquet file in degrees; goes on where it was stopped.

    Rows without place, moment or known category are left out and counted. How far it came is told
    in rows of this very file, so that another `at_once` loses and doubles none. Raises UnfitFile,
    and BadParts when the folder was begun from something else.
    """
    geometry = _place_column(file, names)
    manifest, islands = begun(folder), read_islands()
    if manifest.whole:
        return manifest
    known, size = {"file": file.name, "bytes": file.stat().st_size}, 0
    after = manifest.after or {**known, "rows": 0}
    if not isinstance(after, dict) or {name: after[name] for name in known} != known:
        raise BadParts(f"{folder}: begun from something else; give that again, or a new folder")
    for batch in _lots(file, at_once):
        size, seen = size + len(batch[geometry]), max(after["rows"] - size, 0)
        if size <= after["rows"]:
            continue
        fresh = {name: column[seen:] for name, column in batch.items()}
        told, lon_lat, left_out = _rows(fresh, geometry, names, islands)
        write_parts(folder, manifest, told, lon_lat, islands.codes)
        manifest.after, manifest.left_out = {**known, "rows": size}, manifest.left_out + left_out
        manifest.save(folder)
        say(manifest.rows, 0)
    manifest.whole = True
    manifest.save(folder)
    return manifest


def _lots(file: Path, at_once: int) -> Iterator[Mapping[str, list[Any]]]:
    """Batches of the file joined until they hold about `at_once` rows, as lists by column."""
    held: dict[str, list[Any]] = {}
    for batch in batches_of(file, at_once):
        for name in batch.schema.names:
            held.setdefault(name, []).extend(batch.column(name).to_pylist())
        if len(next(iter(held.values()))) >= at_once:
            yield held
            held = {}
    if held:
        yield held


def _place_column(file: Path, names: Columns) -> str:
    """The column of the place. Raises UnfitFile when the file is none we understand."""
    schema = read_parquet(file).schema
    told = {key.decode(): text.decode() for key, text in (schema.metadata or {}).items()}
    if "geo" not in told:
        raise UnfitFile(f"{file.name}: bukan GeoParquet (tidak ada 'geo').")
    geo = json.loads(told["geo"])
    column = str(geo["primary_column"])
    about = geo["columns"][column]
    frame = (about.get("crs") or {}).get("id", {"authority": "OGC", "code": "CRS84"})
    if about.get("encoding") != "WKB" or f"{frame['authority']}:{frame['code']}" not in DEGREES:
        raise UnfitFile(f"{file.name}: perlu titik WKB dalam derajat (WGS 84).")
    wanted = [names.id, names.at, *([] if names.fixed_category else [names.category])]
    wanted += [names.reporter] if names.reporter else []
    if lost := [name for name in wanted if name not in schema.names]:
        raise UnfitFile(f"{file.name}: kolom {', '.join(lost)} tidak ada.")
    return column


def _rows(
    batch: Mapping[str, list[Any]], geometry: str, names: Columns, islands: Islands
) -> tuple[Rows, Floats, int]:
    import pandas as pd  # only when asked

    places = shapely.from_wkb(np.array(batch[geometry], dtype=object))
    at = pd.to_datetime(pd.Series(batch[names.at]), utc=True, errors="coerce", format="ISO8601")
    kinds = set(Category.objects.values_list("pk", flat=True))
    told = batch.get(names.category, []) if not names.fixed_category else []
    category = np.array(told or [names.fixed_category] * len(places), dtype="U40")
    fine = (shapely.get_type_id(places) == 0) & ~shapely.is_empty(places)
    fine &= at.notna().to_numpy() & np.isin(category, sorted(kinds))
    keep = np.flatnonzero(fine)
    lon_lat = shapely.get_coordinates(places[keep])
    xy = in_millimetres(lon_lat[:, 0], lon_lat[:, 1])
    day = at.iloc[keep].dt.tz_convert(ZoneInfo(city().time_zone)).dt.tz_localize(None)
    since = day.to_numpy().astype("datetime64[D]").astype(np.int64)
    key = settings.SECRET_KEY.encode()
    marks = [str(text or "") for text in batch.get(names.reporter, [])] or [""] * len(places)
    known = {text: reporter_mark(text, key) for text in set(marks)}
    rows = Rows(
        id=np.array([_number(batch[names.id][i]) for i in keep], dtype=np.int64),
        x_mm=xy[:, 0],
        y_mm=xy[:, 1],
        island=island_of(xy / MILLIMETRES, islands),
        day=since,
        category=category[keep],
        reporter=np.array([known[marks[i]] for i in keep], dtype=np.uint64),
        synthetic=np.full(len(keep), names.synthetic),
    )
    return rows, lon_lat, len(places) - len(keep)


def _number(value: Any) -> int:
    """An id as a whole number: itself, or 63 bits of the digest of its words."""
    if isinstance(value, int):
        return value
    return reporter_mark(f"id {value}", b"id") >> 1


def island_of(xy: Floats, islands: Islands) -> Ints:
    """Index of the island each place (n, 2) lies on, or within ASHORE_M of; else -1."""
    found: NDArray[np.int64] = np.full(len(xy), -1, dtype=np.int64)
    tree = shapely.STRtree(np.array(islands.lands, dtype=object))
    point, land = tree.query_nearest(shapely.points(xy), max_distance=ASHORE_M, all_matches=False)
    found[point] = land
    return found
