"""The vocabulary in which a layer is declared once; everything else follows from it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.db import models

from layers.access import Face, Role

SLUG = re.compile(r"^[a-z][a-z0-9-]{1,40}$")


class Origin(models.TextChoices):
    """Where a row comes from; shown in every legend and carried by every export."""

    PUBLISHED = "published", "published"
    ESTIMATED = "estimated", "estimated"
    SCHEMATIC = "schematic", "schematic"
    SYNTHETIC = "synthetic", "synthetic"


class Theme(StrEnum):
    """The drawer of the layer list that a layer lies in."""

    BASE = "base"
    REPORTS = "reports"
    ASSETS = "assets"
    PLANNING = "planning"
    WORK = "work"


@dataclass(frozen=True, slots=True)
class FeatureTiles:
    """Rows as vector-tile features from `min_zoom` on.

    `neighbours`: areas that share borders; below z12 they are simplified together, so that
    no sliver opens between them.
    """

    min_zoom: int = 0
    max_zoom: int = 16
    neighbours: bool = False


@dataclass(frozen=True, slots=True)
class HexTiles:
    """Below `rows_from_zoom`, hexagons with counts; from it on, the rows themselves.

    `counts_kept`: counts by grid cell and day are stored and kept up, for layers of many rows.
    """

    min_zoom: int = 0
    max_zoom: int = 16
    rows_from_zoom: int = 14
    cells_across: int = 24
    floor: int = 1
    counts_kept: bool = False


@dataclass(frozen=True, slots=True)
class ClusterTiles:
    """Below `rows_from_zoom`, one point for the rows of each grid cell, with their number.

    A tile is `cells_across` cells wide: a power of two, so that each cell lies in one tile.
    """

    min_zoom: int = 0
    max_zoom: int = 16
    rows_from_zoom: int = 14
    cells_across: int = 8
    floor: int = 1
    counts_kept: bool = False

    def __post_init__(self) -> None:
        """Refuse a grid whose cells would lie in two tiles."""
        if self.cells_across < 1 or self.cells_across & (self.cells_across - 1):
            raise ValueError(f"cells_across {self.cells_across}: use a power of two")


@dataclass(frozen=True, slots=True)
class RasterTiles:
    """A registered raster drawn by colour ramp; it has no features."""

    min_zoom: int = 0
    max_zoom: int = 16


GatheredTiles = HexTiles | ClusterTiles  # counts below a zoom, rows from it on
Tiles = FeatureTiles | GatheredTiles | RasterTiles


@dataclass(frozen=True, slots=True)
class TimeField:
    """The column that time filters use, and the bucket its bounds must lie on."""

    column: str
    bucket: str = "PT1H"


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """One line of the legend: `match` is the value of `Symbol.by` that it stands for."""

    label: str
    colour: str
    match: str | float | None = None
    label_en: str = ""


@dataclass(frozen=True, slots=True)
class Symbol:
    """How a layer is drawn: kind of mark, colours by a property, and what the label shows.

    kind: "circle", "square", "column", "wedge", "line", "fill", "outline", "raster", "hidden"
    by: property whose value picks the entry; numeric entries are class breaks ("step")
    """

    kind: str
    entries: tuple[LegendEntry, ...]
    by: str = ""
    label: str = ""
    label_from_zoom: float = 24
    width: float = 1.5
    opacity: float = 1.0
    dashed: bool = False
    note: str = ""
    note_en: str = ""


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer of the city: what it holds, who sees it, how it is drawn.

    `public_fields` is all that a public answer may carry; `staff_fields` is what the roles
    in `staff` get instead. `viewers` are roles that see the public face of a layer which
    is not public. `public_geometry` names the column that stands for `geometry` outside.
    `placeless_rows` have no place yet: the staff hears of their changes, no tile shows them.
    """

    slug: str
    title: str
    summary: str
    rows: Callable[[], models.QuerySet[Any]]
    public_fields: tuple[str, ...]
    viewers: frozenset[Role]
    tiles: Tiles
    symbol: Symbol
    attribution: str
    theme: Theme = Theme.ASSETS
    title_en: str = ""
    geometry: str = "geom"
    public_geometry: str = ""
    public_rows: Callable[[], models.QuerySet[Any]] | None = None
    placeless_rows: Callable[[], models.QuerySet[Any]] | None = None
    staff: frozenset[Role] = frozenset()
    staff_fields: tuple[str, ...] = ()
    time: TimeField | None = None
    schematic: bool = False
    importable: bool = False
    natural_key: str = ""
    filters: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        """Refuse a declaration that could not be served."""
        if not SLUG.match(self.slug):
            raise ValueError(f"layer slug {self.slug!r}: use a-z, 0-9 and hyphens")
        if self.staff and not self.staff_fields:
            raise ValueError(f"{self.slug}: staff roles need staff_fields")

    def title_in(self, language: str | None) -> str:
        """Title in a language: English where there is one, else as declared."""
        return (self.title_en if (language or "").startswith("en") else "") or self.title

    @property
    def is_public(self) -> bool:
        """True when a visitor without a login sees it."""
        return Role.PUBLIC in self.viewers

    @property
    def model(self) -> type[models.Model]:
        """The table behind it."""
        return self.rows().model

    @property
    def faces(self) -> tuple[Face, ...]:
        """The faces that somebody sees."""
        shown = (Face.PUBLIC,) if self.viewers else ()
        return (*shown, Face.STAFF) if self.staff else shown

    def fields_of(self, face: Face) -> tuple[str, ...]:
        """Allow-listed columns of a face."""
        return self.staff_fields if face is Face.STAFF else self.public_fields

    def geometry_of(self, face: Face) -> str:
        """Geometry column of a face."""
        return self.geometry if face is Face.STAFF else (self.public_geometry or self.geometry)

    def rows_of(self, face: Face) -> models.QuerySet[Any]:
        """Rows of a face."""
        if face is Face.PUBLIC and self.public_rows is not None:
            return self.public_rows()
        return self.rows()
