"""The print sheet's own drawing: a round as SVG, for paper and for places without a map."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, floor, log10, radians
from typing import Any

import segno
import shapely
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import number_format

from gis_platform.pages.rounds.describe import stops_of
from layers.catalog.places import Island
from layers.catalog.rounds.models import LegKind, Round

CODE_SCALE = 3
WIDTH, HEIGHT, EDGE = 720.0, 460.0, 24.0
COAST_TOLERANCE_DEG = 0.0005
METRES_PER_DEGREE = 111_320.0  # of latitude
KM = 1000


@dataclass(frozen=True, slots=True)
class Frame:
    """Degrees to drawing units, north up, one scale for both directions."""

    west: float
    north: float
    scale: float
    squeeze: float

    def at(self, lon: float, lat: float) -> tuple[float, float]:
        """x and y of a place."""
        x = EDGE + (lon - self.west) * self.squeeze * self.scale
        return round(x, 1), round(EDGE + (self.north - lat) * self.scale, 1)

    def line(self, points: Any) -> str:
        """`points` attribute of a polyline."""
        return " ".join(f"{x},{y}" for x, y in (self.at(p[0], p[1]) for p in points))


def _frame(round_: Round) -> Frame:
    west, south, east, north = round_.geom.extent
    squeeze = cos(radians((south + north) / 2))
    span = max((east - west) * squeeze / (WIDTH - 2 * EDGE), (north - south) / (HEIGHT - 2 * EDGE))
    return Frame(west, north, 1 / max(span, 1e-7), squeeze)


def _bar(frame: Frame) -> dict[str, Any]:
    """A bar of a round length, at most a fifth of the drawing, for the drawing's scale."""
    room_m = WIDTH / 5 / frame.scale * METRES_PER_DEGREE
    power = 10 ** floor(log10(room_m))
    length_m = next(step * power for step in (5, 2, 1) if step * power <= room_m)
    width = round(length_m / METRES_PER_DEGREE * frame.scale, 1)
    words = f"{number_format(length_m / 1000)} km" if length_m >= KM else f"{length_m:.0f} m"
    return {"x": EDGE, "width": width, "middle": round(EDGE + width / 2, 1), "words": words}


def _coasts(round_: Round, frame: Frame) -> list[str]:
    """Coast lines of the islands that the round touches, simplified for paper."""
    near = Island.objects.filter(geom__bboverlaps=round_.geom.envelope.buffer(0.01))
    lines = []
    for shape in near.values_list("geom", flat=True):
        coast = shapely.from_wkb(bytes(shape.wkb)).simplify(COAST_TOLERANCE_DEG)
        lines += [frame.line(part.exterior.coords) for part in shapely.get_parts(coast)]
    return lines


def drawing(round_: Round) -> dict[str, Any]:
    """Coasts, drives, crossings and numbered stops in the units of the sheet."""
    frame = _frame(round_)
    legs = [(leg.kind, leg.geom) for leg in round_.legs.all()]
    return {
        "width": int(WIDTH),
        "height": int(HEIGHT),
        "bar": _bar(frame),
        "coasts": _coasts(round_, frame),
        "drives": [frame.line(g.coords) for kind, g in legs if g and kind == LegKind.DRIVE],
        "crossings": [frame.line(g.coords) for kind, g in legs if g and kind == LegKind.FERRY],
        "stops": [
            {"number": s.number, "x": x, "y": y, "label_y": round(y + 3.5, 1)}
            for s in stops_of(round_)
            for x, y in [frame.at(s.geom.x, s.geom.y)]
        ],
    }


def code(request: HttpRequest, round_: Round) -> str:
    """QR code, as SVG, that opens the round on its crew's phone; drawn here, so paper needs no
    network."""
    address = request.build_absolute_uri(reverse("kru-rute", args=[round_.pk]))
    return str(segno.make(address, error="m").svg_inline(scale=CODE_SCALE, border=1))
