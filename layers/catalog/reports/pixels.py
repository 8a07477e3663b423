"""Photos re-encoded: only pixels survive. No Django."""

from __future__ import annotations

import io
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

from layers.errors import BadInput

MOST_BYTES = 15 << 20
MOST_PIXELS = 40_000_000
LONG_SIDE_PX = 2560
THUMBNAIL_PX = 480
FORMATS = ("JPEG", "PNG", "WEBP")


class NotAPhoto(BadInput):
    """Berkas itu bukan foto JPEG, PNG atau WebP; laporan Anda tetap tersimpan."""

    code = "NOT_A_PHOTO"


class PhotoTooLarge(BadInput):
    """Foto itu terlalu besar (paling banyak 15 MB, 40 juta piksel); laporan tetap tersimpan."""

    code = "PHOTO_TOO_LARGE"


@dataclass(frozen=True, slots=True)
class CleanPhoto:
    """JPEG bytes of picture and thumbnail, size in pixels, and a 64-bit likeness hash."""

    picture: bytes
    thumbnail: bytes
    width: int
    height: int
    likeness: int


def clean(data: bytes) -> CleanPhoto:
    """Copy the pixels of a photo into a new image; everything else is left behind.

    Raises NotAPhoto, PhotoTooLarge.
    """
    if len(data) > MOST_BYTES:
        raise PhotoTooLarge
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as sent:
            if sent.width * sent.height > MOST_PIXELS:
                raise PhotoTooLarge
            sent.draft("RGB", (LONG_SIDE_PX, LONG_SIDE_PX))
            turned = ImageOps.exif_transpose(sent).convert("RGB")
    except PhotoTooLarge:
        raise
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise NotAPhoto from None
    turned.thumbnail((LONG_SIDE_PX, LONG_SIDE_PX))
    fresh = Image.new("RGB", turned.size)
    fresh.paste(turned)
    small = fresh.copy()
    small.thumbnail((THUMBNAIL_PX, THUMBNAIL_PX))
    return CleanPhoto(_jpeg(fresh), _jpeg(small), fresh.width, fresh.height, likeness(fresh))


def _jpeg(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=82, optimize=True)
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
