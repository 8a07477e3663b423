"""Streets from OpenStreetMap files (.osm, .osm.gz, .osm.pbf), cut where two streets meet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import osmium

from layers.catalog.streets.records import (
    CAR_CLASSES,
    FOOT_CLASSES,
    SHUT,
    StreetRecord,
    direction_of,
    required,
    speed_of,
    width_of,
)

Tags = dict[str, str]


def read_streets(path: Path, *, on_foot: bool = False) -> list[StreetRecord]:
    """Read the streets of a file; with `on_foot`, footways and stairs too.

    Two passes: the first counts how often each node is used, the second cuts every way at
    nodes that are used twice. Private and closed ways are left out, ferries too: timetables
    are tables of our own. Turn restrictions are not read yet. Raises NoStreets.
    """
    wanted = CAR_CLASSES | FOOT_CLASSES if on_foot else CAR_CLASSES
    used: Counter[int] = Counter()
    for way in osmium.FileProcessor(str(path), osmium.osm.WAY):
        if isinstance(way, osmium.osm.Way) and is_street(_tags(way), wanted):
            refs = [node.ref for node in way.nodes]
            used.update(refs)
            used.update((refs[0], refs[-1]))
    return required(_pieces(path, wanted, used))


def is_street(tags: Tags, wanted: frozenset[str]) -> bool:
    """True for a way that is a public street of a wanted class."""
    return (
        tags.get("highway", "") in wanted
        and tags.get("area") != "yes"
        and tags.get("access", "") not in SHUT
        and tags.get("motor_vehicle", "") not in SHUT
    )


def _tags(way: osmium.osm.Way) -> Tags:
    return {tag.k: tag.v for tag in way.tags}


def _pieces(path: Path, wanted: frozenset[str], used: Counter[int]) -> Iterator[StreetRecord]:
    for way in osmium.FileProcessor(str(path)).with_locations():
        if not isinstance(way, osmium.osm.Way):
            continue
        tags = _tags(way)
        if not is_street(tags, wanted):
            continue
        nodes = [(n.ref, n.location.lon, n.location.lat) for n in way.nodes if n.location.valid()]
        start, number = 0, 0
        for i in range(1, len(nodes)):
            if used[nodes[i][0]] < 2 and i < len(nodes) - 1:
                continue
            part = nodes[start : i + 1]
            if len(set(part)) > 1:
                yield _record(f"osm-{way.id}-{number}", tags, part)
                number += 1
            start = i


def _record(source_id: str, tags: Tags, nodes: list[tuple[int, float, float]]) -> StreetRecord:
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
        points=tuple((lon, lat) for _, lon, lat in nodes),
    )
