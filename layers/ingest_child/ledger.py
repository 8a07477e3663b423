"""The ledger of one file: each row is either kept or refused with a reason, and all are counted."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from layers.gate import Refusal
from layers.gate.frames import Frame
from layers.gate.shape import checked, placed
from layers.ingest_child.mend import mend
from layers.ingest_child.request import (
    MAX_COLUMNS,
    MAX_FILE_VERTICES,
    MAX_ROWS,
    MAX_TEXT,
    Request,
)  # fmt: skip

Props = dict[str, Any]
MAX_ERRORS = 500
PILE_SHARE = 0.02
PILE_LEAST = 20


class Ledger:
    """Writes accepted rows to `rows_path` and keeps the account that becomes the report."""

    def __init__(self, request: Request, rows_path: Path) -> None:
        self.request = request
        self.frame: Frame | None = None
        self.expected: int | None = None  # rows counted apart from the reader
        self.rows = self.accepted = self.refused = self.repaired = self.vertices = 0
        self.closed_row = 0  # the row whose open ring was just closed
        self.errors: list[dict[str, Any]] = []
        self.codes: Counter[str] = Counter()
        self.warnings: dict[str, dict[str, Any]] = {}
        self.columns: dict[str, None] = {}
        self.kinds: Counter[str] = Counter()
        self.bounds: list[float] | None = None
        self.facts: dict[str, Any] = {}
        self._places: Counter[tuple[float, float]] = Counter()
        self._file = rows_path.open("w", encoding="utf-8")

    def row(self, number: int, read: Callable[[], tuple[BaseGeometry | None, Props]]) -> None:
        """Read row `number` (as a person counts, from 1): keep it, or refuse it alone."""
        self.rows += 1
        if self.rows > MAX_ROWS:
            raise Refusal("TOO_MANY_ROWS", limit=MAX_ROWS)
        try:
            geom, props = read()
            self._keep(number, geom, self._clean(props))
        except Refusal as refusal:
            self._refuse(number, refusal)
        except NotImplementedError:  # curves and surfaces, which shapely knows but cannot hold
            self._refuse(number, Refusal("UNSUPPORTED_GEOM", kind="?"))
        except (shapely.errors.ShapelyError, ValueError, TypeError, OverflowError) as error:
            self._refuse(number, Refusal("BAD_GEOMETRY", reason=type(error).__name__))

    def warn(self, code: str, row: int = 0, **values: str | int | float) -> None:
        """Note something odd; the first rows with it are named."""
        entry = self.warnings.setdefault(code, {"code": code, "count": 0, "rows": [], "args": {}})
        entry["count"] += 1
        entry["args"] = values or entry["args"]
        if row and len(entry["rows"]) < 10:
            entry["rows"].append(row)

    def close(self) -> None:
        """End the account; raises Refusal when it does not add up or nothing was there."""
        self._file.close()
        if self.expected is not None and self.expected != self.rows:
            raise Refusal("COUNT_DIFFERS", counted=self.expected, read=self.rows)
        if not self.rows:
            raise Refusal("EMPTY")
        if self.frame is not None and self.frame.move is not None:
            self.warn("REPROJECTED", name=self.frame.name)
        self._shared_places()

    def report(self, failure: Refusal | None = None) -> dict[str, Any]:
        """The account as plain data; with `failure` the whole file is refused."""
        kept = 0 if failure else self.accepted
        errors = list(self.errors)
        if failure:
            errors = [{"row": 0, "code": failure.code, "args": failure.values}, *errors]
        status = "rejected" if not kept else "partial" if self.refused else "accepted"
        return {
            "status": status,
            "rows": self.rows,
            "accepted": kept,
            "rejected": self.rows - kept,
            "repaired": 0 if failure else self.repaired,
            "errors": errors,
            "codes": dict(self.codes),
            "warnings": list(self.warnings.values()),
            "crs": self.frame.name if self.frame else None,
            "accuracy_m": self.frame.accuracy_m if self.frame else None,
            "bounds": self.bounds,
            "kinds": dict(self.kinds),
            "columns": list(self.columns),
            "facts": self.facts,
        }

    def _keep(self, number: int, geom: BaseGeometry | None, props: Props) -> None:
        mended: dict[str, float] | None = None
        if geom is not None:
            geom, mended = self._gate(number, geom)
            self._look_at(number, geom)
            if mended is None and self.closed_row == number:
                mended = {"ring_closed": 1}
        kept = {"row": number, "wkb": geom.wkb_hex if geom is not None else None, "props": props}
        if mended is not None:
            self.repaired += 1
            kept["mended"] = mended
            self.warn("REPAIRED", number, **mended)
        self._file.write(json.dumps(kept, ensure_ascii=False) + "\n")
        self.accepted += 1

    def _gate(
        self, number: int, geom: BaseGeometry
    ) -> tuple[BaseGeometry, dict[str, float] | None]:
        self.vertices += int(shapely.get_num_coordinates(geom))
        if self.vertices > MAX_FILE_VERTICES:
            raise FileTooDetailed
        move = self.frame.move if self.frame else None
        known = self.frame is not None
        try:
            result = checked(geom, move, degrees=known)
        except Refusal as refusal:
            if refusal.code != "INVALID_GEOMETRY" or not self.request.repair:
                raise
            bad, flat = placed(geom, move, degrees=known)
            good, change = mend(bad)
            if flat:
                self.warn("HEIGHT_DROPPED", number)
            return good, change
        if result.flat:
            self.warn("HEIGHT_DROPPED", number)
        return result.geom, None

    def _look_at(self, number: int, geom: BaseGeometry) -> None:
        """Bounds, kinds, rows outside the city, places used more than once."""
        west, south, east, north = geom.bounds
        self.kinds[geom.geom_type] += 1
        if self.bounds is None:
            self.bounds = [west, south, east, north]
        old = self.bounds
        self.bounds = [
            min(old[0], west), min(old[1], south), max(old[2], east), max(old[3], north)
        ]  # fmt: skip
        if geom.geom_type == "Point":
            self._places[(west, south)] += 1
        box = self.request.outer_box
        outside = box and not (
            west >= box[0] and south >= box[1] and east <= box[2] and north <= box[3]
        )
        if outside and self.frame is not None:
            self.warn("OUTSIDE_CITY", number)

    def _shared_places(self) -> None:
        shared = [count for count in self._places.values() if count > 1]
        if not shared:
            return
        rows, positions = sum(shared), len(shared)
        self.warn("SHARED_POSITION", positions=positions, rows=rows, repeats=rows - positions)
        (lon, lat), most = self._places.most_common(1)[0]
        if most >= max(PILE_LEAST, PILE_SHARE * sum(self._places.values())):
            self.warn("PILE_UP", count=most, lon=round(lon, 6), lat=round(lat, 6))

    def _clean(self, props: Props) -> Props:
        for key, value in props.items():
            _check_value(key, 0)
            _check_value(value, 0)
            if key not in self.columns:
                self.columns[key] = None
                if len(self.columns) > MAX_COLUMNS:
                    raise FileTooManyFields
        return props

    def _refuse(self, number: int, refusal: Refusal) -> None:
        if isinstance(refusal, FileTooManyFields | FileTooDetailed):
            raise refusal
        self.refused += 1
        self.codes[refusal.code] += 1
        if len(self.errors) < MAX_ERRORS:
            self.errors.append({"row": number, "code": refusal.code, "args": refusal.values})


class FileTooManyFields(Refusal):
    """The file as a whole has too many columns."""

    def __init__(self) -> None:
        super().__init__("TOO_MANY_FIELDS", limit=MAX_COLUMNS)


class FileTooDetailed(Refusal):
    """The file as a whole has too many vertices."""

    def __init__(self) -> None:
        super().__init__("TOO_MANY_VERTICES", count=MAX_FILE_VERTICES, limit=MAX_FILE_VERTICES)


def _check_value(value: Any, depth: int) -> None:
    """Text that PostgreSQL cannot hold, numbers that are none, nesting without end."""
    if depth > 64:
        raise Refusal("TOO_DEEP", limit=64)
    if isinstance(value, str):
        if "\x00" in value:
            raise Refusal("NUL_BYTE")
        if len(value) > MAX_TEXT:
            raise Refusal("TOO_LONG", length=len(value), limit=MAX_TEXT)
        try:
            value.encode("utf-8")
        except UnicodeEncodeError:
            raise Refusal("BAD_ENCODING", wanted="UTF-8") from None
    elif isinstance(value, float) and not math.isfinite(value):
        raise Refusal("NONFINITE", value=str(value))
    elif isinstance(value, dict):
        for key, inner in value.items():
            _check_value(key, depth + 1)
            _check_value(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            _check_value(inner, depth + 1)
