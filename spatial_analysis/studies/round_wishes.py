"""What the rounds of a day should fetch: full, silent and soon full bins, open work orders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, time

from layers.catalog.bin_forecasts import BinForecast
from layers.catalog.bins import STALE_AFTER, WasteBin
from layers.catalog.rounds.models import StopKind
from layers.catalog.work_orders import WorkOrder, open_waste_orders
from spatial_analysis.methods.left_out import MUST_S

KG_PER_L = 0.18  # loose household waste
BIN_SERVICE_S = 120
BIN_SERVICE_S_PER_L = 0.06
WORK_SERVICE_S = 600
OVERFLOWING_PCT = 95
SILENT_FILL_PCT = 80  # what a silent bin without any reading is taken to hold
WORK_PRIZE_S = 4 * 3600


@dataclass(frozen=True, slots=True)
class Wish:
    """A place to serve: where, how much, how long, and how many seconds of driving it is worth."""

    kind: str
    pk: int
    code: str
    label: str
    lon: float
    lat: float
    island_id: int | None
    load_l: int
    load_kg: int
    service_s: int
    prize_s: int
    fill_pct: int | None = None
    stale: bool = False
    opens: time | None = None
    closes: time | None = None
    needs: frozenset[str] = frozenset()

    @property
    def key(self) -> str:
        """Name of the wish in forms and answers."""
        return f"{self.kind}:{self.pk}"


def bin_prize_s(fill_pct: int, *, stale: bool) -> int:
    """Seconds of driving that emptying a bin is worth.

    One that overflows must be served if it can be. A full one is worth one to two hours,
    rising with its fill; a silent one as much as is known of its fill, but at most an hour.
    """
    if stale:
        return min(3600, 1800 + 20 * fill_pct)
    return MUST_S if fill_pct >= OVERFLOWING_PCT else 3600 + max(0, fill_pct - 80) * 240


def bin_wishes(at: datetime) -> list[Wish]:
    """Bins due at a round that starts `at`: 80 % full, silent for hours, or likely to overflow
    before the round after it (where a fresh forecast says so).
    """
    likely = {row.bin_id for row in BinForecast.objects.likely_to_overflow(at)}
    due = WasteBin.objects.due_for_collection(at) | WasteBin.objects.filter(pk__in=likely)
    told = dict(BinForecast.objects.fresh(at).values_list("bin_id", "fill_now_pct"))
    return [bin_wish(row, at, told.get(row.pk)) for row in due]


def bin_wish(row: WasteBin, at: datetime, forecast_pct: int | None = None) -> Wish:
    """What one bin asks for: its last reading; of a silent one what the forecast makes of that,
    where it is more; of one that never spoke the usual fill.
    """
    stale = row.sensed_at is None or row.sensed_at < at - STALE_AFTER
    fill = SILENT_FILL_PCT if row.fill_pct is None else row.fill_pct
    if stale and forecast_pct is not None:
        fill = min(max(fill, forecast_pct), 100)
    litres = round(row.capacity_l * fill / 100)
    return Wish(
        kind=StopKind.BIN,
        pk=row.pk,
        code=row.label,
        label=row.label,
        lon=row.geom.x,
        lat=row.geom.y,
        island_id=row.island_id,
        load_l=litres,
        load_kg=round(litres * KG_PER_L),
        service_s=BIN_SERVICE_S + round(row.capacity_l * BIN_SERVICE_S_PER_L),
        prize_s=bin_prize_s(fill, stale=stale),
        fill_pct=row.fill_pct,
        stale=stale,
        needs=frozenset(row.needs),
    )


def work_wishes() -> list[Wish]:
    """Open work orders to fetch waste that no route carries yet."""
    return [work_wish(order) for order in open_waste_orders()]


def work_wish(order: WorkOrder) -> Wish:
    """What one work order asks for."""
    return Wish(
        kind=StopKind.WORK,
        pk=order.pk,
        code=str(order.pk),
        label=(order.words or str(order))[:160],
        lon=order.geom.x,
        lat=order.geom.y,
        island_id=order.island_id,
        load_l=order.load_l,
        load_kg=round(order.load_l * KG_PER_L),
        service_s=WORK_SERVICE_S,
        prize_s=WORK_PRIZE_S,
        needs=frozenset(order.needs),
    )


def wishes(at: datetime) -> list[Wish]:
    """Everything due at a round that starts `at`, bins first."""
    return [*bin_wishes(at), *work_wishes()]


@dataclass(frozen=True, slots=True)
class Orders:
    """What the desk says of single stops, by key: which must be served, between which hours, and
    which skills they need (where it says nothing: those of the bin or order).
    """

    must: frozenset[str] = frozenset()
    hours: Mapping[str, tuple[time, time]] = field(default_factory=dict)
    needs: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def on(self, wish: Wish) -> Wish:
        """Return the wish as the desk wants it."""
        opens, closes = self.hours.get(wish.key, (wish.opens, wish.closes))
        prize_s = MUST_S if wish.key in self.must else wish.prize_s
        needs = self.needs.get(wish.key, wish.needs)
        return replace(wish, prize_s=prize_s, opens=opens, closes=closes, needs=needs)
