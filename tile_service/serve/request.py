"""From an ASGI scope to a checked request: closed list of shapes and of query parameters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from tile_service.serve.errors import Missing, Refused

DEEPEST_ZOOM = 22
NEWEST = "now"  # stands for the version of today; no real one is spelt so
HEAD = r"(?P<token>[A-Za-z0-9_.-]{1,4096})/(?P<version>[a-z0-9]{1,16})"
ADDRESS = r"(?P<z>\d{1,2})/(?P<x>\d{1,7})/(?P<y>\d{1,7})"
VECTOR = re.compile(rf"^/t/(?P<name>[a-z][a-z0-9-]{{1,41}})/{HEAD}/{ADDRESS}\.mvt$", re.ASCII)
RASTER = re.compile(
    rf"^/r/(?P<name>[A-Za-z0-9_-]{{1,60}})/{HEAD}/{ADDRESS}(?P<size>@2x)?\.(?P<format>png|webp)$",
    re.ASCII,
)
VALUE = re.compile(rf"^/r/(?P<name>[A-Za-z0-9_-]{{1,60}})/{HEAD}/value$", re.ASCII)

Window = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Ask:
    """Name, token and version out of an address."""

    name: str
    token: str
    version: str
    query: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Tile(Ask):
    """One tile of a layer or raster."""

    z: int
    x: int
    y: int
    format: str = "mvt"
    size_px: int = 256


def headers_of(scope: Mapping[str, Any]) -> dict[str, str]:
    """Headers by lower-case name; repeated ones joined by a comma."""
    found: dict[str, str] = {}
    for key, value in scope["headers"]:
        name = key.decode("latin-1").lower()
        text = value.decode("latin-1")
        found[name] = f"{found[name]}, {text}" if name in found else text
    return found


def query_of(scope: Mapping[str, Any], *known: str) -> dict[str, str]:
    """Query parameters, each known and given once; raises Refused naming the other."""
    text = scope.get("query_string", b"").decode("latin-1")
    if not text:
        return {}
    found: dict[str, str] = {}
    try:
        pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=True, max_num_fields=20)
    except ValueError:
        raise Refused("The query cannot be read.") from None
    for name, value in pairs:
        if name not in known:
            raise Refused(f"Unknown parameter: {name[:40]!r}.")
        if name in found:
            raise Refused(f"Parameter given twice: {name}.")
        found[name] = value
    return found


def _tile(match: re.Match[str], query: Mapping[str, str]) -> Tile:
    parts = match.groupdict()
    z, x, y = int(parts["z"]), int(parts["x"]), int(parts["y"])
    if z > DEEPEST_ZOOM or max(x, y) >= 1 << z:
        raise Missing
    return Tile(
        name=parts["name"],
        token=parts["token"],
        version=parts["version"],
        query=query,
        z=z,
        x=x,
        y=y,
        format=parts.get("format") or "mvt",
        size_px=512 if parts.get("size") else 256,
    )


def vector_tile(scope: Mapping[str, Any]) -> Tile:
    """Vector tile asked for; raises Missing, Refused."""
    match = VECTOR.match(scope["path"])
    if match is None:
        raise Missing
    return _tile(match, query_of(scope, "from", "to"))


def raster_tile(scope: Mapping[str, Any]) -> Tile:
    """Raster tile asked for; raises Missing, Refused."""
    match = RASTER.match(scope["path"])
    if match is None:
        raise Missing
    return _tile(match, query_of(scope))


def point_value(scope: Mapping[str, Any]) -> tuple[Ask, float, float]:
    """Raster, longitude and latitude whose value is asked for; raises Missing, Refused."""
    match = VALUE.match(scope["path"])
    if match is None:
        raise Missing
    query = query_of(scope, "lon", "lat")
    try:
        lon, lat = float(query["lon"]), float(query["lat"])
    except (KeyError, ValueError):
        raise Refused("Give lon and lat in degrees.") from None
    if not (-180 <= lon <= 180 and -85 <= lat <= 85):
        raise Refused("lon or lat is out of range.")
    return Ask(match["name"], match["token"], match["version"], query), lon, lat


def _moment(name: str, text: str) -> int:
    try:
        at = datetime.fromisoformat(text.replace(" ", "+"))
        if at.tzinfo is None or at.microsecond:
            raise ValueError
        return int(at.astimezone(UTC).timestamp())
    except (ValueError, OverflowError):
        raise Refused(f"{name}: write 2026-11-02T06:00:00Z.") from None


def window_of(query: Mapping[str, str], spec: Mapping[str, Any]) -> Window | None:
    """Time window (Unix seconds, from inclusive, to exclusive) that lies on the layer's bucket.

    None without one; raises Refused.
    """
    if not query:
        return None
    if "bucket_s" not in spec:
        raise Refused("This layer has no time: from and to are unknown here.")
    if set(query) != {"from", "to"}:
        raise Refused("Give both from and to.")
    since, until = _moment("from", query["from"]), _moment("to", query["to"])
    for name, at in (("from", since), ("to", until)):
        if (at + spec.get("bucket_offset_s", 0)) % spec["bucket_s"]:
            raise Refused(f"{name} must lie on the layer's time bucket ({spec['bucket_s']} s).")
    if since >= until:
        raise Refused("from must be earlier than to.")
    return since, until
