"""Rows of a face by time: first and last moment, and how many lie in each of equal steps."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import connections, models, router
from django.db.models import Count, F, QuerySet
from django.db.models.functions import Cast, Floor
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from layers.access import Face
from layers.errors import BadInput, NotFound
from layers.geography import city
from layers.spec import ClusterTiles, HexTiles, Layer, TimeField
from tile_service.models import PublishedLayer
from tile_service.publish.compiling import SCHEMA
from tile_service.publish.counting import BY_DAY, DAY_S
from tile_service.publish.durations import offset_seconds, seconds_of
from tile_service.publish.extents import extents_of
from tile_service.publish.wms.kept import Kept
from tile_service.serve.errors import Refused
from tile_service.serve.request import Window, window_of
from tile_service.serve.sentences import INDONESIAN, said

STEPS = ("PT15M", "PT1H", "PT3H", "PT6H", "P1D", "P1W")
FEW_STEPS = 400  # what is chosen by itself
MOST_STEPS = 1000
COUNT_LEVEL = 17  # the coarsest grid of stored counts that knows days
WEEK_S, MONDAY_S = 7 * DAY_S, 4 * DAY_S  # 1970 began on a Thursday
TICK_S = 60  # how long counts may lag whose rows move with the clock
kept = Kept(4_000_000)


@dataclass(frozen=True, slots=True)
class Ruler:
    """Equal steps of time in the city's own days; `start` in Unix seconds."""

    start: int
    step: str
    count: int

    @property
    def step_s(self) -> int:
        """Length of a step."""
        return seconds_of(self.step)

    @property
    def end(self) -> int:
        """End of the last step (exclusive), Unix seconds."""
        return self.start + self.count * self.step_s


def iso(at: float) -> str:
    """Unix seconds as 2026-11-02T06:00:00Z."""
    return datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")


def ruler(since: float, until: float, step: str) -> Ruler:
    """Steps of length `step` that hold [since, until); raises BadInput when they are too many."""
    step_s = seconds_of(step)
    shift = offset_seconds(city().time_zone) - (MONDAY_S if step_s % WEEK_S == 0 else 0)
    first = math.floor((since + shift) / step_s)
    last = max(math.ceil((until + shift) / step_s), first + 1)
    if last - first > MOST_STEPS:
        words = {"most": MOST_STEPS}
        raise BadInput(_("Terlalu banyak langkah waktu: paling banyak %(most)s.") % words)
    return Ruler(first * step_s - shift, step, last - first)


def steps_of(of: TimeField) -> list[str]:
    """Steps that a layer's buckets fit into, the finest first."""
    bucket_s = seconds_of(of.bucket)
    return [step for step in STEPS if seconds_of(step) % bucket_s == 0] or [of.bucket]


def fitting(of: TimeField, since: float, until: float) -> str:
    """The finest step that divides [since, until) into few enough parts, else the widest."""
    known = steps_of(of)
    few = (step for step in known if (until - since) / seconds_of(step) <= FEW_STEPS)
    return next(few, known[-1])


def counted(rows: QuerySet[Any, Any], column: str, on: Ruler) -> list[int]:
    """How many of `rows` lie in each step, by `column`."""
    ends = (datetime.fromtimestamp(at, UTC) for at in (on.start, on.end))
    within = rows.filter(**dict(zip((f"{column}__gte", f"{column}__lt"), ends, strict=True)))
    seconds = models.Func(
        F(column), template="EXTRACT(EPOCH FROM %(expressions)s)", output_field=models.FloatField()
    )
    number = Cast(Floor((seconds - on.start) / float(on.step_s)), models.BigIntegerField())
    found = within.order_by().annotate(_step=number).values_list("_step").annotate(Count("pk"))
    return spread(found, on)


def spread(found: Iterable[tuple[int, int]], on: Ruler) -> list[int]:
    """(step, number) pairs as a list with a place for every step."""
    counts = [0] * on.count
    for step, number in found:
        if 0 <= step < on.count:
            counts[step] += number
    return counts


