"""Between islands: the earliest boat, the missed one, the last one back, minutes to spare."""

from __future__ import annotations

import csv

import pytest

from spatial_analysis.methods.ferries import (
    Departure,
    boards_in_time,
    carries_between,
    chain_holds,
    day_trips,
    earliest_journey,
    later_boats,
    sails_on,
)
from spatial_analysis.methods.reasons import Reason, sentence
from spatial_analysis.methods.tour_check import boat_faults
from tests.shared_data import shared

HOME, SMALL, FAR = 0, 1, 2
HOUR = 3600


def boat(
    start: int, end: int, hour: float, *, takes: float = 0.5, board: float = 0.25, cars: bool = True
) -> Departure:
    """A boat that leaves at `hour`, crosses in half an hour, boards a quarter before."""
    return Departure(
        "feri", start, end, round(hour * HOUR), round(takes * HOUR), round(board * HOUR), cars
    )


def journey(boats: list[Departure], *, start: float, **how: object):
    plain = {"to_pier_s": {HOME: 600}, "between_piers_s": {}, "goal_piers": {SMALL: 300}}
    return earliest_journey(boats, start_s=round(start * HOUR), **{**plain, **how})  # type: ignore[arg-type]


BOATS = [boat(HOME, SMALL, 8), boat(HOME, SMALL, 10), boat(SMALL, HOME, 12), boat(SMALL, HOME, 17)]


def test_the_earliest_boat_that_can_still_be_boarded_is_taken():
    arrival, taken = journey(BOATS, start=7)
    assert taken[0].departure is BOATS[0]
    assert arrival == 8.5 * HOUR + 300
    assert taken[0].spare_s == (7.75 - 7) * HOUR - 600  # at the pier at 7:10, boarding ends 7:45


def test_a_minute_too_late_for_boarding_is_the_next_boat():
    _, taken = journey(BOATS, start=7.75)
    assert taken[0].departure is BOATS[1]


def test_after_the_last_boat_there_is_no_journey():
    assert journey(BOATS, start=11) is None


def test_a_truck_does_not_board_a_boat_for_people():
    people = [boat(HOME, SMALL, 8, cars=False)]
    assert journey(people, start=7) is None
    assert journey(people, start=7, vehicle=False) is not None


def test_two_boats_in_a_row_reach_an_island_behind_an_island():
    chain = [boat(HOME, SMALL, 8), boat(SMALL, FAR, 9)]
    arrival, taken = journey(chain, start=7, goal_piers={FAR: 0})
    assert (arrival, len(taken)) == (9.5 * HOUR, 2)
    missed = [boat(HOME, SMALL, 8), boat(SMALL, FAR, 8.5)]
    assert journey(missed, start=7, goal_piers={FAR: 0}) is None


def test_a_street_between_two_piers_of_one_island_is_used():
    boats = [boat(3, SMALL, 8)]
    found = journey(boats, start=7, between_piers_s={(HOME, 3): 600})
    assert found is not None and found[0] == 8.5 * HOUR + 300


# ------------------------------------------------------------------ day trips


def trips(boats: list[Departure], *, shift: tuple[float, float] = (6, 14), least_h: float = 0):
    return day_trips(
        boats,
        home_piers={HOME: (600, 1200)},
        island_piers=frozenset({SMALL}),
        shift=(round(shift[0] * HOUR), round(shift[1] * HOUR)),
        at_least_s=round(least_h * HOUR),
    )


def test_a_day_trip_is_a_boat_out_and_a_boat_back_within_the_shift_longest_stay_first():
    found = trips(BOATS)
    assert [(t.out[0].leaves_s / HOUR, t.back[0].leaves_s / HOUR) for t in found] == [
        (8, 12), (10, 12),
    ]  # fmt: skip
    assert found[0].ashore_s == (8.5 * HOUR, 11.75 * HOUR)


def test_the_way_home_from_the_pier_counts_in_the_shift():
    # the boat of 12:00 lands at 12:30, home takes 20 minutes
    assert trips(BOATS, shift=(6, 12.9)) != []
    assert trips(BOATS, shift=(6, 12.8)) == []


