"""CSV tables: positions in columns or in WKT, decimal commas, and the marks Excel leaves."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import shapely
from shapely.geometry.base import BaseGeometry

from layers.gate import Refusal, frames
from layers.gate.frames import Frame
from layers.ingest_child import places, readings
from layers.ingest_child.ledger import Ledger, Props
from layers.ingest_child.request import MAX_COLUMNS, MAX_FILE_BYTES

MAX_WKT_NESTING = 64
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_DELIMITERS = ",;\t|"
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_SRID = re.compile(r"^SRID=(\d{1,6});(.*)$", re.DOTALL | re.IGNORECASE)
_COLLECTION = re.compile(r"GEOMETRYCOLLECTION", re.IGNORECASE)
ADDRESS_WORDS = frozenset({"address", "alamat", "jalan", "street", "lokasi", "location"})


def read(path: Path, ledger: Ledger) -> None:
    """Read the table into the ledger; raises Refusal when it is no usable table as a whole."""
    text = decoded(path.read_bytes(), ledger.request.encoding)
    text, delimiter = _delimiter(text)
    csv.field_size_limit(MAX_FILE_BYTES)
    records = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        header = _header(next(records, []))
        take = _taker(header, ledger)
        number = 0
        for record in records:
            if not any(cell.strip() for cell in record):
                continue
            number += 1
            ledger.row(number, lambda r=record, n=number: take(n, r))  # type: ignore[misc]
    except csv.Error:
        raise Refusal("BAD_ROW", row=records.line_num) from None


def decoded(data: bytes, stated: str) -> str:
    """Text of the file: by its mark (BOM), as stated, else UTF-8; nothing is guessed."""
    if not data.strip():
        raise Refusal("EMPTY")
    for mark, codec in _BOMS:
        if data.startswith(mark):
            stated, data = codec, data[len(mark) :]
            break
    try:
        text = data.decode(stated or "utf-8")
    except (UnicodeDecodeError, LookupError):
        raise Refusal("BAD_ENCODING", wanted="UTF-8") from None
    if not text.strip():
        raise Refusal("EMPTY")
    return text


def _delimiter(text: str) -> tuple[str, str]:
    """Obey Excel's `sep=` line, else take the mark that parts the header into most columns."""
    first = re.match(r"^sep=(.)\r?\n", text, re.IGNORECASE)
    if first:
        return text[first.end() :], first[1]
    head = re.sub(r'"[^"]*"', "", text[:20_000].split("\n", 1)[0])
    best = max(_DELIMITERS, key=head.count)
    return text, best if best in head else ","


def _header(cells: list[str]) -> list[str]:
    names = [cell.strip() for cell in cells]
    while names and not names[-1]:
        names.pop()
    if not names:
        raise Refusal("EMPTY")
    if len(names) > MAX_COLUMNS:
        raise Refusal("TOO_MANY_FIELDS", limit=MAX_COLUMNS)
    folded = [name.casefold() for name in names]
    for name in folded:
        if folded.count(name) > 1:
            raise Refusal("DUPLICATE_HEADER", name=name[:40])
        if not name or _CONTROL.search(name):
            raise Refusal("BAD_HEADER", name=_CONTROL.sub(" ", name)[:40])
    if all(re.fullmatch(r"[-+0-9.,]+", name) for name in names):
        raise Refusal("BAD_HEADER", name=names[0][:40])
    return names


class _Table:
    """Header and the way to a row's place; `place_of` is None for a table without places."""

    def __init__(self, header: list[str], ledger: Ledger) -> None:
        self.header = header
        self.ledger = ledger
        self.readings = readings.Readings.of(header)
        self.wkt = next((n for n in header if n.casefold() in ("wkt", "geom_wkt", "geometry")), "")
        self.pair = None if self.wkt else places.pair_of(header)
        if not self.wkt and self.pair is None and self.readings is None:
            if {name.casefold() for name in header} & ADDRESS_WORDS:
                raise Refusal("NO_GEOMETRY")
            ledger.warn("TABLE_WITHOUT_PLACES")
        ledger.frame = self._frame()

    def _frame(self) -> Frame | None:
        stated = frames.named(self.ledger.request.crs) if self.ledger.request.crs else None
        if self.pair is None and not self.wkt:
            return stated or Frame(frames.STORED)
        if self.pair is not None and self.pair.degrees:
            if self.pair.other:
                self.ledger.warn("OTHER_PAIR", x=self.pair.other[0], y=self.pair.other[1])
            return stated or Frame(frames.STORED)
        return stated

    def __call__(self, number: int, record: list[str]) -> tuple[BaseGeometry | None, Props]:
        record = record[: len(self.header)] + [c for c in record[len(self.header) :] if c.strip()]
        if len(record) != len(self.header):
            raise Refusal("BAD_ROW_WIDTH", found=len(record), wanted=len(self.header))
        props: Props = dict(zip(self.header, record, strict=True))
        if self.readings is not None:
            self.readings.check(props)
        if self.wkt:
            return self._from_wkt(props.pop(self.wkt)), props
        if self.pair is not None:
            spot = places.position(props[self.pair.x], props[self.pair.y])
            return shapely.Point(spot), {k: v for k, v in props.items() if k not in self.pair.used}
        return None, props

    def _from_wkt(self, text: str) -> BaseGeometry:
        text = text.strip()
        match = _SRID.match(text)
        if match:
            srid, text = int(match[1]), match[2]
            frame = self.ledger.frame
            if frame is None or f"EPSG:{srid}" != frame.name:
                raise Refusal("BAD_CRS", name=f"SRID={srid}")
        if not text:
            raise Refusal("EMPTY_GEOMETRY")
        if len(_COLLECTION.findall(text)) > MAX_WKT_NESTING:
            raise Refusal("TOO_DEEP", limit=MAX_WKT_NESTING)
        try:
            return shapely.from_wkt(text)
        except NotImplementedError:
            raise Refusal("UNSUPPORTED_GEOM", kind=text.split("(")[0][:20]) from None
        except shapely.errors.ShapelyError:
            raise Refusal("BAD_WKT", text=text[:40]) from None


def _taker(header: list[str], ledger: Ledger) -> _Table:
    return _Table(header, ledger)
