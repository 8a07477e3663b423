"""A layer as the target of an import: its writable fields, its key, and how a value becomes one."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import shapely
from django.contrib.gis.db import models as gis
from django.contrib.gis.geos import GEOSGeometry
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from shapely.geometry.base import BaseGeometry

from layers.errors import BadInput
from layers.gate import Refusal
from layers.geography import STORED_SRID, city
from layers.registry import all_layers
from layers.spec import Layer

_TRUE = frozenset({"1", "true", "ya", "y", "yes"})
_FALSE = frozenset({"0", "false", "tidak", "t", "n", "no"})
_SINGLE = {"POINT": "Point", "LINESTRING": "LineString", "POLYGON": "Polygon"}
_MULTI = {
    "MULTIPOINT": ("Point", shapely.MultiPoint),
    "MULTILINESTRING": ("LineString", shapely.MultiLineString),
    "MULTIPOLYGON": ("Polygon", shapely.MultiPolygon),
}


class NotImportable(BadInput):
    """Lapisan ini tidak diisi dari berkas."""

    code = "NOT_IMPORTABLE"


class UnknownField(BadInput):
    """Bidang itu tidak ada di lapisan ini, atau tidak boleh diisi dari berkas."""

    code = "UNKNOWN_FIELD"


@dataclass(slots=True)
class Target:
    """The writable side of a layer."""

    layer: Layer
    fields: dict[str, models.Field[Any, Any]]
    key: str
    geometry: gis.GeometryField
    spots: tuple[str, ...] = ()  # further required point columns, filled with a point inside
    references: dict[str, dict[str, int]] = field(default_factory=dict)

    @classmethod
    def of(cls, layer: Layer) -> Target:
        """The target that `layer` declares. Raises NotImportable."""
        if not layer.importable or not layer.natural_key:
            raise NotImportable
        shown = {*layer.public_fields, *layer.staff_fields, layer.natural_key}
        fields: dict[str, models.Field[Any, Any]] = {}
        spots = []
        for column in layer.model._meta.concrete_fields:
            if isinstance(column, gis.GeometryField):
                if column.name != layer.geometry and not column.null:
                    spots.append(column.name)
            elif not isinstance(column, models.GeneratedField | models.AutoField) and (
                column.name in shown or column.is_relation or _required(column)
            ):
                fields[column.name] = column
        geometry = layer.model._meta.get_field(layer.geometry)
        return cls(layer, fields, layer.natural_key, geometry, tuple(spots))  # type: ignore[arg-type]

    @property
    def required(self) -> frozenset[str]:
        """Fields that a new row cannot do without."""
        return frozenset(name for name, column in self.fields.items() if _required(column))

    def value(self, name: str, raw: Any, factor: float = 1.0) -> Any:
        """Return `raw` as the field `name` stores it (references as primary keys).

        Raises Refusal BAD_VALUE or UNKNOWN_REFERENCE.
        """
        column = self.fields[name]
        if column.is_relation:
            return self._reference(column, raw)
        if raw is None or (isinstance(raw, str) and not raw.strip()):
            return "" if isinstance(column, models.CharField | models.TextField) else None
        longest = column.max_length if isinstance(column, models.CharField) else None
        if longest and len(str(raw).strip()) > longest:
            raise Refusal("TOO_LONG", length=len(str(raw).strip()), limit=longest)
        try:
            return column.clean(_prepared(column, raw, factor), None)
        except (ValidationError, ValueError, OverflowError):
            raise Refusal("BAD_VALUE", column=name, value=str(raw)[:40]) from None

    def shape(self, geom: BaseGeometry | None) -> BaseGeometry:
        """Return `geom` as the layer's kind; one part becomes many or many of one, never else.

        Raises Refusal EMPTY_GEOMETRY or WRONG_KIND.
        """
        if geom is None:
            raise Refusal("EMPTY_GEOMETRY")
        wanted = self.geometry.geom_type
        if wanted in _MULTI:
            single, build = _MULTI[wanted]
            if geom.geom_type == single:
                return build([geom])
        elif geom.geom_type == f"Multi{_SINGLE.get(wanted, '')}" and len(geom.geoms) == 1:
            return geom.geoms[0]
        if wanted not in (geom.geom_type.upper(), "GEOMETRY"):
            raise Refusal("WRONG_KIND", wanted=wanted, kind=geom.geom_type)
        return geom

    def _reference(self, column: models.Field[Any, Any], raw: Any) -> int | None:
        if raw is None or not str(raw).strip():
            return None
        known = self.references.setdefault(column.name, _keys_of(column.related_model))
        try:
            return known[str(raw).strip().casefold()]
        except KeyError:
            raise Refusal("UNKNOWN_REFERENCE", column=column.name, value=str(raw)[:40]) from None


def stored(geom: BaseGeometry) -> GEOSGeometry:
    """As GeoDjango stores it."""
    return GEOSGeometry(memoryview(geom.wkb), srid=STORED_SRID)


def area_layers() -> dict[type[models.Model], Layer]:
    """Layers of areas by table, for finding where a place lies."""
    return {
        layer.model: layer
        for layer in all_layers()
        if isinstance(layer.model._meta.get_field(layer.geometry), gis.MultiPolygonField)
    }


def _required(column: models.Field[Any, Any]) -> bool:
    return not (column.null or column.blank or column.has_default() or column.primary_key)


def _keys_of(model: Any) -> dict[str, int]:
    """Natural keys and unambiguous names of a table's rows, folded, to primary keys."""
    by_key: dict[str, int] = {}
    names: dict[str, list[int]] = {}
    key = next((la.natural_key for la in all_layers() if la.model is model), "") or "code"
    for row in model.objects.all().defer("geom", "tile_geom"):
        by_key[str(getattr(row, key)).casefold()] = row.pk
        names.setdefault(str(row).casefold(), []).append(row.pk)
    return {name: pks[0] for name, pks in names.items() if len(pks) == 1} | by_key


