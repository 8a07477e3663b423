"""Citizens and pictures for the pages of reports."""

from __future__ import annotations

import io
from uuid import uuid4

import pytest
from PIL import Image

from tests.layers.reports.conftest import Toy, tell, toy

__all__ = ["Toy", "tell", "toy"]


def picture(
    colour: str = "#884422", *, gps: bool = False, size: tuple[int, int] = (400, 300)
) -> bytes:
    """A JPEG; with `gps`, one that carries a position in its EXIF."""
    image = Image.new("RGB", size, colour)
    image.paste("#ddeeff", (0, 0, size[0], size[1] // 3))
    exif = image.getexif()
    if gps:
        exif[0x010F] = "HP Uji"
        exif.get_ifd(0x8825).update({1: "N", 2: (0.0, 47.0, 30.0), 3: "E", 4: (127.0, 22.0, 0.0)})
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif)
    return out.getvalue()


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    """Photos of tests go to a folder of their own."""
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


@pytest.fixture
def filled(toy):
    """Fields of a sent form: filled(words="...", lon=...)."""

    def make(**changes):
        fields = {
            "client_id": str(uuid4()),
            "follow_key": uuid4().hex,
            "category": "sampah",
            "kelurahan": str(toy.lower.pk),
            "landmark": "depan pasar",
            "words": "Tumpukan sampah di depan pasar",
        }
        return fields | {key: value for key, value in changes.items() if value is not None}

    return make
