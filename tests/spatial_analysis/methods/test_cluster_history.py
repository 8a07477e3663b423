"""Clusters from one look to the next: names last, and what happened is said."""

from __future__ import annotations

from spatial_analysis.methods.cluster_history import Became, follow


def told(before, now, **more):
    names, events = follow(
        {name: frozenset(members) for name, members in before.items()},
        {name: frozenset(members) for name, members in now.items()},
        **more,
    )
    return names, {event.name: event.became for event in events}


def test_a_cluster_keeps_its_name_when_its_first_report_leaves():
    names, events = told({"a-1": {1, 2, 3, 4, 5}}, {"a-2": {2, 3, 4, 5, 6}})
    assert names == {"a-2": "a-1"}
    assert events == {"a-1": Became.SAME}


def test_born_grown_shrunk_and_gone():
    before = {"big": set(range(20)), "old": set(range(100, 110)), "fat": set(range(200, 220))}
    now = {"x": set(range(25)), "y": set(range(300, 306)), "z": set(range(200, 210))}
    names, events = told(before, now)
    assert names == {"x": "big", "y": "y", "z": "fat"}
    assert events == {
        "big": Became.GROWN, "y": Became.BORN, "fat": Became.SHRUNK, "old": Became.GONE,
    }  # fmt: skip


def test_two_that_run_together_are_one_with_the_larger_ones_name():
    names, events = follow(
        {"large": frozenset(range(10)), "small": frozenset(range(20, 26))},
        {"new": frozenset(range(30))},
    )
    assert names == {"new": "large"}
    assert [(e.name, e.became, e.others) for e in events] == [
        ("large", Became.MERGED, ("small",))
    ]  # the small one is not gone: it is inside


def test_one_that_falls_apart_leaves_its_name_to_the_larger_part():
    names, events = follow(
        {"whole": frozenset(range(12))},
        {"p": frozenset(range(8)), "q": frozenset(range(8, 12))},
    )
    assert names == {"p": "whole", "q": "q"}
    assert {(e.name, e.became, e.others) for e in events} == {
        ("whole", Became.SPLIT, ()), ("q", Became.SPLIT, ("whole",)),
    }  # fmt: skip


def test_reports_that_left_the_period_are_no_reason_for_a_merger():
    names, events = told(
        {"a": {1, 2, 3, 4}, "b": {5, 6, 7, 8}}, {"n": {3, 4, 9}}, still_asked={3, 4, 9, 10}
    )
    assert names == {"n": "a"}
    assert events == {"a": Became.SHRUNK, "b": Became.GONE}


def test_a_provisional_name_that_another_holds_gets_a_mark():
    names, _ = told({"s-1": {1, 2, 3}}, {"s-2": {1, 2, 3}, "s-1": {7, 8, 9}})
    assert names == {"s-2": "s-1", "s-1": "s-1.2"}


def test_the_order_of_clusters_changes_nothing():
    before = {"a": frozenset({1, 2}), "b": frozenset({3, 4})}
    now = {"x": frozenset({1, 3}), "y": frozenset({2, 4})}
    turned = dict(reversed(now.items()))
    assert follow(before, now) == follow(dict(reversed(before.items())), turned)
