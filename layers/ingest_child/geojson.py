"""GeoJSON files, row by row."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from shapely.geometry.base import BaseGeometry

from layers.gate import Refusal, frames, strict_json
from layers.gate.frames import Frame
from layers.gate.geojson import GEOMETRY_TYPES, advisory_bbox, geometry
from layers.ingest_child.ledger import Ledger, Props


def read(path: Path, ledger: Ledger) -> None:
    """Read the file into the ledger; raises Refusal when it is no GeoJSON as a whole."""
    root = strict_json.loads(path.read_bytes())
    if not isinstance(root, dict) or not isinstance(root.get("type"), str):
        raise Refusal("BAD_GEOJSON", found="type")
    ledger.frame = _frame(root, ledger)
    notes: set[str] = set()
    advisory_bbox(root, notes)
    match root["type"]:
        case "FeatureCollection":
            features = root.get("features")
            if not isinstance(features, list):
                raise Refusal("BAD_GEOJSON", found="features")
        case "Feature":
            features = [root]
        case kind if kind in GEOMETRY_TYPES:
            features = [{"type": "Feature", "properties": {}, "geometry": root}]
        case kind:
            raise Refusal("BAD_GEOJSON", found=kind[:40])
    for code in notes:
        ledger.warn(code)
    _repeated_ids(features, ledger)
    for number, feature in enumerate(features, 1):
        ledger.row(number, lambda n=number, f=feature: _row(n, f, ledger))  # type: ignore[misc]


def _frame(root: dict[str, Any], ledger: Ledger) -> Frame:
    """RFC 7946 means degrees; an old-style crs member is obeyed, a contradiction refused."""
    inside = frames.geojson_member(root.get("crs"))
    stated = frames.named(ledger.request.crs) if ledger.request.crs else None
    if inside and stated and inside.name != stated.name:
        raise Refusal("CRS_CONFLICT", inside=inside.name, stated=stated.name)
    return inside or stated or Frame(frames.STORED)


def _row(number: int, feature: Any, ledger: Ledger) -> tuple[BaseGeometry | None, Props]:
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        raise Refusal("BAD_FEATURE")
    props = feature.get("properties")
    if props is not None and not isinstance(props, dict):
        raise Refusal("BAD_PROPERTIES")
    identity = feature.get("id")
    if identity is not None and (isinstance(identity, bool | dict | list)):
        raise Refusal("BAD_FEATURE")
    shape = feature.get("geometry")
    for place in (feature, shape):
        if isinstance(place, dict) and "crs" in place:
            _same_frame(place["crs"], ledger)
    if shape is None:
        ledger.warn("NO_PLACE", number)
        return None, props or {}
    notes: set[str] = set()
    advisory_bbox(feature, notes)
    geom = geometry(shape, notes, close_rings=ledger.request.repair)
    if "RING_CLOSED" in notes:
        ledger.closed_row = number
    for code in notes:
        ledger.warn(code, number)
    return geom, props or {}


def _same_frame(member: Any, ledger: Ledger) -> None:
    inner = frames.geojson_member(member)
    if inner is not None and ledger.frame is not None and inner.name != ledger.frame.name:
        raise Refusal("BAD_CRS", name=inner.name)


def _repeated_ids(features: list[Any], ledger: Ledger) -> None:
    ids = Counter(
        str(feature["id"])
        for feature in features
        if isinstance(feature, dict) and isinstance(feature.get("id"), str | int | float)
    )
    repeated = [key for key, count in ids.items() if count > 1]
    if repeated:
        ledger.warn("DUPLICATE_ID", count=len(repeated), example=repeated[0][:40])
