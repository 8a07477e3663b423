"""What a person states about an import: format, frame, which column is which field, constants."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Any

from layers.errors import BadInput
from layers.geography import city
from layers.ingest_child.request import READERS, Request

_RULE = re.compile(r"^(?P<column>.+)=(?P<field>-|[a-z_][a-z0-9_]*)(?:\*(?P<factor>[0-9.]+))?$")
SUFFIXES = {
    ".geojson": "geojson", ".json": "geojson", ".csv": "csv", ".zip": "shapefile-zip",
    ".gpkg": "gpkg", ".kml": "kml", ".kmz": "kmz", ".gpx": "gpx", ".osm": "osm-xml",
    ".osm.gz": "osm-xml", ".osm.pbf": "osm-pbf", ".pbf": "osm-pbf", ".graphml": "graphml",
}  # fmt: skip


class UnknownFormat(BadInput):
    """Jenis berkas ini tidak dikenal; sebutkan formatnya."""

    code = "UNKNOWN_FORMAT"


class BadRule(BadInput):
    """Tulis pasangan sebagai kolom=bidang, kolom=bidang*1000, atau kolom=- untuk melewatinya."""

    code = "BAD_RULE"


@dataclass(frozen=True, slots=True)
class ColumnRule:
    """`column` of the file (dots reach into nested values) becomes `field`, times `factor`.

    The field `-` leaves the column out.
    """

    column: str
    field: str
    factor: float = 1.0


@dataclass(frozen=True, slots=True)
class Stated:
    """All a person said about one import; equal statements about equal bytes are one import."""

    format: str
    crs: str = ""
    encoding: str = ""
    table: str = ""
    rules: tuple[ColumnRule, ...] = ()
    constants: tuple[tuple[str, str], ...] = ()
    repair: bool = False
    good_rows: bool = False

    def request(self) -> Request:
        """The part that the child is told."""
        return Request(
            format=self.format,
            crs=self.crs,
            encoding=self.encoding,
            table=self.table,
            repair=self.repair,
            outer_box=city().outer_box,
        )

    def as_json(self) -> dict[str, Any]:
        """As kept in the job's record."""
        plain = asdict(self)
        plain["rules"] = [asdict(rule) for rule in self.rules]
        plain["constants"] = [list(pair) for pair in self.constants]
        return plain

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Stated:
        """Read a kept record again."""
        return cls(
            **{
                **kept,
                "rules": tuple(ColumnRule(**rule) for rule in kept["rules"]),
                "constants": tuple((name, value) for name, value in kept["constants"]),
            }
        )


def format_of(name: str, said: str = "") -> str:
    """Format as said, else by the file's name. Raises UnknownFormat."""
    if said:
        if said not in READERS:
            raise UnknownFormat
        return said
    lower = name.lower()
    for suffix in sorted(SUFFIXES, key=len, reverse=True):
        if lower.endswith(suffix):
            return SUFFIXES[suffix]
    raise UnknownFormat


def rules_of(lines: list[str]) -> tuple[ColumnRule, ...]:
    """Read `column=field`, `column=field*factor` and `column=-`. Raises BadRule."""
    rules = []
    for line in lines:
        match = _RULE.match(line.strip())
        if match is None:
            raise BadRule
        try:
            factor = float(match["factor"] or 1)
        except ValueError:
            raise BadRule from None
        rules.append(ColumnRule(match["column"].strip(), match["field"], factor))
    return tuple(rules)


def constants_of(lines: list[str]) -> tuple[tuple[str, str], ...]:
    """Read `field=value`. Raises BadRule."""
    pairs = []
    for line in lines:
        field, mark, value = line.partition("=")
        if not mark or not field.strip():
            raise BadRule
        pairs.append((field.strip(), value.strip()))
    return tuple(pairs)
