"""Reports as GeoParquet parts with a manifest: what one machine or many count from.

A folder holds `city=C/island=I/month=YYYY-MM/part-NNNNN.parquet` and `manifest.json`. A part has
the place as WKB in degrees (for other readers) and in whole millimetres of the city's frame
(projected once, by the writer), the day of the city's calendar, category, keyed mark of the
reporter. No Django, no database: workers of other machines import this.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from arro3.core import Array, DataType, Field, Schema, Table
from arro3.io import read_parquet, write_parquet
from numpy.typing import NDArray

from spatial_analysis.tally import Rows

MANIFEST = "manifest.json"
VERSION = 1
NOWHERE = "-"  # island of reports whose island is unknown
EPOCH = date(1970, 1, 1)
ROWS_A_PART = 250_000
GEO = json.dumps({
    "version": "1.1.0", "primary_column": "geometry",
    "columns": {"geometry": {"encoding": "WKB", "geometry_types": ["Point"]}},
})  # fmt: skip
TYPES = {
    "id": DataType.int64(), "geometry": DataType.binary(), "x_mm": DataType.int64(),
    "y_mm": DataType.int64(), "day": DataType.int32(), "category": DataType.string(),
    "reporter": DataType.uint64(), "synthetic": DataType.bool(),
}  # fmt: skip


class BadParts(ValueError):
    """The folder of parts is not whole: write it anew, or bring back what is missing."""


@dataclass(frozen=True, slots=True)
class Part:
    """One file: its path in the folder, rows, digest of its bytes, island, first and last day."""

    path: str
    rows: int
    sha256: str
    island: str
    first_day: int
    last_day: int

    @property
    def name(self) -> str:
        """Name of what was counted of it: the same bytes, the same name."""
        return f"{hashlib.sha256(self.path.encode()).hexdigest()[:8]}-{self.sha256[:24]}"


@dataclass(slots=True)
class Manifest:
    """What a folder must hold; `after` says how far an unfinished writing has come."""

    city: str
    epsg: int
    parts: list[Part] = field(default_factory=list)
    after: Any = None
    whole: bool = False
    left_out: int = 0
    version: int = VERSION

    @property
    def rows(self) -> int:
        """Rows in all parts."""
        return sum(part.rows for part in self.parts)

    def save(self, folder: Path) -> None:
        """Write it, whole or not at all."""
        fresh = folder / f"{MANIFEST}.new"
        fresh.write_text(json.dumps(asdict(self), indent=1))
        fresh.replace(folder / MANIFEST)


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a folder, finished or not. Raises BadParts."""
    path = folder / MANIFEST
    if not path.is_file():
        raise BadParts(f"{folder}: no {MANIFEST}")
    told = json.loads(path.read_text())
    if told.get("version") != VERSION:
        raise BadParts(f"{path}: version {told.get('version')}, not {VERSION}")
    return Manifest(**told | {"parts": [Part(**part) for part in told["parts"]]})


def checked_manifest(folder: Path, *, city: str, epsg: int) -> Manifest:
    """A finished manifest for this city and frame, every part there, none besides. Or BadParts."""
    manifest = read_manifest(folder)
    if not manifest.whole:
        raise BadParts(f"{folder}: writing was not finished; start report_parts again")
    if (manifest.city, manifest.epsg) != (city, epsg):
        raise BadParts(f"{folder}: of {manifest.city}, EPSG:{manifest.epsg}, "
                       f"not {city}, EPSG:{epsg}")  # fmt: skip
    told = [part.path for part in manifest.parts]
    if len(set(told)) < len(told):
        raise BadParts(f"{folder}: the manifest names a part twice")
    there = {str(path.relative_to(folder)) for path in folder.rglob("*.parquet")}
    if lost := sorted(set(told) - there):
        raise BadParts(f"{lost[0]}: lost ({len(lost)} of {len(told)} parts)")
    if more := sorted(there - set(told)):
        raise BadParts(f"{more[0]}: not in the manifest")
    return manifest


def write_parts(
    folder: Path, manifest: Manifest, rows: Rows, lon_lat: NDArray, islands: Sequence[str]
) -> None:
    """Add rows to the folder, apart by island and month; the manifest is saved by the caller.

    lon_lat : (n, 2) degrees; islands : codes that `rows.island` counts through.
    """
    month = (np.datetime64(EPOCH) + rows.day.astype("timedelta64[D]")).astype("datetime64[M]")
    order = np.lexsort((rows.id, month, rows.island))
    for number in np.unique(rows.island):
        code = islands[number] if number >= 0 else NOWHERE
        for when in np.unique(month[rows.island == number]):
            here = order[(rows.island[order] == number) & (month[order] == when)]
            place = f"city={manifest.city}/island={code}/month={when}"
            for start in range(0, len(here), ROWS_A_PART):
                some = here[start : start + ROWS_A_PART]
                path = f"{place}/part-{len(manifest.parts):05d}.parquet"
                manifest.parts.append(
                    _write(folder, path, rows.take(some), lon_lat[some], code, manifest.epsg)
                )


