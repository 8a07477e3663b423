"""Draw maps with Mapnik in a process of its own: a crash here leaves the server standing.

Reads one JSON request a line from stdin; answers on stdout with a 4-byte length and a PNG
(0xFFFFFFFF: refused). It opens no database and no address; what is drawn comes in the request.
Run as `python -m tile_service.draw.map_child`.
"""

from __future__ import annotations

import json
import resource
import struct
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

from tile_service.draw.mapnik_style import Drawing, Feature, map_xml, rules

REFUSED = 0xFFFFFFFF
MOST_MEMORY_BYTES = 2 * 1024**3
MOST_PIXELS = 4096


def draw(ask: dict[str, Any], folder: Path) -> bytes:
    """PNG of a request.

    width, height: pixels; box: west, south, east, north in the frame of all coordinates; zoom:
    MapLibre's; parts: from the bottom up, each {"style": [style layers], "features":
    [[GeoJSON text, values], ...]}; background: "#rrggbb" or nothing
    """
    import mapnik  # here: it points PROJ_LIB and GDAL_DATA of its whole process at its own files

    width, height = int(ask["width"]), int(ask["height"])
    if not (0 < width <= MOST_PIXELS and 0 < height <= MOST_PIXELS):
        raise ValueError("size")
    drawing = Drawing(float(ask["zoom"]), folder)
    looks: list[tuple[str, list[str]]] = []
    for part in ask["parts"]:
        features = [Feature(*feature) for feature in part["features"]]
        for layer in part["style"]:
            looks += rules(layer, features, drawing).items()
    plan = mapnik.Map(width, height)
    mapnik.load_map_from_string(plan, map_xml(looks), True)
    if ask.get("background"):
        plan.background = mapnik.Color(ask["background"])
    plan.aspect_fix_mode = mapnik.aspect_fix_mode.RESPECT
    plan.buffer_size = 64
    plan.zoom_to_box(mapnik.Box2d(*ask["box"]))
    image = mapnik.Image(width, height)
    mapnik.render(plan, image)
    mapnik.clear_cache()
    data: bytes = image.to_string("png32:z=3")
    return data


def answer(line: bytes, folder: Path) -> bytes | None:
    """Answer to one request; None when it is refused or fails."""
    try:
        return draw(json.loads(line), folder)
    except Exception as fault:
        sys.stderr.write(f"map refused: {type(fault).__name__}: {str(fault)[:500]}\n")
        return None


def main(source: BinaryIO, sink: BinaryIO) -> None:
    """Answer requests until stdin ends."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY_BYTES, MOST_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with TemporaryDirectory(prefix="marks-") as folder:
        for line in source:
            data = answer(line, Path(folder))
            sink.write(struct.pack(">I", REFUSED if data is None else len(data)) + (data or b""))
            sink.flush()


if __name__ == "__main__":
    main(sys.stdin.buffer, sys.stdout.buffer)
