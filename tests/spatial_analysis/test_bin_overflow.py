"""The forecast of bins as rows of a layer, from emptyings that crews left behind."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from layers.catalog.bin_forecasts import BinEmptying, BinForecast, record_emptying
from layers.catalog.bins import WasteBin
from spatial_analysis.studies.bin_overflow import BadNextRound, NoBins
from spatial_analysis.studies.round_wishes import bin_wishes
from spatial_analysis.study import ask, perform
from tests.spatial_analysis.toy_city import at

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 6, tzinfo=UTC)


def a_bin(label: str, fill_pct: int | None, age_h: float = 1.0) -> WasteBin:
    return WasteBin.objects.create(
        label=label, capacity_l=600, fill_pct=fill_pct, geom=at(len(label) * 10.0, 0),
        sensed_at=None if fill_pct is None else NOW - timedelta(hours=age_h),
    )  # fmt: skip


def forecast(**params: object) -> dict[str, BinForecast]:
    perform(ask("bin_overflow", {"at": NOW.isoformat(), **params}))
    return {row.label: row for row in BinForecast.objects.all()}


def test_a_fuller_bin_is_sooner_full_and_likelier_to_overflow() -> None:
    a_bin("low", 30)
    a_bin("high", 75)
    rows = forecast()
    assert rows["low"].hours_to_80 > rows["high"].hours_to_80 > 0
    assert rows["low"].p_overflow < rows["high"].p_overflow
    assert rows["low"].hours_to_80_early < rows["low"].hours_to_80 < rows["low"].hours_to_80_late


def test_a_sensor_that_never_spoke_is_unknown_and_never_empty() -> None:
    a_bin("mute", None)
    row = forecast()["mute"]
    assert row.stale
    assert (row.fill_now_pct, row.hours_to_80, row.p_overflow) == (None, None, None)


def test_a_silent_sensor_has_a_wider_interval_than_a_fresh_one() -> None:
    a_bin("fresh", 40, age_h=0.5)
    a_bin("silent", 40, age_h=30)
    rows = forecast()
    width = {name: row.fill_high_pct - row.fill_low_pct for name, row in rows.items()}
    assert rows["silent"].stale
    assert not rows["fresh"].stale
    assert width["silent"] > width["fresh"]
    assert rows["silent"].fill_now_pct > 40  # it went on filling


def test_a_bin_that_will_overflow_is_a_stop_of_the_next_round() -> None:
    a_bin("calm", 30)
    soon = a_bin("soon", 79)
    assert bin_wishes(NOW) == []
    forecast(next_round_h=72)
    assert [wish.code for wish in bin_wishes(NOW)] == ["soon"]
    assert bin_wishes(NOW + timedelta(hours=25)) != []  # by then both sensors count as silent
    WasteBin.objects.update(sensed_at=NOW)
    assert bin_wishes(NOW) == []  # heard again: the forecast is of another reading
    assert soon.forecast.p_overflow >= 0.5


def test_a_silent_bin_is_fetched_with_what_it_should_hold_by_now() -> None:
    row = a_bin("mute", 0, age_h=30)  # emptied yesterday, and silent since
    (before,) = bin_wishes(NOW)
    forecast()
    row.refresh_from_db()
    (wish,) = bin_wishes(NOW)
    assert (before.load_l, wish.stale) == (0, True)
    assert wish.load_l == round(6 * row.forecast.fill_now_pct) > 0
    WasteBin.objects.update(sensed_at=NOW - timedelta(hours=7))
    assert [wish.load_l for wish in bin_wishes(NOW)] == [0]  # the forecast is of another reading


def test_an_emptying_is_written_down_with_what_the_bin_held() -> None:
    row = a_bin("one", 64)
    record_emptying(bin_id=row.pk, at=NOW)
    record_emptying(bin_id=row.pk, at=NOW)  # sent twice
    row.refresh_from_db()
    assert (row.fill_pct, row.sensed_at) == (0, NOW)
    assert list(BinEmptying.objects.values_list("fill_pct", flat=True)) == [64]


def test_an_emptying_told_late_leaves_the_newer_reading() -> None:
    row = a_bin("late", 30)
    record_emptying(bin_id=row.pk, at=NOW - timedelta(hours=5))
    row.refresh_from_db()
    assert row.fill_pct == 30
    assert BinEmptying.objects.get().fill_pct is None


def test_what_a_silent_sensor_held_is_unknown_and_never_nothing() -> None:
    row = a_bin("mute", 55, age_h=7)
    record_emptying(bin_id=row.pk, at=NOW)  # it last spoke seven hours ago
    record_emptying(bin_id=row.pk, at=NOW + timedelta(hours=5))  # and not at all since then
    assert list(BinEmptying.objects.values_list("fill_pct", flat=True)) == [None, None]


@pytest.mark.parametrize("odd", [{"at": "tomorrow"}, {"at": "2026-03-02"}, {"next_round_h": True}])
def test_odd_moments_and_hours_are_refused_in_words(odd) -> None:
    a_bin("low", 30)
    with pytest.raises(BadNextRound):
        forecast(**odd)


def test_own_emptyings_replace_the_common_curve() -> None:
    row = a_bin("own", 50)
    common = forecast()["own"].hours_to_80
    for day in range(40):  # 90 % after every day: far quicker than the common curve
        BinEmptying.objects.create(
            bin=row, emptied_at=NOW - timedelta(days=40 - day), fill_pct=90 + day % 3
        )
    run = perform(ask("bin_overflow", {"at": NOW.isoformat()}))
    assert run.summary["own_curves"] is True
    assert run.summary["emptyings"] == 39
    own = BinForecast.objects.get()
    assert own.emptyings == 40
    assert own.hours_to_80 != common


def test_the_same_question_has_the_same_digest() -> None:
    a_bin("low", 30)
    first = perform(ask("bin_overflow", {"at": NOW.isoformat()}))
    second = perform(ask("bin_overflow", {"at": NOW.isoformat()}))
    assert first.digest == second.digest


def test_no_bins_and_odd_hours_are_refused() -> None:
    with pytest.raises(NoBins):
        forecast()
    with pytest.raises(BadNextRound):
        forecast(next_round_h=0)
