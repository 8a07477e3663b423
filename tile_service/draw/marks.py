"""Marks that are images (square, column, wedge), by the names that styles give them.

The same shapes as the browser draws (static/platform/icons.mjs), 28 units square; a name is
"<kind>/<layer>/<match>/<colour>", for example "square/wifi-hotspots/works/#0b6e8f".
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from PIL import Image, ImageDraw

SIZE = 28  # units, and pixels at a ratio of 1
FINE = 4  # pixels are drawn so much finer, then averaged
INK, WHITE, SEA = "#16202a", "#ffffff", "#0b6e8f"
FILLED = {"0": 0.3, "60": 0.62, "80": 0.82, "95": 1.0}
HALF_WEDGE_DEG = 35

Point = tuple[float, float]


class Pen:
    """Draws in units on an image that is `scale` pixels a unit."""

    def __init__(self, scale: float) -> None:
        self.scale = scale
        side = math.ceil(SIZE * scale)
        self.image = Image.new("RGBA", (side, side), (0, 0, 0, 0))
        self.draw = ImageDraw.Draw(self.image)

    def px(self, points: Sequence[Point]) -> list[Point]:
        """Units to pixels."""
        return [(x * self.scale, y * self.scale) for x, y in points]

    def line(self, points: Sequence[Point], colour: str, width: float) -> None:
        """A line with round ends."""
        self.draw.line(self.px(points), colour, round(width * self.scale), joint="curve")
        for point in (points[0], points[-1]):
            self.disc(point, width / 2, colour)

    def disc(self, centre: Point, radius: float, colour: str, opacity: float = 1) -> None:
        """A filled circle."""
        x, y = centre
        corners = self.px([(x - radius, y - radius), (x + radius, y + radius)])
        self.draw.ellipse(corners, shaded(colour, opacity))

    def ring(self, centre: Point, radius: float, colour: str, width: float) -> None:
        """A circle's line."""
        x, y, reach = *centre, radius + width / 2
        corners = self.px([(x - reach, y - reach), (x + reach, y + reach)])
        self.draw.ellipse(corners, outline=colour, width=round(width * self.scale))

    def arc(self, centre: Point, radius: float, span: Point, colour: str, width: float) -> None:
        """Part of a circle's line, between two angles (degrees, clockwise from the east)."""
        steps = [math.radians(span[0] + (span[1] - span[0]) * n / 24) for n in range(25)]
        x, y = centre
        points = [(x + radius * math.cos(at), y + radius * math.sin(at)) for at in steps]
        self.line(points, colour, width)

    def box(self, corner: Point, size: Point, radius: float, colour: str) -> None:
        """A filled rectangle with round corners."""
        (x, y), (w, h) = corner, size
        self.draw.rounded_rectangle(
            self.px([(x, y), (x + w, y + h)]), radius * self.scale, fill=colour
        )

    def edge(self, corner: Point, size: Point, radius: float, colour: str, width: float) -> None:
        """A rectangle's line, half of it inside."""
        (x, y), (w, h), half = corner, size, width / 2
        self.draw.rounded_rectangle(
            self.px([(x - half, y - half), (x + w + half, y + h + half)]),
            (radius + half) * self.scale,
            outline=colour,
            width=round(width * self.scale),
        )

    def dashes(self, corner: Point, size: Point, colour: str, width: float) -> None:
        """A rectangle's line in dashes."""
        (x, y), (w, h), gap = corner, size, 5.5
        for n in range(4):
            at = n * gap + 1.5
            for end in (y, y + h):
                self.line([(x + at, end), (x + at + 2.6, end)], colour, width)
            for end in (x, x + w):
                self.line([(end, y + at), (end, y + at + 2.6)], colour, width)


def shaded(colour: str, opacity: float) -> tuple[int, int, int, int]:
    """'#rrggbb' with an opacity, as Pillow takes it."""
    red, green, blue = bytes.fromhex(colour.removeprefix("#")[:6])
    return red, green, blue, round(255 * opacity)


