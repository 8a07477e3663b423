"""Mending an invalid geometry, only when asked; long work is done aside and cut off."""

from __future__ import annotations

import os
import resource
import select
import signal
import time

import shapely
from shapely.geometry.base import BaseGeometry

from layers.gate import Refusal

SMALL = 150  # vertices that are mended at once
BUDGET_S = 10.0  # CPU and wall seconds for all mending of a file
_spent_s = 0.0


def mend(geom: BaseGeometry) -> tuple[BaseGeometry, dict[str, float]]:
    """Return a valid geometry made from `geom` (degrees), and its area before and after in m².

    The structure method keeps outlines and holes apart; what collapses to a line is dropped.
    Raises Refusal INVALID_GEOMETRY (nothing is left, or lines) or TOO_COMPLEX (too long).
    """
    global _spent_s
    if geom.geom_type not in ("Polygon", "MultiPolygon"):
        raise Refusal("INVALID_GEOMETRY", reason=shapely.is_valid_reason(geom)[:80])
    begun = time.monotonic()
    small = shapely.get_num_coordinates(geom) <= SMALL
    good = _make_valid(geom) if small else _aside(geom, BUDGET_S - _spent_s)
    _spent_s += time.monotonic() - begun
    if good.is_empty or good.geom_type not in ("Polygon", "MultiPolygon"):
        raise Refusal("INVALID_GEOMETRY", reason="Collapsed")
    return good, {"before_m2": area_m2(geom), "after_m2": area_m2(good)}


def area_m2(geom: BaseGeometry) -> float:
    """Area on the WGS 84 ellipsoid in m², rounded to 0.1; overlaps count as drawn."""
    from pyproj import Geod

    return round(abs(Geod(ellps="WGS84").geometry_area_perimeter(geom)[0]), 1)


def _make_valid(geom: BaseGeometry) -> BaseGeometry:
    return shapely.make_valid(geom, method="structure", keep_collapsed=False)


def _aside(geom: BaseGeometry, seconds: float) -> BaseGeometry:
    """Mend in a process of its own: GEOS cannot be interrupted, a process can be ended."""
    if seconds <= 1:
        raise Refusal("TOO_COMPLEX", seconds=int(BUDGET_S))
    read_end, write_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        cpu = int(seconds) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu))
        with os.fdopen(write_end, "wb") as out:
            out.write(_make_valid(geom).wkb)
        os._exit(0)
    os.close(write_end)
    try:
        data = _read_until(read_end, time.monotonic() + seconds)
    finally:
        os.close(read_end)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    if not data:
        raise Refusal("TOO_COMPLEX", seconds=int(BUDGET_S))
    return shapely.from_wkb(data)


def _read_until(source: int, deadline: float) -> bytes:
    parts: list[bytes] = []
    while True:
        ready, _, _ = select.select([source], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            return b""
        piece = os.read(source, 1 << 16)
        if not piece:
            return b"".join(parts)
        parts.append(piece)
