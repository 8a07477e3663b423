"""What is asked of a collection's items: each parameter checked, the rest refused by name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tile_service.serve import cql2_filter
from tile_service.serve.cql2_sql import OTHER, kind_of, literal, moment_of
from tile_service.serve.errors import Refused
from tile_service.serve.ogc_frames import CRS84, Box, Frame, boxes_of, frame_of

FEWEST, DEFAULT, MOST = 1, 100, 1000
FARTHEST_OFFSET = 100_000
LARGEST_KEY = 2**63 - 1
ITEMS = (
    "bbox", "bbox-crs", "crs", "datetime", "filter", "filter-crs", "filter-lang", "limit",
    "offset", "after", "properties", "f",
)  # fmt: skip
WHOLE = re.compile(r"[0-9]{1,19}", re.ASCII)
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)

Window = tuple[datetime | None, datetime | None]


@dataclass(frozen=True, slots=True)
class Wish:
    """A checked request for items.

    boxes: the asked boxes in `box_frame` (a row meets one of them); none asked: empty
    window: `from` included, `until` not, both on the layer's time bucket; None where open
    equal: column -> value, of the parameters named like columns
    tree: the CQL2 filter; its shapes are in `filter_frame`
    shown: columns of the answer; None shows all
    """

    given: Mapping[str, str]
    frame: Frame
    limit: int = DEFAULT
    offset: int = 0
    after: int | None = None
    boxes: tuple[Box, ...] = ()
    box_frame: Frame | None = None
    window: Window | None = None
    equal: Mapping[str, Any] = field(default_factory=dict)
    tree: Any = None
    filter_frame: Frame | None = None
    shown: tuple[str, ...] | None = None


def kinds_of(collection: Mapping[str, Any]) -> dict[str, str]:
    """Columns of a collection that can be compared, with their kind."""
    kinds = {name: kind_of(column["type"]) for name, column in collection["columns"].items()}
    return {name: kind for name, kind in kinds.items() if kind != OTHER}


def whole_number(name: str, text: str, low: int, high: int) -> int:
    """Whole number within bounds; raises Refused naming the parameter."""
    if not WHOLE.fullmatch(text) or not low <= int(text) <= high:
        raise Refused(f"{name}: write a whole number from {low} to {high}.")
    return int(text)


def limit_of(text: str) -> int:
    """Rows on a page: a wish above the cap gets the cap, as OGC API asks; raises Refused."""
    return min(whole_number("limit", text, FEWEST, 10**9), MOST)


def numbers_of(name: str, text: str) -> list[float]:
    """Numbers parted by commas; raises Refused."""
    parts = [part.strip() for part in text.split(",")]
    if len(parts) > 6 or not all(NUMBER.fullmatch(part) for part in parts):
        raise Refused(f"{name}: write numbers parted by commas.")
    return [float(part) for part in parts]


def _end(text: str, *, last: bool) -> datetime | None:
    if text in {"", ".."}:
        return None
    try:
        if DAY.fullmatch(text):
            day = datetime.fromisoformat(text).replace(tzinfo=UTC)
            return day + timedelta(days=1, seconds=-1) if last else day
        return moment_of(text.replace(" ", "+"))
    except (ValueError, OverflowError):
        raise Refused("datetime: write 2026-11-02T06:00:00Z, or two of them with /.") from None


def datetime_of(text: str) -> Window:
    """Both ends of `datetime`, each included; None where open; raises Refused."""
    ends = text.split("/")
    if len(ends) > 2 or (len(ends) == 1 and ends[0] in {"", ".."}):
        raise Refused("datetime: write 2026-11-02T06:00:00Z, or two of them with /.")
    since, until = _end(ends[0], last=False), _end(ends[-1], last=True)
    if since and until and since > until:
        raise Refused("datetime: the begin is later than the end.")
    return since, until


def outward(window: Window, bucket_s: int, offset_s: int) -> Window:
    """The smallest window on the bucket that holds both ends; its end is not included."""

    def floor(at: datetime) -> datetime:
        seconds = int(at.timestamp())
        return datetime.fromtimestamp(seconds - (seconds + offset_s) % bucket_s, UTC)

    try:
        since = floor(window[0]) if window[0] else None
        until = floor(window[1]) + timedelta(seconds=bucket_s) if window[1] else None
    except (OverflowError, ValueError, OSError):
        raise Refused("datetime: out of range.") from None
    return since, until


def canonical(window: Window) -> str:
    """The `datetime` that asks for exactly this window."""
    since, until = window

    def words(at: datetime | None) -> str:
        return at.strftime("%Y-%m-%dT%H:%M:%SZ") if at else ".."

    return f"{words(since)}/{words(until - timedelta(seconds=1) if until else None)}"


def equal_to(name: str, text: str, kind: str) -> Any:
    """Value of a parameter named like a column; raises Refused naming it."""
    try:
        if kind == "number":
            if not NUMBER.fullmatch(text):
                raise Refused
            return literal(float(text), kind)
        if kind == "boolean":
            return {"true": True, "false": False}[text.lower()]
        if kind == "instant":
            return moment_of(text.replace(" ", "+"))
        if kind == "date":
            return literal({"date": text}, kind)
        return literal(text, kind)
    except (Refused, KeyError, ValueError, OverflowError):
        raise Refused(f"{name}: the value does not fit.") from None


def _shown(text: str, collection: Mapping[str, Any]) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    if unknown := [name for name in names if name not in collection["columns"]]:
        raise Refused(f"properties: unknown column {unknown[0][:40]!r}.")
    return names


def _tree(given: Mapping[str, str]) -> Any:
    if "filter" not in given:
        if used := {"filter-lang", "filter-crs"} & set(given):
            raise Refused(f"{min(used)}: there is no filter.")
        return None
    language = given.get("filter-lang", cql2_filter.TEXT)
    if language not in cql2_filter.LANGUAGES:
        raise Refused("filter-lang: cql2-text or cql2-json.")
    return cql2_filter.read(given["filter"], language)


def wish_of(given: Mapping[str, str], spec: Mapping[str, Any]) -> Wish:
    """Checked wish out of the query's parameters, each given once; raises Refused."""
    collection = spec["collection"]
    kinds = kinds_of(collection)

    def frame(name: str) -> Frame:
        return frame_of(name, given.get(name, CRS84), collection["metric_srid"])

    if "bbox-crs" in given and "bbox" not in given:
        raise Refused("bbox-crs: there is no bbox.")
    box_frame = frame("bbox-crs")
    boxes = (
        boxes_of("bbox", numbers_of("bbox", given["bbox"]), box_frame) if "bbox" in given else []
    )
    window = datetime_of(given["datetime"]) if "datetime" in given else None
    if window and "bucket_s" in spec:
        window = outward(window, spec["bucket_s"], spec.get("bucket_offset_s", 0))
    after = given.get("after")
    return Wish(
        given=given,
        frame=frame("crs"),
        limit=limit_of(given["limit"]) if "limit" in given else DEFAULT,
        offset=whole_number("offset", given.get("offset", "0"), 0, FARTHEST_OFFSET),
        after=None if after is None else whole_number("after", after, 0, LARGEST_KEY),
        boxes=tuple(boxes),
        box_frame=box_frame,
        window=window if "bucket_s" in spec else None,
        equal={name: equal_to(name, given[name], kinds[name]) for name in given if name in kinds},
        tree=_tree(given),
        filter_frame=frame("filter-crs"),
        shown=_shown(given["properties"], collection) if "properties" in given else None,
    )