def counted_days(row: PublishedLayer, on: Ruler) -> list[int]:
    """The same out of stored counts by day and what waits to be added, for very many rows."""
    shift = offset_seconds(city().time_zone)
    first, last = ((at + shift) // DAY_S for at in (on.start, on.end))
    days = on.step_s // DAY_S
    with connections[router.db_for_read(PublishedLayer)].cursor() as cursor:
        cursor.execute(
            "SELECT (day - %s) / %s, sum(n)::bigint FROM ("
            f' SELECT day, n FROM {SCHEMA}."{row.view}__counts" WHERE level = %s AND span = %s'
            f' UNION ALL SELECT day, n FROM {SCHEMA}."{row.view}__changes"'
            ") AS known WHERE day >= %s AND day < %s GROUP BY 1",
            [first, days, COUNT_LEVEL, BY_DAY, first, last],
        )
        return spread(cursor.fetchall(), on)


def floor_of(layer: Layer, face: Face) -> int:
    """Fewer rows than this in a step are left out, as tiles leave them out of a cell."""
    gathered = isinstance(layer.tiles, HexTiles | ClusterTiles) and face is Face.PUBLIC
    return layer.tiles.floor if gathered else 1  # type: ignore[union-attr]


def asked(layer: Layer, query: Mapping[str, str]) -> tuple[Window | None, str]:
    """Window (Unix seconds) and step asked for; raises BadInput, NotFound."""
    if layer.time is None:
        raise NotFound
    spec = {
        "bucket_s": seconds_of(layer.time.bucket),
        "bucket_offset_s": offset_seconds(city().time_zone),
    }
    step = query.get("step", "")
    if step and step not in steps_of(layer.time):
        words = {"name": "step", "known": ", ".join(steps_of(layer.time))}
        raise BadInput(_("%(name)s: pilih salah satu dari %(known)s.") % words)
    try:
        return window_of({k: v for k, v in query.items() if k != "step"}, spec), step
    except Refused as refusal:
        raise BadInput(said(str(refusal), get_language() or INDONESIAN)) from None


def document(layer: Layer, face: Face, query: Mapping[str, str]) -> bytes:
    """Counts by step as JSON, kept until a row of the face changes; raises BadInput, NotFound."""
    window, step = asked(layer, query)
    row = PublishedLayer.objects.filter(slug=layer.slug, face=face.value).first()
    if row is None:
        raise NotFound
    tick = int(time.time() // TICK_S) if row.spec.get("moves_with_time") else 0
    key = f"{row.pk} {row.publication} {row.epoch} {tick} {window} {step}"
    return kept.get(key) or kept.put(key, json.dumps(told(layer, face, row, window, step)).encode())


def told(
    layer: Layer, face: Face, row: PublishedLayer, window: Window | None, step: str
) -> dict[str, Any]:
    """The document; without a window the steps reach from the first row to the last."""
    assert layer.time is not None  # `asked` has seen to it
    ends = extents_of([(layer, face)])[layer.slug, face]
    first, last = ends.first, ends.last
    body: dict[str, Any] = {
        "layer": layer.slug, "column": layer.time.column, "bucket": layer.time.bucket,
        "steps": steps_of(layer.time), "floor": floor_of(layer, face),
        "first": first and iso(int(first.timestamp())), "last": last and iso(int(last.timestamp())),
    }  # fmt: skip
    if window is None:
        if first is None or last is None:
            return body | {"from": None, "to": None, "step": step, "counts": []}
        window = int(first.timestamp()), int(last.timestamp()) + 1
    on = ruler(*window, step or fitting(layer.time, *window))
    by_day = row.counted and on.step_s % DAY_S == 0
    numbers = counted_days(row, on) if by_day else counted(
        layer.rows_of(face), layer.time.column, on
    )  # fmt: skip
    least = body["floor"]
    shown = [number if number >= least else 0 for number in numbers]
    return body | {
        "from": iso(on.start), "to": iso(on.end), "step": on.step, "step_s": on.step_s,
        "counts": shown,
    }  # fmt: skip
