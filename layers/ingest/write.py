"""Prepared rows into the table: new ones added, known ones changed where the file says so."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import shapely
from django.contrib.gis.geos import GEOSGeometry
from django.db import models

from layers.gate import Refusal
from layers.ingest.prepare import Batch, Prepared, Whereabouts
from layers.ingest.target import Target, stored

BATCH = 500


@dataclass(frozen=True, slots=True)
class Written:
    """What a load did to the table."""

    inserted: int = 0
    updated: int = 0
    unchanged: int = 0


def split(batch: Batch, target: Target) -> tuple[list[Prepared], list[tuple[Prepared, Any]]]:
    """New rows, and known ones with their present row; new ones that lack a field are refused.

    The refused ones move from `batch.rows` to `batch.refused`.
    """
    batch.matched = _match_codes(batch.rows, target)
    known = _known(target, [row.key for row in batch.rows])
    new: list[Prepared] = []
    old: list[tuple[Prepared, Any]] = []
    given = set(batch.rows[0].values) if batch.rows else set()
    whereabouts = Whereabouts(target, given)
    for row in list(batch.rows):
        present = known.get(row.key)
        if present is not None:
            old.append((row, present))
            continue
        row.values.update(whereabouts.of(row.geom))
        lacking = sorted(n for n in target.required if row.values.get(n) in (None, ""))
        if lacking:
            batch.rows.remove(row)
            refusal = Refusal("MISSING_FOR_NEW", key=str(row.key), column=lacking[0])
            batch.refused.append((row.number, refusal))
        else:
            new.append(row)
    return new, old


def write(new: list[Prepared], old: list[tuple[Prepared, Any]], target: Target) -> Written:
    """Store the rows; call it inside a transaction."""
    model: Any = target.layer.model
    model.objects.bulk_create([_fresh(row, target) for row in new], batch_size=BATCH)
    changed = [present for row, present in old if _change(row, present, target)]
    if changed:
        names = {name for row, _ in old for name in row.values} - {target.key}
        model.objects.bulk_update(changed, [*sorted(names), target.layer.geometry], BATCH)
    return Written(len(new), len(changed), len(old) - len(changed))


def _known(target: Target, keys: list[Any]) -> dict[Any, Any]:
    model: Any = target.layer.model
    found: dict[Any, Any] = {}
    for start in range(0, len(keys), 5000):
        part = {f"{target.key}__in": keys[start : start + 5000]}
        found.update((getattr(row, target.key), row) for row in model.objects.filter(**part))
    return found


def _match_codes(rows: list[Prepared], target: Target) -> int:
    """Write all-digit keys as the table writes them (1234567890 is 12.34.56.7890)."""
    model: Any = target.layer.model
    digits = [row for row in rows if isinstance(row.key, str) and row.key.isdigit()]
    if not digits:
        return 0
    spelt: dict[str, list[str]] = {}
    for key in model.objects.values_list(target.key, flat=True):
        spelt.setdefault(re.sub(r"[.\-\s]", "", str(key)), []).append(key)
    count = 0
    for row in digits:
        same = spelt.get(row.key, [])
        if len(same) == 1 and same[0] != row.key:
            row.key = row.values[target.key] = same[0]
            count += 1
    return count


def _columns(row: Prepared, target: Target) -> dict[str, Any]:
    """Values by attribute: references by their id."""
    return {target.fields[name].attname: value for name, value in row.values.items()}


def _fresh(row: Prepared, target: Target) -> models.Model:
    columns = {name: value for name, value in _columns(row, target).items() if value is not None}
    shapes = {target.layer.geometry: stored(row.geom)}
    for spot in target.spots:
        shapes[spot] = stored(row.geom.representative_point())
    return target.layer.model(**columns, **shapes)


def _change(row: Prepared, present: Any, target: Target) -> bool:
    """Put what the file says into the present row; False when it says nothing new."""
    changed = False
    for name, value in row.values.items():
        column = target.fields[name]
        if value is None and not column.null:
            continue
        if getattr(present, column.attname) != value:
            setattr(present, column.attname, value)
            changed = True
    geometry = target.layer.geometry
    if not _same(getattr(present, geometry), row):
        setattr(present, geometry, stored(row.geom))
        changed = True
    return changed


def _same(present: GEOSGeometry, row: Prepared) -> bool:
    """The same vertices to a tenth of a millimetre: files round their decimals differently."""
    stands = shapely.from_wkb(bytes(present.wkb))
    return bool(shapely.equals_exact(stands, row.geom, tolerance=1e-9))
