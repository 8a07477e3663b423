"""The made year of reports: the same from the same seed, and like a city's year."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
import shapely

from layers.catalog.reports.states import Resolution, State
from layers.city_folder.report_year import make_year
from tests.fixtures_geodata.sample import TANJUNGPINANG, TERNATE, features, metres

UNTIL = datetime(2026, 3, 15, 6, 0, tzinfo=UTC)  # 15:00 on the island
CLUSTERS = {
    "A-sampah-kalumata": 46, "B-banjir-tubo": 28, "C-air-maliaro": 22, "D-macet-gamalama": 55,
    "E-lampu-jambula": 26, "F-sampah-lama": 60,
}  # fmt: skip


@pytest.fixture(scope="module")
def year():
    """One year."""
    return make_year(TERNATE, until=UNTIL)


def test_the_same_seed_and_end_give_the_same_year(year):
    assert make_year(TERNATE, until=UNTIL) == year


def test_another_seed_gives_another_year(year):
    other = make_year(TERNATE, until=UNTIL, seed=1)
    assert not {row.client_id for row in year} & {row.client_id for row in other}


def test_a_later_end_keeps_the_ids_so_that_a_second_load_adds_nothing(year):
    later = make_year(TERNATE, until=UNTIL + timedelta(days=3))
    assert {row.client_id for row in later} == {row.client_id for row in year}


def test_a_year_holds_more_than_ten_thousand_reports_each_once(year):
    assert len(year) >= 10_000
    assert len({row.client_id for row in year}) == len(year)


def test_nothing_is_seen_after_it_is_told_or_told_after_the_end(year):
    assert all(row.observed_at <= row.received_at <= UNTIL for row in year)
    assert min(row.received_at for row in year) > UNTIL - timedelta(days=367)


def test_the_last_seven_days_are_filled(year):
    days = Counter((UNTIL - row.received_at).days for row in year)
    assert all(days[day] >= 10 for day in range(7))


def test_every_report_lies_on_land(year):
    land = shapely.union_all([row["geom"] for row in features("islands.geojson")]).buffer(1e-6)
    assert shapely.contains_xy(land, [(row.lon, row.lat) for row in year]).all()


def test_states_are_the_desk_s_own_and_old_reports_are_mostly_closed(year):
    for row in year:
        state, _, resolution = row.target_state.partition(":")
        assert State(state)
        assert (state == State.CLOSED) == bool(resolution and Resolution(resolution))
    old = [row for row in year if UNTIL - row.received_at > timedelta(days=120)]
    closed = sum(row.target_state.startswith("selesai") for row in old)
    assert closed / len(old) > 0.95
    fresh = [row for row in year if UNTIL - row.received_at < timedelta(days=1)]
    assert sum(row.target_state == "baru" for row in fresh) / len(fresh) > 0.5


@pytest.mark.parametrize(("name", "count"), CLUSTERS.items())
def test_a_planted_cluster_is_there_and_tight(year, name, count):
    rows = [row for row in year if row.cluster == name and row.kind == "plain"]
    places = metres(shapely.MultiPoint([(row.lon, row.lat) for row in rows]))
    assert len([row for row in rows if row.copy_of is None]) == count
    assert shapely.minimum_bounding_radius(places) <= 160


def test_rain_brings_floods(year):
    floods = Counter(
        row.observed_at.month for row in year if row.category == "bencana-alam" and not row.cluster
    )
    wet, dry = floods[5] + floods[6] + floods[12], floods[8] + floods[9] + floods[10]
    assert wet > 5 * dry


def test_sundays_are_quieter_than_mondays(year):
    days = Counter((row.observed_at + timedelta(hours=9)).weekday() for row in year)
    assert days[6] < 0.9 * days[0]


def test_offices_have_no_queue_at_night(year):
    hours = Counter(
        (row.observed_at + timedelta(hours=9)).hour
        for row in year
        if row.category == "antrian-pelayanan" and row.kind != "duplicate"
    )
    assert sum(hours[hour] for hour in (0, 1, 2, 3, 4, 20, 21, 22, 23)) <= 0.02 * sum(
        hours.values()
    )


def test_hoaxes_doubles_and_the_default_place_are_marked(year):
    kinds = Counter(row.kind for row in year)
    assert 200 < kinds["hoax"] < 400
    assert kinds["duplicate"] == 864
    pile = Counter((row.lon, row.lat) for row in year if row.kind == "default_place")
    assert set(pile) == {(127.381, 0.786)}
    assert 150 < pile[(127.381, 0.786)] < 300


def test_a_double_lies_near_its_first_and_comes_later(year):
    first = {row.client_id: row for row in year}
    for row in year:
        if row.copy_of:
            known = first[row.copy_of]
            gap = metres(shapely.LineString([(row.lon, row.lat), (known.lon, known.lat)])).length
            assert gap < 150
            assert row.received_at >= known.received_at
            assert known.words in row.words


def test_a_city_without_a_plan_has_no_made_reports():
    assert make_year(TANJUNGPINANG, until=UNTIL) == []
