"""When each bin will be full, and which will overflow before the next round."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from django.utils import timezone

from layers.catalog.bin_forecasts import LIKELY, BinEmptying, BinForecast
from layers.catalog.bins import STALE_AFTER, WasteBin
from layers.errors import BadInput, PlatformError
from layers.geography import city
from layers.spec import Origin
from spatial_analysis.methods.bin_fill import NEVER_H, FillModel, fit_fill
from spatial_analysis.models import Run
from spatial_analysis.study import Answer, study

NEXT_ROUND_H = 24
ROUND_RANGE_H = (1, 336)
FEWEST_EMPTYINGS = 30  # below this the common curve alone speaks
LONGEST_H = 24 * 14  # an emptying after a longer pause says nothing about growth
# Start, slope and spread of a street bin nobody has watched yet: the mean of 167 bins of the
# City of Edinburgh, 2016 (Open Government Licence v3.0); city.toml [bins] may say otherwise.
COMMON = {"start_pct": 36.6, "slope_pct": 34.5, "spread_pct": 23.0}


class BadNextRound(BadInput):
    """Jam sampai ronde berikut harus bilangan bulat antara 1 dan 336."""

    code = "BAD_NEXT_ROUND"


class NoBins(PlatformError):
    """Belum ada bak sampah; muat data kota dahulu."""

    code = "NO_BINS"


@dataclass(frozen=True, slots=True)
class History:
    """Emptyings with a reading: number of the bin, hours since the one before, fill found."""

    bins: np.ndarray
    hours: np.ndarray
    fill_pct: np.ndarray
    last: dict[int, datetime]  # last emptying of each bin, by primary key
    known: dict[int, int]


@study("bin_overflow", first_answer=True)
def bin_overflow(run: Run, params: Mapping[str, Any]) -> Answer:
    """Forecast every bin; params: `next_round_h` (hours, default 24), `at` (ISO, default now)."""
    ahead_h, at = asked_of(params)
    bins = list(WasteBin.objects.order_by("label"))
    if not bins:
        raise NoBins
    history = read_history(bins, at)
    rows = forecasts(run.pk, bins, history, model_of(history, len(bins)), at, ahead_h)
    BinForecast.objects.all().delete()
    BinForecast.objects.bulk_create(rows)
    return _answer(rows, history, ahead_h)


def asked_of(params: Mapping[str, Any]) -> tuple[int, datetime]:
    """Hours to the next round, and the moment that counts as now. Raises BadNextRound."""
    ahead_h = params.get("next_round_h", NEXT_ROUND_H)
    whole = isinstance(ahead_h, int) and not isinstance(ahead_h, bool)
    if not whole or not ROUND_RANGE_H[0] <= ahead_h <= ROUND_RANGE_H[1]:
        raise BadNextRound
    try:
        at = datetime.fromisoformat(str(params["at"])) if params.get("at") else timezone.now()
    except ValueError:
        raise BadNextRound from None
    if timezone.is_naive(at):
        raise BadNextRound
    return ahead_h, at


def read_history(bins: Sequence[WasteBin], at: datetime) -> History:
    """Emptyings before `at`; pairs of them with a reading at the second one."""
    number = {row.pk: i for i, row in enumerate(bins)}
    last: dict[int, datetime] = {}
    known: dict[int, int] = {}
    found: list[tuple[int, float, float]] = []
    emptied = BinEmptying.objects.filter(emptied_at__lte=at).order_by("bin_id", "emptied_at")
    for key, moment, fill in emptied.values_list("bin_id", "emptied_at", "fill_pct"):
        hours = (moment - last[key]).total_seconds() / 3600 if key in last else 0.0
        if fill is not None and 1 <= hours <= LONGEST_H:
            found.append((number[key], hours, float(fill)))
        last[key], known[key] = moment, known.get(key, 0) + 1
    columns = np.array(found, dtype=float).reshape(-1, 3)
    return History(columns[:, 0].astype(np.int64), columns[:, 1], columns[:, 2], last, known)


def model_of(history: History, count: int) -> FillModel:
    """Curves from the city's own emptyings, or the common one while they are few."""
    if len(history.bins) >= FEWEST_EMPTYINGS:
        return fit_fill(history.bins, history.hours, history.fill_pct, count=count)
    common = {**COMMON, **city().extra.get("bins", {})}
    start, slope, spread = (float(common[name]) for name in COMMON)
    return FillModel(
        start=np.full(count, start),
        slope=np.full(count, slope),
        spread=np.full(count, spread),
        prior=(start, slope),
        prior_spread=spread,
        doubt=np.zeros((count, 2, 2)),
    )


