"""GetMap, GetFeatureInfo and GetLegendGraphic, checked: layers, frame, box, size, form."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from django.http import HttpRequest

from layers.geography import TILE_SRID, city
from tile_service.publish.durations import offset_seconds, seconds_of
from tile_service.publish.ows import seen
from tile_service.publish.ows.frames import Box, Frame, box, frame
from tile_service.publish.ows.kvp import Refused, needed, number, shown
from tile_service.publish.ows.seen import Seen

VERSIONS = ("1.3.0", "1.1.1")
BASE = "peta-dasar"
MOST_LAYERS = 12
DAY_S = 86400
MOST_PX = 4096
TILE_PX, WORLD_M = 512, 40075016.6855785  # a world of MapLibre's zoom 0
COLOUR = re.compile(r"^(?:0x|#)([0-9a-fA-F]{6})$")
FORMS = {
    "image/png": "PNG", "image/png; mode=24bit": "PNG", "image/png; mode=8bit": "PNG",
    "image/jpeg": "JPEG", "image/webp": "WEBP",
}  # fmt: skip


Window = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Picture:
    """A checked GetMap request; `box` is west, south, east, north in the frame."""

    layers: tuple[Seen | None, ...]  # None stands for the base map
    of: Frame
    box: Box
    width: int
    height: int
    form: str = "image/png"
    transparent: bool = False
    background: str = "#ffffff"
    window: Window | None = None

    @property
    def moments(self) -> dict[str, datetime]:
        """Values of the window in a statement."""
        return dict(zip(("since", "until"), self.window, strict=True)) if self.window else {}

    @property
    def metres_px(self) -> float:
        """Web Mercator metres a pixel (at the city's latitude)."""
        units_px = (self.box[2] - self.box[0]) / self.width
        if self.of.srid == TILE_SRID:
            return units_px
        if self.of.in_degrees:
            return units_px * WORLD_M / 360
        return units_px / math.cos(math.radians(city().centre[1]))

    @property
    def zoom(self) -> float:
        """MapLibre's zoom of the same scale, 0..24."""
        return max(0.0, min(math.log2(WORLD_M / TILE_PX / max(self.metres_px, 1e-6)), 24.0))


def version(ask: Mapping[str, str]) -> str:
    """Version asked for: 1.1.1 when a client says 1.1 or less, else 1.3.0."""
    given = ask.get("VERSION") or VERSIONS[0]
    return VERSIONS[1] if given < "1.2" else VERSIONS[0]


def frame_of(ask: Mapping[str, str]) -> Frame:
    """CRS (1.3.0) or SRS (1.1.1), with its axis order; raises Refused."""
    newer = version(ask) == VERSIONS[0]
    name = needed(ask, "CRS") if newer else needed(ask, "SRS", "CRS")
    try:
        return frame(name, short_is_swapped=newer, locator="CRS" if newer else "SRS")
    except Refused as refusal:
        code = "InvalidCRS" if newer else "InvalidSRS"
        raise Refused(code, refusal.sentence, refusal.locator) from None


def layers(request: HttpRequest, text: str, locator: str) -> tuple[Seen | None, ...]:
    """Layers by name, from the bottom up; raises Refused."""
    names = [name.strip() for name in text.split(",")]
    if len(names) > MOST_LAYERS:
        raise Refused("InvalidParameterValue", f"{locator}: at most {MOST_LAYERS}.", locator)
    return tuple(
        None if name == BASE else seen.one(request, name, code="LayerNotDefined", locator=locator)
        for name in names
    )


def styles(ask: Mapping[str, str], count: int) -> None:
    """One style a layer: none, or "default"; raises Refused."""
    given = ask.get("STYLES", "").split(",")
    if any(name not in {"", "default"} for name in given) or len(given) > max(count, 1):
        raise Refused("StyleNotDefined", "STYLES: leave it empty, or `default`.", "STYLES")


def size(ask: Mapping[str, str], name: str) -> int:
    """Width or height in pixels; raises Refused."""
    needed(ask, name)
    found = number(ask, name, default=0, least=1, most=MOST_PX + 1)
    if found > MOST_PX:
        raise Refused("InvalidParameterValue", f"{name}: at most {MOST_PX} pixels.", name)
    return found


def moment(text: str) -> tuple[datetime, bool]:
    """A moment (UTC) of TIME, and whether only its day is named; raises Refused."""
    try:
        found = datetime.fromisoformat(text)
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        sentence = f"TIME: {shown(text)}: write 2026-11-02T06:00:00Z, or two of them with a slash."
        raise Refused("InvalidDimensionValue", sentence, "TIME") from None
    return found, len(text) == len("2026-11-02")


def window(text: str, chosen: tuple[Seen | None, ...]) -> Window | None:
    """From (inclusive) until (exclusive) of TIME: widened to the buckets of the layers drawn.

    One moment stands for its bucket (a day for its day), `from/to` for all between; a step after
    a second slash changes nothing. Layers without a time are drawn whole. Raises Refused.
    """
    if not text:
        return None
    if "," in text or text.count("/") > 2:
        sentence = "TIME: one moment or one interval a picture."
        raise Refused("InvalidDimensionValue", sentence, "TIME")
    first, last = (text.split("/") * 2)[:2]
    (since, _), (until, whole_day) = moment(first), moment(last)
    if since > until:
        raise Refused("InvalidDimensionValue", "TIME: the earlier moment first.", "TIME")
    bucket_s = max(
        (seconds_of(one.layer.time.bucket) for one in chosen if one and one.layer.time), default=1
    )
    shift = offset_seconds(city().time_zone)
    begins = math.floor((since.timestamp() + shift) / bucket_s)
    ends = math.ceil((until.timestamp() + shift + (DAY_S if whole_day else 0)) / bucket_s)
    try:
        sides = (begins, max(ends, begins + 1))
        found = [datetime.fromtimestamp(at * bucket_s - shift, UTC) for at in sides]
    except (ValueError, OverflowError, OSError):
        sentence = f"TIME: {shown(text)} lies outside the calendar."
        raise Refused("InvalidDimensionValue", sentence, "TIME") from None
    return found[0], found[1]


def picture(request: HttpRequest, ask: Mapping[str, str]) -> Picture:
    """The map asked for; raises Refused."""
    of = frame_of(ask)
    sides = box(needed(ask, "BBOX"), of)
    if sides[0] >= sides[2] or sides[1] >= sides[3]:
        raise Refused("InvalidParameterValue", "BBOX: has no area.", "BBOX")
    form = ask.get("FORMAT", "image/png").lower()
    if form not in FORMS:
        raise Refused("InvalidFormat", f"FORMAT: {shown(form)} is not offered.", "FORMAT")
    colour = COLOUR.match(ask.get("BGCOLOR") or "0xFFFFFF")
    if colour is None:
        raise Refused("InvalidParameterValue", "BGCOLOR: write 0xRRGGBB.", "BGCOLOR")
    chosen = layers(request, needed(ask, "LAYERS"), "LAYERS")
    styles(ask, len(chosen))
    return Picture(
        layers=chosen,
        of=of,
        box=sides,
        width=size(ask, "WIDTH"),
        height=size(ask, "HEIGHT"),
        form=form,
        transparent=ask.get("TRANSPARENT", "FALSE").upper() == "TRUE",
        background=f"#{colour[1]}",
        window=window(ask.get("TIME", ""), chosen),
    )
