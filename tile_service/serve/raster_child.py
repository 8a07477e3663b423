"""Draw raster tiles in a process of its own: a crash here leaves the server standing.

Reads one JSON request a line from stdin; answers on stdout with a 4-byte length and the bytes
(length 0: nothing there; 0xFFFFFFFF: refused). Run as `python -m tile_service.serve.raster_child`.
"""

from __future__ import annotations

import json
import resource
import struct
import sys
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

REFUSED = 0xFFFFFFFF
MOST_MEMORY_BYTES = 3 * 1024**3
EMPTY = b""
FORMATS = {"png": "PNG", "webp": "WEBP"}


def inside(folder: Path, name: str) -> Path:
    """Path of the GeoTIFF `name` in `folder`; ValueError for anything that leads elsewhere."""
    path = (folder / name).resolve(strict=True)
    if not path.is_relative_to(folder.resolve()) or path.suffix.lower() not in {".tif", ".tiff"}:
        raise ValueError(name)
    with path.open("rb") as file:
        if file.read(4) not in {b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"}:
            raise ValueError(name)
    return path


def colour(text: str) -> tuple[int, int, int, int]:
    """Red, green, blue, alpha of '#rrggbb' or '#rrggbbaa'."""
    digits = text.removeprefix("#")
    parts = bytes.fromhex(digits if len(digits) == 8 else digits + "ff")
    return parts[0], parts[1], parts[2], parts[3]


def painted(
    values: NDArray[np.float64], valid: NDArray[np.bool_], stops: list[tuple[float, str]]
) -> NDArray[np.uint8]:
    """(4, h, w) colours of (h, w) values, linear between stops; transparent where not valid."""
    at = np.array([value for value, _ in stops], dtype=float)
    parts = np.array([colour(text) for _, text in stops], dtype=float)
    filled = np.where(valid, values, at[0])
    bands = np.stack([np.interp(filled, at, parts[:, band]) for band in range(4)])
    bands[3][~valid] = 0
    return np.rint(bands).astype(np.uint8)


def encoded(bands: NDArray[np.uint8], form: str) -> bytes:
    """(4, h, w) bands as PNG or WebP."""
    sink = BytesIO()
    Image.fromarray(np.ascontiguousarray(bands.transpose(1, 2, 0))).save(sink, FORMATS[form])
    return sink.getvalue()


def draw(ask: dict[str, Any], folder: Path) -> bytes:
    """PNG or WebP of one tile; b"" when it is wholly transparent or outside."""
    from rio_tiler.errors import TileOutsideBounds
    from rio_tiler.io import Reader

    path = inside(folder, ask["path"])
    try:
        with Reader(str(path), options={}) as file:
            if file.dataset.driver != "GTiff":
                raise ValueError(ask["path"])
            image = file.tile(
                ask["x"], ask["y"], ask["z"],
                tilesize=ask["size_px"], indexes=1, resampling_method="bilinear",
            )  # fmt: skip
    except TileOutsideBounds:
        return EMPTY
    valid = image.mask.astype(bool)
    values = np.asarray(image.data[0], dtype=float)
    bands = painted(values, valid & np.isfinite(values), ask["stops"])
    if not bands[3].any():
        return EMPTY
    return encoded(bands, ask["format"])


def part(ask: dict[str, Any], folder: Path) -> bytes:
    """PNG of `box` (west, south, east, north in EPSG:`srid`), width x height pixels; b"" if empty.

    For maps that follow no grid of tiles.
    """
    from rasterio.crs import CRS
    from rasterio.errors import RasterioError
    from rio_tiler.errors import RioTilerError
    from rio_tiler.io import Reader

    path, frame = inside(folder, ask["path"]), CRS.from_epsg(ask["srid"])
    try:
        with Reader(str(path), options={}) as file:
            image = file.part(
                tuple(ask["box"]), bounds_crs=frame, dst_crs=frame, indexes=1,
                width=ask["width"], height=ask["height"], resampling_method="bilinear",
            )  # fmt: skip
    except (RioTilerError, RasterioError):
        return EMPTY  # the box lies beside the raster
    valid = image.mask.astype(bool)
    values = np.asarray(image.data[0], dtype=float)
    bands = painted(values, valid & np.isfinite(values), ask["stops"])
    return encoded(bands, "png") if bands[3].any() else EMPTY


def value_at(ask: dict[str, Any], folder: Path) -> bytes:
    """JSON {"value": number or null} at lon, lat (degrees)."""
    from rio_tiler.errors import PointOutsideBounds
    from rio_tiler.io import Reader

    path = inside(folder, ask["path"])
    try:
        with Reader(str(path), options={}) as file:
            point = file.point(ask["lon"], ask["lat"], indexes=1)
        value = float(point.array.filled(np.nan)[0])
    except PointOutsideBounds:
        value = float("nan")
    return json.dumps({"value": value if np.isfinite(value) else None}).encode()


def answer(line: bytes, folder: Path) -> bytes | None:
    """Answer to one request; None when it is refused or fails."""
    try:
        ask = json.loads(line)
        work = value_at if "lon" in ask else part if "box" in ask else draw
        return work(ask, folder)
    except Exception as fault:
        sys.stderr.write(f"raster refused: {type(fault).__name__}\n")
        return None


def main(source: BinaryIO, sink: BinaryIO, folder: Path) -> None:
    """Answer requests until stdin ends."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY_BYTES, MOST_MEMORY_BYTES))
    for line in source:
        data = answer(line, folder)
        sink.write(struct.pack(">I", REFUSED if data is None else len(data)) + (data or b""))
        sink.flush()


if __name__ == "__main__":
    main(sys.stdin.buffer, sys.stdout.buffer, Path(sys.argv[1]))