def forecasts(
    run_number: int,
    bins: Sequence[WasteBin],
    history: History,
    model: FillModel,
    at: datetime,
    ahead_h: int,
) -> list[BinForecast]:
    """One row a bin; a bin whose sensor never spoke has no figures, only its place."""
    heard = [i for i, row in enumerate(bins) if row.fill_pct is not None and row.sensed_at]
    number = np.array(heard, dtype=np.int64)
    fill = np.array([bins[i].fill_pct for i in heard], dtype=float)
    age = np.array([_hours(bins[i].sensed_at, at) for i in heard], dtype=float)
    since = np.array([_since_h(bins[i], history, model, i) for i in heard], dtype=float)
    now = model.ahead(number, since, fill, age)
    over = model.ahead(number, since, fill, age + ahead_h, level_pct=100.0).p_level
    reach = np.maximum(model.hours_to(number, since, fill) - age[:, None], 0.0)
    place = {i: k for k, i in enumerate(heard)}
    rows = []
    for i, row in enumerate(bins):
        k = place.get(i)
        figures: dict[str, Any] = {}
        if k is not None:
            early, middle, late = (round(min(h, NEVER_H), 1) for h in reach[k].tolist())
            figures = {
                "fill_now_pct": round(float(now.median_pct[k])),
                "fill_low_pct": round(float(now.low_pct[k])),
                "fill_high_pct": round(float(now.high_pct[k])),
                "hours_to_80_early": early,
                "hours_to_80": middle,
                "hours_to_80_late": late,
                "p_overflow": round(float(over[k]), 3),
            }
        rows.append(
            BinForecast(
                run_number=run_number,
                bin=row,
                label=row.label,
                made_at=at,
                sensed_at=row.sensed_at,
                stale=row.sensed_at is None or row.sensed_at < at - STALE_AFTER,
                emptyings=history.known.get(row.pk, 0),
                geom=row.geom,
                origin=Origin.ESTIMATED,
                **figures,
            )
        )
    return rows


def _hours(start: datetime | None, end: datetime) -> float:
    return max((end - start).total_seconds() / 3600, 0.0) if start else 0.0


def _since_h(row: WasteBin, history: History, model: FillModel, number: int) -> float:
    """Hours from the last emptying to the reading; unknown: what the curve makes of the fill."""
    emptied = history.last.get(row.pk)
    if emptied is not None and row.sensed_at is not None and emptied <= row.sensed_at:
        return _hours(emptied, row.sensed_at)
    start, slope, _ = model.curve(np.array([number]))
    passed = (float(row.fill_pct or 0) - float(start[0])) / max(float(slope[0]), 1e-6)
    return float(np.clip(24.0 * np.expm1(np.clip(passed, 0.0, 5.0)), 0.0, LONGEST_H))


def _answer(rows: Sequence[BinForecast], history: History, ahead_h: int) -> Answer:
    spoken = [row for row in rows if row.p_overflow is not None]
    likely = [row for row in spoken if (row.p_overflow or 0) >= LIKELY]
    expected = sum(row.p_overflow or 0 for row in spoken)
    return Answer(
        sentence=(
            f"{len(likely)} dari {len(rows)} bak mungkin meluap dalam {ahead_h} jam "
            f"(harapan {expected:.1f}".replace(".", ",")
            + f"); {sum(row.stale for row in rows)} sensor diam."
        ),
        summary={
            "bins": len(rows),
            "likely": len(likely),
            "expected": round(expected, 2),
            "stale": sum(row.stale for row in rows),
            "unknown": len(rows) - len(spoken),
            "emptyings": len(history.bins),
            "own_curves": len(history.bins) >= FEWEST_EMPTYINGS,
            "next_round_h": ahead_h,
        },
        canonical=[(row.label, row.fill_now_pct, row.hours_to_80, row.p_overflow) for row in rows],
        inputs={"emptyings": len(history.bins)},
    )
