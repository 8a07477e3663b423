"""Accepted rows of a file to rows of a layer: each fits, or is refused by number and reason."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from layers.gate import Refusal, checked
from layers.ingest.stated import ColumnRule, Stated
from layers.ingest.target import Target, UnknownField, area_layers
from layers.spec import Origin

LEFT_OUT = "-"


@dataclass(slots=True)
class Prepared:
    """A row ready to store: its key, the fields the file gave, its shape (degrees)."""

    number: int
    key: Any
    values: dict[str, Any]
    geom: BaseGeometry


@dataclass(slots=True)
class Batch:
    """All rows of a file: those that fit, and why the others do not."""

    rows: list[Prepared] = field(default_factory=list)
    refused: list[tuple[int, Refusal]] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)
    matched: int = 0  # keys that were found only without their dots


def prepare(rows: Path, target: Target, stated: Stated, columns: tuple[str, ...]) -> Batch:
    """Fit each accepted row of the child to the layer. Raises UnknownField."""
    rules = _rules(target, stated, columns)
    used = {rule.column.split(".")[0] for rule in rules}
    batch = Batch(unused=[name for name in columns if name not in used])
    constants = {name: target.value(name, value) for name, value in stated.constants}
    seen: dict[Any, int] = {}
    for line in _lines(rows):
        number = int(line["row"])
        try:
            row = _row(number, line, target, rules, constants)
            if row.key in seen:
                raise Refusal(
                    "DUPLICATE_KEY_ROW", column=target.key, value=str(row.key), other=seen[row.key]
                )
            seen[row.key] = number
            batch.rows.append(row)
        except Refusal as refusal:
            batch.refused.append((number, refusal))
    return batch


def _rules(target: Target, stated: Stated, columns: tuple[str, ...]) -> list[ColumnRule]:
    """Stated rules, then columns that are called like a field in their order."""
    named = {name for name, _ in stated.constants}
    rules = [rule for rule in stated.rules if rule.field != LEFT_OUT]
    for name in (*named, *(rule.field for rule in rules)):
        if name not in target.fields:
            raise UnknownField(f"{name}: {UnknownField.__doc__}")
    taken = named | {rule.field for rule in rules}
    spoken_for = {rule.column for rule in stated.rules}
    for column in columns:
        name = column.strip().casefold()
        if name in target.fields and name not in taken and column not in spoken_for:
            rules.append(ColumnRule(column, name))
            taken.add(name)
    return rules


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as handle:
        for line in handle:
            yield json.loads(line)


def _row(
    number: int,
    line: dict[str, Any],
    target: Target,
    rules: list[ColumnRule],
    constants: dict[str, Any],
) -> Prepared:
    props = line["props"]
    values = {
        rule.field: target.value(rule.field, _reach(props, rule.column), rule.factor)
        for rule in rules
    } | constants
    if "origin" in target.fields:
        values.setdefault("origin", Origin.PUBLISHED.value)
    key = values.get(target.key)
    if key in (None, ""):
        raise Refusal("MISSING_VALUE", column=target.key)
    raw = shapely.from_wkb(line["wkb"]) if line["wkb"] else None
    geom = target.shape(raw)
    return Prepared(number, key, values, checked(geom).geom)


def _reach(props: Any, column: str) -> Any:
    """Value of a column; where no column has that name, its dots reach into nested values."""
    if isinstance(props, dict) and column in props:
        return props[column]
    value = props
    for part in column.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


class Whereabouts:
    """Finds the area of each kind (island, kecamatan, kelurahan …) that a place lies in."""

    def __init__(self, target: Target, given: set[str]) -> None:
        areas = area_layers()
        self._trees: dict[str, tuple[shapely.STRtree, list[int]]] = {}
        for name, column in target.fields.items():
            model: Any = column.related_model if column.is_relation else None
            if model in areas and name not in given and model is not target.layer.model:
                rows = list(model.objects.values_list("pk", areas[model].geometry))
                shapes = [shapely.from_wkb(bytes(geom.wkb)) for _, geom in rows]
                self._trees[name] = (shapely.STRtree(shapes), [pk for pk, _ in rows])

    def of(self, geom: BaseGeometry) -> dict[str, int]:
        """Fields and primary keys of the areas round the middle of `geom`."""
        spot = geom.representative_point()
        found: dict[str, int] = {}
        for name, (tree, keys) in self._trees.items():
            hits = tree.query(spot, predicate="intersects")
            if len(hits):
                found[name] = keys[int(hits.min())]
        return found
