"""Streets from OpenStreetMap files (.osm, .osm.gz, .osm.pbf), cut where two streets meet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import osmium

from layers.catalog.streets.records import (
    CAR_CLASSES,
    FOOT_CLASSES,
    SHUT,
    StreetRecord,
    TurnRecord,
    direction_of,
    required,
    speed_of,
    width_of,
)

Tags = dict[str, str]
UNITS = 10_000_000  # a degree, as OpenStreetMap counts


def read_streets(path: Path, *, on_foot: bool = False) -> list[StreetRecord]:
    """Read the streets of a file; with `on_foot`, footways and stairs too.

    One pass: osmium keeps the places of all nodes and hands over the ways with a `highway` tag;
    then every way is cut at nodes that are used twice. Private and closed ways are left out,
    ferries too: timetables are tables of our own; `read_turns` reads turn restrictions. Raises
    NoStreets.
    """
    ways = list(_ways(path, CAR_CLASSES | FOOT_CLASSES if on_foot else CAR_CLASSES))
    used: Counter[int] = Counter()
    for way in ways:
        used.update([ref for ref, _, _ in way.nodes])
        used.update((way.nodes[0][0], way.nodes[-1][0]))
    return required(piece for way in ways for piece in _pieces(way, used))


@dataclass(frozen=True, slots=True)
class Way:
    """A street as the file draws it; nodes are (id, x, y), 1e-7 degrees."""

    id: int
    tags: Tags
    nodes: list[tuple[int, int, int]]


def _ways(path: Path, wanted: frozenset[str]) -> Iterator[Way]:
    """Public streets of the wanted classes."""
    entities = osmium.osm.NODE | osmium.osm.WAY
    found = osmium.FileProcessor(str(path), entities).with_locations()
    found = found.with_filter(osmium.filter.EntityFilter(osmium.osm.WAY))
    for way in found.with_filter(osmium.filter.KeyFilter("highway")):
        tags = {tag.k: tag.v for tag in way.tags}
        if isinstance(way, osmium.osm.Way) and is_street(tags, wanted) and len(way.nodes):
            yield Way(way.id, tags, [(node.ref, node.x, node.y) for node in way.nodes])


def is_street(tags: Tags, wanted: frozenset[str]) -> bool:
    """True for a way that is a public street of a wanted class."""
    return (
        tags.get("highway", "") in wanted
        and tags.get("area") != "yes"
        and tags.get("access", "") not in SHUT
        and tags.get("motor_vehicle", "") not in SHUT
    )


def _pieces(way: Way, used: Counter[int]) -> Iterator[StreetRecord]:
    nodes = [node for node in way.nodes if _on_earth(*node)]
    start, number = 0, 0
    for i in range(1, len(nodes)):
        if used[nodes[i][0]] < 2 and i < len(nodes) - 1:
            continue
        part = nodes[start : i + 1]
        if len(set(part)) > 1:
            yield _record(f"osm-{way.id}-{number}", way.tags, part)
            number += 1
        start = i


def _on_earth(_: int, x: int, y: int) -> bool:
    """False for a node that the file refers to and does not hold (x and y are beyond all)."""
    return abs(x) <= 180 * UNITS and abs(y) <= 90 * UNITS


def _record(source_id: str, tags: Tags, nodes: list[tuple[int, int, int]]) -> StreetRecord:
    street_class = tags["highway"]
    return StreetRecord(
        source_id=source_id,
        name=tags.get("name", "")[:120],
        street_class=street_class,
        direction=direction_of(
            tags.get("oneway", ""), junction=tags.get("junction", ""), street_class=street_class
        ),
        max_speed_kph=speed_of(tags.get("maxspeed", "")),
        surface=tags.get("surface", "")[:20],
        bridge=tags.get("bridge", "no") != "no",
        width_m=width_of(tags.get("width", "")),
        from_node=f"osm-{nodes[0][0]}",
        to_node=f"osm-{nodes[-1][0]}",
        points=tuple((x / UNITS, y / UNITS) for _, x, y in nodes),
    )


# Bans that name a way as `via`, hold at certain hours only or for certain loads are not read.
_BANS = ("no_", "only_")


def read_turns(path: Path, streets: list[StreetRecord]) -> list[TurnRecord]:
    """Read the turn restrictions of a file over one junction, for `streets` as cut from it.

    A restriction counts where exactly one piece of its first way, and one of its second, meets
    the junction; it is left out where a way runs through it or is no street here.
    """
    pieces: dict[tuple[str, str], list[str]] = {}
    for street in streets:
        way = street.source_id.rsplit("-", 1)[0]
        for node in {street.from_node, street.to_node}:
            pieces.setdefault((way, node), []).append(street.source_id)
    found = []
    relations = osmium.FileProcessor(str(path), osmium.osm.RELATION)
    for relation in relations.with_filter(osmium.filter.KeyFilter("restriction")):
        if not isinstance(relation, osmium.osm.Relation):
            continue
        tags = {tag.k: tag.v for tag in relation.tags}
        ban = tags.get("restriction", "")
        if tags.get("type") != "restriction" or not ban.startswith(_BANS):
            continue
        ends = _members(relation)
        if ends is None:
            continue
        start, via, end = ends
        first, second = pieces.get((start, via), []), pieces.get((end, via), [])
        if len(first) == 1 and len(second) == 1:
            name = f"osm-r{relation.id}"
            found.append(TurnRecord(name, first[0], via, second[0], ban.startswith("only_")))
    return found


def _members(relation: osmium.osm.Relation) -> tuple[str, str, str] | None:
    """First way, junction and second way; None where there is not one of each."""
    roles: dict[str, list[str]] = {}
    for member in relation.members:
        wanted = "n" if member.role == "via" else "w"
        if member.type != wanted:
            return None
        roles.setdefault(member.role, []).append(f"osm-{member.ref}")
    told = [roles.get(role, []) for role in ("from", "via", "to")]
    if any(len(refs) != 1 for refs in told):
        return None
    return told[0][0], told[1][0], told[2][0]
