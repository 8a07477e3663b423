"""The committed files of a sample city, as the tests read them."""

from __future__ import annotations

import csv
import json
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from pyproj import Transformer

HOME = Path(__file__).resolve().parents[2] / "fixtures" / "geodata"
TERNATE = HOME / "ternate"
TANJUNGPINANG = HOME / "tanjungpinang"
CITIES = (TERNATE, TANJUNGPINANG)
UTM_52N = 32652


def table(name: str, folder: Path = TERNATE) -> list[dict[str, str]]:
    """Rows of a CSV file."""
    with (folder / name).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


@lru_cache
def features(name: str, folder: Path = TERNATE) -> list[dict[str, Any]]:
    """Properties of the features of a GeoJSON file, each with `geom` (degrees)."""
    data = json.loads((folder / name).read_text(encoding="utf-8"))
    return [
        {**row["properties"], "geom": shapely.from_geojson(json.dumps(row["geometry"]))}
        for row in data["features"]
    ]


def shapes_of(path: Path) -> list[tuple[dict[str, Any], Any]]:
    """Properties and shape of each feature of any GeoJSON file."""
    data = json.loads(path.read_text(encoding="utf-8"))
    return [
        (row["properties"], shapely.from_geojson(json.dumps(row["geometry"])))
        for row in data["features"]
        if row["geometry"]
    ]


def listing(folder: Path) -> dict[str, dict[str, str]]:
    """files.toml: what each file is."""
    return tomllib.loads((folder / "files.toml").read_text(encoding="utf-8"))


def metres(shape: Any, srid: int = UTM_52N) -> Any:
    """A shape in metres."""
    way = Transformer.from_crs(4326, srid, always_xy=True)
    return shapely.transform(shape, lambda xy: np.column_stack(way.transform(xy[:, 0], xy[:, 1])))


def iou(one: Any, other: Any) -> float:
    """Common area of two shapes as a share of what they cover together."""
    return shapely.intersection(one, other).area / shapely.union(one, other).area
