"""Reference systems a file may name, and the way from there to stored degrees; never guessed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from layers.gate.refusal import Refusal
from layers.gate.shape import Move

STORED = "EPSG:4326"
_NAMED = re.compile(
    r"^(?:urn:ogc:def:crs:|urn:x-ogc:def:crs:)?EPSG:(?:[0-9.]*:)?([0-9]{4,6})$", re.I
)
_CRS84 = re.compile(r"^(?:urn:ogc:def:crs:)?OGC:(?:[0-9.]*:)?CRS84$", re.I)
_WKT = re.compile(
    r"^\s*(GEOGCS|PROJCS|COMPD_CS|GEOGCRS|GEODCRS|PROJCRS|COMPOUNDCRS|BOUNDCRS)\s*[\[(]"
)
MAX_WKT = 20_000


@dataclass(frozen=True, slots=True)
class Frame:
    """A known reference system: its name, and the move to stored degrees (None: it is stored)."""

    name: str
    move: Move | None = None
    accuracy_m: float | None = None


def named(text: str) -> Frame:
    """Return the frame called `text`: `EPSG:n`, its URN, or CRS84.

    Raises Refusal: CRS_EXTERNAL when it is an address, BAD_CRS when it is not known.
    """
    text = text.strip()
    _no_address(text)
    if _CRS84.match(text):
        return Frame(STORED)
    match = _NAMED.match(text)
    if match is None:
        raise Refusal("BAD_CRS", name=text[:60])
    return from_epsg(int(match[1]))


def from_epsg(code: int) -> Frame:
    """Return the frame of an EPSG code; raises BAD_CRS."""
    if code == 4326:
        return Frame(STORED)
    return _through_proj(f"EPSG:{code}", f"EPSG:{code}")


def from_wkt(text: str) -> Frame:
    """Return the frame that a .prj or a GeoPackage describes in WKT.

    Raises Refusal: CRS_EXTERNAL, BAD_CRS.
    """
    _no_address(text[:200])
    if len(text) > MAX_WKT or not _WKT.match(text):
        raise Refusal("BAD_CRS", name=" ".join(text.split())[:60])
    return _through_proj(text, "")


def geojson_member(thing: Any) -> Frame | None:
    """Return the frame of a GeoJSON `crs` member, None for null.

    Raises Refusal: CRS_EXTERNAL for a link (nobody fetches it), BAD_CRS for anything unclear.
    """
    if thing is None:
        return None
    if not isinstance(thing, dict) or not isinstance(thing.get("properties"), dict):
        raise Refusal("BAD_CRS", name="crs")
    if thing.get("type") == "link":
        raise Refusal("CRS_EXTERNAL")
    name = thing["properties"].get("name")
    if thing.get("type") != "name" or not isinstance(name, str):
        raise Refusal("BAD_CRS", name="crs")
    return named(name)


def _no_address(text: str) -> None:
    if "://" in text or text.lower().startswith(("http", "ftp", "file", "/vsi")):
        raise Refusal("CRS_EXTERNAL")


def _through_proj(definition: str, name: str) -> Frame:
    from pyproj import CRS, Transformer  # slow to load, and most files are in degrees
    from pyproj.exceptions import CRSError, ProjError

    try:
        crs = CRS.from_user_input(definition)
        if crs.to_epsg(min_confidence=90) == 4326:
            return Frame(STORED)
        if not (crs.is_geographic or crs.is_projected or crs.is_compound or crs.is_bound):
            raise Refusal("BAD_CRS", name=crs.name[:60])
        way = Transformer.from_crs(crs, 4326, always_xy=True)
    except (CRSError, ProjError):
        raise Refusal("BAD_CRS", name=" ".join(definition.split())[:60]) from None

    def move(places: NDArray[np.float64]) -> NDArray[np.float64]:
        lon, lat = way.transform(places[:, 0], places[:, 1], errcheck=False)
        return np.column_stack((lon, lat))

    code = crs.to_epsg(min_confidence=70)
    label = name or (f"EPSG:{code}" if code else crs.name[:60])
    accuracy = way.accuracy if way.accuracy and way.accuracy >= 0 else None
    return Frame(label, move, accuracy)
