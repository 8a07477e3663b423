"""Photos: read as JPEG, PNG or WebP only, copied pixel by pixel into a new JPEG without tags."""

from __future__ import annotations

import warnings
from pathlib import Path

from PIL import Image, ImageOps

from layers.gate import Refusal
from layers.ingest_child.ledger import Ledger

MAX_BYTES = 15 * 1024 * 1024
MAX_PIXELS = 40_000_000
MAX_SCANS = 40
LONG_SIDE_PX = 2560
THUMB_SIDE_PX = 400


def read(path: Path, ledger: Ledger) -> None:
    """Write photo.jpg and thumb.jpg beside the file; raises Refusal when it is no fit photo."""
    data = path.read_bytes()
    kind = _kind(data)
    if len(data) > MAX_BYTES:
        raise Refusal("TOO_LARGE", limit_mib=MAX_BYTES >> 20)
    if kind == "JPEG" and data.count(b"\xff\xda") > MAX_SCANS:
        raise Refusal("BAD_IMAGE")
    picture = _opened(path, kind)
    _save(picture, LONG_SIDE_PX, path.parent / "photo.jpg", 85)
    _save(picture, THUMB_SIDE_PX, path.parent / "thumb.jpg", 78)
    ledger.facts |= {"width": picture.width, "height": picture.height, "kind": kind}
    ledger.row(1, lambda: (None, {}))


def _kind(data: bytes) -> str:
    if not data:
        raise Refusal("EMPTY")
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    raise Refusal("UNSUPPORTED", wanted="JPEG, PNG, WebP")


def _opened(path: Path, kind: str) -> Image.Image:
    """The turned, flattened picture in RGB."""
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    try:
        with Image.open(path, formats=[kind]) as image:
            if image.width * image.height > MAX_PIXELS:
                raise Refusal("IMAGE_TOO_LARGE", width=image.width, height=image.height)
            if getattr(image, "n_frames", 1) > 1:
                raise Refusal("ANIMATION")
            image.load()
            return _plain(_upright(image))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Refusal("IMAGE_TOO_LARGE", width="?", height="?") from None
    except MemoryError:
        raise Refusal("IMAGE_TOO_LARGE", width="?", height="?") from None
    except Refusal:
        raise
    except Exception as error:  # Pillow's decoders raise nearly anything on broken data
        raise Refusal("BAD_IMAGE", reason=type(error).__name__) from None


def _upright(image: Image.Image) -> Image.Image:
    """Apply the orientation tag; a broken tag leaves the picture as it lies."""
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # a tag that cannot be read is dropped with all the others
        return image


def _plain(image: Image.Image) -> Image.Image:
    """A new RGB picture with the pixels alone: no tags, profile, text or palette."""
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
        paper = Image.new("RGB", image.size, "white")
        paper.paste(image, mask=image.getchannel("A"))
        return paper
    copy = Image.new("RGB", image.size)
    copy.paste(image.convert("RGB"))
    return copy


def _save(picture: Image.Image, side_px: int, path: Path, quality: int) -> None:
    smaller = picture.copy()
    smaller.thumbnail((side_px, side_px), Image.Resampling.LANCZOS)
    smaller.info.clear()
    smaller.save(path, "JPEG", quality=quality, optimize=True, progressive=True)
