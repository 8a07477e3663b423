"""What became of clusters since the last look: who stayed, was born, merged, split or went."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Set
from dataclasses import dataclass
from enum import StrEnum

VERSION = "1"
HALF = 0.5
LITTLE = 0.1  # a change of size below this share is none


class Became(StrEnum):
    """The event of a cluster between two looks."""

    BORN = "born"
    GROWN = "grown"
    SHRUNK = "shrunk"
    SAME = "same"
    MERGED = "merged"
    SPLIT = "split"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Event:
    """One cluster's event; `name` is its lasting name, `others` those it took in or came from."""

    name: str
    became: Became
    n_before: int
    n_now: int
    others: tuple[str, ...] = ()


def follow(
    before: Mapping[str, Set[Hashable]],
    now: Mapping[str, Set[Hashable]],
    *,
    still_asked: Set[Hashable] | None = None,
) -> tuple[dict[str, str], list[Event]]:
    """Give clusters of now the names of the clusters they continue, and tell what happened.

    before, now : name -> members; `now` carries provisional names
    still_asked : members that could be in a cluster now (those that left the period are no
    reason for anything); None: all

    A cluster continues the former one it shares most members with; when several want one name,
    the one with most of its members gets it. Merged: it holds half or more of two or more former
    ones. Split: the former one's members are in two or more of now, each with a tenth or more.
    Grown, shrunk: by more than a tenth. O(members). Answers provisional -> lasting name, events.
    """
    kept = {
        name: frozenset(members if still_asked is None else members & still_asked)
        for name, members in before.items()
    }
    home = {member: name for name, members in sorted(kept.items()) for member in members}
    shared = {new: _shares(members, home) for new, members in now.items()}
    names = _names(shared, kept, now)
    heirs = _heirs(shared, kept)
    events = []
    for new in sorted(now, key=lambda one: names[one]):
        events.append(_event(names[new], len(now[new]), shared[new], kept, before, heirs))
    swallowed = {other for event in events for other in event.others}
    for old in sorted(set(before) - set(names.values()) - swallowed):
        events.append(Event(old, Became.GONE, len(before[old]), 0))
    return names, events


def _shares(members: Set[Hashable], home: Mapping[Hashable, str]) -> dict[str, int]:
    """Former cluster -> members of it in here."""
    found = Counter(map(home.get, members))
    return {name: n for name, n in found.items() if name is not None}


def _names(
    shared: Mapping[str, Mapping[str, int]],
    kept: Mapping[str, Set[Hashable]],
    now: Mapping[str, Set[Hashable]],
) -> dict[str, str]:
    """Lasting names: largest shares first; a provisional name that is taken gets a mark."""
    wishes = [(-n, old, new) for new, olds in shared.items() for old, n in olds.items()]
    names: dict[str, str] = {}
    for _, old, new in sorted(wishes):
        if new not in names and old not in names.values():
            names[new] = old
    taken = set(names.values()) | set(kept)
    for new in sorted(set(now) - set(names)):
        fresh, number = new, 2
        while fresh in taken:
            fresh, number = f"{new[:36]}.{number}", number + 1
        names[new] = fresh
        taken.add(fresh)
    return names


def _heirs(
    shared: Mapping[str, Mapping[str, int]], kept: Mapping[str, Set[Hashable]]
) -> dict[str, int]:
    """Former cluster -> clusters of now with a tenth or more of its members."""
    found: dict[str, int] = {}
    for olds in shared.values():
        for old, n in olds.items():
            found[old] = found.get(old, 0) + (n >= LITTLE * len(kept[old]))
    return found


def _event(
    name: str,
    n: int,
    shares: Mapping[str, int],
    kept: Mapping[str, Set[Hashable]],
    before: Mapping[str, Set[Hashable]],
    heirs: Mapping[str, int],
) -> Event:
    taken_in = sorted(old for old, held in shares.items() if held >= HALF * len(kept[old]))
    others = tuple(old for old in taken_in if old != name)
    if len(taken_in) >= 2:
        return Event(name, Became.MERGED, len(before.get(name, ())), n, others)
    parents = sorted(old for old in shares if heirs[old] >= 2)
    if parents:
        came = tuple(old for old in parents if old != name)
        return Event(name, Became.SPLIT, len(before.get(name, ())), n, came)
    if name not in before:
        return Event(name, Became.BORN, 0, n)
    was = len(before[name])
    if n > was * (1 + LITTLE):
        return Event(name, Became.GROWN, was, n)
    return Event(name, Became.SHRUNK if n < was * (1 - LITTLE) else Became.SAME, was, n)