def _prepared(column: models.Field[Any, Any], raw: Any, factor: float) -> Any:
    """Say the value in the way Django's field understands, without guessing."""
    if isinstance(column, models.BooleanField):
        return _yes_or_no(raw)
    if isinstance(column, models.IntegerField | models.FloatField | models.DecimalField):
        return _number(column, raw, factor)
    if isinstance(raw, dict | list):
        raise ValueError("nested")
    text = str(raw).strip()
    if isinstance(column, models.SlugField):
        return re.sub(r"[^A-Za-z0-9_-]+", "-", text).strip("-")
    if isinstance(column, models.DateTimeField):
        return _moment(column, text)
    for value, label in column.choices or ():
        if text.casefold() in (str(value).casefold(), str(label).casefold()):
            return value
    return text


def _number(column: models.Field[Any, Any], raw: Any, factor: float) -> Any:
    text = str(raw).strip()
    value = float(text.replace(",", ".") if re.fullmatch(r"[+-]?\d+,\d+", text) else text) * factor
    if isinstance(column, models.IntegerField):
        if abs(value - round(value)) > 1e-9 * max(1.0, abs(value)):
            raise ValueError("not whole")
        return int(text) if factor == 1 and re.fullmatch(r"[+-]?\d+", text) else round(value)
    return value


def _yes_or_no(raw: Any) -> bool:
    text = str(raw).strip().casefold()
    if text not in _TRUE | _FALSE:
        raise ValueError("neither")
    return text in _TRUE


def _moment(column: models.Field[Any, Any], text: str) -> datetime:
    """A moment without zone is the city's own time, by stated rule."""
    moment: datetime = column.to_python(text)
    if timezone.is_naive(moment):
        return timezone.make_aware(moment, ZoneInfo(city().time_zone))
    return moment