def wifi(pen: Pen, match: str, colour: str) -> None:
    """A rounded square with waves: hollow while planned, one when weak, none when unknown.

    A bar crosses it when it is off.
    """
    hollow = match == "planned"
    pen.box((3, 3), (22, 22), 6, WHITE if hollow else colour)
    if hollow:
        pen.dashes((3, 3), (22, 22), SEA, 1.6)
    else:
        pen.edge((3, 3), (22, 22), 6, WHITE, 1.6)
    ink = SEA if hollow else INK if match in {"weak", "unknown"} else WHITE
    for radius in {"weak": (4.5,), "unknown": ()}.get(match, (4.5, 8.5)):
        pen.arc((14, 18.5), radius, (-140.4, -39.6), ink, 2)
    pen.disc((14, 18.5), 1.8, ink)
    if match == "off":
        pen.line([(7, 7), (21, 21)], WHITE, 2.4)


def square(pen: Pen, layer: str, match: str, colour: str) -> None:
    """A small square; wifi layers have their own."""
    if layer.startswith("wifi"):
        wifi(pen, match, colour)
        return
    pen.box((6, 6), (16, 16), 3, colour)
    pen.edge((6, 6), (16, 16), 3, WHITE, 2)


def column(pen: Pen, match: str, colour: str) -> None:
    """A column filled as far as its bin; hatched when nothing is known."""
    pen.box((8, 3), (12, 22), 2, WHITE)
    if match in {"stale", ""}:
        for y in range(0, 24, 5):
            pen.line([(9, min(y + 8, 24)), (19, max(y - 1, 4))], colour, 1.8)
    else:
        high = 22 * FILLED.get(match, 0.5)
        pen.box((8, 25 - high), (12, high), 1, colour)
    pen.edge((8, 3), (12, 22), 2, INK, 1.4)


def wedge(pen: Pen, match: str, colour: str) -> None:
    """What a camera sees, pointing north, and the camera."""
    turns = range(-90 - HALF_WEDGE_DEG, -90 + HALF_WEDGE_DEG + 1, 5)
    angles = [math.radians(turn) for turn in turns]
    rim = [(14 + 13 * math.cos(at), 15 + 13 * math.sin(at)) for at in angles]
    outline = [(14.0, 15.0), *rim, (14.0, 15.0)]
    pen.draw.polygon(pen.px(outline), shaded(colour, 0.45 if match == "dead" else 0.6))
    pen.line(outline, INK, 1)
    pen.disc((14, 15), 4, WHITE if match == "dead" else colour)
    pen.ring((14, 15), 4, INK, 1.6)


def disc(pen: Pen, colour: str) -> None:
    """A round mark, as legends show it."""
    pen.disc((14, 14), 9, WHITE)
    pen.disc((14, 14), 7.4, colour)


def swatch(pen: Pen, kind: str, colour: str) -> None:
    """A piece of a line or an area, as legends show it."""
    if kind == "line":
        pen.line([(4, 20), (24, 8)], "#9d968a" if colour == WHITE else colour, 4)
    elif kind == "outline":
        pen.edge((4, 6), (20, 16), 2, colour, 2.4)
    else:
        pen.box((4, 6), (20, 16), 2, "#5b6b7a")
        pen.box((5, 7), (18, 14), 1.5, colour)


def drawn(name: str, size_px: float) -> Image.Image:
    """The mark called `name`, `size_px` wide and high."""
    kind, layer, value, colour = (*name.split("/"), "", "", "")[:4]
    colour = colour or SEA
    pen = Pen(size_px / SIZE * FINE)
    match kind:
        case "square":
            square(pen, layer, value, colour)
        case "column":
            column(pen, value, colour)
        case "wedge":
            wedge(pen, value, colour)
        case "circle":
            disc(pen, colour)
        case _:
            swatch(pen, kind, colour)
    side = max(1, round(size_px))
    return pen.image.resize((side, side), Image.Resampling.LANCZOS)
