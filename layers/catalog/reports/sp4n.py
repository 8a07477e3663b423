"""Files of SP4N-LAPOR!, read into rows and faults: CSV and XLSX. No Django, no database."""

from __future__ import annotations

import csv
import io
import math
import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zipfile import BadZipFile
from zoneinfo import ZoneInfo

from layers.errors import BadInput

NEEDED = ("tracking_id", "received_at", "text", "status")
MAPPING = Path(__file__).with_name("sp4n_columns.toml")
MOST_BYTES = 50 << 20
MOST_SIGNS, MOST_WORDS = 60, 19_990  # of a number; of title and text, which become one story
DATES = ("%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%d/%m/%Y", "%d-%m-%Y %H:%M", "%d-%m-%Y")


class NotReadable(BadInput):
    """This file cannot be read: it must be CSV in UTF-8, or XLSX."""

    code = "FILE_NOT_READABLE"


class ColumnsMissing(BadInput):
    """Columns are missing; none is guessed."""

    code = "COLUMNS_MISSING"


@dataclass(frozen=True, slots=True)
class Sp4nRow:
    """One report of the file; times aware, `status` one of the four public states."""

    line: int
    tracking_id: str
    received_at: datetime
    text: str
    status: str
    title: str = ""
    category: str = ""
    agency: str = ""
    area: str = ""
    lon: float | None = None
    lat: float | None = None
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """A row that was refused, and why."""

    line: int
    column: str
    sentence: str


@dataclass(slots=True)
class Reading:
    """Rows and faults; together they are all rows of the file."""

    rows: list[Sp4nRow] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    @property
    def read(self) -> int:
        """Rows in the file."""
        return len(self.rows) + len({fault.line for fault in self.faults})


def tidy(text: Any) -> str:
    """Lower case, signs and double spaces gone: "No. Tracking" -> "no tracking"."""
    return " ".join(re.sub(r"[^0-9a-z]+", " ", str(text).lower()).split())


def read(data: bytes, *, zone: ZoneInfo) -> Reading:
    """Read a file; times without offset are in `zone`. Raises NotReadable, ColumnsMissing."""
    if len(data) > MOST_BYTES:
        raise NotReadable("The file is larger than 50 MB.")
    table = _xlsx(data) if data[:4] == b"PK\x03\x04" else _csv(data)
    if not table:
        raise NotReadable("The file is empty.")
    mapping = tomllib.loads(MAPPING.read_text(encoding="utf-8"))
    columns = _columns(table[0], mapping["columns"])
    states = {tidy(word): state for state, words in mapping["states"].items() for word in words}
    reading, seen = Reading(), {}
    for line, cells in enumerate(table[1:], start=2):
        if any(str(cell or "").strip() for cell in cells):
            _take(line, cells, columns, states, zone, seen, reading)
    return reading


def _csv(data: bytes) -> list[Sequence[Any]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise NotReadable("The file is not UTF-8; save it as 'CSV UTF-8'.") from None
    if "\x00" in text:
        raise NotReadable
    head = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=head.count)
    csv.field_size_limit(1 << 20)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise NotReadable(f"The CSV is broken: {error}.") from None


def _xlsx(data: bytes) -> list[Sequence[Any]]:
    import openpyxl  # only when asked

    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=False)
        return [tuple(row) for row in book.worksheets[0].iter_rows(values_only=True)]
    except (BadZipFile, KeyError, ValueError, OSError, IndexError):
        raise NotReadable("The XLSX file is broken.") from None


def _columns(head: Iterable[Any], synonyms: dict[str, list[str]]) -> dict[str, int]:
    known = {tidy(word): name for name, words in synonyms.items() for word in words}
    found: dict[str, int] = {}
    for at, title in enumerate(head):
        name = known.get(tidy(title or ""))
        if name is not None and name not in found:
            found[name] = at
    if missing := [name for name in NEEDED if name not in found]:
        headers = ", ".join(str(title) for title in head)
        raise ColumnsMissing(f"Missing: {', '.join(missing)}. Headers found: {headers}.")
    return found


def _take(
    line: int,
    cells: Sequence[Any],
    columns: dict[str, int],
    states: dict[str, str],
    zone: ZoneInfo,
    seen: dict[str, int],
    reading: Reading,
) -> None:
    """Add the row, or its faults, to `reading`."""
    cell = {name: cells[at] if at < len(cells) else None for name, at in columns.items()}
    faults: list[Fault] = []

    def refuse(column: str, sentence: str) -> None:
        faults.append(Fault(line, column, f"Row {line}: {sentence}"))

    number = cell["tracking_id"]
    if isinstance(number, int | float):
        refuse("tracking_id", "the tracking number is a number; save the column as text, "
               "digits may be lost.")  # fmt: skip
    tracking_id = str(number or "").strip()
    if not tracking_id:
        refuse("tracking_id", "no tracking number; without it a second import would double it.")
    elif tracking_id in seen:
        refuse("tracking_id", f"'{tracking_id[:40]}' stands already in row {seen[tracking_id]}.")
    status = states.get(tidy(cell["status"] or ""), "")
    if not status:
        shown = str(cell["status"] or "")[:40]
        refuse("status", f"'{shown}' is not one of the 4 states; say which it means.")
    at = _moment(cell["received_at"], zone)
    if at is None:
        shown = str(cell["received_at"] or "")[:40]
        refuse("received_at", f"'{shown}' is no date (like 2020-03-31 or 31/03/2020).")
    if len(tracking_id) > MOST_SIGNS:
        refuse("tracking_id", f"the tracking number has more than {MOST_SIGNS} signs.")
    lon, lat = _degrees(cell.get("lon")), _degrees(cell.get("lat"))
    for name, degrees in (("lon", lon), ("lat", lat)):
        if degrees is not None and not math.isfinite(degrees):
            refuse(name, f"'{str(cell.get(name))[:40]}' is no number of degrees, like 127.38.")
    if (lon is None) != (lat is None):
        refuse("lat", "one of longitude and latitude is missing; write both or none.")
    text = str(cell["text"] or "").strip()
    if not text:
        refuse("text", "no words.")
    letters = len(text) + len(str(cell.get("title") or ""))
    if letters > MOST_WORDS:
        refuse("text", f"{letters} letters with the title, at most {MOST_WORDS} fit.")
    if faults or at is None:
        reading.faults += faults
        return
    seen[tracking_id] = line
    words = {
        name: str(cell.get(name) or "").strip()
        for name in ("title", "category", "agency", "area", "answer")
    }
    reading.rows.append(Sp4nRow(line, tracking_id, at, text, status, lon=lon, lat=lat, **words))


def _moment(value: Any, zone: ZoneInfo) -> datetime | None:
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=zone)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=zone)
    text = str(value or "").strip()
    try:
        found = datetime.fromisoformat(text)
        return found if found.tzinfo else found.replace(tzinfo=zone)
    except ValueError:
        pass
    for form in DATES:
        try:
            return datetime.strptime(text, form).replace(tzinfo=zone)
        except ValueError:
            continue
    return None


def _degrees(value: Any) -> float | None:
    """Degrees as written; None for an empty cell, NaN for words."""
    written = str(value if value is not None else "").strip()
    try:
        return float(written.replace(",", ".")) if written else None
    except ValueError:
        return math.nan
