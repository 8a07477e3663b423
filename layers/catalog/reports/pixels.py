"""What photos look like: a hash that survives scaling; pictures of our own making. No Django."""

from __future__ import annotations

import io
from dataclasses import dataclass

from PIL import Image

THUMBNAIL_PX = 480


@dataclass(frozen=True, slots=True)
class CleanPhoto:
    """JPEG bytes of picture and thumbnail without tags, size in pixels, 64-bit likeness."""

    picture: bytes
    thumbnail: bytes
    width: int
    height: int
    likeness: int


def of_own(image: Image.Image) -> CleanPhoto:
    """A picture that this house drew itself (a stranger's goes through the photo gate)."""
    small = image.copy()
    small.thumbnail((THUMBNAIL_PX, THUMBNAIL_PX))
    return CleanPhoto(_jpeg(image), _jpeg(small), image.width, image.height, likeness(image))


def of_clean(picture: bytes, thumbnail: bytes, width: int, height: int) -> CleanPhoto:
    """What came out of the photo gate, with its likeness."""
    with Image.open(io.BytesIO(thumbnail), formats=("JPEG",)) as image:
        return CleanPhoto(picture, thumbnail, width, height, likeness(image))


def _jpeg(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=82)
    return out.getvalue()


def likeness(image: Image.Image) -> int:
    """Difference hash: is each of 8 x 8 pixels brighter than its right neighbour? Signed 64 bit."""
    grey = image.convert("L").resize((9, 8), Image.Resampling.LANCZOS)
    dots = grey.tobytes()
    bits = 0
    for row in range(8):
        for column in range(8):
            at = row * 9 + column
            bits = bits << 1 | (dots[at] > dots[at + 1])
    return bits - (1 << 64) if bits >= 1 << 63 else bits
