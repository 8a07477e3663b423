"""A sprite: all images of a style on one picture, with an index of where each lies."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO

from PIL import Image

from tile_service.draw import marks

GAP_PX = 1


@dataclass(frozen=True, slots=True)
class Sprite:
    """The picture (PNG) and its index (JSON), as MapLibre and QGIS read them."""

    png: bytes
    index: bytes


@lru_cache(maxsize=128)
def sprite(names: Sequence[str], ratio: int) -> Sprite:
    """Sprite of the marks called `names` (a tuple), `ratio` pixels a unit."""
    side = marks.SIZE * ratio
    across = max(1, math.ceil(math.sqrt(len(names))))
    down = max(1, math.ceil(len(names) / across))
    step = side + GAP_PX
    sheet = Image.new("RGBA", (across * step, down * step), (0, 0, 0, 0))
    index = {}
    for number, name in enumerate(names):
        x, y = number % across * step, number // across * step
        sheet.paste(marks.drawn(name, side), (x, y))
        index[name] = {"x": x, "y": y, "width": side, "height": side, "pixelRatio": ratio}
    sink = BytesIO()
    sheet.save(sink, "PNG", optimize=True)
    return Sprite(sink.getvalue(), json.dumps(index).encode())