def _write(folder: Path, path: str, rows: Rows, lon_lat: NDArray, code: str, epsg: int) -> Part:
    held = {
        "id": rows.id, "x_mm": rows.x_mm, "y_mm": rows.y_mm, "day": rows.day.astype(np.int32),
        "reporter": rows.reporter,
    }  # fmt: skip
    arrays = {name: Array(np.ascontiguousarray(values)) for name, values in held.items()}
    arrays["geometry"] = Array(
        shapely.to_wkb(shapely.points(lon_lat)).tolist(), type=TYPES["geometry"]
    )
    arrays["synthetic"] = Array(rows.synthetic.tolist(), type=TYPES["synthetic"])
    arrays["category"] = Array(rows.category.tolist(), type=TYPES["category"])
    schema = Schema([Field(name, kind, nullable=True) for name, kind in TYPES.items()])
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    write_parquet(
        Table.from_arrays([arrays[name] for name in TYPES], schema=schema), target,
        compression="zstd(3)",
        key_value_metadata={"geo": GEO, "frame": f"EPSG:{epsg}, whole millimetres"},
    )  # fmt: skip
    target.chmod(0o600)
    digest = hashlib.sha256(target.read_bytes()).hexdigest()
    return Part(path, len(rows), digest, code, int(rows.day.min()), int(rows.day.max()))


def read_part(folder: Path, part: Part, codes: Sequence[str], epsg: int) -> Rows:
    """The rows of a part, after its bytes were checked. Raises BadParts.

    codes : islands in the order in which they are counted; others have number -1.
    """
    path = folder / part.path
    if not path.is_file():
        raise BadParts(f"{part.path}: lost")
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != part.sha256:
        raise BadParts(f"{part.path}: changed since it was written")
    reader = read_parquet(BytesIO(content))
    told = {key.decode(): text.decode() for key, text in (reader.schema.metadata or {}).items()}
    if "geo" not in told or told.get("frame") != f"EPSG:{epsg}, whole millimetres":
        raise BadParts(f"{part.path}: no GeoParquet of frame EPSG:{epsg}")
    batches = list(reader)
    number = codes.index(part.island) if part.island in codes else -1

    def column(name: str, kind: Any) -> NDArray:
        parts = [batch.column(name).to_numpy() for batch in batches]
        return np.concatenate([np.empty(0, dtype=kind), *parts]).astype(kind)

    kinds = [text for batch in batches for text in batch.column("category").to_pylist()]
    rows = Rows(
        id=column("id", np.int64),
        x_mm=column("x_mm", np.int64),
        y_mm=column("y_mm", np.int64),
        island=np.full(len(kinds), number, dtype=np.int64),
        day=column("day", np.int64),
        category=np.array(kinds, dtype="U40"),
        reporter=column("reporter", np.uint64),
        synthetic=np.array(
            [yes for batch in batches for yes in batch.column("synthetic").to_pylist()], dtype=bool
        ),
    )
    if len(rows) != part.rows:
        raise BadParts(f"{part.path}: {len(rows)} rows, {part.rows} told")
    return rows


def chosen(parts: Sequence[Part], codes: Sequence[str], first: int, last: int) -> list[Part]:
    """Parts with days in [first, last] (since 1970) on the islands asked for, or nowhere."""
    return [
        part for part in parts
        if part.last_day >= first and part.first_day <= last and part.island in (*codes, NOWHERE)
    ]  # fmt: skip


def day_of(day: date) -> int:
    """Days since 1970."""
    return (day - EPOCH).days


def days_held(manifest: Manifest) -> tuple[date, date] | None:
    """First and last day of the parts; None when there is no row."""
    if not manifest.parts:
        return None
    first = min(part.first_day for part in manifest.parts)
    last = max(part.last_day for part in manifest.parts)
    return EPOCH + timedelta(first), EPOCH + timedelta(last)


def batches_of(path: Path, at_once: int) -> Iterator[Any]:
    """Record batches of any Parquet file, at most about `at_once` rows each."""
    for batch in read_parquet(path):
        for start in range(0, batch.num_rows, at_once):
            yield batch.slice(start, min(at_once, batch.num_rows - start))
