"""Ground under every method: checked arrays of metres, and frames that are refused."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spatial_analysis.methods.errors import MethodError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
AT_ONCE = 1 << 18
_STRETCHED = {3857, 900913, 3785, 102100}


class BadPoints(MethodError):
    """Places must be an (n, 2) array of finite metres."""


class BadIsland(MethodError):
    """Every place needs the whole number (>= 0) of the island it lies on."""


class BadFrame(MethodError):
    """Distances need a frame in metres; degrees and Web Mercator are not one."""


def require_metres(epsg: int) -> int:
    """Return `epsg` when its frame is projected, in metres and true to scale; else BadFrame."""
    from pyproj import CRS  # here alone: 12 MB that no other method needs

    frame = CRS.from_epsg(epsg)
    units = {axis.unit_name for axis in frame.axis_info}
    if not frame.is_projected or units != {"metre"} or epsg in _STRETCHED:
        raise BadFrame(f"EPSG:{epsg} ({frame.name}): {BadFrame.__doc__}")
    return epsg


def checked_points(xy: ArrayLike) -> Floats:
    """Return `xy` as a contiguous (n, 2) float array in metres; raises BadPoints."""
    points = np.ascontiguousarray(xy, dtype=np.float64)
    if points.size == 0:
        return points.reshape(0, 2)
    if points.ndim != 2 or points.shape[1] != 2 or not _finite(points):
        raise BadPoints
    return points


def _finite(points: Floats) -> bool:
    """Whether every number is finite; some at a time, for memory."""
    return all(np.isfinite(points[k : k + AT_ONCE]).all() for k in range(0, len(points), AT_ONCE))


def checked_islands(island: ArrayLike | None, n: int) -> Ints:
    """Return `island` as (n,) integers, all zero when None; raises BadIsland."""
    if island is None:
        return np.zeros(n, dtype=np.int64)
    numbers = np.asarray(island)
    if numbers.shape != (n,) or (n and (numbers.dtype.kind not in "iu" or numbers.min() < 0)):
        raise BadIsland
    return numbers.astype(np.int64)


def frozen(array: NDArray) -> NDArray:
    """Return `array` write-protected, so that a result cannot be edited by its reader."""
    array.flags.writeable = False
    return array