def test_a_stay_shorter_than_asked_is_no_day_trip():
    assert [t.out[0].leaves_s / HOUR for t in trips(BOATS, least_h=2)] == [8]


def test_whether_boats_ever_go_there_and_whether_they_go_in_time_are_two_questions():
    early = [boat(HOME, SMALL, 5)]
    asked = {"home_piers": {HOME: (600, 600)}, "island_piers": frozenset({SMALL})}
    assert carries_between(early, [HOME], [SMALL])
    assert not carries_between([boat(SMALL, HOME, 9)], [HOME], [SMALL])
    assert not boards_in_time(early, shift=(6 * HOUR, 14 * HOUR), **asked)
    assert boards_in_time(BOATS, shift=(6 * HOUR, 14 * HOUR), **asked)


def test_the_boats_after_a_boat_are_the_next_and_the_last_of_the_same_crossing():
    assert later_boats(BOATS, BOATS[0]) == (BOATS[1], BOATS[1])
    assert later_boats(BOATS, BOATS[2]) == (BOATS[3], BOATS[3])
    assert later_boats(BOATS, BOATS[3]) == (None, None)


def test_bits_of_the_week_start_on_monday():
    assert sails_on(0b0000001, 0) and not sails_on(0b0000001, 6)
    assert sails_on(0b1000000, 6)


def test_the_checker_finds_a_missed_boat_and_a_start_before_landing():
    row = {"service": "f", "leaves_s": 8 * HOUR, "boarding_s": 900, "crossing_s": 1800,
           "takes_vehicles": True}  # fmt: skip
    good = {"boats": [row], "reached_s": [7 * HOUR], "next_start_s": 9 * HOUR}
    assert boat_faults(**good) == []
    assert "boarding ended" in boat_faults(**{**good, "reached_s": [8 * HOUR]})[0]
    assert "landed" in boat_faults(**{**good, "next_start_s": 8 * HOUR})[0]
    foot = [{**row, "takes_vehicles": False}]
    assert "carries no vehicles" in boat_faults(**{**good, "boats": foot})[0]


def published() -> list[Departure]:
    """The published departures; crossing times are ours (an hour), the source gives none."""
    folder = shared("routing/ferry-ternate", "a published timetable")
    piers: dict[str, int] = {}
    boats = []
    with (folder / "departures.csv").open() as file:
        for row in csv.DictReader(file):
            ends = [piers.setdefault(row[f"{end}_terminal"], len(piers)) for end in ("from", "to")]
            hour, minute = map(int, row["departure_local"].split(":"))
            boats.append(Departure(row["vessel"], *ends, hour * HOUR + minute * 60, HOUR, 1800))
    return boats


def test_the_published_timetable_gives_day_trips_whose_chains_hold():
    boats = published()
    assert len(boats) == 23
    found = day_trips(
        boats, home_piers={0: (600, 600)}, island_piers=frozenset({1}), shift=(6 * HOUR, 19 * HOUR)
    )
    assert found
    for trip in found:
        assert chain_holds(trip.out) and chain_holds(trip.back)
        assert trip.out[0].be_there_s >= 6 * HOUR + 600
        assert trip.home_pier_s + 600 <= 19 * HOUR


# ------------------------------------------------------------------ reasons


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_has_its_own_sentence_in_two_languages(reason: Reason):
    indonesian, english = sentence(reason), sentence(reason, "en-gb")
    assert indonesian != english
    assert indonesian.endswith(".") and english.endswith(".")
    others = [sentence(r) for r in Reason if r is not reason]
    assert indonesian not in others


def test_two_boats_that_land_together_are_no_riddle():
    twins = [Departure(name, 0, 1, 8 * 3600, 1800) for name in ("a", "b")]
    found = earliest_journey(
        twins, start_s=0, to_pier_s={0: 60}, between_piers_s={}, goal_piers={1: 0}
    )
    assert found is not None and found[0] == 8 * 3600 + 1800
    assert [crossing.departure.service for crossing in found[1]] == ["a"]
