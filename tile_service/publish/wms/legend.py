"""Legends as pictures: a mark and its words for each entry of a layer's symbol."""

from __future__ import annotations

from PIL import Image, ImageDraw, ImageFont

from layers.spec import Layer, LegendEntry
from tile_service.draw import marks
from tile_service.styles import INK, image_name

LINE_PX, MARK_PX, GAP_PX, TEXT_PX = 24, 20, 6, 13
MOST_WIDE_PX = 600


def words_of(entry: LegendEntry, language: str) -> str:
    """Words of an entry in the reader's language."""
    return entry.label_en or entry.label if language.startswith("en") else entry.label


def legend(layer: Layer, language: str) -> Image.Image:
    """The layer's legend on white, as wide as its words."""
    font = ImageFont.load_default(TEXT_PX)
    lines = [
        (image_name(layer, entry), words_of(entry, language)) for entry in layer.symbol.entries
    ]
    wide = max((font.getlength(words) for _, words in lines), default=0)
    width = min(MARK_PX + 2 * GAP_PX + round(wide) + GAP_PX, MOST_WIDE_PX)
    image = Image.new("RGBA", (width, LINE_PX * max(len(lines), 1)), "#ffffffff")
    pen = ImageDraw.Draw(image)
    for number, (name, words) in enumerate(lines):
        top = number * LINE_PX
        image.alpha_composite(marks.drawn(name, MARK_PX), (GAP_PX, top + (LINE_PX - MARK_PX) // 2))
        at = (MARK_PX + 2 * GAP_PX, top + LINE_PX / 2)
        pen.text(at, words, INK, font, anchor="lm")
    return image
